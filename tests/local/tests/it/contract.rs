//! What an answer must look like, as the documents have it and no looser: whatever they do not name is refused.

mod failures;
mod refusals;
mod strict;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value};

const VERSION: &str = "2026-05-12";
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
const MOST: usize = 10;

/// The answers that one API documents.
pub(crate) struct Contract {
    operations: BTreeMap<String, Operation>,
    /// The strict form of every component, for the shapes to draw on.
    components: Map<String, Value>,
    shapes: Vec<Shape>,
    /// The shape of what each event carries.
    events: BTreeMap<String, Shape>,
}

struct Operation {
    method: String,
    path: String,
    answers: BTreeMap<u16, Vec<Content>>,
}

/// A body that a status may come with.
struct Content {
    media: String,
    /// Where its shape is in the list of shapes; only JSON has one.
    shape: Option<usize>,
}

/// A schema that one or more answers have, and its validator from the first use on.
struct Shape {
    schema: Value,
    validator: OnceLock<Validator>,
}

impl Contract {
    /// Reads the documented answers of `bapi` or `fapi`.
    pub(crate) fn read(api: &str) -> Self {
        let facts = xtask::Facts::read(api, VERSION).unwrap();
        let document = facts.document();
        let components = document["components"]["schemas"].as_object().unwrap();
        let components = components.iter().map(|(name, schema)| (name.clone(), strict::strict(schema, components)));
        let mut contract = Self {
            components: components.collect(),
            operations: BTreeMap::new(),
            shapes: Vec::new(),
            events: if api == "bapi" {
                events(document["components"]["schemas"].as_object().unwrap())
            } else {
                BTreeMap::new()
            },
        };
        let mut known = HashMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if !METHODS.contains(&method.as_str()) {
                    continue;
                }
                let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no id"));
                let mut answers = BTreeMap::new();
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(answer.get("$ref").is_none(), "{id}: shared responses are not read");
                    let status: u16 = status.parse().unwrap_or_else(|_| panic!("{id}: status {status} is not read"));
                    answers.insert(status, contract.contents(answer, &mut known, document));
                }
                let operation = Operation { method: method.to_uppercase(), path: path.clone(), answers };
                assert!(contract.operations.insert(id.to_owned(), operation).is_none(), "two operations are {id}");
            }
        }
        contract
    }

    fn contents(&mut self, answer: &Value, known: &mut HashMap<String, usize>, document: &Value) -> Vec<Content> {
        let components = document["components"]["schemas"].as_object().unwrap();
        let contents = answer.get("content").and_then(Value::as_object).into_iter().flatten();
        let read = contents.map(|(media, content)| {
            let shape = is_json(media).then(|| {
                let schema = content.get("schema").unwrap_or_else(|| panic!("{media} without a schema: {answer}"));
                *known.entry(schema.to_string()).or_insert_with(|| {
                    let schema = strict::strict(schema, components);
                    self.shapes.push(Shape { schema, validator: OnceLock::new() });
                    self.shapes.len() - 1
                })
            });
            Content { media: media_of(media), shape }
        });
        read.collect()
    }

    /// Id, method and path of every operation.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.operations.iter().map(|(id, operation)| (id.as_str(), operation.method.as_str(), operation.path.as_str()))
    }

    /// Whether an operation may answer so; otherwise what is wrong and where, at most ten lines of it.
    pub(crate) fn check(
        &self,
        operation_id: &str,
        status: u16,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Result<(), Vec<String>> {
        let Some(operation) = self.operations.get(operation_id) else {
            return Err(vec![format!(": there is no operation {operation_id}")]);
        };
        let media = content_type.map(media_of);
        let mut wrong = if status >= 400 {
            failures::check(operation_id, &operation.path, status, media.as_deref(), body)
        } else {
            self.check_success(operation, status, media.as_deref(), body)
        };
        wrong.truncate(MOST);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// What is wrong with what an event carries.
    pub(crate) fn check_event(&self, kind: &str, data: &Value) -> Vec<String> {
        match self.events.get(kind) {
            Some(shape) => said(self.validator(shape), data),
            None => vec![format!(": there is no event {kind}")],
        }
    }

    fn check_success(&self, operation: &Operation, status: u16, media: Option<&str>, body: &[u8]) -> Vec<String> {
        let Some(contents) = operation.answers.get(&status) else {
            let documented: Vec<_> = operation.answers.keys().collect();
            return vec![format!(": status {status} is not documented, only {documented:?}")];
        };
        if contents.is_empty() {
            // Nobody sees the body of a redirect, and the document never tells of it.
            let fits = body.is_empty() || (300..400).contains(&status);
            return if fits { Vec::new() } else { vec![format!(": status {status} has a body, documented is none")] };
        }
        let Some(content) = contents.iter().find(|content| Some(content.media.as_str()) == media) else {
            let documented: Vec<_> = contents.iter().map(|content| content.media.as_str()).collect();
            return vec![format!(": the content type is {media:?}, documented is {documented:?}")];
        };
        let Some(shape) = content.shape.and_then(|shape| self.shapes.get(shape)) else {
            return Vec::new();
        };
        match serde_json::from_slice(body) {
            Ok(value) => said(self.validator(shape), &value),
            Err(error) => vec![format!(": the body is no JSON: {error}")],
        }
    }

    fn validator<'a>(&self, shape: &'a Shape) -> &'a Validator {
        shape.validator.get_or_init(|| compile(strict::whole(&shape.schema, &self.components)))
    }
}

/// The shape of what each event carries, by the list of events in their document.
fn events(components: &Map<String, Value>) -> BTreeMap<String, Shape> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/webhooks/2025-04-15.json");
    let document: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let events = document["webhooks"].as_object().unwrap().iter();
    let shapes = events.map(|(kind, event)| {
        let schema = strict::strict(&event["data"], components);
        (kind.clone(), Shape { schema, validator: OnceLock::new() })
    });
    shapes.collect()
}

/// The validator of a schema in which formats are no more than hints.
fn compile(schema: Value) -> Validator {
    let mut options = jsonschema::options();
    options = options.with_draft(jsonschema::Draft::Draft202012).should_validate_formats(false);
    options.build(&schema).unwrap_or_else(|error| panic!("{error} in {schema}"))
}

fn is_json(media: &str) -> bool {
    media_of(media) == "application/json"
}

/// The content type without its parameters.
fn media_of(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What a validator has against a value: pointer and reason.
fn said(validator: &Validator, value: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for error in validator.iter_errors(value) {
        say(&error, &mut wrong);
        if wrong.len() >= MOST {
            break;
        }
    }
    wrong
}

fn say(error: &jsonschema::ValidationError<'_>, wrong: &mut Vec<String>) {
    use jsonschema::error::ValidationErrorKind::{AnyOf, OneOfNotValid};
    if let AnyOf { context } | OneOfNotValid { context } = error.kind() {
        // Only the alternative that was meant says something useful.
        let nearest = context.iter().min_by_key(|branch| (branch.iter().any(|one| is_other(error, one)), branch.len()));
        if let Some(branch) = nearest.filter(|branch| !branch.is_empty()) {
            branch.iter().for_each(|inner| say(inner, wrong));
            return;
        }
    }
    let what = if error.instance().is_object() {
        error.masked_with("the object").to_string()
    } else if error.instance().is_array() {
        error.masked_with("the list").to_string()
    } else {
        error.to_string()
    };
    wrong.push(format!("{}: {what}", error.instance_path()));
}

/// Whether an alternative is of another kind than the value: another type, or another constant.
fn is_other(outer: &jsonschema::ValidationError<'_>, inner: &jsonschema::ValidationError<'_>) -> bool {
    use jsonschema::error::ValidationErrorKind::{Constant, Enum, Type};
    let depth = |error: &jsonschema::ValidationError<'_>| error.instance_path().to_string().matches('/').count();
    match inner.kind() {
        Type { .. } => depth(inner) == depth(outer),
        Constant { .. } => depth(inner) == depth(outer) + 1,
        Enum { options } => options.as_array().is_some_and(|list| list.len() == 1) && depth(inner) == depth(outer) + 1,
        _ => false,
    }
}
