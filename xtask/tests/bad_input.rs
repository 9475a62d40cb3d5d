//! Whatever is wrong with the input is one clear line with its place, and nothing is half written.

mod folder;

use anyhow::{Context as _, Result, ensure};
use folder::{Folder, Ran, VERSION};

const PATH: &str = "paths: { /x: { get: { operationId: x, responses: { '204': {} } } } }";

/// Runs what must fail: one line, no stack, no file that was not there or is not as it was.
fn failing(folder: &Folder, arguments: &[&str]) -> Result<String> {
    let before = folder.files()?;
    let Ran { code, stderr, .. } = folder.run(arguments)?;
    ensure!(code.is_some_and(|code| code == 1 || code == 2), "it ended with {code:?}");
    ensure!(stderr.trim_end().lines().count() == 1, "more than a line:\n{stderr}");
    ensure!(!stderr.contains("panicked") && !stderr.contains(".rs:"), "{stderr}");
    ensure!(folder.files()? == before, "it changed a file");
    let line = stderr.trim_end().strip_prefix("error: ").with_context(|| stderr.clone())?;
    Ok(line.replace(&format!("{}/", folder.path("").display()), "").replace(&folder.path("").display().to_string(), ""))
}

/// Why a document is not imported.
fn refused(document: &str) -> Result<String> {
    let folder = Folder::new()?;
    folder.write("document.yaml", document)?;
    folder.write(&format!("spec/bapi/{VERSION}.json"), "what was imported before")?;
    let file = folder.path("document.yaml");
    let file = file.to_str().context("a path that is no text")?;
    let line = failing(&folder, &["spec", "import", file, "--api", "bapi", "--version", VERSION])?;
    let place = line.strip_prefix("document.yaml: ").with_context(|| format!("it does not name the file: {line}"))?;
    Ok(place.to_owned())
}

/// Why a document with these paths and components is not imported.
fn refused_paths(rest: &str) -> Result<String> {
    refused(&format!("openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\n{rest}"))
}

/// A folder from which everything can be generated.
fn ready() -> Result<Folder> {
    let folder = Folder::new()?;
    let document = format!("openapi: 3.0.3\n{PATH}\ncomponents: {{ schemas: {{}} }}");
    folder.import("bapi", &document)?;
    folder.import("fapi", &document)?;
    folder.import("webhooks", "openapi: 3.0.3\nwebhooks: {}")?;
    Ok(folder)
}

/// Why nothing is generated once this file of the specification is so.
fn not_generated(name: &str, text: &str) -> Result<String> {
    let folder = ready()?;
    folder.write(name, text)?;
    failing(&folder, &["codegen"])
}

#[test]
fn a_file_that_is_not_there_is_named() -> Result<()> {
    let folder = Folder::new()?;
    let line = failing(&folder, &["spec", "import", "/no/such/file.yaml", "--api", "bapi", "--version", VERSION])?;
    assert_eq!(line, "/no/such/file.yaml: cannot be read: No such file or directory (os error 2)");
    Ok(())
}

#[test]
fn what_is_no_document_is_refused() -> Result<()> {
    let line = refused("a: [1, 2\nb: }")?;
    assert!(line.starts_with("neither JSON nor YAML: ") && line.contains("line 2"), "{line}");
    assert_eq!(refused("- a\n- b")?, "#: expected an object");
    assert_eq!(refused("just words")?, "#: expected an object");
    assert_eq!(refused("")?, "#: expected an object");
    assert_eq!(refused("a: 1")?, "#/openapi: missing; this is not an OpenAPI document");
    assert_eq!(refused("openapi: 3.1.0\npaths: {}")?, "#/openapi: version 3.1.0 is not supported, only 3.0");
    assert_eq!(refused("swagger: '2.0'\npaths: {}")?, "#/swagger: Swagger is not supported, only OpenAPI 3.0");
    assert_eq!(refused("openapi: 3.0.3\ninfo: {}")?, "#/paths: missing");
    assert_eq!(refused("openapi: 3.0.3\npaths: []")?, "#/paths: expected an object");
    Ok(())
}

#[test]
fn a_reference_to_nothing_is_refused_with_its_place() -> Result<()> {
    let schema = "paths: { /x: { get: { operationId: x, responses: { '200': { content: { application/json: { schema: { $ref: 'TO' } } } } } } } }";
    assert_eq!(
        refused_paths(&schema.replace("TO", "#/components/schemas/Gone"))?,
        "operations/x/responses/200: $ref to Gone, which does not exist"
    );
    assert_eq!(
        refused_paths(&schema.replace("TO", "other.yaml#/User"))?,
        "#/paths/~1x/get/responses/200/content/application~1json/schema: $ref other.yaml#/User does not name a schema of this document"
    );
    let inner = format!(
        "{PATH}\ncomponents: {{ schemas: {{ A: {{ properties: {{ b: {{ $ref: '#/components/schemas/B' }} }} }} }} }}"
    );
    assert_eq!(refused_paths(&inner)?, "schemas/A: $ref to B, which does not exist");
    let response = "paths: { /x: { get: { operationId: x, responses: { '200': { $ref: 'TO' } } } } }";
    assert_eq!(
        refused_paths(&response.replace("TO", "#/components/responses/Gone"))?,
        "#/paths/~1x/get/responses/200: #/components/responses/Gone does not exist"
    );
    assert_eq!(
        refused_paths(&response.replace("TO", "https://example.com/a.yaml#/R"))?,
        "#/paths/~1x/get/responses/200: https://example.com/a.yaml#/R is outside the document"
    );
    let parameter =
        "paths: { /x: { get: { operationId: x, parameters: [{ $ref: '#/components/parameters/Gone' }] } } }";
    assert_eq!(refused_paths(parameter)?, "#/paths/~1x/get/parameters/0: #/components/parameters/Gone does not exist");
    let circle = "paths: { /x: { get: { operationId: x, parameters: [{ $ref: '#/components/parameters/A' }] } } }\ncomponents: { parameters: { A: { $ref: '#/components/parameters/A' } } }";
    assert_eq!(refused_paths(circle)?, "#/components/parameters/A: references go in a circle");
    Ok(())
}

#[test]
fn operations_have_one_id_each() -> Result<()> {
    let two = "paths: { /a: { get: { operationId: getUser } }, /b: { get: { operationId: OTHER } } }";
    assert_eq!(
        refused_paths(&two.replace("OTHER", "getUser"))?,
        "#/paths/~1b/get: operation id getUser is already used at #/paths/~1a/get"
    );
    assert_eq!(
        refused_paths(&two.replace("OTHER", "get_user"))?,
        "#/paths/~1b/get: operation id get_user is already used at #/paths/~1a/get"
    );
    assert_eq!(refused_paths("paths: { /a: { get: {} } }")?, "#/paths/~1a/get: operationId is missing");
    assert_eq!(
        refused_paths("paths: { /a: { get: { operationId: '' } } }")?,
        "#/paths/~1a/get: operationId is missing"
    );
    Ok(())
}

#[test]
fn parameters_fit_their_path() -> Result<()> {
    let of = |path: &str, parameter: &str| {
        refused_paths(&format!("paths: {{ '{path}': {{ get: {{ operationId: x, parameters: [{parameter}] }} }} }}"))
    };
    assert_eq!(of("/x/{id}", "")?, "#/paths/~1x~1{id}/get: the path names {id}, which no parameter declares");
    assert_eq!(
        of("/x", "{ name: id, in: path, schema: {} }")?,
        "#/paths/~1x/get: path parameter id is not in the path"
    );
    let at = "#/paths/~1x/get/parameters/0";
    assert_eq!(of("/x", "{ name: a, in: body, schema: {} }")?, format!("{at}: a parameter in body is not supported"));
    assert_eq!(of("/x", "{ name: a, in: query }")?, format!("{at}: a parameter without a schema is not supported"));
    assert_eq!(of("/x", "{ in: query, schema: {} }")?, format!("{at}: a parameter without a name"));
    assert_eq!(
        of("/x", "{ name: a, in: query, style: curly, schema: {} }")?,
        format!("{at}: curly is not a style of OpenAPI 3.0")
    );
    Ok(())
}

#[test]
fn a_version_is_a_date() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("document.yaml", &format!("openapi: 3.0.3\n{PATH}"))?;
    let file = folder.path("document.yaml");
    let file = file.to_str().context("a path that is no text")?;
    let line = failing(&folder, &["spec", "import", file, "--api", "bapi", "--version", "../../v1"])?;
    assert_eq!(line, "document.yaml: ../../v1: an API version is a date, like 2026-05-12");
    Ok(())
}

#[test]
fn arguments_that_are_wrong_are_named_in_a_line() -> Result<()> {
    let folder = Folder::new()?;
    let line = failing(&folder, &["spec", "import", "a.yaml", "--api", "sapi", "--version", VERSION])?;
    assert!(
        line.starts_with("invalid value 'sapi' for '--api <API>' [possible values: bapi, fapi, webhooks]"),
        "{line}"
    );
    let line = failing(&folder, &["spec", "import", "a.yaml", "--version", VERSION])?;
    assert_eq!(line, "the following required arguments were not provided: --api <API>");
    let line = failing(&folder, &["spec", "diff", "a", "--nonsense"])?;
    assert!(line.starts_with("unexpected argument '--nonsense' found"), "{line}");
    Ok(())
}

#[test]
fn a_version_that_was_not_imported_is_named_beside_those_that_were() -> Result<()> {
    let folder = ready()?;
    let there = format!("spec/bapi: 2040-01-01 was not imported; there are {VERSION}");
    assert_eq!(failing(&folder, &["codegen", "--bapi", "2040-01-01"])?, there);
    assert_eq!(failing(&folder, &["spec", "diff", VERSION, "2040-01-01"])?, there);
    std::fs::remove_dir_all(folder.path("spec/fapi"))?;
    assert_eq!(failing(&folder, &["codegen"])?, "spec/fapi: cannot be read: No such file or directory (os error 2)");
    Ok(())
}

#[test]
fn a_document_that_somebody_broke_is_named() -> Result<()> {
    let name = format!("spec/bapi/{VERSION}.json");
    let line = not_generated(&name, "{ \"openapi\": ")?;
    assert!(line.starts_with(&format!("{name}: not JSON: ")), "{line}");
    let line = not_generated(&name, "{ \"openapi\": \"3.0.3\" }")?;
    assert_eq!(line, format!("{name} with spec/patches/bapi.toml: #/paths: missing"));
    Ok(())
}

#[test]
fn a_patch_that_is_wrong_is_named() -> Result<()> {
    let patch = |text: &str| not_generated("spec/patches/bapi.toml", &format!("\n[[patch]]\n{text}"));
    let told = format!("source = 's'\nreason = 'r'\nchecked = ['{VERSION}']");
    let at = "spec/patches/bapi.toml";
    assert_eq!(patch(&format!("remove = true\n{told}"))?, format!("{at}:2: missing field `target`"));
    assert_eq!(
        patch(&format!("target = 'schemas/A'\nremove = true\nsource = 's'\nchecked = ['{VERSION}']"))?,
        format!("{at}:2: missing field `reason`")
    );
    assert_eq!(
        patch(&format!("target = 'schemas/A'\nremove = true\nset = {{}}\n{told}"))?,
        format!("{at}: the patch of \"schemas/A\": it needs exactly one of add, set, merge, without, remove")
    );
    assert_eq!(
        patch(&format!("target = 'schemas/Gone'\nremove = true\n{told}"))?,
        format!("{at}: the patch of schemas/Gone no longer applies to {VERSION}: there is no Gone")
    );
    Ok(())
}

#[test]
fn a_patch_whose_target_is_gone_from_an_unchecked_version_is_reported_and_skipped() -> Result<()> {
    let folder = ready()?;
    let patch =
        "[[patch]]\ntarget = 'schemas/Gone'\nremove = true\nsource = 's'\nreason = 'r'\nchecked = ['2030-01-01']";
    folder.write("spec/patches/bapi.toml", patch)?;
    let ran = folder.run(&["codegen", "--verbose"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let line = format!("spec/patches/bapi.toml: skipped on {VERSION}: schemas/Gone: there is no Gone");
    assert!(ran.stdout.lines().any(|said| said == line), "{}", ran.stdout);
    Ok(())
}

#[test]
fn a_table_that_does_not_read_is_named_with_its_line() -> Result<()> {
    let line = not_generated("spec/ids.toml", "[fields]\n'*.user_id' = UserId")?;
    assert!(line.starts_with("spec/ids.toml:2: "), "{line}");
    let line = not_generated("spec/groups.toml", "[bapi]\nuntaged = 'Rest'")?;
    assert!(line.starts_with("spec/groups.toml:2: unknown field `untaged`"), "{line}");
    let line = not_generated("spec/secrets.toml", "[fields]\nsecrets = []")?;
    assert!(line.starts_with("spec/secrets.toml:2: unknown field `secrets`"), "{line}");
    let line = not_generated("spec/unions.toml", "[Shape]\nmembers = []")?;
    assert!(line.starts_with("spec/unions.toml:") && line.ends_with("missing field `discriminator`"), "{line}");
    let line = not_generated("spec/timestamps.toml", "[fields]\n'*_at' = 'milis'")?;
    assert_eq!(line, "spec/timestamps.toml: *_at: milis is none of millis, seconds, other");
    assert_eq!(not_generated("spec/present.toml", "[bappi]\nUser = ['id']")?, "spec/present.toml: bappi is no API");
    let line = not_generated("spec/docs/bapi.toml", "[operation]\nx = 'y'")?;
    assert!(line.starts_with("spec/docs/bapi.toml:1: unknown field `operation`"), "{line}");
    let folder = ready()?;
    std::fs::remove_file(folder.path("spec/ids.toml"))?;
    assert_eq!(
        failing(&folder, &["codegen"])?,
        "spec/ids.toml: cannot be read: No such file or directory (os error 2)"
    );
    Ok(())
}

#[test]
fn a_table_of_names_that_does_not_read_stops_an_import() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("spec/names.toml", "[schemas]\nA = 1")?;
    folder.write("document.yaml", &format!("openapi: 3.0.3\n{PATH}"))?;
    let file = folder.path("document.yaml");
    let file = file.to_str().context("a path that is no text")?;
    let line = failing(&folder, &["spec", "import", file, "--api", "bapi", "--version", VERSION])?;
    assert!(line.starts_with("spec/names.toml:2: "), "{line}");
    Ok(())
}

#[test]
fn what_the_generator_does_not_take_is_named() -> Result<()> {
    let folder = ready()?;
    let patch = "[[patch]]\ntarget = 'operations/x/parameters/a'\nadd = { name = 'a', in = 'query', style = 'matrix', schema = { type = 'string' } }\nsource = 's'\nreason = 'r'\nchecked = ['2031-02-03']";
    folder.write("spec/patches/fapi.toml", patch)?;
    let line = failing(&folder, &["codegen"])?;
    assert!(line.starts_with(&format!("fapi {VERSION}: ")), "{line}");
    assert!(line.ends_with("operations/x/parameters/a: style matrix is not known"), "{line}");
    Ok(())
}

#[test]
fn nothing_is_written_when_only_one_of_the_crates_can_be() -> Result<()> {
    let folder = ready()?;
    folder.write("spec/groups.toml", "[bapi]\nuntagged = 'Rest'\n[bapi.groups]\neverything = ['Rest']")?;
    let line = failing(&folder, &["codegen"])?;
    assert_eq!(line, format!("fapi {VERSION}: operations/x: it has no tag"));
    let folder = ready()?;
    folder.write("clerk-fapi/Cargo.toml", "[package]\nname = 'clerk-fapi'\n")?;
    let line = failing(&folder, &["codegen"])?;
    assert_eq!(line, "clerk-fapi/Cargo.toml: the line that begins the groups is missing");
    Ok(())
}

#[test]
fn an_import_that_cannot_be_written_leaves_what_was_there() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("document.yaml", &format!("openapi: 3.0.3\n{PATH}"))?;
    // A folder where the file should be.
    folder.write(&format!("spec/bapi/{VERSION}.json/inside"), "kept")?;
    let file = folder.path("document.yaml");
    let file = file.to_str().context("a path that is no text")?;
    let line = failing(&folder, &["spec", "import", file, "--api", "bapi", "--version", VERSION])?;
    assert!(line.starts_with(&format!("spec/bapi/{VERSION}.json: cannot be written: ")), "{line}");
    Ok(())
}
