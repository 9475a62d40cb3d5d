//! From the schemas of the documents to JSON Schema, with every door closed that the document does not hold open.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

/// The strict form of a schema; references lead into `$defs`.
pub(super) fn strict(schema: &Value, components: &Map<String, Value>) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let mut made = Map::new();
    for (keyword, value) in schema {
        let value = match keyword.as_str() {
            "nullable" | "discriminator" | "description" | "example" | "default" | "deprecated" | "readOnly"
            | "title" => continue,
            "$ref" => {
                let reference = value.as_str().and_then(|reference| reference.strip_prefix(COMPONENTS));
                json!(format!("{DEFINITIONS}{}", reference.unwrap_or_else(|| panic!("{value} is no component"))))
            }
            "items" | "additionalProperties" => strict(value, components),
            "properties" => {
                let properties = value.as_object().unwrap();
                properties.iter().map(|(key, property)| (key.clone(), strict(property, components))).collect()
            }
            "allOf" => {
                // Closed parts would refuse each other's keys, so that a merge would be needed first.
                assert!(value.as_array().unwrap().len() == 1, "an allOf of several parts is not read: {value}");
                value.as_array().unwrap().iter().map(|part| strict(part, components)).collect()
            }
            "oneOf" | "anyOf" => {
                assert!(!schema.contains_key("properties"), "properties beside alternatives are not read: {value}");
                let (keyword, value) = alternatives(schema, value.as_array().unwrap(), components);
                made.insert(keyword, value);
                continue;
            }
            "not" => panic!("a negation is not read: {value}"),
            _ => value.clone(),
        };
        made.insert(keyword.clone(), value);
    }
    if schema.contains_key("properties") && !schema.contains_key("additionalProperties") {
        made.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    let made = Value::Object(made);
    // Around the whole of it, so that null gets past enums, references and alternatives too.
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "if": { "not": { "type": "null" } }, "then": made });
    }
    made
}

/// Alternatives: by the discriminator where there is one, otherwise any of them, as several may hold at once.
fn alternatives(schema: &Map<String, Value>, members: &[Value], components: &Map<String, Value>) -> (String, Value) {
    let Some(discriminator) = schema.get("discriminator") else {
        return ("anyOf".to_owned(), members.iter().map(|member| strict(member, components)).collect());
    };
    let property = discriminator["propertyName"].as_str().unwrap();
    let mut kinds = Vec::new();
    let mut known = BTreeSet::new();
    for member in members {
        let named = names(member, property, discriminator, components);
        assert!(!named.is_empty(), "no value of {property} leads to {member}");
        for name in &named {
            assert!(known.insert(name.clone()), "{name} leads to two alternatives");
        }
        kinds.push(json!({
            "if": { "type": "object", "required": [property], "properties": { property: { "enum": named } } },
            "then": strict(member, components),
        }));
    }
    let object = json!({
        "type": "object", "required": [property], "properties": { property: { "enum": known } },
    });
    kinds.insert(0, object);
    ("allOf".to_owned(), Value::Array(kinds))
}

/// The values of the discriminating property that lead to an alternative: those of the mapping, and where it maps
/// nothing those that the alternative itself allows, as components are not named after the values.
fn names(member: &Value, property: &str, discriminator: &Value, components: &Map<String, Value>) -> Vec<String> {
    let reference = member.get("$ref").and_then(Value::as_str).unwrap_or_default();
    if let Some(mapping) = discriminator.get("mapping").and_then(Value::as_object) {
        let mapped = mapping.iter().filter(|(_, target)| target.as_str() == Some(reference));
        return mapped.map(|(name, _)| name.clone()).collect();
    }
    let target = reference.strip_prefix(COMPONENTS).and_then(|name| components.get(name)).unwrap_or(member);
    let mut values = &target["properties"][property];
    if let Some(name) = values.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(COMPONENTS)) {
        values = &components[name];
    }
    let values = values["enum"].as_array().into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A strict schema with the definitions that it leads to, and no others.
pub(super) fn whole(schema: &Value, components: &Map<String, Value>) -> Value {
    let mut definitions = Map::new();
    let mut open = Vec::new();
    references(schema, &mut open);
    while let Some(name) = open.pop() {
        if !definitions.contains_key(&name) {
            let definition = components.get(&name).unwrap_or_else(|| panic!("there is no component {name}"));
            references(definition, &mut open);
            definitions.insert(name, definition.clone());
        }
    }
    json!({ "$defs": definitions, "allOf": [schema] })
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            let reference = object.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|name| name.strip_prefix(DEFINITIONS)).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
