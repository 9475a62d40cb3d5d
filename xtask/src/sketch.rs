//! Small documents and tables, for the tests of what reads them.

use serde_json::Value;

use crate::import;
use crate::model::{Api, Document};
use crate::normalise::Facts;
use crate::openapi;
use crate::shape::{Package, Problems, Source};
use crate::spec::{Spec, Tables};

/// A document's source: what every document begins with is put before the text.
pub(crate) fn source(yaml: &str) -> Value {
    let mut source: Value = import::parse_text(&format!("openapi: 3.0.3\n{}", aligned(yaml))).unwrap();
    let root = source.as_object_mut().unwrap();
    root.entry("info").or_insert(serde_json::json!({ "title": "", "version": "2031-02-03" }));
    root.entry("paths").or_insert(serde_json::json!({}));
    source
}

/// A document of these schemas, each of which an answer carries.
pub(crate) fn schemas(yaml: &str) -> Document {
    let schemas: Value = import::parse_text(&aligned(yaml)).unwrap();
    let answers = schemas.as_object().unwrap().keys().map(|name| {
        let schema = serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
        let content = serde_json::json!({ "application/json": { "schema": schema } });
        let get = serde_json::json!({ "operationId": format!("get{name}"), "tags": ["Things"],
            "responses": { "200": { "description": "", "content": content } } });
        (format!("/{name}"), serde_json::json!({ "get": get }))
    });
    let paths: Value = answers.collect::<serde_json::Map<_, _>>().into();
    let source = serde_json::json!({ "openapi": "3.0.3", "paths": paths, "components": { "schemas": schemas } });
    openapi::read(&source, Api::Bapi).unwrap()
}

/// A document that does not need to be imported first.
pub(crate) fn document(yaml: &str) -> Document {
    openapi::read(&source(yaml), Api::Bapi).unwrap()
}

/// A document as the importer leaves it: everything inline has a name.
pub(crate) fn imported(yaml: &str) -> Document {
    import::import(&source(yaml), Api::Bapi, "2031-02-03", &import::NameTable::default()).unwrap().0
}

/// A value in YAML.
pub(crate) fn value(yaml: &str) -> Value {
    import::parse_text(&aligned(yaml)).unwrap()
}

/// The schemas of a document as they are written.
pub(crate) fn written(document: &Document) -> Value {
    openapi::write(document, Api::Bapi)["components"]["schemas"].clone()
}

/// An operation of a document as it is written.
pub(crate) fn operation(document: &Document, id: &str) -> Value {
    let operation = document.operation(id).unwrap();
    openapi::write(document, Api::Bapi)["paths"][&operation.path][operation.method.name()].clone()
}

/// Tables of which only these files have anything in them.
pub(crate) fn tables(files: &[(&str, &str)]) -> Tables {
    spec(files).1.tables().unwrap()
}

/// A folder of the specification, gone when it is dropped.
pub(crate) fn spec(files: &[(&str, &str)]) -> (tempfile::TempDir, Spec) {
    let folder = tempfile::tempdir().unwrap();
    for api in Api::ALL {
        for kind in ["docs", "patches"] {
            std::fs::create_dir_all(folder.path().join(kind)).unwrap();
            std::fs::write(folder.path().join(kind).join(format!("{}.toml", api.name())), "").unwrap();
        }
    }
    // As many tables as there are, all empty.
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec")).unwrap() {
        let name = entry.unwrap().file_name();
        if name.to_str().is_some_and(|name| name.ends_with(".toml")) {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
    }
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let spec = Spec::new(folder.path().to_path_buf());
    (folder, spec)
}

/// What the Backend API's crate would be with these tables, and what a person would have to see to.
pub(crate) fn shaped(document: Document, files: &[(&str, &str)]) -> anyhow::Result<(Package, Problems)> {
    let (_folder, spec) = spec(files);
    let tables = spec.tables()?;
    let normalised = crate::normalise::run(document, &tables)?;
    let generated = crate::generate::generate(&normalised.document, Api::Bapi)?;
    let docs = spec.docs(Api::Bapi)?;
    let source = Source {
        api: Api::Bapi,
        normalised: &normalised,
        generated: &generated,
        tables: &tables,
        docs: &docs,
        event_docs: None,
        events_version: None,
    };
    let mut problems = Problems::default();
    let package = crate::shape::shape(&source, &mut problems)?;
    Ok((package, problems))
}

/// What one rule makes of a document: the document, the facts and the lines of its report.
pub(crate) fn after(
    rule: &crate::normalise::Rule,
    document: Document,
    tables: &Tables,
) -> (Document, Facts, Vec<String>) {
    crate::normalise::run_one(rule, document, tables).unwrap()
}

/// Why one rule does not take a document.
pub(crate) fn refused(rule: &crate::normalise::Rule, document: Document) -> String {
    match crate::normalise::run_one(rule, document, &tables(&[])) {
        Ok(_) => panic!("it was taken"),
        Err(error) => format!("{error:#}"),
    }
}

/// Without the indentation that all lines share.
fn aligned(text: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let shared = lines().map(indentation).min().unwrap_or(0);
    lines().map(|line| format!("{}\n", &line[shared..])).collect()
}
