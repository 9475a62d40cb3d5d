use super::{read, write};
use crate::model::{Api, Schema, Shape};
use crate::sketch;

fn schema(yaml: &str) -> Schema {
    let document =
        sketch::schemas(&format!("A: {}\nNamed: {{ type: object }}\nOther: {{ type: object }}", yaml.trim()));
    document.schemas["A"].clone()
}

fn refused(yaml: &str) -> String {
    let source = sketch::source(&format!("components:\n  schemas:\n    A: {yaml}"));
    format!("{:#}", read(&source, Api::Bapi).unwrap_err())
}

fn same(before: &str, after: &str) {
    assert_eq!(super::write_schema(&schema(before)), sketch::value(after), "{before}");
}

#[test]
fn a_value_that_may_be_null_is_nullable_however_that_is_written() {
    let nullable = "{ allOf: [{ $ref: '#/components/schemas/Named' }], nullable: true }";
    same("{ anyOf: [{ $ref: '#/components/schemas/Named' }, { nullable: true }] }", nullable);
    same("{ oneOf: [{ $ref: '#/components/schemas/Named' }, { enum: [null] }] }", nullable);
    same("{ oneOf: [{ $ref: '#/components/schemas/Named' }], nullable: true }", nullable);
    same(nullable, nullable);
    same("{ type: string, enum: [a, null] }", "{ type: string, enum: [a], nullable: true }");
    same("{ enum: [a, b, null] }", "{ type: string, enum: [a, b], nullable: true }");
    same("{ type: integer, enum: [1, null] }", "{ type: integer, nullable: true, enum: [1] }");
}

#[test]
fn the_values_of_a_number_are_kept_beside_its_type() {
    let level = schema("{ type: integer, enum: [1, 2, 3] }");
    assert_eq!(level.shape, Shape::Integer { format: None });
    assert_eq!(level.limits["enum"], sketch::value("[1, 2, 3]"));
    same("{ enum: [1, 2] }", "{ type: integer, enum: [1, 2] }");
    same("{ enum: [1, 2.5] }", "{ type: number, enum: [1, 2.5] }");
    same("{ type: boolean, enum: [true] }", "{ type: boolean, enum: [true] }");
}

#[test]
fn a_type_that_is_not_named_follows_from_what_is_said() {
    same("{ properties: { a: {} } }", "{ type: object, properties: { a: {} } }");
    same("{ additionalProperties: true }", "{ type: object, additionalProperties: true }");
    same("{ items: { type: string } }", "{ type: array, items: { type: string } }");
    same("{ format: binary }", "{ type: string, format: binary }");
    same("{ description: anything }", "{}");
}

#[test]
fn alternatives_that_only_require_keys_are_not_alternatives() {
    let object = "{ type: object, properties: { a: {}, b: {} } }";
    for key in ["anyOf", "oneOf"] {
        let alternatives = format!("{key}: [{{ required: [a] }}, {{ required: [b] }}]");
        same(&format!("{{ type: object, properties: {{ a: {{}}, b: {{}} }}, {alternatives} }}"), object);
    }
    same("{ anyOf: [{ type: object, properties: { a: {} } }] }", "{ type: object, properties: { a: {} } }");
}

#[test]
fn a_required_key_without_a_property_is_not_required() {
    same(
        "{ type: object, required: [a, b], properties: { a: {} } }",
        "{ type: object, properties: { a: {} }, required: [a] }",
    );
}

#[test]
fn what_a_schema_cannot_say_here_is_refused_with_its_place() {
    let at = "#/components/schemas/A";
    assert_eq!(refused("{ type: string, enum: [a, 1] }"), format!("{at}/enum: 1 is not a string"));
    assert_eq!(
        refused("{ type: integer, enum: [a] }"),
        format!("{at}/enum: \"a\" is not of the type that the schema names")
    );
    assert_eq!(refused("{ enum: [a, 1] }"), format!("{at}/enum: the values are of several types"));
    assert_eq!(refused("{ type: date }"), format!("{at}/type: date is not a type of OpenAPI 3.0"));
    assert_eq!(
        refused("{ type: [string, 'null'] }"),
        format!("{at}/type: a list of types belongs to OpenAPI 3.1, which is not supported")
    );
    assert_eq!(refused("{ properties: { b: { not: {} } } }"), format!("{at}/properties/b: not is not supported"));
    assert_eq!(refused("{ items: [] }"), format!("{at}/items: expected an object"));
    assert_eq!(refused("{ allOf: {} }"), format!("{at}/allOf: expected a list"));
    assert_eq!(
        refused("{ properties: { a: {} }, oneOf: [{ type: string }, { type: integer }] }"),
        format!("{at}/oneOf: alternatives beside properties are not supported")
    );
}

#[test]
fn an_only_answer_of_any_status_is_the_success() {
    let document = sketch::document(
        "paths: { /x: { get: { operationId: x, responses: { default: { content: { text/plain: {} } } } } } }",
    );
    assert_eq!(document.operations[0].successes().count(), 1);
    let document = sketch::document(
        "paths: { /x: { get: { operationId: x, responses: { '204': {}, default: { content: { text/plain: {} } } } } } }",
    );
    assert!(document.operations[0].responses["default"].is_empty(), "beside another answer it is the error");
}

#[test]
fn what_the_operation_says_of_a_parameter_replaces_what_the_path_says() {
    let document = sketch::document(
        "
        paths:
          /x:
            parameters:
              - { name: a, in: query, schema: { type: string } }
              - { name: a, in: header, schema: { type: string } }
              - { name: c, in: cookie, schema: { type: string } }
            get:
              operationId: x
              parameters: [{ $ref: '#/components/parameters/A' }]
        components: { parameters: { A: { name: a, in: query, required: true, schema: { type: integer } } } }
        ",
    );
    let parameters = document.operations[0].parameters.iter();
    let parameters: Vec<_> = parameters.map(|parameter| (parameter.place.name(), parameter.required)).collect();
    assert_eq!(parameters, [("header", false), ("query", true)], "a cookie is not the caller's to say");
}

#[test]
fn what_is_written_reads_as_the_same() {
    let source = sketch::source(
        "
        servers: [{ url: https://example.com }]
        tags: [{ name: T }]
        paths:
          /x/{id}:
            post:
              operationId: x
              tags: [T]
              deprecated: true
              parameters:
                - { name: id, in: path, required: true, schema: { type: string } }
                - { name: q, in: query, deprecated: true, style: form, explode: false, schema: { type: array, items: {} } }
              requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } }
              responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/U' } } } }, 4XX: {} }
        components:
          schemas:
            A: { type: object, nullable: true, deprecated: true, minProperties: 1, additionalProperties: { type: string } }
            B: { type: object, properties: { a: { allOf: [{ $ref: '#/components/schemas/A' }], default: {} } } }
            U:
              oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }]
              discriminator: { propertyName: a, mapping: { one: '#/components/schemas/A' } }
        ",
    );
    let written = write(&read(&source, Api::Bapi).unwrap(), Api::Bapi);
    let mut expected = source;
    expected["info"]["title"] = "bapi".into();
    for response in ["200", "4XX"] {
        expected["paths"]["/x/{id}"]["post"]["responses"][response]["description"] = "".into();
    }
    assert_eq!(written, expected);
}
