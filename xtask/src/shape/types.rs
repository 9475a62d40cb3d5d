//! The generator's types, made to survive a server that changes.

use std::collections::HashSet;

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use quote::format_ident;
use syn::{GenericArgument, PathArguments, Type, parse_quote};

use super::{FieldItem, Presence, Problems, Source, TypeItem, TypeKind};
use crate::model::{Api, Schema, Shape};
use crate::normalise::Wrapper;
use crate::spec::{Classified, Scale};

pub(super) fn shape(source: &Source<'_>, problems: &mut Problems) -> Result<IndexMap<String, TypeItem>> {
    let answered = answered(source);
    let mut types = IndexMap::new();
    for (name, schema) in &source.normalised.document.schemas {
        if source.normalised.facts.wrappers.contains_key(name) {
            continue;
        }
        let answered = answered.contains(name);
        let kind = match &schema.shape {
            Shape::Object(object) => {
                let mut present = present(source, name);
                present.retain(|field| still_present(source, name, field, &mut problems.open));
                let mut fields = Vec::new();
                for (wire, property) in &object.properties {
                    let required = object.required.contains(wire);
                    fields.push(field(
                        source,
                        name,
                        wire,
                        property,
                        required,
                        &present,
                        answered,
                        &mut problems.grave,
                    )?);
                }
                match source.normalised.facts.unions.get(name) {
                    Some(union) => TypeKind::Union {
                        fields,
                        discriminator: union.discriminator.clone(),
                        kinds: union.kinds.iter().cloned().collect(),
                    },
                    None => TypeKind::Struct(fields),
                }
            }
            Shape::String { values, .. } if values.len() > 1 => TypeKind::Enum(variants(source, name)?),
            other => bail!("schemas/{name}: {other:?} became no type"),
        };
        let item = TypeItem {
            name: name.clone(),
            kind,
            groups: Default::default(),
            answered,
            deprecated: schema.deprecated,
            words: String::new(),
        };
        types.insert(name.clone(), item);
    }
    Ok(types)
}

/// The schemas that answers and events carry.
fn answered(source: &Source<'_>) -> HashSet<String> {
    let document = &source.normalised.document;
    let mut found = HashSet::new();
    for operation in &document.operations {
        for schema in operation.responses.values().flat_map(|content| content.values()) {
            found.extend(document.reachable(schema));
        }
    }
    for schema in document.events.values() {
        found.extend(document.reachable(schema));
    }
    found
}

fn present<'s>(source: &'s Source<'_>, name: &str) -> Vec<&'s str> {
    if source.normalised.facts.unions.contains_key(name) {
        return Vec::new();
    }
    match source.api {
        Api::Fapi => source.tables.present(&[Api::Fapi], name),
        Api::Bapi | Api::Webhooks => source.tables.present(&[Api::Bapi, Api::Webhooks], name),
    }
}

/// Whether this version still promises what the list calls always present; without the promise it is an `Option`.
fn still_present(source: &Source<'_>, schema: &str, field: &str, open: &mut Vec<String>) -> bool {
    let object = source.normalised.document.schemas.get(schema).and_then(Schema::as_object);
    let Some(property) = object.and_then(|object| object.properties.get(field)) else { return false };
    let promised = object.is_some_and(|object| object.required.contains(field)) && !property.nullable;
    if !promised {
        open.push(format!("spec/present.toml: {schema}.{field} is not required, or null, in this version"));
    }
    promised
}

fn variants(source: &Source<'_>, name: &str) -> Result<Vec<(String, String)>> {
    let known = source.generated.enums.get(name);
    let known = known.with_context(|| format!("schemas/{name}: the generator made no enum of it"))?;
    let prefix = kind_prefix(source, name);
    let mut variants = Vec::new();
    for (ident, wire) in known {
        let ident = match ident.as_str() {
            // The variant for what is not known has this name already.
            "Unknown" => "UnknownValue".to_owned(),
            _ if wire.is_empty() => "Empty".to_owned(),
            ident => ident.strip_prefix(prefix).filter(|rest| !rest.is_empty()).unwrap_or(ident).to_owned(),
        };
        variants.push((ident, wire.clone()));
    }
    Ok(variants)
}

/// The kinds of a union repeat its name on the wire: `VerificationObject::VerificationOtp` is better `Otp`.
fn kind_prefix<'n>(source: &Source<'_>, name: &'n str) -> &'n str {
    let unions = &source.normalised.facts.unions;
    let mut own = unions.iter().filter_map(|(union, facts)| Some((union, facts.discriminator.as_deref()?)));
    let found = own.find(|(union, key)| name == format!("{union}{}", heck::AsUpperCamelCase(key)));
    found.map_or("", |(union, _)| &name[..union.len()])
}

#[allow(clippy::too_many_arguments, reason = "one call, and each is a fact of the field")]
fn field(
    source: &Source<'_>,
    schema: &str,
    wire: &str,
    property: &Schema,
    required: bool,
    present: &[&str],
    answered: bool,
    problems: &mut Vec<String>,
) -> Result<FieldItem> {
    let place = format!("schemas/{schema}/{wire}");
    let made = source.generated.structs.get(schema).and_then(|fields| fields.iter().find(|field| field.wire == wire));
    let made = made.with_context(|| format!("{place}: the generator made no field of it"))?;
    let meaning = Meaning {
        id: source.tables.id_of_field(schema, wire),
        time: source.tables.time_of_field(schema, wire),
        secret: source.tables.classify_field(schema, wire),
    };
    let ty = convert(source, &made.ty, &meaning, &place, problems)?;
    let presence = if answered {
        match () {
            () if present.contains(&wire) => Presence::Always,
            // A flag that only some kinds have must not read as false for the others.
            () if is_flag(&ty) && source.normalised.facts.unions.contains_key(schema) => Presence::Optional,
            () if is_flag(&ty) => Presence::Filled,
            () if is_collection(&ty) && required => Presence::Filled,
            () if is_collection(&ty) => Presence::Sparse,
            () if required => Presence::Nullable,
            () => Presence::Optional,
        }
    } else {
        match (required, property.nullable) {
            (true, false) => Presence::Always,
            (true, true) => Presence::Nullable,
            (false, true) => Presence::Update,
            (false, false) => Presence::Optional,
        }
    };
    Ok(FieldItem {
        ident: made.ident.clone(),
        wire: wire.to_owned(),
        ty,
        presence,
        deprecated: property.deprecated,
        words: String::new(),
    })
}

/// What the tables say of a string or an integer.
pub(super) struct Meaning<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) time: Option<Scale>,
    pub(super) secret: Classified,
}

/// The generator's type as the crate writes it: short, with ids, times and secrets, without presence.
pub(super) fn convert(
    source: &Source<'_>,
    ty: &Type,
    meaning: &Meaning<'_>,
    place: &str,
    problems: &mut Vec<String>,
) -> Result<Type> {
    let Type::Path(path) = ty else {
        if let Type::Reference(reference) = ty {
            return convert(source, &reference.elem, meaning, place, problems);
        }
        if matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty()) {
            return Ok(ty.clone());
        }
        bail!("{place}: the generator gave it a type that is not known");
    };
    let last = path.path.segments.last().with_context(|| format!("{place}: an empty type"))?;
    let mut inner = Vec::new();
    if let PathArguments::AngleBracketed(arguments) = &last.arguments {
        for argument in &arguments.args {
            if let GenericArgument::Type(ty) = argument {
                inner.push(ty);
            }
        }
    }
    let name = last.ident.to_string();
    Ok(match (name.as_str(), inner.as_slice()) {
        ("Option", [of]) => convert(source, of, meaning, place, problems)?,
        ("Vec", [of]) => {
            let of = convert(source, of, meaning, place, problems)?;
            parse_quote!(Vec<#of>)
        }
        ("Box", [of]) => {
            let of = convert(source, of, meaning, place, problems)?;
            parse_quote!(Box<#of>)
        }
        ("Map", [_, _]) | ("Value", []) if meaning.secret == Classified::Secret => parse_quote!(SecretJson),
        ("Map", [_, _]) => parse_quote!(JsonMap),
        ("BTreeMap" | "HashMap", [_, of]) => {
            let of = convert(source, of, meaning, place, problems)?;
            parse_quote!(BTreeMap<String, #of>)
        }
        ("Value", []) => parse_quote!(Json),
        ("String" | "str", []) => match (meaning.secret, meaning.id) {
            (Classified::Secret, _) => parse_quote!(Secret),
            (_, Some(id)) => {
                let id = format_ident!("{id}");
                parse_quote!(#id)
            }
            (Classified::Unknown, None) => {
                problems.push(format!("spec/secrets.toml: {place} looks like a secret; say whether it is one"));
                parse_quote!(Secret)
            }
            (Classified::Plain, None) => parse_quote!(String),
        },
        ("i64", []) if meaning.time == Some(Scale::Millis) => parse_quote!(Timestamp),
        ("i64" | "f64" | "bool", []) => {
            let name = format_ident!("{name}");
            parse_quote!(#name)
        }
        (_, []) => match source.normalised.facts.wrappers.get(&name) {
            Some(wrapper) => wrapped(source, &name, *wrapper, place, problems)?,
            None => {
                let name = format_ident!("{name}");
                parse_quote!(#name)
            }
        },
        _ => bail!("{place}: the generator's type {name} is not known"),
    })
}

fn wrapped(source: &Source<'_>, name: &str, wrapper: Wrapper, place: &str, problems: &mut Vec<String>) -> Result<Type> {
    let key = match wrapper {
        Wrapper::Envelope => "response",
        Wrapper::Page => "data",
    };
    let fields = source.generated.structs.get(name).with_context(|| format!("{place}: {name} is not known"))?;
    let field =
        fields.iter().find(|field| field.wire == key).with_context(|| format!("{place}: {name} has no {key}"))?;
    let plain = Meaning { id: None, time: None, secret: Classified::Plain };
    let mut inner = convert(source, &field.ty, &plain, place, problems)?;
    let documented = source.normalised.document.schemas.get(name).and_then(Schema::as_object);
    if wrapper == Wrapper::Envelope
        && documented.and_then(|object| object.properties.get(key)).is_some_and(|response| response.nullable)
        && !is_collection(&inner)
    {
        inner = parse_quote!(Option<#inner>);
    }
    Ok(match wrapper {
        Wrapper::Envelope => parse_quote!(Enveloped<#inner>),
        Wrapper::Page => match item_of(&inner) {
            Some(item) => parse_quote!(Page<#item>),
            None => bail!("{place}: the data of {name} is not a list"),
        },
    })
}

/// The `T` of a `Vec<T>`.
pub(super) fn item_of(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Vec")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) => Some(ty.clone()),
        _ => None,
    }
}

pub(super) fn is_flag(ty: &Type) -> bool {
    named(ty, &["bool"])
}

pub(super) fn is_collection(ty: &Type) -> bool {
    named(ty, &["Vec", "BTreeMap", "JsonMap"])
}

pub(super) fn named(ty: &Type, names: &[&str]) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| names.iter().any(|name| last.ident == name)))
}
