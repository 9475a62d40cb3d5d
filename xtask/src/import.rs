//! `cargo xtask spec import`: a published document becomes the project's own document of the same facts.
//!
//! The passes run in this order, each on the result of the one before, and each says what it did:
//! prune (what nothing refers to), fold (parts of an object become one object), copies (`Client` and `Client-2` become
//! one), names (what a person would call each schema), alias (names of plain values go), hoist (inline objects and
//! enums get names), prune again, order.

mod alias;
mod copies;
mod fold;
mod hoist;
mod names;

use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::model::{Api, Document};
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
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    parse_text(&text).map_err(|error| anyhow!("{}: neither JSON nor YAML: {error}", file.display()))
}

pub(crate) fn parse_text(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    // Published documents are far larger than the parser's guard against hostile input assumes, and their `on` is a word.
    let options = serde_saphyr::options! { budget: None, strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// Makes the project's document of a published one.
pub(crate) fn import(source: &Value, api: Api, version: &str, names: &NameTable) -> Result<(Document, Report)> {
    if !is_version(version) {
        bail!("{version}: an API version is a date, like 2026-05-12");
    }
    let mut document = openapi::read(source, api)?;
    let mut report = Report::default();
    if api != Api::Webhooks && document.version != version {
        report.say(format!("version: the document calls itself {:?}, kept as {version}", document.version));
    }
    document.version = version.to_owned();
    // Names come from the first place that has a thing: which is first must not depend on how the source is written.
    order(&mut document);
    prune(&mut document, &mut report);
    fold::run(&mut document, &mut report)?;
    copies::run(&mut document, &mut report);
    names::run(&mut document, names, &mut report)?;
    alias::run(&mut document, &mut report);
    hoist::run(&mut document, names, &mut report);
    prune(&mut document, &mut report);
    for (name, given) in names.schemas.iter().filter(|(_, given)| !document.schemas.contains_key(*given)) {
        report.say(format!("spec/names.toml: {name} = {given} matches nothing in this document"));
    }
    order(&mut document);
    Ok((document, report))
}

fn is_version(version: &str) -> bool {
    let parts: Vec<&str> = version.split('-').collect();
    let within = |text: &str, digits: usize, range: std::ops::RangeInclusive<u32>| {
        text.len() == digits
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && text.parse().is_ok_and(|number| range.contains(&number))
    };
    matches!(parts.as_slice(), [year, month, day]
        if within(year, 4, 1..=9999) && within(month, 2, 1..=12) && within(day, 2, 1..=31))
}

fn prune(document: &mut Document, report: &mut Report) {
    for name in document.prune() {
        report.say(format!("dropped: schema {name}, which nothing refers to"));
    }
}

fn order(document: &mut Document) {
    document.schemas.sort_keys();
    document.operations.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    for operation in &mut document.operations {
        operation.responses.sort_keys();
        let body = operation.body.iter_mut().map(|body| &mut body.content);
        for content in body.chain(operation.responses.values_mut()) {
            content.sort_keys();
        }
    }
    document.events.sort_keys();
    let used: Vec<_> = document.operations.iter().flat_map(|operation| &operation.tags).collect();
    document.tags.retain(|tag| used.contains(&tag));
    for tag in document.operations.iter().flat_map(|operation| operation.tags.clone()).collect::<Vec<_>>() {
        if !document.tags.contains(&tag) {
            document.tags.push(tag);
        }
    }
    document.tags.sort();
}

#[cfg(test)]
mod tests;
