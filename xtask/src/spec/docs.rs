//! `spec/docs`: what each thing is, in this project's words.

use indexmap::IndexMap;
use serde::Deserialize;

/// The words of one interface. They are keyed by operation id and schema name and hold for all versions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Docs {
    /// Cargo features.
    pub(crate) groups: IndexMap<String, String>,
    pub(crate) tags: IndexMap<String, String>,
    pub(crate) operations: IndexMap<String, String>,
    /// By operation, then by parameter or body field.
    pub(crate) parameters: IndexMap<String, IndexMap<String, String>>,
    pub(crate) events: IndexMap<String, String>,
    pub(crate) schemas: IndexMap<String, Words>,
}

/// What is said of one schema.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Words {
    pub(crate) about: String,
    pub(crate) fields: IndexMap<String, String>,
}
