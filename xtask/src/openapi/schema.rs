//! A schema of a document, read into the model.

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{LIMITS, Pointer, array, flag, object, text};
use crate::model::{Additional, Object, Schema, Shape, Union};

/// Reads a schema with everything inside it.
pub(super) fn read_schema(value: &Value, at: &Pointer) -> Result<Schema> {
    let mut schema = part(value, at)?;
    if let Shape::Object(object) = &mut schema.shape {
        object.require_known();
    }
    Ok(schema)
}

/// Reads a schema that may be one part of an object: what it requires, another part may have.
fn part(value: &Value, at: &Pointer) -> Result<Schema> {
    let map = object(value, at)?;
    for key in ["not", "if", "then", "else", "patternProperties", "$defs", "const"] {
        if map.contains_key(key) {
            bail!("{at}: {key} is not supported");
        }
    }
    let mut schema = shape(map, at)?;
    schema.nullable |= flag(map.get("nullable"));
    schema.deprecated |= flag(map.get("deprecated"));
    for key in LIMITS.iter().filter(|key| **key != "enum") {
        if let Some(limit) = map.get(*key) {
            schema.limits.insert((*key).to_owned(), limit.clone());
        }
    }
    if let Some(values) = map.get("enum").and_then(Value::as_array) {
        schema.nullable |= values.contains(&Value::Null);
        limit_to(&mut schema, values, at)?;
    }
    Ok(schema)
}

/// Only the values of a string are a type of their own; those of any other type are kept beside it.
fn limit_to(schema: &mut Schema, values: &[Value], at: &Pointer) -> Result<()> {
    let fits: fn(&Value) -> bool = match &schema.shape {
        Shape::Integer { .. } => |value| value.is_i64() || value.is_u64(),
        Shape::Number { .. } => Value::is_number,
        Shape::Boolean => Value::is_boolean,
        _ => return Ok(()),
    };
    let values: Vec<Value> = values.iter().filter(|value| !value.is_null()).cloned().collect();
    if let Some(misfit) = values.iter().find(|value| !fits(value)) {
        bail!("{at}/enum: {misfit} is not of the type that the schema names");
    }
    schema.limits.insert("enum".to_owned(), values.into());
    Ok(())
}

fn shape(map: &Map<String, Value>, at: &Pointer) -> Result<Schema> {
    if let Some(target) = map.get("$ref") {
        let target = text(Some(target));
        let name = target.strip_prefix(NAMED).filter(|name| !name.contains('/'));
        let name = name.with_context(|| format!("{at}: $ref {target} does not name a schema of this document"))?;
        return Ok(Schema::reference(unescape(name)));
    }
    if let Some(schema) = composed(map, at)? {
        return Ok(schema);
    }
    let format = map.get("format").and_then(Value::as_str).map(str::to_owned);
    let kind = match map.get("type") {
        Some(Value::String(kind)) => Some(kind.as_str()),
        Some(_) => bail!("{at}/type: a list of types belongs to OpenAPI 3.1, which is not supported"),
        None => implied(map, at)?,
    };
    let shape = match kind {
        Some("string") => Shape::String { format, values: enum_values(map, at)? },
        Some("integer") => Shape::Integer { format },
        Some("number") => Shape::Number { format },
        Some("boolean") => Shape::Boolean,
        Some("array") => {
            let items = match map.get("items") {
                Some(items) => read_schema(items, &at.key("items"))?,
                None => Shape::Any.into(),
            };
            Shape::Array(Box::new(items))
        }
        Some("object") => Shape::Object(read_object(map, at)?),
        None => Shape::Any,
        Some(other) => bail!("{at}/type: {other} is not a type of OpenAPI 3.0"),
    };
    Ok(shape.into())
}

/// The start of every reference to a named schema.
const NAMED: &str = "#/components/schemas/";

/// The type of a schema that does not name it.
fn implied(map: &Map<String, Value>, at: &Pointer) -> Result<Option<&'static str>> {
    if ["properties", "additionalProperties", "required"].iter().any(|key| map.contains_key(*key)) {
        return Ok(Some("object"));
    }
    if map.contains_key("items") {
        return Ok(Some("array"));
    }
    if let Some(values) = map.get("enum") {
        let values = array(values, &at.key("enum"))?;
        let all = |fits: fn(&Value) -> bool| values.iter().filter(|value| !value.is_null()).all(fits);
        return Ok(Some(match () {
            () if all(Value::is_string) => "string",
            () if all(|value| value.is_i64() || value.is_u64()) => "integer",
            () if all(Value::is_number) => "number",
            () if all(Value::is_boolean) => "boolean",
            () => bail!("{at}/enum: the values are of several types"),
        }));
    }
    // A format alone describes a file.
    Ok(map.contains_key("format").then_some("string"))
}

/// A schema made of others, if it is one.
fn composed(map: &Map<String, Value>, at: &Pointer) -> Result<Option<Schema>> {
    if let Some(parts) = map.get("allOf") {
        let at_parts = at.key("allOf");
        let parts = array(parts, &at_parts)?.iter().enumerate();
        let mut parts: Vec<Schema> =
            parts.map(|(index, value)| part(value, &at_parts.index(index))).collect::<Result<_>>()?;
        let own = read_object(map, at)?;
        if !own.properties.is_empty() || !own.required.is_empty() {
            parts.push(Shape::Object(own).into());
        }
        return Ok(Some(match parts.as_slice() {
            // One part is how OpenAPI 3.0 says something beside a reference.
            [only @ Schema { shape: Shape::Ref(_), .. }] => only.clone(),
            _ => Shape::AllOf(parts).into(),
        }));
    }
    for key in ["oneOf", "anyOf"] {
        let Some(members) = map.get(key) else { continue };
        let at = at.key(key);
        let all = array(members, &at)?;
        let (nulls, telling): (Vec<_>, Vec<_>) = all.iter().enumerate().partition(|(_, member)| is_null(member));
        let members: Vec<Schema> =
            telling.into_iter().map(|(index, member)| read_schema(member, &at.index(index))).collect::<Result<_>>()?;
        if map.contains_key("properties") {
            if members.iter().all(says_nothing) {
                continue;
            }
            bail!("{at}: alternatives beside properties are not supported");
        }
        let mut schema = match members.as_slice() {
            [] => Shape::Any.into(),
            [only] => only.clone(),
            _ => Shape::OneOf(union(map, members)).into(),
        };
        schema.nullable |= !nulls.is_empty();
        return Ok(Some(schema));
    }
    Ok(None)
}

/// The alternative that a value may also be null.
fn is_null(member: &Value) -> bool {
    let Some(map) = member.as_object() else { return false };
    let typed = ["type", "$ref", "properties", "items", "format", "allOf", "oneOf", "anyOf", "additionalProperties"];
    let only_null = |values: &Vec<Value>| values.iter().all(Value::is_null);
    match map.get("enum").and_then(Value::as_array) {
        Some(values) => only_null(values),
        None => flag(map.get("nullable")) && !typed.iter().any(|key| map.contains_key(*key)),
    }
}

/// Members that only require keys say which combinations are valid, not what the object is.
fn says_nothing(member: &Schema) -> bool {
    match &member.shape {
        Shape::Any => true,
        Shape::Object(object) => object.is_map(),
        _ => false,
    }
}

fn union(map: &Map<String, Value>, members: Vec<Schema>) -> Union {
    let discriminator = map.get("discriminator");
    let key = discriminator.and_then(|value| value.get("propertyName")).and_then(Value::as_str);
    let mapping = discriminator.and_then(|value| value.get("mapping")).and_then(Value::as_object);
    let mut kinds = IndexMap::new();
    for (kind, target) in mapping.into_iter().flatten() {
        // A mapping may name a schema without the way to it.
        let target = text(Some(target));
        let name = unescape(target.strip_prefix(NAMED).unwrap_or(&target));
        if members.iter().any(|member| member.shape == Shape::Ref(name.clone())) {
            kinds.insert(kind.clone(), name);
        }
    }
    Union { members, discriminator: key.map(str::to_owned), kinds }
}

fn read_object(map: &Map<String, Value>, at: &Pointer) -> Result<Object> {
    let mut read = Object::default();
    if let Some(properties) = map.get("properties") {
        let at = at.key("properties");
        for (name, property) in object(properties, &at)? {
            read.properties.insert(name.clone(), read_schema(property, &at.key(name))?);
        }
    }
    if let Some(required) = map.get("required") {
        let required = array(required, &at.key("required"))?;
        read.required.extend(required.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    read.additional = match map.get("additionalProperties") {
        None => Additional::Unsaid,
        Some(Value::Bool(false)) => Additional::Closed,
        Some(Value::Bool(true)) => Additional::Any,
        Some(Value::Object(all)) if all.is_empty() => Additional::Any,
        Some(other) => Additional::Of(Box::new(read_schema(other, &at.key("additionalProperties"))?)),
    };
    Ok(read)
}

fn enum_values(map: &Map<String, Value>, at: &Pointer) -> Result<Vec<String>> {
    let mut values = Vec::new();
    for value in map.get("enum").and_then(Value::as_array).into_iter().flatten() {
        match value {
            Value::String(value) if !values.contains(value) => values.push(value.clone()),
            Value::String(_) | Value::Null => {}
            other => bail!("{at}/enum: {other} is not a string"),
        }
    }
    Ok(values)
}

fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
