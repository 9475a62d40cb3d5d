//! Inline objects, enums and unions become named schemas; the same one twice gets one name.

use std::collections::HashMap;

use heck::ToUpperCamelCase as _;
use indexmap::IndexMap;

use super::{NameTable, Report};
use crate::model::{Document, Operation, Schema, Shape};

/// Two places with the same name and the same shape share one schema, whose name a person may have given for either:
/// so all places are looked at first, and named then.
pub(super) fn run(document: &mut Document, names: &NameTable, report: &mut Report) {
    let mut unread = Report::default();
    let looked = pass(&mut document.clone(), names, HashMap::new(), &mut unread);
    pass(document, names, looked, report);
}

/// Hoists everything, with the names that an earlier pass found; gives back the places that the table names.
fn pass(
    document: &mut Document,
    names: &NameTable,
    preferred: HashMap<Likeness, usize>,
    report: &mut Report,
) -> HashMap<Likeness, usize> {
    let mut hoist = Hoist {
        known: std::mem::take(&mut document.schemas),
        names,
        report,
        by_shape: HashMap::new(),
        preferred,
        given: HashMap::new(),
        owner: String::new(),
    };
    hoist.own_answers(&document.operations);
    for name in hoist.known.keys().cloned().collect::<Vec<_>>() {
        let Some(mut schema) = hoist.known.get(&name).cloned() else {
            continue;
        };
        hoist.owner.clone_from(&name);
        hoist.inside(&mut schema, &name);
        hoist.known.insert(name, schema);
    }
    for operation in &mut document.operations {
        hoist.operation(operation);
    }
    for (event, data) in &mut document.events {
        hoist.owner = format!("event {event}");
        let name = format!("{}Payload", event.to_upper_camel_case());
        hoist.place(data, &name);
    }
    document.schemas = hoist.known;
    hoist.given
}

/// What makes two inline schemas one: the last part of their places, and their shape.
type Likeness = (String, String);

struct Hoist<'a> {
    known: IndexMap<String, Schema>,
    names: &'a NameTable,
    report: &'a mut Report,
    /// What was hoisted: the same enum of the same name is one type.
    by_shape: HashMap<Likeness, String>,
    /// Where the table names one of several places, by their shape before anything inside was hoisted.
    preferred: HashMap<Likeness, usize>,
    given: HashMap<Likeness, usize>,
    owner: String,
}

impl Hoist<'_> {
    /// An answer that says what it is (`object: api_key`) gives the name to its most frequent form.
    fn own_answers(&mut self, operations: &[Operation]) {
        let mut forms: IndexMap<String, Vec<(Schema, usize)>> = IndexMap::new();
        for operation in operations {
            for schema in operation.successes().flat_map(|(_, content)| content.values()) {
                collect_kinds(schema, &mut forms);
            }
        }
        for (kind, forms) in forms {
            let by_rule = kind.to_upper_camel_case();
            let name = self.names.given(&by_rule).to_owned();
            let most = forms.into_iter().max_by_key(|(_, count)| *count);
            if let Some((schema, _)) = most
                && !self.known.contains_key(&name)
            {
                self.by_shape.insert((String::new(), key(&schema)), name.clone());
                self.report.say(format!("hoisted: {name}, an answer that says so itself"));
                self.known.insert(name, schema);
            }
        }
    }

    fn operation(&mut self, operation: &mut Operation) {
        let id = operation.id.to_upper_camel_case();
        self.owner = format!("operation {}", operation.id);
        for parameter in &mut operation.parameters {
            let name = format!("{id}{}", parameter.name.to_upper_camel_case());
            self.place(&mut parameter.schema, &name);
        }
        if let Some(body) = &mut operation.body {
            for schema in body.content.values_mut() {
                self.body(schema, &format!("{id}Body"));
            }
        }
        let several = operation.successes().count() > 1;
        for (status, content) in &mut operation.responses {
            for schema in content.values_mut() {
                let suffix = if several { status.as_str() } else { "" };
                self.place(schema, &format!("{id}Result{suffix}"));
            }
        }
    }

    /// A body is named after its operation, also where another operation takes the same.
    fn body(&mut self, schema: &mut Schema, name: &str) {
        if schema.as_object().is_none_or(crate::model::Object::is_map) {
            self.place(schema, name);
            return;
        }
        let mut inner: Schema = schema.shape.clone().into();
        self.inside_of_named(&mut inner, name);
        let name = self.free(self.called(name), &key(&inner));
        schema.shape = Shape::Ref(name.clone());
        self.known.insert(name, inner);
    }

    /// Hoists `schema` itself if it is something that deserves a name, else what is inside it.
    fn place(&mut self, schema: &mut Schema, name: &str) {
        let deserves = match &schema.shape {
            Shape::Object(object) => !object.is_map(),
            Shape::String { values, .. } => values.len() > 1,
            Shape::OneOf(_) => true,
            _ => false,
        };
        if !deserves {
            self.inside(schema, name);
            return;
        }
        let mut inner: Schema = schema.shape.clone().into();
        let flat = key(&inner);
        self.inside_of_named(&mut inner, name);
        let reference = self.name_for(inner, flat, name);
        schema.shape = Shape::Ref(reference);
        // What was said of the value's type belongs to the type, except what a reference can say beside.
        schema.limits.retain(|key, _| key == "default" || key.ends_with("Items"));
    }

    fn name_for(&mut self, inner: Schema, flat: String, name: &str) -> String {
        let shape = key(&inner);
        if let Some(known) = self.by_shape.get(&(String::new(), shape.clone())) {
            return known.clone();
        }
        let last = last_word(&self.owner, name);
        if let Some(at) = self.names.schemas.get_index_of(name) {
            // Of several given names, the one that the table has first.
            let known = self.given.entry((last.clone(), flat.clone())).or_insert(at);
            *known = at.min(*known);
        }
        if let Some(known) = self.by_shape.get(&(last.clone(), shape.clone())) {
            self.report.say(format!("merged: {name} into {known}, which is the same"));
            return known.clone();
        }
        let preferred = self.preferred.get(&(last.clone(), flat));
        let wanted = match preferred.and_then(|at| self.names.schemas.get_index(*at)) {
            Some((_, preferred)) => preferred.clone(),
            None => self.called(name),
        };
        let free = self.free(wanted, &shape);
        self.report.say(format!("hoisted: {free}, from {}", self.owner));
        self.by_shape.insert((last, shape), free.clone());
        self.known.insert(free.clone(), inner);
        free
    }

    /// A place's name as the rules for names leave it, so that a second import changes nothing.
    fn called(&self, name: &str) -> String {
        if let Some(given) = self.names.schemas.get(name) {
            return given.clone();
        }
        let name = name.to_upper_camel_case();
        let name = match name.strip_suffix("Response") {
            Some(short) if !short.is_empty() && !self.known.contains_key(short) => short,
            _ => &name,
        };
        self.names.given(name).to_owned()
    }

    /// The name with a number behind it, if something else has it already.
    fn free(&self, wanted: String, shape: &str) -> String {
        let taken = |name: &String| (self.known.get(name)).is_some_and(|known| key(known) != shape);
        let numbered = (2..).map(|number| format!("{wanted}{number}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or(wanted)
    }

    /// Hoists what is inside a schema that keeps its place.
    fn inside(&mut self, schema: &mut Schema, name: &str) {
        match &mut schema.shape {
            Shape::Array(items) => self.place(items, &singular(name)),
            _ => self.inside_of_named(schema, name),
        }
    }

    fn inside_of_named(&mut self, schema: &mut Schema, name: &str) {
        match &mut schema.shape {
            Shape::Array(items) => self.place(items, &singular(name)),
            Shape::Object(object) => {
                let base = name.strip_suffix("Body").filter(|base| !base.is_empty()).unwrap_or(name).to_owned();
                for (property, value) in &mut object.properties {
                    self.place(value, &format!("{base}{}", property.to_upper_camel_case()));
                }
                if let crate::model::Additional::Of(value) = &mut object.additional {
                    self.place(value, &format!("{name}Value"));
                }
            }
            Shape::OneOf(union) => {
                for (index, member) in union.members.iter_mut().enumerate() {
                    let kind = member.as_object().and_then(|object| object.properties.get("object"));
                    let suffix = kind
                        .and_then(Schema::constant)
                        .map_or_else(|| format!("{}", index + 1), |kind| kind.to_upper_camel_case());
                    self.place(member, &format!("{name}{suffix}"));
                }
            }
            _ => {}
        }
    }
}

fn collect_kinds(schema: &Schema, forms: &mut IndexMap<String, Vec<(Schema, usize)>>) {
    if let Some(object) = schema.as_object()
        && let Some(kind) = object.properties.get("object").and_then(Schema::constant)
    {
        let form: Schema = schema.shape.clone().into();
        let known = forms.entry(kind.to_owned()).or_default();
        match known.iter_mut().find(|(known, _)| *known == form) {
            Some((_, count)) => *count += 1,
            None => known.push((form, 1)),
        }
    }
    for child in schema.children() {
        collect_kinds(child, forms);
    }
}

/// What two inline schemas must share to be one: the shape, without what is only said beside it.
fn key(schema: &Schema) -> String {
    crate::openapi::write_schema(schema).to_string()
}

/// The part of a hoisted name that its property gave, so that `ASession.status` and `BSession.status` can be one
/// type and `status` and `strategy` cannot.
fn last_word(owner: &str, name: &str) -> String {
    let owner = owner.rsplit(' ').next().unwrap_or_default().to_upper_camel_case();
    name.strip_prefix(owner.as_str()).unwrap_or(name).to_owned()
}

fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        format!("{stem}y")
    } else if name.ends_with("ss") || name.ends_with("us") {
        name.to_owned()
    } else if let Some(stem) = name.strip_suffix('s') {
        stem.to_owned()
    } else {
        format!("{name}Item")
    }
}
