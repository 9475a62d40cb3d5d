//! The canonical document of a model.

use serde_json::{Map, Value, json};

use super::LIMITS;
use crate::model::{Additional, Api, Document, Operation, Parameter, Place, Schema, Shape};

/// Writes the document with one order for everything: the same facts are the same bytes.
pub(crate) fn write(document: &Document, api: Api) -> Value {
    let mut root = Map::new();
    root.insert("openapi".into(), "3.0.3".into());
    root.insert("info".into(), json!({ "title": api.name(), "version": document.version }));
    if !document.server.is_empty() {
        root.insert("servers".into(), json!([{ "url": document.server }]));
    }
    if !document.tags.is_empty() {
        let tags: Vec<_> = document.tags.iter().map(|name| json!({ "name": name })).collect();
        root.insert("tags".into(), tags.into());
    }
    if api == Api::Webhooks {
        let events = document.events.iter().map(|(event, data)| (event.clone(), json!({ "data": schema(data) })));
        root.insert("webhooks".into(), Value::Object(events.collect()));
    }
    let mut paths = Map::new();
    for operation in &document.operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(item) = item {
            item.insert(operation.method.name().into(), write_operation(operation));
        }
    }
    root.insert("paths".into(), Value::Object(paths));
    let schemas = document.schemas.iter().map(|(name, named)| (name.clone(), schema(named))).collect();
    root.insert("components".into(), json!({ "schemas": Value::Object(schemas) }));
    Value::Object(root)
}

fn write_operation(operation: &Operation) -> Value {
    let mut map = Map::new();
    map.insert("operationId".into(), operation.id.clone().into());
    if !operation.tags.is_empty() {
        map.insert("tags".into(), operation.tags.clone().into());
    }
    if operation.deprecated {
        map.insert("deprecated".into(), true.into());
    }
    if !operation.parameters.is_empty() {
        map.insert("parameters".into(), operation.parameters.iter().map(write_parameter).collect());
    }
    if let Some(body) = &operation.body {
        let mut value = Map::new();
        if body.required {
            value.insert("required".into(), true.into());
        }
        value.insert("content".into(), content(&body.content));
        map.insert("requestBody".into(), Value::Object(value));
    }
    let mut responses = Map::new();
    for (status, all) in &operation.responses {
        let mut response = Map::new();
        // OpenAPI requires the key; the words are kept in spec/docs.
        response.insert("description".into(), "".into());
        if !all.is_empty() {
            response.insert("content".into(), content(all));
        }
        responses.insert(status.clone(), Value::Object(response));
    }
    map.insert("responses".into(), Value::Object(responses));
    Value::Object(map)
}

fn content(all: &indexmap::IndexMap<String, Schema>) -> Value {
    Value::Object(all.iter().map(|(media, value)| (media.clone(), json!({ "schema": schema(value) }))).collect())
}

fn write_parameter(parameter: &Parameter) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), parameter.name.clone().into());
    map.insert("in".into(), parameter.place.name().into());
    if parameter.required || parameter.place == Place::Path {
        map.insert("required".into(), true.into());
    }
    if parameter.deprecated {
        map.insert("deprecated".into(), true.into());
    }
    if let Some(style) = &parameter.style {
        map.insert("style".into(), style.clone().into());
    }
    if let Some(explode) = parameter.explode {
        map.insert("explode".into(), explode.into());
    }
    map.insert("schema".into(), schema(&parameter.schema));
    Value::Object(map)
}

/// Writes one schema.
pub(crate) fn schema(schema: &Schema) -> Value {
    let mut map = Map::new();
    let decorated = schema.nullable || schema.deprecated || !schema.limits.is_empty();
    match &schema.shape {
        Shape::Any => {}
        // OpenAPI 3.0 ignores whatever stands beside a reference.
        Shape::Ref(name) if decorated => {
            map.insert("allOf".into(), json!([{ "$ref": format!("#/components/schemas/{name}") }]));
        }
        Shape::Ref(name) => {
            map.insert("$ref".into(), format!("#/components/schemas/{name}").into());
        }
        Shape::Boolean => {
            map.insert("type".into(), "boolean".into());
        }
        Shape::Integer { format } => typed(&mut map, "integer", format.as_deref()),
        Shape::Number { format } => typed(&mut map, "number", format.as_deref()),
        Shape::String { format, values } => {
            typed(&mut map, "string", format.as_deref());
            if !values.is_empty() {
                map.insert("enum".into(), values.clone().into());
            }
        }
        Shape::Array(items) => {
            map.insert("type".into(), "array".into());
            map.insert("items".into(), self::schema(items));
        }
        Shape::Object(object) => {
            map.insert("type".into(), "object".into());
            if !object.properties.is_empty() {
                let properties =
                    object.properties.iter().map(|(name, property)| (name.clone(), self::schema(property)));
                map.insert("properties".into(), Value::Object(properties.collect()));
            }
            if !object.required.is_empty() {
                map.insert("required".into(), object.required.iter().cloned().collect::<Vec<_>>().into());
            }
            match &object.additional {
                Additional::Unsaid => {}
                Additional::Closed => {
                    map.insert("additionalProperties".into(), false.into());
                }
                Additional::Any => {
                    map.insert("additionalProperties".into(), true.into());
                }
                Additional::Of(value) => {
                    map.insert("additionalProperties".into(), self::schema(value));
                }
            }
        }
        Shape::OneOf(union) => {
            map.insert("oneOf".into(), union.members.iter().map(self::schema).collect());
            if let Some(property) = &union.discriminator {
                let mut discriminator = Map::from_iter([("propertyName".to_owned(), property.clone().into())]);
                if !union.kinds.is_empty() {
                    let target = |name: &String| Value::from(format!("#/components/schemas/{name}"));
                    let mapping = union.kinds.iter().map(|(kind, name)| (kind.clone(), target(name)));
                    discriminator.insert("mapping".into(), Value::Object(mapping.collect()));
                }
                map.insert("discriminator".into(), discriminator.into());
            }
        }
        Shape::AllOf(parts) => {
            map.insert("allOf".into(), parts.iter().map(self::schema).collect());
        }
    }
    if schema.nullable {
        map.insert("nullable".into(), true.into());
    }
    if schema.deprecated {
        map.insert("deprecated".into(), true.into());
    }
    for key in LIMITS {
        if let Some(limit) = schema.limits.get(*key) {
            map.insert((*key).into(), limit.clone());
        }
    }
    Value::Object(map)
}

fn typed(map: &mut Map<String, Value>, name: &str, format: Option<&str>) {
    map.insert("type".into(), name.into());
    if let Some(format) = format {
        map.insert("format".into(), format.into());
    }
}
