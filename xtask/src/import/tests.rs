//! Each pass on small examples; the import as a whole is in `xtask/tests`.

use super::{NameTable, Report, alias, copies, fold, hoist, names, order, prune};
use crate::model::Document;
use crate::sketch;

/// What a pass makes of some schemas, and its report.
fn after(schemas: &str, pass: impl FnOnce(&mut Document, &mut Report)) -> (serde_json::Value, Vec<String>) {
    let (document, report) = document_after(sketch::schemas(schemas), pass);
    (sketch::written(&document), report)
}

fn document_after(mut document: Document, pass: impl FnOnce(&mut Document, &mut Report)) -> (Document, Vec<String>) {
    let mut report = Report::default();
    pass(&mut document, &mut report);
    (document, report.lines().to_vec())
}

fn table(toml: &str) -> NameTable {
    crate::spec::from_toml(toml, "names.toml").unwrap()
}

fn folded(schemas: &str) -> (serde_json::Value, Vec<String>) {
    after(schemas, |document, report| fold::run(document, report).unwrap())
}

fn not_folded(schemas: &str) -> String {
    fold::run(&mut sketch::schemas(schemas), &mut Report::default()).unwrap_err().to_string()
}

#[test]
fn fold_makes_parts_one_object_of_which_later_parts_narrow_earlier_ones() {
    let (after, report) = folded(
        "
        Base: { type: object, required: [id], properties: { id: { type: string }, kind: { type: string } } }
        User:
          allOf:
            - $ref: '#/components/schemas/Base'
            - { type: object, required: [name], properties: { name: { type: string }, kind: { type: string, enum: [user] } } }
            - { required: [kind, unheard_of] }
        ",
    );
    assert_eq!(
        after["User"],
        sketch::value(
            "
            type: object
            properties: { id: { type: string }, kind: { type: string, enum: [user] }, name: { type: string } }
            required: [id, name, kind]
            "
        )
    );
    assert_eq!(report, ["folded: the parts of schemas/User are one object"]);
}

#[test]
fn fold_leaves_the_only_part_that_says_anything_as_it_is() {
    let (after, report) = folded(
        "
        Id: { type: object, properties: { id: { type: string } } }
        User: { type: object, properties: { of: { allOf: [{ $ref: '#/components/schemas/Id' }, { nullable: true }] } } }
        ",
    );
    assert_eq!(
        after["User"]["properties"]["of"],
        sketch::value("{ allOf: [{ $ref: '#/components/schemas/Id' }], nullable: true }"),
        "which is how a reference that may be null is written"
    );
    assert_eq!(report, ["folded: schemas/User is its only part that says anything"]);
}

#[test]
fn fold_keeps_what_is_said_of_the_only_part() {
    let (after, _) =
        folded("A: { type: object, properties: { x: { allOf: [{ type: string, nullable: true, maxLength: 3 }] } } }");
    assert_eq!(after["A"]["properties"]["x"], sketch::value("{ type: string, nullable: true, maxLength: 3 }"));
}

#[test]
fn fold_refuses_circles_and_what_is_no_object_with_their_place() {
    let own = "A: { allOf: [{ $ref: '#/components/schemas/A' }, { properties: { x: { type: string } } }] }";
    assert_eq!(not_folded(own), "schemas/A: allOf goes in a circle");
    let inside = "
        A:
          allOf:
            - properties:
                up: { allOf: [{ $ref: '#/components/schemas/A' }, { properties: { x: { type: string } } }] }
            - properties: { y: { type: string } }
        ";
    assert_eq!(not_folded(inside), "schemas/A: allOf goes in a circle");
    let text = "A: { allOf: [{ type: string }, { properties: { x: { type: string } } }] }";
    assert_eq!(not_folded(text), "schemas/A: allOf of something that is not an object");
}

#[test]
fn copies_become_one_schema_that_allows_what_either_allows() {
    let (after, report) = after(
        "
        Client: { type: object, required: [id, at], properties: { id: { type: string }, at: { type: integer } } }
        Client-2:
          type: object
          required: [id]
          properties: { id: { type: string, nullable: true }, of: { $ref: '#/components/schemas/Client-2' } }
        ",
        copies::run,
    );
    assert_eq!(
        after,
        sketch::value(
            "
            Client:
              type: object
              properties:
                id: { type: string, nullable: true }
                at: { type: integer }
                of: { $ref: '#/components/schemas/Client' }
              required: [id]
            "
        )
    );
    assert_eq!(report, ["merged: Client-2 into Client"]);
}

#[test]
fn copies_with_a_property_of_two_types_stay_two() {
    let (after, report) = after(
        "
        Plan: { type: object, properties: { total: { type: object, properties: { sum: { type: integer } } } } }
        Plan-2: { type: object, properties: { total: { type: object, properties: { sum: { type: string } } } } }
        Note-2: { type: object, properties: { text: { type: string } } }
        ",
        copies::run,
    );
    assert_eq!(after.as_object().unwrap().keys().collect::<Vec<_>>(), ["Plan", "Plan-2", "Note-2"]);
    assert_eq!(report, ["kept apart: Plan-2 differs from its original at total.sum"]);
}

#[test]
fn names_are_what_a_person_would_say_unless_two_would_be_the_same() {
    let pass = |document: &mut Document, report: &mut Report| {
        let table = table("namespaces = ['Client']\n[schemas]\nJWKS = 'KeySet'");
        names::run(document, &table, report).unwrap();
    };
    let object = "{ type: object, properties: { a: { type: string } } }";
    let (after, report) = after(
        &format!(
            "
            Client.SignIn: {object}
            JWKS: {object}
            UserResponse: {{ type: object, properties: {{ user: {{ $ref: '#/components/schemas/Client.SignIn' }} }} }}
            Plan: {object}
            PlanResponse: {object}
            Response: {object}
            "
        ),
        pass,
    );
    assert_eq!(
        after.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["SignIn", "KeySet", "User", "Plan", "PlanResponse", "Response"]
    );
    assert_eq!(after["User"]["properties"]["user"]["$ref"], "#/components/schemas/SignIn");
    assert_eq!(
        report,
        ["renamed: Client.SignIn to SignIn", "renamed: JWKS to KeySet", "renamed: UserResponse to User"]
    );
}

#[test]
fn names_that_a_person_gave_stay_in_a_second_import() {
    let (after, report) = after("{ KeySET: { type: object }, UserResponse: { type: object } }", |document, report| {
        names::run(document, &table("[schemas]\nJWKS = 'KeySET'\nAnswer = 'UserResponse'"), report).unwrap();
    });
    assert_eq!(after, sketch::value("{ KeySET: { type: object }, UserResponse: { type: object } }"));
    assert!(report.is_empty(), "{report:?}");
}

#[test]
fn names_that_two_schemas_or_no_type_can_have_are_refused_with_what_to_do() {
    let refused = |schemas: &str, toml: &str| {
        let error = names::run(&mut sketch::schemas(schemas), &table(toml), &mut Report::default());
        error.unwrap_err().to_string()
    };
    assert_eq!(
        refused("{ user: { type: object }, User: { type: object } }", ""),
        "schemas/User: would be called User, as user is; give one of them a name in spec/names.toml"
    );
    assert_eq!(
        refused("{ option: { type: object } }", ""),
        "schemas/option: \"Option\" cannot be the name of a type; give it one in spec/names.toml"
    );
    assert_eq!(
        refused("{ 2fa: { type: object } }", ""),
        "schemas/2fa: \"2fa\" cannot be the name of a type; give it one in spec/names.toml"
    );
    assert_eq!(
        refused("{ A: { type: object } }", "[schemas]\nA = ''"),
        "schemas/A: \"\" cannot be the name of a type; give it one in spec/names.toml"
    );
}

#[test]
fn alias_puts_plain_values_where_their_names_were() {
    let (after, report) = after(
        "
        User:
          type: object
          properties:
            id: { $ref: '#/components/schemas/Id' }
            level: { $ref: '#/components/schemas/Level' }
            same: { $ref: '#/components/schemas/Alias' }
            notes: { $ref: '#/components/schemas/Notes' }
        Id: { type: string, nullable: true, maxLength: 9 }
        Level: { type: integer, enum: [1, 2] }
        Alias: { $ref: '#/components/schemas/OtherAlias' }
        OtherAlias: { $ref: '#/components/schemas/User' }
        Notes: { type: object, additionalProperties: { $ref: '#/components/schemas/Id' } }
        ",
        alias::run,
    );
    assert_eq!(
        after,
        sketch::value(
            "
            User:
              type: object
              properties:
                id: { type: string, nullable: true, maxLength: 9 }
                level: { type: integer, enum: [1, 2] }
                same: { $ref: '#/components/schemas/User' }
                notes: { type: object, additionalProperties: { type: string, nullable: true, maxLength: 9 } }
            "
        )
    );
    assert_eq!(report.len(), 5);
    assert_eq!(report[0], "dropped: name Id, its uses say what it is");
}

#[test]
fn alias_passes_the_name_of_a_list_to_what_is_in_it() {
    let (after, report) = after(
        "
        Team: { type: object, properties: { users: { $ref: '#/components/schemas/Users' } } }
        Users:
          type: array
          maxItems: 5
          items: { type: object, properties: { friends: { $ref: '#/components/schemas/Users' } } }
        ",
        alias::run,
    );
    let list = sketch::value("{ type: array, items: { $ref: '#/components/schemas/Users' }, maxItems: 5 }");
    assert_eq!(after["Team"]["properties"]["users"], list);
    assert_eq!(after["Users"]["properties"]["friends"], list);
    assert_eq!(report, ["renamed: list Users to what it is a list of"]);
}

#[test]
fn alias_cuts_what_is_inside_itself() {
    let (after, report) = after(
        "
        Tree: { type: array, items: { $ref: '#/components/schemas/Tree' } }
        Odd: { type: array, items: { $ref: '#/components/schemas/Even' } }
        Even: { type: object, additionalProperties: { $ref: '#/components/schemas/Odd' } }
        Own: { $ref: '#/components/schemas/Own' }
        Wood:
          type: object
          properties: { tree: { $ref: '#/components/schemas/Tree' }, odd: { $ref: '#/components/schemas/Odd' } }
        ",
        alias::run,
    );
    assert_eq!(
        after,
        sketch::value(
            "
            Wood: { type: object, properties: { tree: { type: array, items: {} }, odd: { type: array, items: {} } } }
            "
        )
    );
    assert!(report.contains(&"dropped: what Tree has of itself inside, it is any JSON".to_owned()), "{report:?}");
}

fn hoisted(schemas: &str, toml: &str) -> (serde_json::Value, Vec<String>) {
    after(schemas, |document, report| hoist::run(document, &table(toml), report))
}

#[test]
fn hoist_names_what_is_inline_after_its_place() {
    let (after, report) = hoisted(
        "
        User:
          type: object
          properties:
            state: { type: string, enum: [on, 'off'], default: on }
            addresses: { type: array, items: { type: object, properties: { street: { type: string } } } }
            places: { type: object, additionalProperties: { type: object, properties: { x: { type: number } } } }
            only: { type: string, enum: [one] }
            free: { type: object }
        ",
        "",
    );
    assert_eq!(
        after["User"]["properties"],
        sketch::value(
            "
            state: { allOf: [{ $ref: '#/components/schemas/UserState' }], default: on }
            addresses: { type: array, items: { $ref: '#/components/schemas/UserAddresse' } }
            places: { type: object, additionalProperties: { $ref: '#/components/schemas/UserPlacesValue' } }
            only: { type: string, enum: [one] }
            free: { type: object }
            "
        )
    );
    assert_eq!(after["UserState"], sketch::value("{ type: string, enum: [on, 'off'] }"));
    assert_eq!(
        report,
        ["hoisted: UserState, from User", "hoisted: UserAddresse, from User", "hoisted: UserPlacesValue, from User"]
    );
}

const ALIKE: &str = "
    Active: { type: object, properties: { status: { type: string, enum: [a, b] } } }
    Ended: { type: object, properties: { status: { type: string, enum: [a, b] }, cause: { type: string, enum: [a, b] } } }
    ";

#[test]
fn hoist_gives_one_name_to_the_same_enum_of_the_same_name() {
    let (after, report) = hoisted(ALIKE, "");
    let status = sketch::value("{ $ref: '#/components/schemas/ActiveStatus' }");
    assert_eq!(after["Active"]["properties"]["status"], status);
    assert_eq!(after["Ended"]["properties"]["status"], status);
    let cause = sketch::value("{ $ref: '#/components/schemas/EndedCause' }");
    assert_eq!(after["Ended"]["properties"]["cause"], cause, "the same values under another name are another type");
    assert_eq!(report[1], "merged: EndedStatus into ActiveStatus, which is the same");
}

#[test]
fn hoist_takes_the_name_that_a_person_gave_any_of_the_places() {
    let (after, _) = hoisted(ALIKE, "[schemas]\nEndedStatus = 'Status'");
    assert_eq!(after["Active"]["properties"]["status"]["$ref"], "#/components/schemas/Status");
    let both = "[schemas]\nEndedStatus = 'Status'\nActiveStatus = 'Activity'";
    let (after, _) = hoisted(ALIKE, both);
    assert_eq!(after["Ended"]["properties"]["status"]["$ref"], "#/components/schemas/Status", "the table's first wins");
}

#[test]
fn hoist_numbers_a_name_that_something_else_has() {
    let (after, _) = hoisted(
        "
        User: { type: object, properties: { state: { type: string, enum: [a, b] } } }
        UserState: { type: object, properties: { x: { type: string } } }
        ",
        "",
    );
    assert_eq!(after["User"]["properties"]["state"]["$ref"], "#/components/schemas/UserState2");
    assert_eq!(after["UserState"]["type"], "object");
}

#[test]
fn hoist_names_bodies_answers_and_parameters_after_their_operation() {
    let source = "
        paths:
          /users:
            post:
              operationId: createUser
              parameters: [{ name: order_by, in: query, schema: { type: string, enum: [a, b] } }]
              requestBody:
                content:
                  application/json:
                    schema: { type: object, properties: { role: { type: string, enum: [c, d] } } }
              responses:
                '200':
                  content: { application/json: { schema: { type: object, properties: { object: { type: string, enum: [new_user] } } } } }
                '202': { content: { application/json: { schema: { type: object, properties: { id: { type: string } } } } } }
        components:
          schemas:
            CreateUserBody: { type: object, properties: { other: { type: string } } }
        ";
    let (after, report) =
        document_after(sketch::document(source), |document, report| hoist::run(document, &table(""), report));
    assert_eq!(
        sketch::written(&after).as_object().unwrap().keys().collect::<Vec<_>>(),
        ["CreateUserBody", "NewUser", "CreateUserOrderBy", "CreateUserRole", "CreateUserBody2", "CreateUserResult202"],
        "a body does not take the name of a schema that is there"
    );
    assert_eq!(report[0], "hoisted: NewUser, an answer that says so itself");
}

#[test]
fn prune_drops_what_nothing_refers_to() {
    let source = "
        paths: { /x: { get: { operationId: x, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } } } } } }
        components:
          schemas:
            A: { type: object, properties: { b: { type: array, items: { $ref: '#/components/schemas/B' } } } }
            B: { type: object, properties: { a: { $ref: '#/components/schemas/A' } } }
            C: { type: object, properties: { c: { $ref: '#/components/schemas/C' }, a: { $ref: '#/components/schemas/A' } } }
        ";
    let (after, report) = document_after(sketch::document(source), prune);
    assert_eq!(after.schemas.keys().collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(report, ["dropped: schema C, which nothing refers to"]);
}

#[test]
fn order_sorts_all_but_what_callers_see_in_order() {
    let source = "
        tags: [{ name: Unused }, { name: B }]
        paths:
          /b: { put: { operationId: d, tags: [C] }, get: { operationId: c, tags: [B] } }
          /a:
            get:
              operationId: e
              tags: [B, A]
              parameters: [{ name: z, in: query, schema: {} }, { name: a, in: query, schema: {} }]
              requestBody: { content: { text/plain: {}, application/json: {} } }
              responses: { default: {}, '404': {}, '200': {} }
        components: { schemas: { Z: { type: object, properties: { z: {}, a: {} } }, A: { type: object } } }
        ";
    let (after, _) = document_after(sketch::document(source), |document, _| order(document));
    assert_eq!(after.operations.iter().map(|operation| operation.id.as_str()).collect::<Vec<_>>(), ["e", "c", "d"]);
    assert_eq!(after.schemas.keys().collect::<Vec<_>>(), ["A", "Z"]);
    assert_eq!(after.tags, ["A", "B", "C"]);
    let first = &after.operations[0];
    assert_eq!(first.responses.keys().collect::<Vec<_>>(), ["200", "404", "default"]);
    assert_eq!(first.body.as_ref().unwrap().content.keys().collect::<Vec<_>>(), ["application/json", "text/plain"]);
    assert_eq!(first.parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(after.schemas["Z"].as_object().unwrap().properties.keys().collect::<Vec<_>>(), ["z", "a"]);
}

#[test]
fn a_version_is_a_day_of_the_calendar() {
    assert!(super::is_version("2026-05-12"));
    for wrong in ["2026-5-12", "2026-13-01", "2026-00-10", "2026-01-32", "v1", "2026-05-12-beta", "+026-05-12", ""] {
        assert!(!super::is_version(wrong), "{wrong}");
    }
}
