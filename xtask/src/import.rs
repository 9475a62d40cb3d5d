//! `cargo xtask spec import`: a published document becomes the project's own document of the same facts.
//!
//! The passes run in this order, each on the result of the one before, and each says what it did:
//! fold (parts of an object become one object), copies (`Client` and `Client-2` become one), names (what a person
//! would call each schema), hoist (inline objects and enums get names), prune (what nothing refers to), order.

mod copies;
mod fold;
mod hoist;
mod names;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use serde_json::Value;

use crate::model::{Api, Document, Schema, Shape};
use crate::openapi;

pub(crate) use copies::merge;
pub(crate) use names::NameTable;

/// What the passes did, a line each.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<String>);

impl Report {
    pub(crate) fn say(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    pub(crate) fn lines(&self) -> &[String] {
        &self.0
    }
}

/// Reads a document in YAML or JSON.
pub(crate) fn parse(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{}: cannot be read", file.display()))?;
    if let Ok(value) = serde_json::from_str(&text) {
        return Ok(value);
    }
    // Published documents are far larger than the parser's guard against hostile input assumes.
    let options = serde_saphyr::options! { budget: None };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
        anyhow::anyhow!(
            "{}: neither JSON nor YAML: {}",
            file.display(),
            first_line(&error.to_string())
        )
    })
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Makes the project's document of a published one.
pub(crate) fn import(
    source: &Value,
    api: Api,
    version: &str,
    names: &NameTable,
) -> Result<(Document, Report)> {
    if !is_version(version) {
        bail!("{version}: an API version is a date, like 2026-05-12");
    }
    let mut document = openapi::read(source, api)?;
    let mut report = Report::default();
    if api != Api::Webhooks && document.version != version {
        report.say(format!(
            "version: the document calls itself {:?}, kept as {version}",
            document.version
        ));
    }
    document.version = version.to_owned();
    order(&mut document);
    fold::run(&mut document, &mut report)?;
    copies::run(&mut document, &mut report);
    names::run(&mut document, names, &mut report)?;
    alias(&mut document, &mut report);
    hoist::run(&mut document, names, &mut report);
    prune(&mut document, &mut report);
    order(&mut document);
    Ok((document, report))
}

fn is_version(version: &str) -> bool {
    let parts: Vec<_> = version
        .split('-')
        .map(|part| (part.len(), part.bytes().all(|b| b.is_ascii_digit())))
        .collect();
    parts == [(4, true), (2, true), (2, true)]
}

/// Puts named lists, maps and plain values where they are referred to: a name is for an object, an enum, a union.
fn alias(document: &mut Document, report: &mut Report) {
    let mut plain: IndexMap<String, Schema> = IndexMap::new();
    for (name, schema) in document.schemas.clone() {
        let inline = match &schema.shape {
            Shape::Array(items) if items.as_object().is_some_and(|object| !object.is_map()) => {
                // The name passes to what the list is of.
                document.schemas.insert(name.clone(), (**items).clone());
                let list = Shape::Array(Box::new(Schema::reference(&name)));
                report.say(format!("renamed: list {name} to what it is a list of"));
                plain.insert(name, list.into());
                continue;
            }
            Shape::String { values, .. } => values.is_empty(),
            Shape::Object(object) => object.is_map(),
            Shape::OneOf(_) | Shape::AllOf(_) => false,
            _ => true,
        };
        if inline {
            document.schemas.shift_remove(&name);
            report.say(format!("dropped: name {name}, its uses say what it is"));
            plain.insert(name, schema);
        }
    }
    for schema in document.roots_mut() {
        substitute(schema, &plain);
    }
    for schema in document.schemas.values_mut() {
        for child in schema.children_mut() {
            substitute(child, &plain);
        }
    }
}

fn substitute(schema: &mut Schema, plain: &IndexMap<String, Schema>) {
    if let Shape::Ref(name) = &schema.shape
        && let Some(value) = plain.get(name)
    {
        // A list refers to its items by the name they have in common: that reference stays.
        let settled = refers_to(value, name);
        schema.shape = value.shape.clone();
        schema.nullable |= value.nullable;
        if settled {
            return;
        }
    }
    for child in schema.children_mut() {
        substitute(child, plain);
    }
}

fn refers_to(schema: &Schema, name: &str) -> bool {
    let mut found = false;
    schema.references(&mut |other| found |= other == name);
    found
}

/// Drops the schemas that no operation and no event reaches.
fn prune(document: &mut Document, report: &mut Report) {
    let mut used = indexmap::IndexSet::new();
    for (_, schema) in document.roots() {
        used.extend(document.reachable(schema));
    }
    document.schemas.retain(|name, _| {
        let keep = used.contains(name);
        if !keep {
            report.say(format!("dropped: schema {name}, which nothing refers to"));
        }
        keep
    });
}

fn order(document: &mut Document) {
    document.schemas.sort_keys();
    document
        .operations
        .sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    for operation in &mut document.operations {
        operation.responses.sort_keys();
    }
    document.events.sort_keys();
    let used: Vec<_> = document
        .operations
        .iter()
        .flat_map(|operation| &operation.tags)
        .collect();
    document.tags.retain(|tag| used.contains(&tag));
    for tag in document
        .operations
        .iter()
        .flat_map(|operation| operation.tags.clone())
        .collect::<Vec<_>>()
    {
        if !document.tags.contains(&tag) {
            document.tags.push(tag);
        }
    }
    document.tags.sort();
}
