//! One body an operation, described as JSON: what it is written as is a fact for the shaping.

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;

use super::{Encoding, Rule, State};
use crate::model::{Body, Document, Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "bodies",
    reason: "the generator takes no multipart body, panics on two body types and cannot write lists into forms",
    apply,
};

/// What a body may be written as, best first.
pub(super) const KNOWN: &[(&str, Encoding)] = &[
    ("multipart/form-data", Encoding::Multipart),
    ("application/x-www-form-urlencoded", Encoding::Form),
    ("application/json", Encoding::Json),
    ("application/octet-stream", Encoding::Bytes),
];

fn apply(state: &mut State<'_>) -> Result<()> {
    let schemas = state.document.schemas.clone();
    let mut touched = Vec::new();
    let mut operations = std::mem::take(&mut state.document.operations);
    for operation in &mut operations {
        let Some(body) = operation.body.take() else {
            continue;
        };
        let place = format!("operations/{}/requestBody", operation.id);
        let found = KNOWN.iter().find_map(|(media, encoding)| Some((*encoding, body.content.get(*media)?)));
        let (encoding, schema) = found.with_context(|| {
            format!("{place}: none of {} is known", body.content.keys().cloned().collect::<Vec<_>>().join(", "))
        })?;
        let mut schema = schema.clone();
        if encoding == Encoding::Multipart || encoding == Encoding::Bytes {
            let files = take_files(&mut schema, &mut state.document, encoding, &schemas)
                .with_context(|| format!("{place}: the upload"))?;
            state.facts.files.insert(operation.id.clone(), files);
        }
        if encoding != Encoding::Json || body.content.len() > 1 {
            touched.push(format!("{place}: {encoding:?}, one of {}", body.content.len()));
        }
        state.facts.bodies.insert(operation.id.clone(), encoding);
        if encoding != Encoding::Bytes && !is_empty(&schema, &state.document) {
            let content = IndexMap::from([("application/json".to_owned(), schema)]);
            operation.body = Some(Body { required: body.required, content });
        }
    }
    state.document.operations = operations;
    touched.into_iter().for_each(|line| state.say(line));
    Ok(())
}

/// Removes the uploads from a body and names them.
fn take_files(
    schema: &mut Schema,
    document: &mut Document,
    encoding: Encoding,
    schemas: &IndexMap<String, Schema>,
) -> Result<Vec<String>> {
    if encoding == Encoding::Bytes {
        return Ok(vec!["file".to_owned()]);
    }
    let Shape::Ref(name) = &schema.shape else { bail!("it is not a named object") };
    let mut named = schemas.get(name).cloned().with_context(|| format!("{name} does not exist"))?;
    let Shape::Object(object) = &mut named.shape else { bail!("{name} is not an object") };
    let is_file = |schema: &Schema| match &schema.shape {
        Shape::String { format, .. } => {
            matches!(format.as_deref(), Some("binary" | "base64" | "byte"))
        }
        _ => false,
    };
    let files: Vec<String> =
        object.properties.iter().filter(|(_, property)| is_file(property)).map(|(name, _)| name.clone()).collect();
    if files.is_empty() {
        bail!("{name} has no file");
    }
    object.properties.retain(|name, _| !files.contains(name));
    object.required.retain(|name| !files.contains(name));
    let name = name.clone();
    document.schemas.insert(name, named);
    Ok(files)
}

/// A body without keys is no body.
fn is_empty(schema: &Schema, document: &Document) -> bool {
    let object = match &schema.shape {
        Shape::Ref(name) => document.schemas.get(name).and_then(Schema::as_object),
        _ => schema.as_object(),
    };
    object.is_some_and(|object| {
        object.is_map() && !matches!(object.additional, crate::model::Additional::Any | crate::model::Additional::Of(_))
    })
}

#[cfg(test)]
mod tests {
    use super::{Encoding, RULE};
    use crate::normalise::Facts;
    use crate::sketch;

    const NAMED: &str = "
        components:
          schemas:
            XBody: { type: object, required: [name], properties: { name: { type: string } } }
            Picture:
              type: object
              required: [file]
              properties: { file: { type: string, format: binary }, name: { type: string } }
            Nothing: { type: object }
        ";

    fn source(content: &str) -> String {
        let path =
            format!("/x: {{ post: {{ operationId: x, requestBody: {{ required: true, content: {content} }} }} }}");
        format!("paths:\n  {path}\n{}", NAMED.replace("\n        ", "\n"))
    }

    fn body(content: &str) -> (serde_json::Value, crate::model::Document, Facts, Vec<String>) {
        let (after, facts, report) = sketch::after(&RULE, sketch::document(&source(content)), &sketch::tables(&[]));
        (sketch::operation(&after, "x")["requestBody"].clone(), after, facts, report)
    }

    const ITS_NAME: &str = "{ schema: { $ref: '#/components/schemas/XBody' } }";

    #[test]
    fn a_form_is_described_as_json_and_its_encoding_kept() {
        let (after, _, facts, report) = body(&format!("{{ application/x-www-form-urlencoded: {ITS_NAME} }}"));
        let json = format!("{{ required: true, content: {{ application/json: {ITS_NAME} }} }}");
        assert_eq!(after, sketch::value(&json));
        assert_eq!(facts.bodies["x"], Encoding::Form);
        assert_eq!(report, ["bodies: operations/x/requestBody: Form, one of 1"]);
    }

    #[test]
    fn of_several_types_the_best_is_taken() {
        let both = format!("{{ application/json: {ITS_NAME}, application/x-www-form-urlencoded: {ITS_NAME} }}");
        let (_, _, facts, report) = body(&both);
        assert_eq!(facts.bodies["x"], Encoding::Form);
        assert_eq!(report, ["bodies: operations/x/requestBody: Form, one of 2"]);
    }

    #[test]
    fn json_alone_is_as_it_was() {
        let json = format!("{{ required: true, content: {{ application/json: {ITS_NAME} }} }}");
        let (after, _, facts, report) = body(&format!("{{ application/json: {ITS_NAME} }}"));
        assert_eq!(after, sketch::value(&json));
        assert_eq!(facts.bodies["x"], Encoding::Json);
        assert!(report.is_empty());
    }

    #[test]
    fn the_files_of_an_upload_leave_the_body() {
        let (after, document, facts, _) =
            body("{ multipart/form-data: { schema: { $ref: '#/components/schemas/Picture' } } }");
        assert_eq!(after["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Picture");
        assert_eq!(
            sketch::written(&document)["Picture"],
            sketch::value("{ type: object, properties: { name: { type: string } } }")
        );
        assert_eq!(facts.files["x"], ["file"]);
        assert_eq!(facts.bodies["x"], Encoding::Multipart);
    }

    #[test]
    fn a_whole_file_and_a_body_without_keys_are_no_body() {
        let (after, _, facts, _) = body("{ application/octet-stream: {} }");
        assert!(after.is_null());
        assert_eq!((facts.bodies["x"], facts.files["x"].as_slice()), (Encoding::Bytes, ["file".to_owned()].as_slice()));
        let (after, ..) = body("{ application/json: { schema: { $ref: '#/components/schemas/Nothing' } } }");
        assert!(after.is_null());
    }

    #[test]
    fn an_unknown_type_and_an_upload_without_a_file_are_refused_with_their_place() {
        let refused = |content: &str| sketch::refused(&RULE, sketch::document(&source(content)));
        assert_eq!(
            refused("{ application/soap+xml: {}, text/plain: {} }"),
            "operations/x/requestBody: none of application/soap+xml, text/plain is known"
        );
        let upload = refused(&format!("{{ multipart/form-data: {ITS_NAME} }}"));
        assert_eq!(upload, "operations/x/requestBody: the upload: XBody has no file");
    }
}
