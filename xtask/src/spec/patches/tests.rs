use serde_json::Value;

use super::Patches;
use crate::sketch;

const VERSION: &str = "2031-02-03";

fn document() -> Value {
    sketch::source(
        "
        paths:
          /v1/users:
            get: { operationId: listUsers }
            post: { operationId: createUser, parameters: [{ name: a, in: query }] }
          /v1/teams/{id}:
            get: { operationId: getTeam, parameters: [{ name: id, in: path }] }
        components:
          schemas:
            User: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } }
            State: { type: string, enum: [a, b] }
            Empty: { type: object }
        webhooks: { user.created: { data: { type: object } } }
        ",
    )
}

/// Applies patches that are only a target and an action; both versions count as checked unless said otherwise.
fn patched(patches: &str) -> Result<(Value, Vec<String>), String> {
    apply(&patches.replace("[[patch]]", &format!("[[patch]]\nsource = 's'\nreason = 'r'\nchecked = ['{VERSION}']")))
}

fn apply(patches: &str) -> Result<(Value, Vec<String>), String> {
    let patches: Patches =
        crate::spec::from_toml(patches, "spec/patches/bapi.toml").map_err(|error| error.to_string())?;
    let mut document = document();
    let mut report = Vec::new();
    patches.apply(&mut document, VERSION, "patches/bapi.toml", &mut report).map_err(|error| format!("{error:#}"))?;
    Ok((document, report))
}

fn at(patches: &str, pointer: &str) -> Value {
    patched(patches).unwrap().0.pointer(pointer).cloned().unwrap_or(Value::Null)
}

fn refused(patch: &str) -> String {
    patched(&format!("[[patch]]\n{patch}")).unwrap_err()
}

#[test]
fn add_puts_what_is_not_there() {
    let one = "[[patch]]\ntarget = 'schemas/User/properties/age'\nadd = { type = 'integer' }";
    assert_eq!(at(one, "/components/schemas/User/properties/age"), sketch::value("{ type: integer }"));
    let parameter = "[[patch]]\ntarget = 'operations/createUser/parameters/b'\nadd = { name = 'b', in = 'query' }";
    assert_eq!(at(parameter, "/paths/~1v1~1users/post/parameters/1/name"), "b");
    let event = "[[patch]]\ntarget = 'events/user.deleted'\nadd = { data = { type = 'object' } }";
    assert_eq!(at(event, "/webhooks/user.deleted/data/type"), "object");
}

#[test]
fn add_makes_the_lists_and_objects_that_an_operation_or_schema_may_lack() {
    let parameter = "[[patch]]\ntarget = 'operations/listUsers/parameters/b'\nadd = { name = 'b', in = 'query' }";
    assert_eq!(at(parameter, "/paths/~1v1~1users/get/parameters/0/name"), "b");
    let path = "[[patch]]\ntarget = 'paths/~1v1~1new/get'\nadd = { operationId = 'new' }";
    assert_eq!(at(path, "/paths/~1v1~1new/get/operationId"), "new");
    let property = "[[patch]]\ntarget = 'schemas/Empty/properties/a'\nadd = { type = 'string' }";
    assert_eq!(at(property, "/components/schemas/Empty/properties/a/type"), "string");
}

#[test]
fn set_replaces_merge_widens_remove_and_without_take_away() {
    let set = "[[patch]]\ntarget = 'schemas/User/properties/id'\nset = { type = 'integer' }";
    assert_eq!(at(set, "/components/schemas/User/properties/id"), sketch::value("{ type: integer }"));
    let deep =
        "[[patch]]\ntarget = 'schemas/User/properties'\nmerge = { id = { nullable = true }, x = { type = 'string' } }";
    assert_eq!(
        at(deep, "/components/schemas/User/properties"),
        sketch::value("{ id: { type: string, nullable: true }, name: { type: string }, x: { type: string } }")
    );
    let values = "[[patch]]\ntarget = 'schemas/State/enum'\nmerge = ['c']";
    assert_eq!(at(values, "/components/schemas/State/enum"), sketch::value("[a, b, c]"));
    let gone = "[[patch]]\ntarget = 'schemas/User/properties/name'\nremove = true";
    assert_eq!(at(gone, "/components/schemas/User/properties"), sketch::value("{ id: { type: string } }"));
    let parameter = "[[patch]]\ntarget = 'operations/getTeam/parameters/id'\nremove = true";
    assert_eq!(at(parameter, "/paths/~1v1~1teams~1{id}/get/parameters"), sketch::value("[]"));
    let optional = "[[patch]]\ntarget = 'schemas/User/required'\nwithout = ['name']";
    assert_eq!(at(optional, "/components/schemas/User/required"), sketch::value("[id]"));
}

#[test]
fn a_star_means_all_that_the_patch_fits() {
    let all =
        "[[patch]]\ntarget = 'operations/*/deprecated'\nadd = true\npaths = ['/v1/*']\nexcept_paths = ['/v1/teams*']";
    let (document, _) = patched(all).unwrap();
    assert_eq!(document.pointer("/paths/~1v1~1users/get/deprecated"), Some(&Value::Bool(true)));
    assert_eq!(document.pointer("/paths/~1v1~1users/post/deprecated"), Some(&Value::Bool(true)));
    assert_eq!(document.pointer("/paths/~1v1~1teams~1{id}/get/deprecated"), None);
    let schemas = "[[patch]]\ntarget = 'schemas/*/properties/name'\nremove = true";
    assert!(patched(schemas).unwrap().0.pointer("/components/schemas/User/properties/name").is_none());
    assert_eq!(
        refused("target = 'schemas/*/properties/unheard_of'\nremove = true"),
        "spec/patches/bapi.toml: the patch of schemas/*/properties/unheard_of no longer applies to 2031-02-03: it applies nowhere"
    );
}

#[test]
fn patches_apply_in_order_each_on_the_result_of_the_one_before() {
    let two = "
        [[patch]]
        target = 'schemas/New'
        add = { type = 'object' }
        [[patch]]
        target = 'schemas/New/properties/id'
        add = { type = 'string' }
        ";
    assert_eq!(at(two, "/components/schemas/New/properties/id/type"), "string");
}

#[test]
fn what_does_not_apply_to_a_checked_version_says_where_and_why() {
    let wrong = |patch: &str| {
        let error = refused(patch);
        let start = "spec/patches/bapi.toml: the patch of ";
        error.strip_prefix(start).unwrap_or_else(|| panic!("{error}")).split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(wrong("target = 'schemas/User/properties/id'\nadd = {}"), "id is there already");
    assert_eq!(wrong("target = 'schemas/Gone/properties/id'\nset = {}"), "there is no Gone");
    assert_eq!(wrong("target = 'schemas/User/type'\nset = 'object'"), "it is so already");
    assert_eq!(wrong("target = 'schemas/State/enum'\nmerge = ['b']"), "\"b\" is in the list already");
    assert_eq!(wrong("target = 'schemas/User/properties'\nmerge = { id = { type = 'string' } }"), "type is so already");
    assert_eq!(wrong("target = 'schemas/User/required'\nwithout = ['x']"), "\"x\" is not in the list");
    assert_eq!(wrong("target = 'schemas/User/properties/x'\nremove = true"), "there is no x");
    assert_eq!(wrong("target = 'operations/gone/deprecated'\nadd = true"), "there is no operation gone");
    assert_eq!(
        wrong("target = 'schemas/State/enum'\nmerge = { a = 1 }"),
        "only an object merges into an object and a list into a list"
    );
}

#[test]
fn what_does_not_apply_to_another_version_is_reported_and_changes_nothing() {
    let patches = "
        [[patch]]
        target = 'schemas/State/enum'
        merge = ['new', 'a']
        source = 's'
        reason = 'r'
        checked = ['2030-01-01']
        ";
    let (after, report) = apply(patches).unwrap();
    assert_eq!(after, document(), "not even the first of its values");
    assert_eq!(
        report,
        ["spec/patches/bapi.toml: skipped on 2031-02-03: schemas/State/enum: \"a\" is in the list already"]
    );
}

#[test]
fn a_patch_that_is_wrong_in_itself_is_refused_on_every_version() {
    let whole = |patch: &str| apply(&format!("[[patch]]\n{patch}\nchecked = ['2030-01-01']")).unwrap_err();
    let of = "spec/patches/bapi.toml: the patch of \"schemas/User\": ";
    let action = "it needs exactly one of add, set, merge, without, remove";
    let told = "source = 's'\nreason = 'r'";
    let facts = "it needs a reason, a source and the versions it was checked on";
    assert_eq!(whole(&format!("target = 'schemas/User'\nadd = {{}}\nset = {{}}\n{told}")), format!("{of}{action}"));
    assert_eq!(whole(&format!("target = 'schemas/User'\nset = {{}}\nremove = true\n{told}")), format!("{of}{action}"));
    assert_eq!(whole(&format!("target = 'schemas/User'\n{told}")), format!("{of}{action}"));
    assert_eq!(whole("target = 'schemas/User'\nadd = {}\nsource = 's'\nreason = ' '"), format!("{of}{facts}"));
    assert_eq!(whole("target = 'schemas/User'\nadd = {}\nsource = ''\nreason = 'r'"), format!("{of}{facts}"));
    assert_eq!(
        whole(&format!("target = 'schema/User'\nadd = {{}}\n{told}")),
        "spec/patches/bapi.toml: the patch of \"schema/User\": a target starts with one of schemas, operations, paths, events, and a name"
    );
    assert_eq!(
        whole(&format!("target = 'schemas/User'\nadd = {{}}\npaths = ['/a']\n{told}")),
        format!("{of}paths and except_paths go with operations/*")
    );
    assert_eq!(whole(&format!("add = {{}}\n{told}")), "spec/patches/bapi.toml:1: missing field `target`");
    assert!(whole("target = 'schemas/User'\nadd = {}\nsource = 's'").contains("missing field `reason`"));
    assert!(whole(&format!("target = 'schemas/User'\nad = {{}}\n{told}")).contains("unknown field `ad`"));
}
