//! An API document, as facts: what the importer writes, the patches change and the generator reads.
//!
//! One model serves all: [`crate::openapi::read`] makes it of any OpenAPI 3.0 document, [`crate::openapi::write`]
//! gives the canonical document back.

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

/// Which of the three interfaces a document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub(crate) enum Api {
    /// The Backend API.
    Bapi,
    /// The Frontend API.
    Fapi,
    /// The webhook events.
    Webhooks,
}

impl Api {
    pub(crate) const ALL: [Self; 3] = [Self::Bapi, Self::Fapi, Self::Webhooks];

    /// The folder in `spec/` and the stem of the tables' names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bapi => "bapi",
            Self::Fapi => "fapi",
            Self::Webhooks => "webhooks",
        }
    }
}

/// One interface at one version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) version: String,
    pub(crate) server: String,
    pub(crate) tags: Vec<String>,
    /// Ordered by path, then by method.
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: IndexMap<String, Schema>,
    /// Webhook events: their type and what their `data` is.
    pub(crate) events: IndexMap<String, Schema>,
}

impl Document {
    pub(crate) fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Head,
    Options,
}

impl Method {
    pub(crate) const ALL: [Self; 7] =
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Head, Self::Options];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Head => "head",
            Self::Options => "options",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) tags: Vec<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    /// By status (`200`, `4XX`, `default`). Error statuses carry no content: Clerk has one error envelope.
    pub(crate) responses: IndexMap<String, IndexMap<String, Schema>>,
}

impl Operation {
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The successful answers: status and content.
    pub(crate) fn successes(&self) -> impl Iterator<Item = (&String, &IndexMap<String, Schema>)> {
        self.responses.iter().filter(|(status, _)| status.starts_with('2'))
    }

    /// Whether every documented success is a redirect.
    pub(crate) fn only_redirects(&self) -> bool {
        self.successes().next().is_none() && self.responses.keys().any(|status| status.starts_with('3'))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    /// As written in the document; none means the default of the place.
    pub(crate) style: Option<String>,
    pub(crate) explode: Option<bool>,
    pub(crate) schema: Schema,
}

#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    /// By media type.
    pub(crate) content: IndexMap<String, Schema>,
}

/// A value's type, with what is said about it beside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schema {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    pub(crate) deprecated: bool,
    /// Facts that no type carries: defaults, lengths, ranges, patterns.
    pub(crate) limits: IndexMap<String, Value>,
}

impl From<Shape> for Schema {
    fn from(shape: Shape) -> Self {
        Self { shape, nullable: false, deprecated: false, limits: IndexMap::new() }
    }
}

impl Schema {
    pub(crate) fn reference(name: impl Into<String>) -> Self {
        Shape::Ref(name.into()).into()
    }

    pub(crate) fn string() -> Self {
        Shape::String { format: None, values: Vec::new() }.into()
    }

    pub(crate) fn as_object(&self) -> Option<&Object> {
        match &self.shape {
            Shape::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The single value of a string that can have no other: what tells an object's kind.
    pub(crate) fn constant(&self) -> Option<&str> {
        match &self.shape {
            Shape::String { values, .. } => match values.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }

    /// Every schema directly inside this one.
    pub(crate) fn children(&self) -> Vec<&Schema> {
        match &self.shape {
            Shape::Array(items) => vec![items],
            Shape::Object(object) => {
                let mut all: Vec<_> = object.properties.values().collect();
                if let Additional::Of(schema) = &object.additional {
                    all.push(schema);
                }
                all
            }
            Shape::OneOf(union) => union.members.iter().collect(),
            Shape::AllOf(parts) => parts.iter().collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn children_mut(&mut self) -> Vec<&mut Schema> {
        match &mut self.shape {
            Shape::Array(items) => vec![items],
            Shape::Object(object) => {
                let mut all: Vec<_> = object.properties.values_mut().collect();
                if let Additional::Of(schema) = &mut object.additional {
                    all.push(schema);
                }
                all
            }
            Shape::OneOf(union) => union.members.iter_mut().collect(),
            Shape::AllOf(parts) => parts.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `visit` with the name of every schema referred to, at any depth.
    pub(crate) fn references(&self, visit: &mut dyn FnMut(&str)) {
        if let Shape::Ref(name) = &self.shape {
            visit(name);
        }
        for child in self.children() {
            child.references(visit);
        }
    }

    pub(crate) fn rename_references(&mut self, rename: &dyn Fn(&str) -> Option<String>) {
        if let Shape::Ref(name) = &mut self.shape
            && let Some(new) = rename(name)
        {
            *name = new;
        }
        if let Shape::OneOf(union) = &mut self.shape {
            for name in union.kinds.values_mut() {
                if let Some(new) = rename(name) {
                    *name = new;
                }
            }
        }
        for child in self.children_mut() {
            child.rename_references(rename);
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Nothing is said: any JSON.
    Any,
    Boolean,
    Integer {
        format: Option<String>,
    },
    Number {
        format: Option<String>,
    },
    /// With the values of an enum, if it is one.
    String {
        format: Option<String>,
        values: Vec<String>,
    },
    Array(Box<Schema>),
    Object(Object),
    Ref(String),
    OneOf(Union),
    /// Parts of one object; the importer folds them into one.
    AllOf(Vec<Schema>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object {
    pub(crate) properties: IndexMap<String, Schema>,
    pub(crate) required: IndexSet<String>,
    pub(crate) additional: Additional,
}

impl Object {
    /// An object whose keys are not known: a map.
    pub(crate) fn is_map(&self) -> bool {
        self.properties.is_empty()
    }

    /// A required key without a property says nothing about its type.
    pub(crate) fn require_known(&mut self) {
        self.required.retain(|name| self.properties.contains_key(name));
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Additional {
    /// Not said.
    #[default]
    Unsaid,
    Closed,
    Any,
    Of(Box<Schema>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Union {
    pub(crate) members: Vec<Schema>,
    /// The property that tells the members apart, if the document says.
    pub(crate) discriminator: Option<String>,
    /// The values of that property that the document maps to members, by their schemas' names.
    pub(crate) kinds: IndexMap<String, String>,
}

impl Document {
    /// Every schema position outside the named schemas, with a pointer-like place for messages.
    pub(crate) fn roots(&self) -> Vec<(String, &Schema)> {
        let mut all = Vec::new();
        for operation in &self.operations {
            for parameter in &operation.parameters {
                all.push((format!("operations/{}/parameters/{}", operation.id, parameter.name), &parameter.schema));
            }
            for (media, schema) in operation.body.iter().flat_map(|body| &body.content) {
                all.push((format!("operations/{}/body/{media}", operation.id), schema));
            }
            for (status, content) in &operation.responses {
                for schema in content.values() {
                    all.push((format!("operations/{}/responses/{status}", operation.id), schema));
                }
            }
        }
        for (event, schema) in &self.events {
            all.push((format!("events/{event}"), schema));
        }
        all
    }

    pub(crate) fn roots_mut(&mut self) -> Vec<&mut Schema> {
        let mut all: Vec<&mut Schema> = Vec::new();
        for operation in &mut self.operations {
            all.extend(operation.parameters.iter_mut().map(|parameter| &mut parameter.schema));
            all.extend(operation.body.iter_mut().flat_map(|body| body.content.values_mut()));
            all.extend(operation.responses.values_mut().flat_map(|content| content.values_mut()));
        }
        all.extend(self.events.values_mut());
        all
    }

    /// Points every reference elsewhere for which `rename` has an answer.
    pub(crate) fn rename_references(&mut self, rename: &dyn Fn(&str) -> Option<String>) {
        for schema in self.roots_mut() {
            schema.rename_references(rename);
        }
        for schema in self.schemas.values_mut() {
            schema.rename_references(rename);
        }
    }

    /// The names of the schemas that `start` reaches, itself included.
    pub(crate) fn reachable(&self, start: &Schema) -> IndexSet<String> {
        let mut found = IndexSet::new();
        let mut open = Vec::new();
        start.references(&mut |name| open.push(name.to_owned()));
        while let Some(name) = open.pop() {
            if found.insert(name.clone())
                && let Some(schema) = self.schemas.get(&name)
            {
                schema.references(&mut |name| open.push(name.to_owned()));
            }
        }
        found
    }

    /// Leaves the schemas that something reaches, and gives back the names of the others.
    pub(crate) fn prune(&mut self) -> Vec<String> {
        let mut used = IndexSet::new();
        for (_, schema) in self.roots() {
            used.extend(self.reachable(schema));
        }
        let dropped = self.schemas.keys().filter(|name| !used.contains(*name)).cloned().collect();
        self.schemas.retain(|name, _| used.contains(name));
        dropped
    }
}
