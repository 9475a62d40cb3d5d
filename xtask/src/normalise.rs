//! What the generator cannot take, taken out of the document and kept as facts for the shaping.
//!
//! The rules run in this order. Each says why it exists and reports what it touched; what no rule knows fails with its
//! place, so that a new document never ends in a panic of the generator.

mod answers;
mod bodies;
mod constants;
mod counts;
mod nullability;
mod openness;
mod parameters;
mod unions;
mod wrappers;

use anyhow::{Context as _, Result};
use indexmap::{IndexMap, IndexSet};

use crate::model::Document;
use crate::spec::Tables;

/// One step on the way from the document to what the generator takes.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    /// What breaks without it.
    pub(crate) reason: &'static str,
    apply: fn(&mut State<'_>) -> Result<()>,
}

/// All rules, in the order they run.
pub(crate) const RULES: &[Rule] = &[
    nullability::RULE,
    answers::RULE,
    bodies::RULE,
    parameters::RULE,
    wrappers::RULE,
    unions::RULE,
    constants::RULE,
    counts::RULE,
    openness::RULE,
];

/// The document on its way, and what was taken out of it.
pub(crate) struct State<'a> {
    pub(crate) document: Document,
    pub(crate) facts: Facts,
    pub(crate) tables: &'a Tables,
    rule: &'static str,
    pub(crate) report: Vec<String>,
}

impl State<'_> {
    fn say(&mut self, place: impl std::fmt::Display) {
        self.report.push(format!("{}: {place}", self.rule));
    }
}

/// What the generator is not told.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) answers: IndexMap<String, Answer>,
    pub(crate) bodies: IndexMap<String, Encoding>,
    /// Upload fields of multipart bodies, by operation.
    pub(crate) files: IndexMap<String, Vec<String>>,
    /// How many a list gives at once, at most, by operation.
    pub(crate) largest_pages: IndexMap<String, u64>,
    /// Query lists that travel as one string, by operation and parameter.
    pub(crate) joined: IndexMap<(String, String), char>,
    pub(crate) wrappers: IndexMap<String, Wrapper>,
    pub(crate) unions: IndexMap<String, Union>,
    /// Strings that can have one value only, by schema and field: the kind of the object.
    pub(crate) constants: IndexMap<(String, String), String>,
}

/// How a successful answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Json,
    /// JSON or nothing.
    Optional,
    Empty,
    Text,
    Bytes,
    Redirect,
    /// A redirect, or nothing where the caller is no browser.
    MaybeRedirect,
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Encoding {
    Json,
    Form,
    Multipart,
    Bytes,
}

impl Encoding {
    /// What a body of this type is written as, if anybody knows.
    pub(crate) fn of(media: &str) -> Option<Self> {
        bodies::KNOWN.iter().find(|(known, _)| *known == media).map(|(_, encoding)| *encoding)
    }
}

/// A schema that only wraps another; in Rust one generic type does it for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapper {
    /// `{response, client}`, the envelope of the Frontend API.
    Envelope,
    /// `{data, total_count}` or a bare list.
    Page,
}

/// Alternatives that became one flat object.
#[derive(Clone, Debug)]
pub(crate) struct Union {
    /// The key that tells the kinds apart, if there is one.
    pub(crate) discriminator: Option<String>,
    /// The values of that key that the document knows.
    pub(crate) kinds: IndexSet<String>,
}

/// What the generator takes, and what was kept for the shaping.
pub(crate) struct Normalised {
    pub(crate) document: Document,
    pub(crate) facts: Facts,
    pub(crate) report: Vec<String>,
}

/// Runs all rules.
pub(crate) fn run(document: Document, tables: &Tables) -> Result<Normalised> {
    let mut state = State { document, facts: Facts::default(), tables, rule: "", report: Vec::new() };
    for rule in RULES {
        state.rule = rule.name;
        (rule.apply)(&mut state).with_context(|| format!("rule {} ({})", rule.name, rule.reason))?;
    }
    state.document.prune();
    Ok(Normalised { document: state.document, facts: state.facts, report: state.report })
}

/// Runs one rule alone.
#[cfg(test)]
pub(crate) fn run_one(rule: &Rule, document: Document, tables: &Tables) -> Result<(Document, Facts, Vec<String>)> {
    let mut state = State { document, facts: Facts::default(), tables, rule: rule.name, report: Vec::new() };
    (rule.apply)(&mut state)?;
    Ok((state.document, state.facts, state.report))
}
