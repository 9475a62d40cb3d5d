//! A document of any origin, read into the model.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail};
use heck::ToSnakeCase as _;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::schema::read_schema;
use super::{Pointer, array, flag, object, text};
use crate::model::{Api, Body, Document, Method, Operation, Parameter, Place, Schema, Shape};

/// Reads an OpenAPI 3.0 document.
pub(crate) fn read(source: &Value, api: Api) -> Result<Document> {
    let reader = Reader { source };
    let root = object(source, &Pointer::root())?;
    match root.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") => {}
        Some(version) => bail!("#/openapi: version {version} is not supported, only 3.0"),
        None if root.contains_key("swagger") => bail!("#/swagger: Swagger is not supported, only OpenAPI 3.0"),
        None => bail!("#/openapi: missing; this is not an OpenAPI document"),
    }
    let mut document = Document {
        version: text(root.get("info").and_then(|info| info.get("version"))),
        server: text(source.pointer("/servers/0/url")),
        ..Document::default()
    };
    for tag in root.get("tags").and_then(Value::as_array).into_iter().flatten() {
        document.tags.push(text(tag.get("name")));
    }
    reader.schemas(&mut document)?;
    let events = root.get("webhooks").or_else(|| root.get("x-webhooks"));
    match (api, events) {
        (Api::Webhooks, Some(events)) => reader.events(&mut document, events)?,
        (Api::Webhooks, None) => {
            bail!("#/webhooks: missing; a document of events lists them there or under x-webhooks")
        }
        _ => reader.operations(&mut document, root)?,
    }
    check_references(&document)?;
    Ok(document)
}

struct Reader<'a> {
    source: &'a Value,
}

impl Reader<'_> {
    fn schemas(&self, document: &mut Document) -> Result<()> {
        let at = Pointer::root().key("components").key("schemas");
        if let Some(schemas) = self.source.pointer("/components/schemas") {
            for (name, schema) in object(schemas, &at)? {
                document.schemas.insert(name.clone(), read_schema(schema, &at.key(name))?);
            }
        }
        Ok(())
    }

    fn operations(&self, document: &mut Document, root: &Map<String, Value>) -> Result<()> {
        let at = Pointer::root().key("paths");
        let paths = root.get("paths").with_context(|| format!("{at}: missing"))?;
        let mut seen: HashMap<String, Pointer> = HashMap::new();
        for (path, item) in object(paths, &at)? {
            let at = at.key(path);
            let item = object(item, &at)?;
            if item.contains_key("$ref") {
                bail!("{at}: a path by reference is not supported");
            }
            for method in Method::ALL {
                let Some(value) = item.get(method.name()) else {
                    continue;
                };
                let at = at.key(method.name());
                let operation = self.operation(path, method, item, object(value, &at)?, &at)?;
                // Ids that differ in case only would be one method.
                if let Some(first) = seen.insert(operation.id.to_snake_case(), at.clone()) {
                    bail!("{at}: operation id {} is already used at {first}", operation.id);
                }
                document.operations.push(operation);
            }
        }
        Ok(())
    }

    fn operation(
        &self,
        path: &str,
        method: Method,
        item: &Map<String, Value>,
        value: &Map<String, Value>,
        at: &Pointer,
    ) -> Result<Operation> {
        let id = value.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.with_context(|| format!("{at}: operationId is missing"))?.to_owned();
        let mut parameters: Vec<Parameter> = Vec::new();
        for source in [item.get("parameters"), value.get("parameters")].into_iter().flatten() {
            let at = at.key("parameters");
            for (index, value) in array(source, &at)?.iter().enumerate() {
                if let Some(parameter) = self.parameter(value, &at.index(index))? {
                    // What the operation says of a parameter replaces what the path says.
                    parameters.retain(|known| (&known.name, known.place) != (&parameter.name, parameter.place));
                    parameters.push(parameter);
                }
            }
        }
        check_path(path, &parameters, at)?;
        let body = value.get("requestBody").map(|body| self.body(body, &at.key("requestBody"))).transpose()?;
        let mut responses = IndexMap::new();
        if let Some(all) = value.get("responses") {
            let at = at.key("responses");
            let all = object(all, &at)?;
            for (status, response) in all {
                let at = at.key(status);
                let (response, at) = self.resolve(response, &at)?;
                // The only answer is also what success looks like.
                let status = if status == "default" && all.len() == 1 { "200" } else { status };
                let mut content = IndexMap::new();
                if status.starts_with('2') {
                    content = self.content(response.get("content"), &at)?;
                }
                responses.insert(status.to_owned(), content);
            }
        }
        Ok(Operation {
            id,
            method,
            path: path.to_owned(),
            tags: value
                .get("tags")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .map(|tag| text(Some(tag)))
                .collect(),
            deprecated: flag(value.get("deprecated")),
            parameters,
            body,
            responses,
        })
    }

    /// A parameter, or nothing for a cookie: what a client's cookies are is not the caller's to say.
    fn parameter(&self, value: &Value, at: &Pointer) -> Result<Option<Parameter>> {
        let (value, at) = self.resolve(value, at)?;
        let place = match value.get("in").and_then(Value::as_str) {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") => Place::Header,
            Some("cookie") => return Ok(None),
            other => bail!("{at}: a parameter in {} is not supported", other.unwrap_or("nothing")),
        };
        let Some(schema) = value.get("schema") else {
            bail!("{at}: a parameter without a schema is not supported");
        };
        let name = text(value.get("name"));
        if name.is_empty() {
            bail!("{at}: a parameter without a name");
        }
        let style = value.get("style").and_then(Value::as_str);
        if let Some(style) = style.filter(|style| !STYLES.contains(style)) {
            bail!("{at}: {style} is not a style of OpenAPI 3.0");
        }
        Ok(Some(Parameter {
            name,
            place,
            required: flag(value.get("required")) || place == Place::Path,
            deprecated: flag(value.get("deprecated")),
            style: style.map(str::to_owned),
            explode: value.get("explode").and_then(Value::as_bool),
            schema: read_schema(schema, &at.key("schema"))?,
        }))
    }

    fn body(&self, value: &Value, at: &Pointer) -> Result<Body> {
        let (value, at) = self.resolve(value, at)?;
        Ok(Body { required: flag(value.get("required")), content: self.content(value.get("content"), &at)? })
    }

    fn content(&self, value: Option<&Value>, at: &Pointer) -> Result<IndexMap<String, Schema>> {
        let mut content = IndexMap::new();
        if let Some(value) = value {
            let at = at.key("content");
            for (media, value) in object(value, &at)? {
                let at = at.key(media);
                let schema = match value.get("schema") {
                    Some(schema) => read_schema(schema, &at.key("schema"))?,
                    None => Shape::Any.into(),
                };
                content.insert(media.clone(), schema);
            }
        }
        Ok(content)
    }

    fn events(&self, document: &mut Document, events: &Value) -> Result<()> {
        let at = Pointer::root().key("webhooks");
        for (event, item) in object(events, &at)? {
            let at = at.key(event);
            // Our own documents name the data itself, published ones the whole request.
            let data = match item.get("data") {
                Some(data) => read_schema(data, &at.key("data"))?,
                None => {
                    let body = item.pointer("/post/requestBody");
                    let body = self.body(body.with_context(|| format!("{at}: no request body"))?, &at)?;
                    let schema = body.content.into_values().next().with_context(|| format!("{at}: no content"))?;
                    event_data(schema).with_context(|| format!("{at}: the body has no property data"))?
                }
            };
            document.events.insert(event.clone(), data);
        }
        Ok(())
    }

    /// Follows a reference to a shared parameter, body or response.
    fn resolve<'v>(&'v self, value: &'v Value, at: &Pointer) -> Result<(&'v Value, Pointer)> {
        let (mut value, mut at) = (value, at.clone());
        for _ in 0..8 {
            let Some(target) = value.get("$ref").and_then(Value::as_str) else {
                return Ok((value, at));
            };
            let inside = target.strip_prefix('#').with_context(|| format!("{at}: {target} is outside the document"))?;
            value = self.source.pointer(inside).with_context(|| format!("{at}: {target} does not exist"))?;
            at = Pointer(target.to_owned());
        }
        bail!("{at}: references go in a circle")
    }
}

/// How OpenAPI 3.0 can write a parameter.
const STYLES: &[&str] = &["form", "simple", "label", "matrix", "spaceDelimited", "pipeDelimited", "deepObject"];

/// The `data` of an event's body: a property of the body or of one of its parts.
fn event_data(schema: Schema) -> Option<Schema> {
    match schema.shape {
        Shape::Object(mut object) => object.properties.shift_remove("data"),
        Shape::AllOf(parts) => parts.into_iter().rev().find_map(event_data),
        _ => None,
    }
}

/// Every segment in braces has its parameter, and the other way round.
fn check_path(path: &str, parameters: &[Parameter], at: &Pointer) -> Result<()> {
    let named: Vec<&str> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    for name in &named {
        if !parameters.iter().any(|parameter| parameter.place == Place::Path && parameter.name == *name) {
            bail!("{at}: the path names {{{name}}}, which no parameter declares");
        }
    }
    for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Path) {
        if !named.contains(&parameter.name.as_str()) {
            bail!("{at}: path parameter {} is not in the path", parameter.name);
        }
    }
    Ok(())
}

fn check_references(document: &Document) -> Result<()> {
    let check = |place: &str, schema: &Schema| -> Result<()> {
        let mut dangling = None;
        schema.references(&mut |name| {
            if !document.schemas.contains_key(name) {
                dangling = Some(name.to_owned());
            }
        });
        match dangling {
            Some(name) => bail!("{place}: $ref to {name}, which does not exist"),
            None => Ok(()),
        }
    };
    for (name, schema) in &document.schemas {
        check(&format!("schemas/{name}"), schema)?;
    }
    for (place, schema) in document.roots() {
        check(&place, schema)?;
    }
    Ok(())
}
