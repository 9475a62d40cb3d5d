//! The public surface of a generated crate, as lines that a person reviews when a new API version comes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quote::ToTokens as _;
use syn::Type;

use crate::normalise::Answer;
use crate::shape::{Input, InputPlace, Module, OperationItem, Package, Presence, TypeItem, TypeKind};

/// A text for each tag, for each group of types, and for the events.
pub(crate) fn surface(package: &Package) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, module) in &package.modules {
        texts.insert(name.clone(), operations(module));
    }
    let mut types: BTreeMap<String, Vec<&TypeItem>> = BTreeMap::new();
    for item in package.types.values() {
        let groups: Vec<&str> = item.groups.iter().map(String::as_str).collect();
        let key = match groups.as_slice() {
            [only] => format!("types_{only}"),
            _ => "types_shared".to_owned(),
        };
        types.entry(key).or_default().push(item);
    }
    for (name, items) in types {
        texts.insert(name, items.iter().map(|item| type_lines(item)).collect::<Vec<_>>().join("\n"));
    }
    if !package.events.is_empty() {
        let lines = package.events.iter().map(|event| format!("{}: {}\n", event.event, spell(&event.ty)));
        texts.insert("events".to_owned(), lines.collect());
    }
    texts
}

fn operations(module: &Module) -> String {
    let mut text = format!("feature {}\n", module.group);
    for operation in &module.operations {
        let _ = writeln!(text, "\n{}", operation_line(operation));
        for input in &operation.setters {
            let clear = if input.clearable { " | null" } else { "" };
            let _ = writeln!(text, "    .{}{clear}", input_text(input));
        }
    }
    text
}

fn operation_line(operation: &OperationItem) -> String {
    let arguments: Vec<String> = operation.arguments.iter().map(input_text).collect();
    let answer = match (&operation.answer, &operation.answer_type) {
        (Answer::Optional, Some(ty)) => format!("Option<{}>", spell(ty)),
        (_, Some(ty)) => spell(ty),
        (Answer::Empty, None) => "()".to_owned(),
        (other, None) => format!("{other:?}"),
    };
    let encoding = operation.encoding.map(|encoding| format!(" {encoding:?}")).unwrap_or_default();
    let deprecated = if operation.deprecated { "deprecated " } else { "" };
    let body = operation.body_struct.as_ref().map(|body| {
        let fields: Vec<_> = body.fields.iter().map(|field| format!("{}: {}", field.ident, spell(&field.ty))).collect();
        format!("\n    {} {{ {} }}", body.name, fields.join(", "))
    });
    format!(
        "{deprecated}{}({}) -> {answer}\n    {} {}{encoding}{}",
        operation.method,
        arguments.join(", "),
        operation.verb.name().to_uppercase(),
        operation.path,
        body.unwrap_or_default(),
    )
}

fn input_text(input: &Input) -> String {
    let place = match input.place {
        InputPlace::Header => " (header)",
        InputPlace::Joined(_) => " (joined)",
        _ => "",
    };
    format!("{}: {}{place}", input.ident, spell(&input.ty))
}

fn type_lines(item: &TypeItem) -> String {
    let groups: Vec<&str> = item.groups.iter().map(String::as_str).collect();
    let mut text = match &item.kind {
        TypeKind::Struct(_) => format!("struct {} [{}]\n", item.name, groups.join(" ")),
        TypeKind::Union { discriminator, kinds, .. } => {
            let by = discriminator.as_deref().unwrap_or("nothing");
            format!("union {} by {by}: {} [{}]\n", item.name, kinds.join(" "), groups.join(" "))
        }
        TypeKind::Enum(variants) => {
            let values: Vec<&str> = variants.iter().map(|(variant, _)| variant.as_str()).collect();
            format!("enum {} = {} [{}]\n", item.name, values.join(" | "), groups.join(" "))
        }
    };
    for field in item.fields() {
        let ty = spell(&field.ty);
        let ty = match field.presence {
            Presence::Always | Presence::Filled | Presence::Sparse => ty,
            Presence::Nullable | Presence::Optional => format!("Option<{ty}>"),
            Presence::Update => format!("Update<{ty}>"),
        };
        let _ = writeln!(text, "    {}: {ty}", field.ident);
    }
    text
}

fn spell(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::surface;
    use crate::codegen::{Versions, make};
    use crate::spec::Spec;

    /// A change of the surface is a readable difference here: review it, then `cargo insta review`, or run the tests with
    /// `INSTA_UPDATE=always`.
    #[test]
    fn the_surface_is_the_reviewed_one() -> anyhow::Result<()> {
        let made = make(&Spec::new(crate::root().join("spec")), &Versions::default())?;
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../surface");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        for package in &made.packages {
            for (name, text) in surface(package) {
                let name = format!("{}__{name}", package.api.name());
                settings.bind(|| insta::assert_snapshot!(name, text));
            }
        }
        Ok(())
    }
}
