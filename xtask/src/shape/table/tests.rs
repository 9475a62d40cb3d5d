use super::{Body, Entry, Field, Kind, table};
use crate::model::Api;
use crate::normalise::Encoding;
use crate::sketch;

fn entries(yaml: &str, tables: &[(&str, &str)]) -> Vec<Entry> {
    table(&sketch::document(yaml), Api::Bapi, &sketch::tables(tables)).entries
}

/// The body of the only operation, with these schemas beside it, each a line.
fn body(content: &str, schemas: &str) -> Body {
    let schemas: String = schemas.lines().map(|line| format!("    {}\n", line.trim())).collect();
    let document = format!(
        "paths:\n  /x: {{ post: {{ operationId: x, requestBody: {{ content: {content} }} }} }}\n\
         components:\n  schemas:\n    Unused: {{}}\n{schemas}"
    );
    entries(&document, &[]).remove(0).body.unwrap()
}

fn json(schema: &str, schemas: &str) -> Body {
    body(&format!("{{ application/json: {{ schema: {schema} }} }}"), schemas)
}

/// A field as one would say it: `name`, `!` where it is required, `?` where it may be null, its kind.
fn said(field: &Field) -> String {
    let required = if field.required { "!" } else { "" };
    let nullable = if field.nullable { "?" } else { "" };
    format!("{}{required}{nullable}: {}", field.name, kind(&field.kind))
}

fn kind(of: &Kind) -> String {
    match of {
        Kind::List(items) => format!("[{}]", kind(items)),
        Kind::OneOf(values) => values.join("|"),
        plain => format!("{plain:?}"),
    }
}

fn fields(body: &Body) -> Vec<String> {
    body.keys.fields.iter().map(said).collect()
}

#[test]
fn operations_are_in_the_order_of_their_paths_then_methods() {
    let found = entries(
        "
        paths:
          /b: { get: { operationId: getB } }
          /a: { delete: { operationId: deleteA }, post: { operationId: postA }, get: { operationId: getA } }
        ",
        &[],
    );
    let ids: Vec<&str> = found.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["getA", "postA", "deleteA", "getB"]);
}

#[test]
fn an_operation_has_the_tag_it_is_filed_under() {
    let tables = [("groups.toml", "[bapi]\nuntagged = 'Rest'\nnarrower = ['Money']\noperations = { c = 'Moved' }")];
    let found = entries(
        "
        paths:
          /a: { get: { operationId: a } }
          /b: { get: { operationId: b, tags: [People, Money] } }
          /c: { get: { operationId: c, tags: [People] } }
          /d: { get: { operationId: d, tags: [People] } }
        ",
        &tables,
    );
    let tags: Vec<&str> = found.iter().map(|entry| entry.tag.as_str()).collect();
    assert_eq!(tags, ["Rest", "Money", "Moved", "People"]);
}

#[test]
fn of_the_parameters_only_those_of_the_query_are_fields() {
    let found = entries(
        "
        paths:
          /a/{id}:
            get:
              operationId: a
              parameters:
                - { name: id, in: path, required: true, schema: { type: string } }
                - { name: X-Tenant, in: header, schema: { type: string } }
                - { name: limit, in: query, required: true, schema: { type: integer } }
                - { name: size, in: query, schema: { type: number, nullable: true } }
                - { name: state, in: query, schema: { type: array, items: { $ref: '#/components/schemas/State' } } }
        components: { schemas: { State: { type: string, enum: [on, off] } } }
        ",
        &[],
    );
    let query: Vec<String> = found[0].query.iter().map(said).collect();
    assert_eq!(query, ["limit!: Integer", "size?: Number", "state: [on|off]"]);
    assert!(found[0].body.is_none());
}

#[test]
fn references_are_followed_and_what_is_inside_an_object_is_not_said() {
    let body = json(
        "{ $ref: '#/components/schemas/Thing' }",
        "Thing: { type: object, required: [state], properties: { state: { $ref: '#/components/schemas/Also' }, \
           inner: { $ref: '#/components/schemas/Inner' }, map: { type: object, additionalProperties: true }, \
           one: { allOf: [{ $ref: '#/components/schemas/State' }], nullable: true }, any: {}, flag: { type: boolean }, \
           two: { allOf: [{ type: string }, { $ref: '#/components/schemas/State' }] } } }
         Also: { $ref: '#/components/schemas/State' }
         State: { type: string, enum: [on, off] }
         Inner: { type: object, nullable: true, properties: { a: { type: string } } }",
    );
    assert_eq!(
        fields(&body),
        ["state!: on|off", "inner?: Object", "map: Object", "one?: on|off", "any: Any", "flag: Boolean", "two: on|off"]
    );
}

#[test]
fn only_a_body_that_says_so_is_closed() {
    let open = |schema: &str| json(schema, "").keys.open;
    assert!(!open("{ type: object, additionalProperties: false, properties: { a: {} } }"));
    assert!(open("{ type: object, properties: { a: {} } }"));
    assert!(open("{ type: object, additionalProperties: { type: string } }"));
    assert!(open("{ type: string }"));
    assert!(open("{}"));
}

#[test]
fn a_list_has_the_fields_of_its_items() {
    let body = json(
        "{ type: array, items: { $ref: '#/components/schemas/Item' } }",
        "Item: { type: object, additionalProperties: false, required: [id], properties: { id: { type: string } } }",
    );
    assert_eq!(fields(&body), ["id!: String"]);
    assert!(body.keys.list && !body.keys.open);
    let body = json("{ type: array, items: { type: string } }", "");
    assert!(body.keys.list && body.keys.open && body.keys.fields.is_empty());
}

#[test]
fn alternatives_have_the_fields_of_all_and_require_what_all_require() {
    let body = json(
        "{ oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] }",
        "A: { type: object, additionalProperties: false, required: [kind, a], properties: { kind: { type: string, \
           enum: [a] }, a: { type: integer }, both: { type: string } } }
         B: { type: object, additionalProperties: false, required: [kind, both], properties: { kind: { type: string, \
           enum: [b] }, both: { type: boolean, nullable: true }, b: { type: number } } }",
    );
    assert_eq!(fields(&body), ["kind!: a|b", "a: Integer", "both?: Any", "b: Number"]);
    assert!(!body.keys.open && !body.keys.list);
}

#[test]
fn alternatives_of_which_only_one_is_a_list_are_open() {
    let body = json(
        "{ oneOf: [{ type: array, items: { $ref: '#/components/schemas/A' } }, { $ref: '#/components/schemas/A' }] }",
        "A: { type: object, additionalProperties: false, properties: { a: { type: integer } } }",
    );
    assert!(body.keys.open && !body.keys.list);
}

#[test]
fn parts_of_one_body_require_what_any_of_them_requires() {
    let body = json(
        "{ allOf: [{ $ref: '#/components/schemas/A' }, { type: object, required: [a], properties: { b: {} } }] }",
        "A: { type: object, additionalProperties: false, properties: { a: { type: integer } } }",
    );
    assert_eq!(fields(&body), ["a!: Integer", "b: Any"]);
    assert!(!body.keys.open);
}

#[test]
fn a_file_is_one_only_in_an_upload() {
    let schema = "{ type: object, properties: { file: { type: string, format: binary }, name: { type: string } } }";
    let upload = body(&format!("{{ multipart/form-data: {{ schema: {schema} }} }}"), "");
    assert_eq!(fields(&upload), ["file: File", "name: String"]);
    assert_eq!(upload.encodings, [Encoding::Multipart]);
    assert_eq!(fields(&json(schema, "")), ["file: String", "name: String"]);
}

#[test]
fn a_whole_file_adds_an_encoding_and_no_field() {
    let bytes = "application/octet-stream: { schema: { type: string, format: base64 } }";
    let both = body(
        &format!(
            "{{ {bytes}, multipart/form-data: {{ schema: {{ type: object, additionalProperties: false, \
             required: [file], properties: {{ file: {{ type: string, format: binary }} }} }} }} }}"
        ),
        "",
    );
    assert_eq!(both.encodings, [Encoding::Bytes, Encoding::Multipart]);
    assert_eq!(fields(&both), ["file!: File"]);
    assert!(!both.keys.open);
    let alone = body(&format!("{{ {bytes} }}"), "");
    assert!(alone.keys.open && alone.keys.fields.is_empty());
}

#[test]
fn a_schema_that_holds_itself_ends() {
    let body = json(
        "{ type: object, properties: { deep: { $ref: '#/components/schemas/Deep' } } }",
        "Deep: { type: array, items: { $ref: '#/components/schemas/Deep' } }",
    );
    assert!(fields(&body)[0].starts_with("deep: [[["), "{:?}", fields(&body));
    let body = json("{ $ref: '#/components/schemas/Loop' }", "Loop: { $ref: '#/components/schemas/Loop' }");
    assert!(body.keys.open);
}
