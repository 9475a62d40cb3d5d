//! Example code: values for arguments, and the example in each method's documentation.

use syn::Type;

use super::operations::crate_path;
use crate::normalise::Answer;
use crate::shape::{Input, InputPlace, OperationItem, Package, TypeKind};

/// The example of an operation: it compiles, and is not run.
pub(super) fn example(package: &Package, operation: &OperationItem) -> String {
    let krate = crate_path(package);
    let arguments: Vec<String> = operation.arguments.iter().map(|input| argument(package, operation, input)).collect();
    let call = format!("client.{}({}).send().await?", operation.method, arguments.join(", "));
    let statement = match operation.answer {
        Answer::Empty => format!("{call};"),
        Answer::Redirect | Answer::MaybeRedirect => format!("let redirect = {call};"),
        _ => format!("let answer = {call};"),
    };
    let deprecated = if operation.deprecated { "# #![allow(deprecated)]\n" } else { "" };
    format!(
        "```no_run\n{deprecated}# async fn example(client: &{krate}::Client) -> Result<(), {krate}::Error> {{\n{statement}\n# Ok(())\n# }}\n```"
    )
}

pub(super) fn argument(package: &Package, operation: &OperationItem, input: &Input) -> String {
    let krate = crate_path(package);
    match (input.place, &operation.body_struct) {
        (InputPlace::File, _) => format!("{krate}::Upload::new(\"picture.png\", vec![0x89, 0x50])"),
        (InputPlace::Body, Some(body)) => {
            let module = package
                .modules
                .iter()
                .find(|(_, module)| module.operations.iter().any(|other| other.id == operation.id))
                .map_or("", |(name, _)| name.as_str());
            let fields: Vec<_> = body.fields.iter().map(|field| value(package, &field.ty, &field.wire)).collect();
            format!("{krate}::{module}::{}::new({})", body.name, fields.join(", "))
        }
        _ => value(package, &input.ty, &input.wire),
    }
}

/// A value of a type, as Rust.
pub(super) fn value(package: &Package, ty: &Type, name: &str) -> String {
    let krate = crate_path(package);
    let Type::Path(path) = ty else {
        return "()".to_owned();
    };
    let Some(last) = path.path.segments.last() else {
        return "()".to_owned();
    };
    let inner = || match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        }),
        _ => None,
    };
    match last.ident.to_string().as_str() {
        "Vec" => match inner() {
            Some(item) => format!("[{}]", value(package, &item, name)),
            None => "[]".to_owned(),
        },
        "Box" => inner().map_or_else(String::new, |inner| value(package, &inner, name)),
        "i64" => "1".to_owned(),
        "f64" => "1.0".to_owned(),
        "bool" => "true".to_owned(),
        "Timestamp" => format!("{krate}::Timestamp::from_millis(1_700_000_000_000)"),
        "Json" | "SecretJson" => format!("{krate}::Json::Null"),
        "JsonMap" => format!("{krate}::JsonMap::new()"),
        "BTreeMap" => "std::collections::BTreeMap::new()".to_owned(),
        "String" | "Secret" => format!("{:?}", text(name)),
        other => match package.types.get(other).map(|item| (&item.kind, item.fields())) {
            Some((TypeKind::Enum(variants), _)) => {
                let first = variants.first().map_or("Unknown", |(variant, _)| variant.as_str());
                format!("{krate}::types::{other}::{first}")
            }
            Some((_, fields)) => {
                let always = fields.iter().filter(|field| field.presence == crate::shape::Presence::Always);
                let values: Vec<_> = always.map(|field| value(package, &field.ty, &field.wire)).collect();
                format!("{krate}::types::{other}::new({})", values.join(", "))
            }
            // An id: a prefix that reads like Clerk's.
            None => format!("{:?}", id(other)),
        },
    }
}

/// A text that a field of this name could have.
fn text(name: &str) -> String {
    match name {
        name if name.contains("email") => "ann@example.com".to_owned(),
        name if name.contains("phone") => "+15555550100".to_owned(),
        name if name.contains("url") || name.contains("uri") => "https://example.com".to_owned(),
        name if name.contains("password") => "correct horse battery".to_owned(),
        name if name.contains("code") => "424242".to_owned(),
        name => name.replace('_', " "),
    }
}

fn id(kind: &str) -> String {
    let prefix = match kind {
        "UserId" => "user",
        "OrganizationId" | "OrganizationRef" => "org",
        "SessionId" => "sess",
        "ClientId" => "client",
        "EmailAddressId" | "PhoneNumberId" | "Web3WalletId" => "idn",
        _ => return format!("{}_1", heck::AsSnakeCase(kind.trim_end_matches("Id"))),
    };
    format!("{prefix}_1")
}
