//! Values of every type, made from the document that the crates were generated from.

use serde_json::{Map, Value, json};
use xtask::Facts;

use crate::registry::Entry;

/// One interface: its document and the types made of it.
pub(crate) struct Interface {
    pub(crate) name: &'static str,
    facts: Facts,
    entries: Vec<Entry>,
}

/// What a fixture does at a place where it has a choice.
pub(crate) trait Choice {
    /// A string with these known values.
    fn enumeration(&self, values: &[Value]) -> Value {
        values.first().cloned().unwrap_or(Value::Null)
    }

    /// A place that may be null, or a list, a map or a flag; `None` takes the usual value.
    fn lenient(&self) -> Option<Value> {
        None
    }

    /// Alternatives told apart by a key.
    fn alternative(&self) -> Option<Value> {
        None
    }

    /// A last look at each object.
    fn object(&self, _schema: &str, _object: &mut Map<String, Value>) {}
}

/// Everything there, nothing unusual.
pub(crate) struct Whole;
impl Choice for Whole {}

impl Interface {
    pub(crate) fn all() -> Vec<Self> {
        let read = |name: &'static str, version: &str, entries| Self {
            name,
            facts: Facts::read(name, version).expect("the specification reads"),
            entries,
        };
        vec![
            read("bapi", clerk_bapi::API_VERSION, crate::generated::bapi_types()),
            read("fapi", clerk_fapi::API_VERSION, crate::generated::fapi_types()),
        ]
    }

    pub(crate) fn schema(&self, name: &str) -> &Value {
        &self.document()["components"]["schemas"][name]
    }

    pub(crate) fn document(&self) -> &Value {
        self.facts.document()
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The type made of a schema: its own, or the one it is a kind of.
    pub(crate) fn entry(&self, schema: &str) -> Option<&Entry> {
        let own = self.entries.iter().find(|entry| entry.name == schema);
        own.or_else(|| {
            let union = self.facts.kind_of(schema)?;
            self.entries.iter().find(|entry| entry.name == union)
        })
    }

    /// Every object of the document that an answer carries, with its type.
    pub(crate) fn objects(&self) -> Vec<(&str, &Entry)> {
        let schemas = self.document()["components"]["schemas"].as_object().expect("there are schemas");
        let objects = schemas.iter().filter(|(_, schema)| schema.get("properties").is_some());
        objects
            .filter_map(|(name, _)| Some((name.as_str(), self.entry(name)?)))
            .filter(|(_, entry)| entry.answered)
            .collect()
    }

    /// A value of a schema.
    pub(crate) fn value(&self, name: &str, choice: &dyn Choice) -> Value {
        self.make(&json!({ "$ref": format!("#/components/schemas/{name}") }), choice, 0)
    }

    fn make(&self, schema: &Value, choice: &dyn Choice, depth: usize) -> Value {
        // The type itself is never null, only places that refer to it.
        let nullable = depth != 1 && schema.get("nullable") == Some(&Value::Bool(true));
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        let keys = schema.get("properties").is_some();
        let may_be_null = nullable || matches!(kind, "array" | "boolean") || (kind == "object" && !keys);
        if may_be_null && let Some(value) = choice.lenient() {
            return value;
        }
        if nullable && depth > 9 {
            return Value::Null;
        }
        if let Some(name) = reference(schema) {
            let named = self.schema(name);
            if named.get("oneOf").is_some() {
                return self.one_of(named, choice, depth);
            }
            return match self.make(named, choice, depth + 1) {
                Value::Object(mut object) => {
                    choice.object(name, &mut object);
                    Value::Object(object)
                }
                other => other,
            };
        }
        if schema.get("oneOf").is_some() {
            return self.one_of(schema, choice, depth);
        }
        match kind {
            "string" => match schema.get("enum").and_then(Value::as_array) {
                Some(values) if values.len() > 1 => choice.enumeration(values),
                Some(values) => values.first().cloned().unwrap_or(Value::Null),
                None => json!("text"),
            },
            "integer" => json!(1_700_000_000_000_i64),
            "number" => json!(1.5),
            "boolean" => json!(true),
            "array" if depth > 9 => json!([]),
            "array" => json!([self.make(&schema["items"], choice, depth)]),
            "object" if keys => {
                let properties = schema["properties"].as_object().expect("properties are an object");
                let made = properties.iter().map(|(key, property)| {
                    // Whatever counts or tells a time is whole, also where the document says number.
                    let whole = property["type"] == "number" && COUNTS.iter().any(|part| key.ends_with(part));
                    let null = whole && property["nullable"] == true && choice.lenient().is_some();
                    match (whole, null) {
                        (true, true) => (key.clone(), Value::Null),
                        (true, false) => (key.clone(), json!(1_700_000_000_000_i64)),
                        (false, _) => (key.clone(), self.make(property, choice, depth + 1)),
                    }
                });
                Value::Object(made.collect())
            }
            "object" => match schema.get("additionalProperties").filter(|additional| additional.is_object()) {
                Some(of) => json!({ "key": self.make(of, choice, depth) }),
                None => json!({ "plan": "gold", "nested": { "list": [1, "two", null] } }),
            },
            _ => json!({ "any": ["thing"] }),
        }
    }

    fn one_of(&self, schema: &Value, choice: &dyn Choice, depth: usize) -> Value {
        let members = schema["oneOf"].as_array().expect("alternatives are a list");
        let is_object = members.iter().all(|member| reference(member).is_some());
        match choice.alternative() {
            Some(value) if is_object => value,
            _ => self.make(members.last().expect("there is an alternative"), choice, depth),
        }
    }
}

const COUNTS: &[&str] = &["_at", "expiration", "total_count", "limit", "offset"];

/// The schema that a place refers to.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref");
    let target = direct.or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?.as_str()?;
    target.rsplit('/').next()
}

/// A value in which null, absent and empty are one.
pub(crate) fn bare(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().map(|(key, value)| (key.clone(), bare(value)));
            Value::Object(kept.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(bare).collect()),
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(object) => object.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// The same where a flag that is not said is `false`.
pub(crate) fn bare_of_flags(value: &Value) -> Value {
    match bare(value) {
        Value::Object(object) => {
            let kept = object.into_iter().map(|(key, value)| (key, bare_of_flags(&value)));
            Value::Object(kept.filter(|(_, value)| *value != Value::Bool(false) && !is_nothing(value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(bare_of_flags).collect()),
        other => other,
    }
}
