//! `cargo xtask codegen`: from `spec/` to the generated crates.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::emit;
use crate::generate;
use crate::import;
use crate::model::{Api, Document, Schema};
use crate::normalise;
use crate::replace;
use crate::shape::table::{Table, table};
use crate::shape::{self, Package, Problems, Source};
use crate::spec::{Docs, Spec, Tables};

/// Which versions to generate from; the newest where none is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    pub(crate) bapi: Option<String>,
    pub(crate) fapi: Option<String>,
    pub(crate) webhooks: Option<String>,
}

/// Both crates, shaped, with everything that was reported on the way.
pub(crate) struct Made {
    pub(crate) packages: Vec<Package>,
    /// What every operation takes.
    pub(crate) taken: Vec<Table>,
    pub(crate) problems: Problems,
    pub(crate) report: Vec<String>,
}

/// Runs everything but the writing.
pub(crate) fn make(spec: &Spec, versions: &Versions) -> Result<Made> {
    let tables = spec.tables()?;
    let event_docs = spec.docs(Api::Webhooks)?;
    let mut problems = Problems::default();
    let mut report = Vec::new();
    let (mut packages, mut taken) = (Vec::new(), Vec::new());
    // A table for both APIs has a stale entry only where neither has anything for it.
    let (mut operations, mut schemas) = (HashSet::new(), HashSet::new());
    for api in [Api::Bapi, Api::Fapi] {
        let (asked, events) = match api {
            Api::Bapi => (&versions.bapi, Some(spec.version(Api::Webhooks, versions.webhooks.as_deref())?)),
            _ => (&versions.fapi, None),
        };
        let version = spec.version(api, asked.as_deref())?;
        let place = || format!("{} {version}", api.name());
        let mut document = spec.document(api, &version, &mut report)?;
        taken.push(table(&document, api, &tables));
        if let Some(events) = &events {
            let other = spec.document(Api::Webhooks, events, &mut report)?;
            add_events(&mut document, other)?;
        }
        report.extend(stale_presence(&tables, api, &document));
        let docs = spec.docs(api)?;
        report.extend(stale_words(&docs, &document, api));
        report.extend(stale_groups(&tables, api, &document));
        operations.extend(document.operations.iter().map(|operation| operation.id.clone()));
        schemas.extend(document.schemas.keys().cloned());
        let normalised = normalise::run(document, &tables).with_context(place)?;
        report.extend(normalised.report.iter().map(|line| format!("{}: {line}", place())));
        let generated = generate::generate(&normalised.document, api).with_context(place)?;
        let source = Source {
            api,
            normalised: &normalised,
            generated: &generated,
            tables: &tables,
            docs: &docs,
            event_docs: events.is_some().then_some(&event_docs),
            events_version: events,
        };
        packages.push(shape::shape(&source, &mut problems).with_context(place)?);
    }
    report.extend(tables.unused());
    report.extend(tables.unused_names(&operations, &schemas));
    Ok(Made { packages, taken, problems, report })
}

/// Entries of `present.toml` that this version has nothing for.
fn stale_presence(tables: &Tables, api: Api, document: &Document) -> Vec<String> {
    let mut stale = Vec::new();
    for (schema, fields) in tables.present_schemas(api) {
        let object = document.schemas.get(schema).and_then(Schema::as_object);
        for field in fields.iter().filter(|field| object.is_none_or(|object| !object.properties.contains_key(*field))) {
            stale.push(format!(
                "spec/present.toml: {schema}.{field} matches nothing in {} {}",
                api.name(),
                document.version
            ));
        }
    }
    stale
}

/// Words for operations that this version does not have.
fn stale_words(docs: &Docs, document: &Document, api: Api) -> Vec<String> {
    let gone = docs.operations.keys().filter(|id| document.operation(id).is_none());
    let place =
        |id: &String| format!("spec/docs/{}.toml: operations.{id} matches nothing in {}", api.name(), document.version);
    gone.map(place).collect()
}

/// Tags and filed operations of `groups.toml` that this version does not have.
fn stale_groups(tables: &Tables, api: Api, document: &Document) -> Vec<String> {
    let groups = tables.groups(api);
    let has_tag = |tag: &String| {
        document.tags.contains(tag)
            || groups.untagged.as_ref() == Some(tag)
            || document.operations.iter().any(|operation| operation.tags.contains(tag))
    };
    let tags = groups.groups.values().flatten().chain(&groups.narrower).filter(|tag| !has_tag(tag));
    let operations = groups.operations.keys().filter(|id| document.operation(id).is_none());
    let place =
        |name: &String| format!("spec/groups.toml: {name} matches nothing in {} {}", api.name(), document.version);
    tags.chain(operations).map(place).collect()
}

/// The payloads of events join the Backend API's schemas: the same name is the same type, with the keys of both.
pub(crate) fn add_events(document: &mut Document, events: Document) -> Result<()> {
    for (name, schema) in events.schemas {
        match document.schemas.get_mut(&name) {
            Some(known) => {
                let required = known.as_object().map(|object| object.required.clone());
                import::merge(known, &schema, "").map_err(|at| {
                    anyhow!("schemas/{name}: the API and the webhook events give it two types at {at}")
                })?;
                keep_required(known, required, &schema);
            }
            None => {
                document.schemas.insert(name, schema);
            }
        }
    }
    document.events = events.events;
    Ok(())
}

/// A key that only one of the two has is required by neither.
fn keep_required(known: &mut Schema, required: Option<indexmap::IndexSet<String>>, other: &Schema) {
    if let (crate::model::Shape::Object(object), Some(required), Some(other)) =
        (&mut known.shape, required, other.as_object())
    {
        object.required = required.into_iter().filter(|key| other.required.contains(key)).collect();
    }
}

/// Writes the crates below `out`, or with `check` says where they differ.
pub(crate) fn run(spec: &Spec, versions: &Versions, out: &Path, check: bool, verbose: bool) -> Result<()> {
    let made = make(spec, versions)?;
    if verbose {
        made.report.iter().for_each(|line| println!("{line}"));
    }
    refuse(&made.problems.grave)?;
    let mut files = emit::tables(&made.taken);
    files.extend([emit::error_codes(&spec.error_codes()?)]);
    for package in &made.packages {
        files.extend(emit::emit(package)?);
        let manifest = emit::manifest_path(package.api);
        // An empty folder gets the manifest of this workspace.
        let text = std::fs::read_to_string(out.join(&manifest))
            .or_else(|_| std::fs::read_to_string(crate::root().join(&manifest)));
        let text = text.with_context(|| format!("{}: cannot be read", out.join(&manifest).display()))?;
        let text = emit::manifest(package, &text).with_context(|| manifest.display().to_string())?;
        files.insert(manifest, text);
    }
    if check {
        refuse(&made.problems.open)?;
        return compare(&files, out);
    }
    for line in &made.problems.open {
        eprintln!("warning: {line}");
    }
    write(&files, out)?;
    println!("wrote {} files", files.len());
    Ok(())
}

fn refuse(problems: &[String]) -> Result<()> {
    match problems {
        [] => Ok(()),
        [only] => bail!("{only}"),
        several => bail!("{} things need a decision:\n  {}", several.len(), several.join("\n  ")),
    }
}

fn compare(files: &BTreeMap<PathBuf, String>, out: &Path) -> Result<()> {
    let mut different = Vec::new();
    for (path, text) in files {
        let found = std::fs::read_to_string(out.join(path)).unwrap_or_default();
        if found.replace("\r\n", "\n") != *text {
            let diff = similar::TextDiff::from_lines(found.as_str(), text.as_str());
            let hunk = diff.unified_diff().context_radius(1).to_string();
            let head: Vec<&str> = hunk.lines().take(12).collect();
            different.push(format!("{}:\n    {}", path.display(), head.join("\n    ")));
        }
    }
    for stale in stale(files, out)? {
        different.push(format!("{} is no longer generated", stale.display()));
    }
    if different.is_empty() {
        return Ok(());
    }
    bail!("the generated code is out of date; run `cargo xtask codegen` and commit:\n  {}", different.join("\n  "))
}

/// Files in the generated folders that nothing generates any more.
fn stale(files: &BTreeMap<PathBuf, String>, out: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for krate in ["clerk-bapi", "clerk-fapi", "clerk-ext", "tests/local"] {
        for folder in ["src/generated", "src/generated/types", "src/backend/generated", "src/frontend/generated"] {
            let folder = Path::new(krate).join(folder);
            let Ok(entries) = std::fs::read_dir(out.join(&folder)) else {
                continue;
            };
            for entry in entries {
                let path = folder.join(entry?.file_name());
                if path.extension().is_some_and(|extension| extension == "rs") && !files.contains_key(&path) {
                    found.push(path);
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(files: &BTreeMap<PathBuf, String>, out: &Path) -> Result<()> {
    for (path, text) in files {
        let target = out.join(path);
        if std::fs::read_to_string(&target).is_ok_and(|found| found == *text) {
            continue;
        }
        replace::file(&target, text)?;
    }
    for path in stale(files, out)? {
        let path = out.join(path);
        std::fs::remove_file(&path).with_context(|| format!("{}: cannot be removed", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::add_events;
    use crate::sketch;

    #[test]
    fn a_schema_of_the_api_and_of_the_events_is_one_type_with_the_keys_of_both() {
        let mut api = sketch::schemas(
            "User: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } }",
        );
        let events = sketch::schemas(
            "
            User: { type: object, required: [id], properties: { id: { type: string, nullable: true }, age: { type: integer } } }
            Sms: { type: object, properties: { body: { type: string } } }
            ",
        );
        add_events(&mut api, events).unwrap();
        assert_eq!(
            sketch::written(&api),
            sketch::value(
                "
                User:
                  type: object
                  properties: { id: { type: string, nullable: true }, name: { type: string }, age: { type: integer } }
                  required: [id]
                Sms: { type: object, properties: { body: { type: string } } }
                "
            )
        );
    }

    #[test]
    fn two_types_under_one_name_are_refused_with_their_place() {
        let mut api = sketch::schemas("User: { type: object, properties: { id: { type: string } } }");
        let events = sketch::schemas("User: { type: object, properties: { id: { type: integer } } }");
        let error = add_events(&mut api, events).unwrap_err().to_string();
        assert_eq!(error, "schemas/User: the API and the webhook events give it two types at id");
    }
}
