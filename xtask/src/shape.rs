//! What the generator made, shaped into the crate that people use.
//!
//! The passes run in this order: types (which field is always there, which an id, which a secret), operations
//! (arguments and setters), groups (which cargo feature reaches what), words (what each thing is). The result is
//! plain data; [`crate::emit`] writes it as Rust and [`crate::surface`] as a list to review. Beside them, table says what
//! every operation takes, without the generator.

mod groups;
mod links;
mod operations;
pub(crate) mod table;
mod types;
mod words;

use std::collections::BTreeSet;

use anyhow::Result;
use heck::ToSnakeCase as _;
use indexmap::IndexMap;
use syn::Type;

use crate::generate::Generated;
use crate::model::{Api, Method};
use crate::normalise::{Answer, Encoding, Normalised};
use crate::spec::{Docs, Tables};

/// A generated crate, before it is text.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) api: Api,
    pub(crate) version: String,
    /// Version of the events, where the crate has them.
    pub(crate) events_version: Option<String>,
    pub(crate) types: IndexMap<String, TypeItem>,
    pub(crate) modules: IndexMap<String, Module>,
    pub(crate) events: Vec<EventItem>,
    pub(crate) groups: IndexMap<String, String>,
}

/// The operations of one tag.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) tag: String,
    pub(crate) group: String,
    pub(crate) words: String,
    pub(crate) operations: Vec<OperationItem>,
}

/// A webhook event: its type on the wire and what its data is.
#[derive(Debug)]
pub(crate) struct EventItem {
    pub(crate) event: String,
    pub(crate) variant: String,
    pub(crate) ty: Type,
    pub(crate) words: String,
}

#[derive(Debug)]
pub(crate) struct TypeItem {
    pub(crate) name: String,
    pub(crate) kind: TypeKind,
    /// Cargo features that reach it.
    pub(crate) groups: BTreeSet<String>,
    /// Whether an answer or an event carries it; otherwise only requests do.
    pub(crate) answered: bool,
    pub(crate) deprecated: bool,
    pub(crate) words: String,
}

#[derive(Debug)]
pub(crate) enum TypeKind {
    Struct(Vec<FieldItem>),
    Enum(Vec<(String, String)>),
    Union { fields: Vec<FieldItem>, discriminator: Option<String>, kinds: Vec<String> },
}

impl TypeItem {
    pub(crate) fn fields(&self) -> &[FieldItem] {
        match &self.kind {
            TypeKind::Struct(fields) | TypeKind::Union { fields, .. } => fields,
            TypeKind::Enum(_) => &[],
        }
    }
}

/// A field of a struct: what it is without its presence, and its presence.
#[derive(Clone, Debug)]
pub(crate) struct FieldItem {
    pub(crate) ident: String,
    pub(crate) wire: String,
    pub(crate) ty: Type,
    pub(crate) presence: Presence,
    pub(crate) deprecated: bool,
    pub(crate) words: String,
}

/// When a key is there; the names are the ones `clerk_core::object!` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    /// `Option`, written as `null`.
    Nullable,
    /// `Option`, left out.
    Optional,
    /// Its default, always written.
    Filled,
    /// Its default, left out when empty.
    Sparse,
    /// Leave, clear or set.
    Update,
}

impl Presence {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Nullable => "nullable",
            Self::Optional => "optional",
            Self::Filled => "filled",
            Self::Sparse => "sparse",
            Self::Update => "update",
        }
    }
}

#[derive(Debug)]
pub(crate) struct OperationItem {
    pub(crate) id: String,
    /// The builder type.
    pub(crate) name: String,
    /// The method of the client.
    pub(crate) method: String,
    pub(crate) verb: Method,
    pub(crate) path: String,
    pub(crate) deprecated: bool,
    pub(crate) encoding: Option<Encoding>,
    /// How many a list gives at once, at most, where the document says.
    pub(crate) largest_page: Option<u64>,
    /// Whether an empty body is sent where nothing was set.
    pub(crate) requires_body: bool,
    /// Whether it must not be sent twice although its method could be.
    pub(crate) once: bool,
    pub(crate) answer: Answer,
    /// What `send` gives, for JSON answers.
    pub(crate) answer_type: Option<Type>,
    pub(crate) arguments: Vec<Input>,
    pub(crate) setters: Vec<Input>,
    /// The required fields of the body as one value, where they would be too many arguments.
    pub(crate) body_struct: Option<BodyStruct>,
    pub(crate) words: String,
}

#[derive(Debug)]
pub(crate) struct BodyStruct {
    pub(crate) name: String,
    pub(crate) fields: Vec<FieldItem>,
}

/// Something a caller gives an operation.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) ident: String,
    pub(crate) wire: String,
    pub(crate) ty: Type,
    pub(crate) place: InputPlace,
    pub(crate) repetition: Repetition,
    /// Whether `null` clears it.
    pub(crate) clearable: bool,
    pub(crate) deprecated: bool,
    pub(crate) words: String,
}

/// What giving an input says about sending the call twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Nothing.
    #[default]
    AsTheMethod,
    /// It is spent by the first.
    Once,
    /// It makes the second the same as the first.
    Repeatable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputPlace {
    Path,
    Query,
    /// A list in the query, joined by this.
    Joined(char),
    Header,
    Field,
    File,
    /// The whole body.
    Body,
}

/// What the passes read.
pub(crate) struct Source<'a> {
    pub(crate) api: Api,
    pub(crate) normalised: &'a Normalised,
    pub(crate) generated: &'a Generated,
    pub(crate) tables: &'a Tables,
    pub(crate) docs: &'a Docs,
    pub(crate) event_docs: Option<&'a Docs>,
    pub(crate) events_version: Option<String>,
}

/// A name in snake case, with `OAuth` and `URLs` as the words that they are.
pub(crate) fn snake(name: &str) -> String {
    name.replace("OAuth", "Oauth").replace("URLs", "Urls").to_snake_case()
}

/// What a person has to see to.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    /// Nothing is written while there is one: a string that may be a secret and was not classified.
    pub(crate) grave: Vec<String>,
    /// What gets a safe default until somebody decides: missing words, a tag without a group, a field that this version
    /// no longer promises. `--check` refuses them.
    pub(crate) open: Vec<String>,
}

/// Shapes one crate.
pub(crate) fn shape(source: &Source<'_>, problems: &mut Problems) -> Result<Package> {
    let mut types = types::shape(source, problems)?;
    let operations = operations::shape(source, &mut types, &mut problems.grave)?;
    let events = operations::events(source)?;
    let mut package = groups::shape(source, types, operations, events, &mut problems.open)?;
    words::shape(source, &mut package, &mut problems.open);
    links::run(&mut package);
    Ok(package)
}

#[cfg(test)]
mod tests;
