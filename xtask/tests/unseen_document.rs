//! A document that nobody has seen before, from its source to the generated crates.

mod folder;

use std::path::Path;

use anyhow::{Context as _, Result};
use folder::Folder;
use serde_json::{Map, Value};

fn source(name: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

fn read(folder: &Folder, name: &str) -> Result<String> {
    let path = folder.path(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// The document that an import wrote.
fn written(folder: &Folder, api: &str) -> Result<String> {
    read(folder, &format!("spec/{api}/{}.json", folder::VERSION))
}

fn value(yaml: &str) -> Result<Value> {
    Ok(serde_saphyr::from_str(yaml)?)
}

fn imported(document: &str) -> Result<String> {
    let folder = Folder::new()?;
    folder.import("bapi", document)?;
    written(&folder, "bapi")
}

/// A folder into which all three interfaces were imported.
fn all() -> Result<Folder> {
    let folder = Folder::new()?;
    folder.import("bapi", &source("depot.yaml")?)?;
    folder.import("fapi", &source("depot.yaml")?)?;
    folder.import("webhooks", &source("depot-events.yaml")?)?;
    Ok(folder)
}

/// The same document with the keys of these objects the other way round.
fn reversed(document: &Value, pointers: &[&str]) -> Value {
    let mut document = document.clone();
    for pointer in pointers {
        if let Some(Value::Object(map)) = document.pointer_mut(pointer) {
            *map = std::mem::take(map).into_iter().rev().collect::<Map<_, _>>();
        }
    }
    document
}

#[test]
fn no_word_of_the_source_survives_an_import() -> Result<()> {
    let folder = all()?;
    for (api, document) in [("bapi", "depot.yaml"), ("fapi", "depot.yaml"), ("webhooks", "depot-events.yaml")] {
        assert!(source(document)?.contains("SENTINEL"));
        let imported = written(&folder, api)?;
        assert!(!imported.contains("SENTINEL"), "{imported}");
        let document: Value = serde_json::from_str(&imported)?;
        no_prose(&document, "#")?;
    }
    Ok(())
}

/// Keys that only carry prose are not there at all, except the one that OpenAPI requires, which is empty.
fn no_prose(value: &Value, at: &str) -> Result<()> {
    let prose = ["summary", "title", "example", "examples", "externalDocs", "x-codeSamples", "x-enum-varnames"];
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let named = at.ends_with("/properties") || at.ends_with("/schemas") || at == "#/info";
                anyhow::ensure!(named || !prose.contains(&key.as_str()), "{at}/{key}");
                anyhow::ensure!(named || key != "description" || value == "", "{at}/{key}: {value}");
                no_prose(value, &format!("{at}/{key}"))?;
            }
        }
        Value::Array(list) => list.iter().try_for_each(|value| no_prose(value, at))?,
        _ => {}
    }
    Ok(())
}

#[test]
fn yaml_and_json_of_one_document_are_the_same() -> Result<()> {
    let yaml = source("depot.yaml")?;
    let json = serde_json::to_string(&value(&yaml)?)?;
    assert_eq!(imported(&yaml)?, imported(&json)?);
    Ok(())
}

#[test]
fn what_was_imported_imports_as_itself() -> Result<()> {
    let folder = all()?;
    for api in ["bapi", "fapi", "webhooks"] {
        let first = written(&folder, api)?;
        let report = folder.import(api, &first)?;
        assert_eq!(written(&folder, api)?, first, "{api}");
        let said: Vec<&str> = report.lines().filter(|line| !line.starts_with("wrote ")).collect();
        assert!(said.is_empty(), "there was something left to do: {said:?}");
    }
    Ok(())
}

#[test]
fn how_the_source_is_ordered_does_not_matter() -> Result<()> {
    let document = value(&source("depot.yaml")?)?;
    let mut orders = vec!["".to_owned(), "/paths".to_owned(), "/components/schemas".to_owned()];
    for (path, _) in document["paths"].as_object().context("no paths")? {
        orders.push(format!("/paths/{}", path.replace('/', "~1")));
    }
    orders.push("/paths/~1parcels/post/responses".to_owned());
    orders.push("/paths/~1parcels~1{parcel_id}/patch/requestBody/content".to_owned());
    let first = imported(&document.to_string())?;
    let orders: Vec<&str> = orders.iter().map(String::as_str).collect();
    assert_eq!(imported(&reversed(&document, &orders).to_string())?, first);
    for order in orders {
        assert_eq!(imported(&reversed(&document, &[order]).to_string())?, first, "{order}");
    }
    Ok(())
}

#[test]
fn the_report_says_what_became_of_the_names() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("spec/names.toml", "[schemas]\nThing = 'Item'\nNobody = 'NoOne'")?;
    let more = "
    Copied.Parcel: { type: object, properties: { of: { $ref: '#/components/schemas/Address-2' } } }
    Address-2: { type: object, properties: { street: { type: string } } }
    Worker:
      type: object
      properties: { state: { type: string, enum: [new, moving, arrived] }, boss: { $ref: '#/components/schemas/Copied.Parcel' }, item: { $ref: '#/components/schemas/Thing' } }
    Unused:";
    let document = source("depot.yaml")?;
    let worker = document.find("    Worker:\n").context("no worker")?;
    let rest = document.find("    # A list of itself.").context("no list")?;
    let document = format!("{}{}", &document[..worker], &document[rest..]).replace("\n    Unused:", more);
    let report = folder.import("bapi", &document)?;
    for line in [
        "dropped: schema Unused, which nothing refers to",
        "folded: the parts of schemas/Parcel are one object",
        "merged: Address-2 into Address",
        "renamed: Thing to Item",
        "renamed: Copied.Parcel to CopiedParcel",
        "dropped: name Priority, its uses say what it is",
        "hoisted: ParcelSize, from Parcel",
        "hoisted: WorkerState, from Worker",
        "spec/names.toml: Nobody = NoOne matches nothing in this document",
    ] {
        assert!(report.lines().any(|said| said == line), "{line} is not in\n{report}");
    }
    Ok(())
}

#[test]
fn every_construct_becomes_a_fact_of_the_imported_document() -> Result<()> {
    let document: Value = serde_json::from_str(&imported(&source("depot.yaml")?)?)?;
    let at = |pointer: &str| document.pointer(pointer).cloned().unwrap_or(Value::Null);
    let parcel = |field: &str| at(&format!("/components/schemas/Parcel/properties/{field}"));
    let same = |found: Value, yaml: &str| -> Result<()> {
        assert_eq!(found, value(yaml)?);
        Ok(())
    };
    same(at("/components/schemas/Parcel/required"), "[id, created_at, state]")?;
    same(parcel("priority"), "{ type: integer, enum: [1, 2, 3] }")?;
    same(parcel("mood"), "{ allOf: [{ $ref: '#/components/schemas/ParcelMood' }], nullable: true }")?;
    same(parcel("recipient"), "{ allOf: [{ $ref: '#/components/schemas/Address' }], nullable: true }")?;
    same(parcel("parent"), "{ $ref: '#/components/schemas/Parcel' }")?;
    same(parcel("counts"), "{ type: object, additionalProperties: { type: integer } }")?;
    same(parcel("free"), "{ type: object }")?;
    same(parcel("anything"), "{}")?;
    same(parcel("nested"), "{ type: array, items: {} }")?;
    same(at("/components/schemas/Content/discriminator/mapping/goods"), "'#/components/schemas/Goods'")?;
    same(at("/components/schemas/Address/properties/country/default"), "SE")?;
    same(at("/paths/~1parcels~1{parcel_id}/get/parameters/1/required"), "true")?;
    same(at("/paths/~1parcels/post/parameters/0/name"), "X-Tenant")?;
    same(at("/paths/~1parcels/get/parameters/1/style"), "deepObject")?;
    let names = at("/paths/~1parcels/get/parameters");
    let names: Vec<&str> = names.as_array().context("no list")?.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["X-Tenant", "filter", "label", "page", "X-Request-Id"], "a cookie is not the caller's");
    Ok(())
}

#[test]
fn it_becomes_two_crates() -> Result<()> {
    let folder = all()?;
    let ran = folder.run(&["codegen"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.lines().all(|line| line.starts_with("warning: ")), "{}", ran.stderr);
    let parcels = read(&folder, "clerk-bapi/src/generated/parcels.rs")?;
    for method in [
        "pub fn list_parcels(&self)",
        "pub fn create_parcel(&self, body: impl Into<CreateParcelBody>)",
        "pub fn filter_weight(mut self, ",
        "pub fn label(mut self, label: impl IntoIterator<Item = impl Into<String>>)",
        "pub fn clear_note(mut self)",
        "pub fn put_parcel_label(",
    ] {
        assert!(parcels.contains(method), "{method} is not in\n{parcels}");
    }
    assert!(parcels.contains("\"filter[weight]\""), "{parcels}");
    let types = read(&folder, "clerk-fapi/src/generated/types/everything.rs")?;
    for name in ["Parcel", "ParcelSize", "Content", "Event", "Depot", "Worker"] {
        assert!(types.contains(&format!("pub struct {name} {{")), "{name}");
    }
    assert!(types.contains("[\"letter\", \"goods\"]") && types.contains("[\"scan\", \"loss\"]"), "{types}");
    assert!(read(&folder, "clerk-bapi/src/generated/events.rs")?.contains("ParcelLost(Box<types::ParcelLostPayload>)"));
    Ok(())
}

#[test]
fn the_operations_of_both_become_tables_before_anything_is_taken_out() -> Result<()> {
    let folder = all()?;
    folder.run(&["codegen"])?;
    let root = read(&folder, "tests/local/src/generated/mod.rs")?;
    for api in ["bapi", "fapi"] {
        assert!(root.contains(&format!("pub(crate) mod {api};")), "{root}");
        let table = read(&folder, &format!("tests/local/src/generated/{api}.rs"))?;
        for line in [
            "id: \"listParcels\",\n        method: \"GET\",\n        path: \"/parcels\",",
            // One parameter here, one setter a key in the crate.
            "Field { name: \"filter\", required: false, nullable: false, kind: Kind::Object },",
        ] {
            assert!(table.contains(line), "{line} is not in\n{table}");
        }
        assert!(!table.contains("X-Tenant"), "a header is no field: {table}");
    }
    Ok(())
}

#[test]
fn generating_twice_changes_nothing_and_what_is_stale_goes() -> Result<()> {
    let folder = all()?;
    folder.run(&["codegen"])?;
    let files = folder.files()?;
    let ran = folder.run(&["codegen"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(folder.files()? == files, "a second run changed a file");
    let path = "clerk-bapi/src/generated/parcels.rs";
    folder.write("clerk-bapi/src/generated/gone.rs", "// What an older version had.")?;
    folder.write("tests/local/src/generated/gone.rs", "// What an older version had.")?;
    folder.write(path, "changed by hand")?;
    folder.run(&["codegen"])?;
    assert!(folder.files()? == files, "what is by hand or stale does not stay");
    Ok(())
}

#[test]
fn what_no_rule_knows_is_a_line_with_its_place() -> Result<()> {
    let folder = all()?;
    let document = source("depot.yaml")?
        .replace("Letter:\n      type: object", "Letter:\n      type: string\n      x-was: object");
    folder.import("bapi", &document)?;
    let ran = folder.run(&["codegen"])?;
    assert_eq!(ran.code, Some(1));
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("schemas/Content: an alternative that is not an object"), "{}", ran.stderr);
    Ok(())
}
