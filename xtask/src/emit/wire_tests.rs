//! Tests over the wire, one for each kind of operation that the document has: what goes out, and what comes back.

use std::collections::BTreeMap;

use anyhow::Result;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Value, json};
use syn::Type;

use super::{crate_name, ident, sample, text};
use crate::normalise::{Answer, Encoding};
use crate::shape::{InputPlace, OperationItem, Package, Presence, TypeKind};

pub(super) fn file(package: &Package) -> Result<String> {
    let mut kinds: BTreeMap<String, (&str, &OperationItem)> = BTreeMap::new();
    for (module, operation) in
        package.modules.iter().flat_map(|(name, module)| module.operations.iter().map(move |item| (name, item)))
    {
        if !operation.deprecated {
            kinds.entry(kind(operation)).or_insert((module.as_str(), operation));
        }
    }
    let mut tests = TokenStream::new();
    for (kind, (_, operation)) in &kinds {
        tests.extend(test(package, kind, operation)?);
    }
    let krate = format_ident!("{}", crate_name(package.api));
    let tokens = quote! {
        use crate::double::Double;
        use #krate::API_VERSION;
        #tests
    };
    text::print(package, "What goes over the wire, for one operation of each kind.", tokens, &[])
}

/// What makes two operations different on the wire.
fn kind(operation: &OperationItem) -> String {
    let sent = match operation.encoding {
        None => "nothing",
        Some(Encoding::Json) if operation.arguments.iter().any(|input| input.place == InputPlace::Body) => "one_value",
        Some(Encoding::Json) => "json",
        Some(Encoding::Form) => "form",
        Some(Encoding::Multipart) => "a_file",
        Some(Encoding::Bytes) => "bytes",
    };
    let answered = match (operation.answer, &operation.answer_type) {
        (Answer::Json, Some(ty)) => match outer(ty).as_str() {
            "Vec" => "a_list",
            "Page" => "a_page",
            "Enveloped" => "an_envelope",
            _ => "an_object",
        },
        (Answer::Optional, _) => "something_or_nothing",
        (Answer::Text, _) => "text",
        (Answer::Bytes, _) => "bytes",
        (Answer::Redirect, _) => "a_redirect",
        (Answer::MaybeRedirect, _) => "a_redirect_or_nothing",
        _ => "nothing",
    };
    format!("{}_of_{sent}_answers_{answered}", operation.verb.name())
}

fn outer(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn test(package: &Package, kind: &str, operation: &OperationItem) -> Result<TokenStream> {
    let (name, api) = (format_ident!("a_{kind}"), format_ident!("{}", package.api.name()));
    let method = ident(&operation.method)?;
    let mut arguments = TokenStream::new();
    let mut path = operation.path.clone();
    for input in &operation.arguments {
        let value = sample::argument(package, operation, input);
        let value: syn::Expr = syn::parse_str(&value)?;
        arguments.extend(quote!(#value,));
        if input.place == InputPlace::Path {
            path = path.replace(&format!("{{{}}}", input.wire), &encoded(&value));
        }
    }
    let verb = operation.verb.name().to_uppercase();
    let sent: TokenStream = operation
        .arguments
        .iter()
        .filter(|input| input.place == InputPlace::Field)
        .map(|input| {
            let wire = &input.wire;
            quote!(sent.has_field(#wire);)
        })
        .collect();
    let (status, body): (u16, String) = match (operation.answer, &operation.answer_type) {
        (Answer::Json | Answer::Optional, Some(ty)) => (200, fixture(package, ty, 0).to_string()),
        (Answer::Redirect | Answer::MaybeRedirect, _) => (303, String::new()),
        (Answer::Text | Answer::Bytes, _) => (200, "text".to_owned()),
        _ => (204, String::new()),
    };
    Ok(quote! {
        #[tokio::test]
        async fn #name() -> Result<(), Box<dyn std::error::Error>> {
            let double = Double::answering(#status, #body);
            let client = double.#api()?;
            let answer = client.#method(#arguments).send_full().await?;
            assert_eq!(answer.status().as_u16(), #status);
            let sent = double.sent();
            sent.is(#verb, #path, API_VERSION);
            #sent
            Ok(())
        }
    })
}

/// A sample argument as it stands in a path.
fn encoded(value: &syn::Expr) -> String {
    let text = match value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => number.to_string(),
        _ => String::new(),
    };
    text.replace(' ', "%20").replace('@', "%40").replace('+', "%2B").replace(':', "%3A").replace('/', "%2F")
}

/// The least that a type decodes from.
fn fixture(package: &Package, ty: &Type, depth: usize) -> Value {
    let Type::Path(path) = ty else {
        return Value::Null;
    };
    let Some(last) = path.path.segments.last() else {
        return Value::Null;
    };
    let inner = match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        }),
        _ => None,
    };
    let inner = |depth| inner.as_ref().map_or(Value::Null, |ty| fixture(package, ty, depth));
    match last.ident.to_string().as_str() {
        _ if depth > 6 => Value::Null,
        "Vec" => json!([inner(depth + 1)]),
        "Page" => json!({ "data": [inner(depth + 1)], "total_count": 1 }),
        "Enveloped" => json!({ "response": inner(depth + 1), "client": null }),
        "Box" | "Option" => inner(depth + 1),
        "i64" | "Timestamp" => json!(1),
        "f64" => json!(1.5),
        "bool" => json!(true),
        "Json" | "SecretJson" | "JsonMap" | "BTreeMap" => json!({}),
        name => match package.types.get(name).map(|item| &item.kind) {
            Some(TypeKind::Struct(fields) | TypeKind::Union { fields, .. }) => {
                let always = fields.iter().filter(|field| field.presence == Presence::Always);
                Value::Object(
                    always.map(|field| (field.wire.clone(), fixture(package, &field.ty, depth + 1))).collect(),
                )
            }
            Some(TypeKind::Enum(variants)) => {
                json!(variants.first().map(|(_, wire)| wire.as_str()))
            }
            None => json!("text"),
        },
    }
}
