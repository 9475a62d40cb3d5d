//! What a person would call each schema: `Client.SignIn` is `SignIn`, `JWKS.rsa.PublicKey` is `JwksRsaPublicKey`.

use std::collections::HashMap;

use anyhow::{Result, bail};
use heck::ToUpperCamelCase as _;
use indexmap::IndexMap;
use serde::Deserialize;

use super::Report;
use crate::model::Document;

/// `spec/names.toml`: names that no rule finds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NameTable {
    /// Leading parts of names that say where a schema was filed, not what it is.
    pub(crate) namespaces: Vec<String>,
    /// Schema name, as written or as the rules make it, to the name it gets.
    pub(crate) schemas: IndexMap<String, String>,
}

impl NameTable {
    /// A name by the rules, unless the table knows better.
    pub(crate) fn given<'a>(&'a self, name: &'a str) -> &'a str {
        self.schemas.get(name).map_or(name, String::as_str)
    }
}

/// Names that the generated code needs for other things.
const TAKEN: &[&str] = &[
    "BTreeMap",
    "Box",
    "Enveloped",
    "HashMap",
    "Json",
    "JsonMap",
    "Map",
    "Option",
    "Page",
    "Result",
    "Secret",
    "Self",
    "String",
    "Timestamp",
    "Update",
    "Upload",
    "Value",
    "Vec",
];

pub(super) fn run(document: &mut Document, table: &NameTable, report: &mut Report) -> Result<()> {
    let full = |name: &str| name.to_upper_camel_case();
    let short = |name: &str| {
        let rest = table.namespaces.iter().find_map(|space| name.strip_prefix(space.as_str())?.strip_prefix('.'));
        let name = rest.unwrap_or(name).to_upper_camel_case();
        // That it is an answer, its place says.
        let short = name.strip_suffix("Response").filter(|short| !short.is_empty());
        short.map_or(name.clone(), str::to_owned)
    };
    let mut count: HashMap<String, usize> = HashMap::new();
    for name in document.schemas.keys() {
        *count.entry(short(name)).or_default() += 1;
    }
    let mut renamed: IndexMap<String, String> = IndexMap::new();
    for name in document.schemas.keys() {
        let by_rule = if count.get(&short(name)).is_some_and(|count| *count > 1) { full(name) } else { short(name) };
        let new = match table.schemas.get(name) {
            Some(new) => new.clone(),
            // A second import leaves what a person has named.
            None if table.schemas.values().any(|given| given == name) => name.clone(),
            None => table.given(&by_rule).to_owned(),
        };
        if TAKEN.contains(&new.as_str()) || !new.starts_with(|first: char| first.is_alphabetic()) {
            bail!("schemas/{name}: {new:?} cannot be the name of a type; give it one in spec/names.toml");
        }
        if let Some((other, _)) = renamed.iter().find(|(_, taken)| **taken == new) {
            bail!("schemas/{name}: would be called {new}, as {other} is; give one of them a name in spec/names.toml");
        }
        if *name != new {
            report.say(format!("renamed: {name} to {new}"));
        }
        renamed.insert(name.clone(), new);
    }
    document.rename_references(&|name| renamed.get(name).cloned());
    document.schemas = std::mem::take(&mut document.schemas)
        .into_iter()
        .map(|(name, schema)| (renamed[&name].clone(), schema))
        .collect();
    Ok(())
}
