//! OpenAPI 3.0 to the model and back.
//!
//! Reading takes any document, resolves what is shared by reference except schemas, and names the place of whatever
//! it cannot represent. Writing is canonical: the same model gives the same bytes.

mod read;
mod schema;
mod write;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

pub(crate) use read::read;
pub(crate) use write::{schema as write_schema, write};

/// A place in a JSON document, for messages: `#/paths/~1users/get`.
#[derive(Clone, Debug)]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn root() -> Self {
        Self("#".to_owned())
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self(format!("{}/{}", self.0, key.replace('~', "~0").replace('/', "~1")))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is kept of a schema beside its type, in the order it is written; `enum` only where the values are no strings.
const LIMITS: &[&str] = &[
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "enum",
];

fn object<'v>(value: &'v Value, at: &Pointer) -> Result<&'v Map<String, Value>> {
    value.as_object().with_context(|| format!("{at}: expected an object"))
}

fn array<'v>(value: &'v Value, at: &Pointer) -> Result<&'v Vec<Value>> {
    value.as_array().with_context(|| format!("{at}: expected a list"))
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn flag(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or(false)
}

#[cfg(test)]
mod tests;
