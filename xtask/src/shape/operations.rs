//! Each operation's arguments (what it cannot do without) and setters (all else).

use anyhow::{Context as _, Result};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use indexmap::IndexMap;
use syn::{Type, parse_quote};

use super::types::{self, Meaning};
use super::{
    BodyStruct, EventItem, FieldItem, Input, InputPlace, OperationItem, Presence, Repetition, Source, TypeItem,
};
use crate::generate::Call;
use crate::model::{Operation, Parameter, Place, Schema, Shape};
use crate::normalise::Answer;

/// More arguments than this are one value.
const MOST_ARGUMENTS: usize = 3;

pub(super) fn shape(
    source: &Source<'_>,
    types: &mut IndexMap<String, TypeItem>,
    problems: &mut Vec<String>,
) -> Result<Vec<OperationItem>> {
    let mut items = Vec::new();
    for operation in &source.normalised.document.operations {
        items.push(shape_one(source, operation, problems)?);
    }
    // The keys of these bodies are arguments and setters now.
    for operation in &source.normalised.document.operations {
        if let Some((name, schema)) = body(source, operation)
            && is_keyed(schema)
            && !types.get(&name).is_some_and(|item| item.answered)
        {
            types.shift_remove(&name);
        }
    }
    Ok(items)
}

/// The events with their payload types.
pub(super) fn events(source: &Source<'_>) -> Result<Vec<EventItem>> {
    let mut items = Vec::new();
    for (event, schema) in &source.normalised.document.events {
        let Shape::Ref(name) = &schema.shape else { anyhow::bail!("events/{event}: its data is not a named object") };
        let ident = quote::format_ident!("{name}");
        items.push(EventItem {
            event: event.clone(),
            variant: event.replace('.', "_").to_upper_camel_case(),
            ty: parse_quote!(#ident),
            words: String::new(),
        });
    }
    Ok(items)
}

fn body<'s>(source: &'s Source<'_>, operation: &Operation) -> Option<(String, &'s Schema)> {
    let schema = operation.body.as_ref()?.content.values().next()?;
    let Shape::Ref(name) = &schema.shape else {
        return None;
    };
    Some((name.clone(), source.normalised.document.schemas.get(name)?))
}

/// Whether a body's keys are set one by one.
fn is_keyed(schema: &Schema) -> bool {
    schema.as_object().is_some_and(|object| !object.is_map())
}

fn shape_one(source: &Source<'_>, operation: &Operation, problems: &mut Vec<String>) -> Result<OperationItem> {
    let id = &operation.id;
    let (name, call) = source.generated.call(id)?;
    let answer = source.normalised.facts.answers.get(id).copied().unwrap_or(Answer::Json);
    let answer_type = match (&call.answer, answer) {
        (Some(ty), Answer::Json | Answer::Optional) => {
            let plain = Meaning { id: None, time: None, secret: crate::spec::Classified::Plain };
            Some(types::convert(source, ty, &plain, &format!("operations/{id}/responses"), problems)?)
        }
        _ => None,
    };
    let mut required = Vec::new();
    let mut setters = Vec::new();
    // Path parameters stand in the order of the path.
    for name in operation.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let parameter =
            operation.parameter(name).with_context(|| format!("operations/{id}: {name} is not declared"))?;
        required.push(parameter_input(source, id, call, parameter, problems)?);
    }
    for parameter in operation.parameters.iter().filter(|parameter| parameter.place != Place::Path) {
        let input = parameter_input(source, id, call, parameter, problems)?;
        if parameter.required { required.push(input) } else { setters.push(input) }
    }
    for file in source.normalised.facts.files.get(id).into_iter().flatten() {
        required.push(Input {
            ident: file.to_snake_case(),
            wire: file.clone(),
            ty: parse_quote!(Upload),
            place: InputPlace::File,
            repetition: Repetition::default(),
            clearable: false,
            deprecated: false,
            words: String::new(),
        });
    }
    let mut fields = Vec::new();
    match body(source, operation) {
        Some((schema_name, schema)) if is_keyed(schema) => {
            for (wire, property) in schema.as_object().into_iter().flat_map(|object| &object.properties) {
                let is_required = schema.as_object().is_some_and(|object| object.required.contains(wire));
                let input = field_input(source, id, &schema_name, wire, property, problems)?;
                if is_required && operation.body.as_ref().is_some_and(|body| body.required || !property.nullable) {
                    fields.push(input);
                } else {
                    setters.push(input);
                }
            }
        }
        _ => {
            if let Some(body) = &operation.body {
                let schema = body.content.values().next();
                let input = whole_body(source, id, call, schema, problems)?;
                // Without its list such an operation does nothing, whatever the document says.
                let is_list = schema.is_some_and(|schema| matches!(schema.shape, Shape::Array(_)));
                if body.required || is_list { required.push(input) } else { setters.push(input) }
            }
        }
    }
    let mut body_struct = None;
    // One field as a value of its own would be no shorter.
    if fields.len() < 2 || required.len() + fields.len() <= MOST_ARGUMENTS {
        required.extend(fields);
    } else {
        let name = format!("{}Body", id.to_upper_camel_case());
        let ident = quote::format_ident!("{name}");
        required.push(Input {
            ident: "body".to_owned(),
            wire: String::new(),
            ty: parse_quote!(#ident),
            place: InputPlace::Body,
            repetition: Repetition::default(),
            clearable: false,
            deprecated: false,
            words: String::new(),
        });
        body_struct = Some(BodyStruct { name, fields: fields.into_iter().map(as_field).collect() });
    }
    Ok(OperationItem {
        id: id.clone(),
        name: source.tables.calls.name(id).map_or_else(|| name.to_owned(), |given| given.to_upper_camel_case()),
        method: match source.tables.calls.name(id) {
            Some(name) => name.to_owned(),
            // The generator's name, with OAuth as one word.
            None if id.contains("OAuth") => super::snake(id),
            None => call.method.clone(),
        },
        verb: operation.method,
        path: operation.path.clone(),
        deprecated: operation.deprecated,
        encoding: source.normalised.facts.bodies.get(id).copied(),
        largest_page: source.normalised.facts.largest_pages.get(id).copied(),
        requires_body: operation.body.as_ref().is_some_and(|body| body.required),
        once: source.tables.calls.is_once(id),
        answer,
        answer_type,
        arguments: required,
        setters,
        body_struct,
        words: String::new(),
    })
}

fn as_field(input: Input) -> FieldItem {
    FieldItem {
        ident: input.ident,
        wire: input.wire,
        ty: input.ty,
        presence: Presence::Always,
        deprecated: input.deprecated,
        words: String::new(),
    }
}

fn meaning<'s>(source: &'s Source<'_>, operation: &str, name: &str) -> Meaning<'s> {
    Meaning {
        id: source.tables.id_of_parameter(operation, name),
        time: source.tables.time_of_parameter(operation, name),
        secret: source.tables.classify_parameter(operation, name),
    }
}

fn parameter_input(
    source: &Source<'_>,
    id: &str,
    call: &Call,
    parameter: &Parameter,
    problems: &mut Vec<String>,
) -> Result<Input> {
    let place = format!("operations/{id}/parameters/{}", parameter.name);
    let snake = parameter.name.to_snake_case();
    let found = [snake.clone(), format!("{snake}_"), format!("r#{snake}")]
        .into_iter()
        .find_map(|ident| call.setters.get(&ident).map(|ty| (ident, ty)));
    let (ident, ty) = found.with_context(|| format!("{place}: the generator made no setter {snake} of it"))?;
    let ty = types::convert(source, ty, &meaning(source, id, &parameter.name), &place, problems)?;
    let joined = source.normalised.facts.joined.get(&(id.to_owned(), parameter.name.clone()));
    Ok(Input {
        ident,
        wire: parameter.name.clone(),
        ty,
        place: match (parameter.place, joined) {
            (Place::Path, _) => InputPlace::Path,
            (Place::Header, _) => InputPlace::Header,
            (Place::Query, Some(separator)) => InputPlace::Joined(*separator),
            (Place::Query, None) => InputPlace::Query,
        },
        repetition: source.tables.calls.repetition(id, &parameter.name),
        clearable: false,
        deprecated: parameter.deprecated,
        words: String::new(),
    })
}

fn field_input(
    source: &Source<'_>,
    id: &str,
    schema: &str,
    wire: &str,
    property: &Schema,
    problems: &mut Vec<String>,
) -> Result<Input> {
    let place = format!("operations/{id}/body/{wire}");
    let made = source.generated.structs.get(schema).and_then(|fields| fields.iter().find(|field| field.wire == wire));
    let made = made.with_context(|| format!("{place}: the generator made no field of it"))?;
    let mut ty = types::convert(source, &made.ty, &meaning(source, id, wire), &place, problems)?;
    if types::named(&ty, &["JsonMap"]) {
        // `json!({…})` is how people write such a map.
        ty = parse_quote!(Json);
    }
    Ok(Input {
        ident: made.ident.clone(),
        wire: wire.to_owned(),
        ty,
        place: InputPlace::Field,
        repetition: source.tables.calls.repetition(id, wire),
        clearable: property.nullable,
        deprecated: property.deprecated,
        words: String::new(),
    })
}

fn whole_body(
    source: &Source<'_>,
    id: &str,
    call: &Call,
    schema: Option<&Schema>,
    problems: &mut Vec<String>,
) -> Result<Input> {
    let place = format!("operations/{id}/body");
    let made = call.setters.get("body").with_context(|| format!("{place}: the generator made no body"))?;
    let plain = Meaning { id: None, time: None, secret: crate::spec::Classified::Plain };
    let mut ty: Type = types::convert(source, made, &plain, &place, problems)?;
    if types::named(&ty, &["JsonMap"]) || schema.is_some_and(|schema| schema.as_object().is_some()) {
        ty = parse_quote!(Json);
    }
    Ok(Input {
        ident: "body".to_owned(),
        wire: String::new(),
        ty,
        place: InputPlace::Body,
        repetition: Repetition::default(),
        clearable: false,
        deprecated: false,
        words: String::new(),
    })
}
