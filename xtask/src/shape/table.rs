//! What every operation takes, as the document says it: the tables that a local server routes and checks by.
//!
//! Made of the document before anything is normalised, since what the generator cannot take is what a client may send.

use indexmap::IndexMap;

use crate::model::{Additional, Api, Document, Method, Operation, Place, Schema, Shape};
use crate::normalise::Encoding;
use crate::spec::Tables;

/// How far references and lists are followed; a schema may hold itself.
const DEPTH: usize = 16;

/// All operations of a document, by path, then by method.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) api: Api,
    pub(crate) version: String,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) tag: String,
    pub(crate) query: Vec<Field>,
    pub(crate) body: Option<Body>,
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) encodings: Vec<Encoding>,
    pub(crate) required: bool,
    pub(crate) keys: Keys,
}

/// What a body holds.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) fields: Vec<Field>,
    /// Whether other keys are taken, or it is no object.
    pub(crate) open: bool,
    /// Whether it is a list, and the keys those of its items.
    pub(crate) list: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Any,
    File,
    List(Box<Kind>),
    OneOf(Vec<String>),
}

/// The table of a document with its patches.
pub(crate) fn table(document: &Document, api: Api, tables: &Tables) -> Table {
    let groups = tables.groups(api);
    let entry = |operation: &Operation| Entry {
        id: operation.id.clone(),
        method: operation.method,
        path: operation.path.clone(),
        tag: groups.tag(operation).cloned().unwrap_or_default(),
        query: query(document, operation),
        body: body(document, operation),
    };
    let mut entries: Vec<Entry> = document.operations.iter().map(entry).collect();
    entries.sort_by(|one, other| (&one.path, one.method).cmp(&(&other.path, other.method)));
    Table { api, version: document.version.clone(), entries }
}

fn query(document: &Document, operation: &Operation) -> Vec<Field> {
    let reader = Reader { document, files: false };
    let parameters = operation.parameters.iter().filter(|parameter| parameter.place == Place::Query);
    parameters.map(|parameter| reader.field(&parameter.name, parameter.required, &parameter.schema, 0)).collect()
}

/// A body that may be written in several ways has the keys of all; a whole file has none.
fn body(document: &Document, operation: &Operation) -> Option<Body> {
    let body = operation.body.as_ref().filter(|body| !body.content.is_empty())?;
    let mut encodings = Vec::new();
    let mut kinds = Vec::new();
    for (media, schema) in &body.content {
        // A type that nobody knows is refused when the document is normalised, or goes with one that is known.
        let Some(encoding) = Encoding::of(media) else { continue };
        encodings.push(encoding);
        if encoding != Encoding::Bytes {
            let reader = Reader { document, files: encoding == Encoding::Multipart };
            kinds.push(reader.keys(schema, 0));
        }
    }
    Some(Body { encodings, required: body.required, keys: any_of(kinds) })
}

struct Reader<'a> {
    document: &'a Document,
    /// Whether a binary string is an upload; elsewhere it is text like any other.
    files: bool,
}

impl Reader<'_> {
    /// The schema that a reference names, and whether it or one on the way there may be null.
    fn resolve<'s>(&'s self, schema: &'s Schema) -> (&'s Shape, bool) {
        let (mut schema, mut nullable) = (schema, schema.nullable);
        for _ in 0..DEPTH {
            let Shape::Ref(name) = &schema.shape else { break };
            let Some(target) = self.document.schemas.get(name) else { break };
            schema = target;
            nullable |= schema.nullable;
        }
        (&schema.shape, nullable)
    }

    fn field(&self, name: &str, required: bool, schema: &Schema, depth: usize) -> Field {
        let (kind, nullable) = self.kind(schema, depth);
        Field { name: name.to_owned(), required, nullable, kind }
    }

    fn kind(&self, schema: &Schema, depth: usize) -> (Kind, bool) {
        let (shape, nullable) = self.resolve(schema);
        if depth > DEPTH {
            return (Kind::Any, nullable);
        }
        let inner = |schema: &Schema| self.kind(schema, depth + 1);
        let kind = match shape {
            Shape::Any | Shape::Ref(_) => Kind::Any,
            Shape::Boolean => Kind::Boolean,
            Shape::Integer { .. } => Kind::Integer,
            Shape::Number { .. } => Kind::Number,
            Shape::String { values, .. } if !values.is_empty() => Kind::OneOf(values.clone()),
            Shape::String { format: Some(format), .. } if self.files && is_file(format) => Kind::File,
            Shape::String { .. } => Kind::String,
            Shape::Array(items) => Kind::List(Box::new(inner(items).0)),
            Shape::Object(_) => Kind::Object,
            Shape::AllOf(parts) => parts.iter().map(|part| inner(part).0).reduce(narrower).unwrap_or(Kind::Any),
            Shape::OneOf(union) => {
                let members = union.members.iter().map(inner);
                let joined = members.reduce(|(one, null), (other, also)| (join(one, other), null || also));
                let (kind, null) = joined.unwrap_or((Kind::Any, false));
                return (kind, nullable || null);
            }
        };
        (kind, nullable)
    }

    fn keys(&self, schema: &Schema, depth: usize) -> Keys {
        let unknown = Keys { fields: Vec::new(), open: true, list: false };
        if depth > DEPTH {
            return unknown;
        }
        match self.resolve(schema).0 {
            Shape::Object(object) => {
                let field = |(name, property): (&String, &Schema)| {
                    self.field(name, object.required.contains(name), property, depth)
                };
                Keys {
                    fields: object.properties.iter().map(field).collect(),
                    open: object.additional != Additional::Closed,
                    list: false,
                }
            }
            Shape::Array(items) => {
                let items = self.keys(items, depth + 1);
                // Keys of lists in a list are nobody's.
                let keys = if items.list { unknown } else { items };
                Keys { list: true, ..keys }
            }
            Shape::AllOf(parts) => {
                let also = parts.iter().filter_map(Schema::as_object).flat_map(|object| &object.required);
                let also: Vec<&String> = also.collect();
                let mut keys = all_of(parts.iter().map(|part| self.keys(part, depth + 1)).collect());
                // A part may require what another part describes.
                keys.fields.iter_mut().for_each(|field| field.required |= also.contains(&&field.name));
                keys
            }
            Shape::OneOf(union) => any_of(union.members.iter().map(|member| self.keys(member, depth + 1)).collect()),
            _ => unknown,
        }
    }
}

/// The one that says more, of two that both hold.
fn narrower(one: Kind, other: Kind) -> Kind {
    match (&one, &other) {
        (Kind::Any, _) | (Kind::String, Kind::OneOf(_)) | (Kind::Number, Kind::Integer) => other,
        _ => one,
    }
}

fn is_file(format: &str) -> bool {
    matches!(format, "binary" | "base64" | "byte")
}

/// Every part holds: what one requires is required, and what one closes is closed.
fn all_of(parts: Vec<Keys>) -> Keys {
    let open = parts.iter().all(|part| part.open);
    let list = !parts.is_empty() && parts.iter().all(|part| part.list);
    let mut fields: IndexMap<String, Field> = IndexMap::new();
    for field in parts.into_iter().flat_map(|part| part.fields) {
        match fields.get_mut(&field.name) {
            Some(known) => *known = both(known, &field, known.required || field.required),
            None => {
                fields.insert(field.name.clone(), field);
            }
        }
    }
    Keys { fields: fields.into_values().collect(), open, list }
}

/// One of them holds: only what all require is required.
fn any_of(members: Vec<Keys>) -> Keys {
    let list = !members.is_empty() && members.iter().all(|member| member.list);
    // Where some are lists and some are not, nothing can be said of either.
    let open = members.is_empty() || members.iter().any(|member| member.open || member.list != list);
    let count = members.len();
    let mut fields: IndexMap<String, (Field, usize)> = IndexMap::new();
    for field in members.into_iter().flat_map(|member| member.fields) {
        match fields.get_mut(&field.name) {
            Some((known, seen)) => {
                *known = both(known, &field, known.required && field.required);
                *seen += 1;
            }
            None => {
                fields.insert(field.name.clone(), (field, 1));
            }
        }
    }
    let everywhere = |(field, seen): (Field, usize)| Field { required: field.required && seen == count, ..field };
    Keys { fields: fields.into_values().map(everywhere).collect(), open, list }
}

fn both(one: &Field, other: &Field, required: bool) -> Field {
    Field {
        name: one.name.clone(),
        required,
        nullable: one.nullable || other.nullable,
        kind: join(one.kind.clone(), other.kind.clone()),
    }
}

/// The narrowest kind that takes what either takes.
fn join(one: Kind, other: Kind) -> Kind {
    match (one, other) {
        (one, other) if one == other => one,
        (Kind::OneOf(mut values), Kind::OneOf(more)) => {
            let new: Vec<String> = more.into_iter().filter(|value| !values.contains(value)).collect();
            values.extend(new);
            Kind::OneOf(values)
        }
        (Kind::OneOf(_), Kind::String) | (Kind::String, Kind::OneOf(_)) => Kind::String,
        (Kind::Integer, Kind::Number) | (Kind::Number, Kind::Integer) => Kind::Number,
        (Kind::List(one), Kind::List(other)) => Kind::List(Box::new(join(*one, *other))),
        _ => Kind::Any,
    }
}

#[cfg(test)]
mod tests;
