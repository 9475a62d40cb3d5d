//! Every generated type, reachable by its name.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A type that can be read, written and described.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// Whether an answer or an event carries it.
    pub(crate) answered: bool,
    round: fn(&Value) -> Result<Value, String>,
    schema: fn() -> Value,
    debug: fn(&Value) -> Result<String, String>,
}

impl Entry {
    pub(crate) fn of<T>(name: &'static str, answered: bool) -> Self
    where
        T: DeserializeOwned + Serialize + JsonSchema + std::fmt::Debug,
    {
        Self {
            name,
            answered,
            round: |value| {
                let read: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
                serde_json::to_value(&read).map_err(|error| error.to_string())
            },
            schema: || SchemaGenerator::default().into_root_schema_for::<T>().to_value(),
            debug: |value| {
                let read: T = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
                Ok(format!("{read:?}"))
            },
        }
    }

    /// Reads a value as this type and writes it again.
    pub(crate) fn round(&self, value: &Value) -> Result<Value, String> {
        (self.round)(value)
    }

    /// The JSON Schema of this type.
    pub(crate) fn schema(&self) -> Value {
        (self.schema)()
    }

    /// What `Debug` shows of a value read as this type.
    pub(crate) fn debug(&self, value: &Value) -> Result<String, String> {
        (self.debug)(value)
    }
}
