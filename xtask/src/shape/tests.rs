use quote::ToTokens as _;
use syn::Type;

use super::{Input, OperationItem, Package, Presence, Problems};
use crate::sketch;

const GROUPS: (&str, &str) =
    ("groups.toml", "[bapi]\nuntagged = 'Things'\n[bapi.groups]\nall = ['Things']\nrest = ['Rest']");

fn shaped(yaml: &str, files: &[(&str, &str)]) -> (Package, Problems) {
    let files: Vec<_> = files.iter().copied().chain([GROUPS]).collect();
    sketch::shaped(sketch::imported(yaml), &files).unwrap()
}

fn spell(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}

fn presence(package: &Package, schema: &str, field: &str) -> Presence {
    package.types[schema].fields().iter().find(|known| known.wire == field).unwrap().presence
}

fn type_of(package: &Package, schema: &str, field: &str) -> String {
    spell(&package.types[schema].fields().iter().find(|known| known.wire == field).unwrap().ty)
}

/// Paths with one operation, `x`, and schemas.
fn operation(path: &str, parameters: &str, body: &str, schemas: &str) -> String {
    let answer =
        "responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }";
    let body = if body.is_empty() {
        String::new()
    } else {
        format!("requestBody: {{ required: true, content: {{ application/json: {{ schema: {body} }} }} }}, ")
    };
    format!(
        "paths: {{ '{path}': {{ post: {{ operationId: doThing, parameters: {parameters}, {body}{answer} }} }} }}\n\
         components:\n  schemas:\n    Thing: {{ type: object, properties: {{ id: {{ type: string }} }} }}\n{schemas}"
    )
}

fn only(package: &Package) -> &OperationItem {
    &package.modules["things"].operations[0]
}

fn inputs(inputs: &[Input]) -> Vec<String> {
    inputs.iter().map(|input| format!("{}: {}", input.ident, spell(&input.ty))).collect()
}

#[test]
fn an_answer_has_what_makes_no_sense_without_it_and_survives_the_rest_missing() {
    let (package, problems) = shaped(
        "
        paths: { /x: { get: { operationId: x, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } } } } }
        components:
          schemas:
            User:
              type: object
              required: [id, name, flag, list, map, nick]
              properties:
                id: { type: string }
                name: { type: string }
                nick: { type: string, nullable: true }
                mail: { type: string }
                flag: { type: boolean }
                more: { type: boolean, nullable: true }
                list: { type: array, items: { type: string } }
                rest: { type: array, items: { type: string } }
                map: { type: object, additionalProperties: { type: integer } }
                open: { type: object }
                lost: { type: string }
        ",
        &[("present.toml", "[bapi]\nUser = ['id', 'lost']")],
    );
    let of = |field: &str| presence(&package, "User", field);
    assert_eq!(of("id"), Presence::Always);
    assert_eq!(of("name"), Presence::Nullable, "required keys are written, as null where there is nothing");
    assert_eq!(of("nick"), Presence::Nullable);
    assert_eq!(of("mail"), Presence::Optional);
    assert_eq!((of("flag"), of("more")), (Presence::Filled, Presence::Filled));
    assert_eq!((of("list"), of("rest")), (Presence::Filled, Presence::Sparse));
    assert_eq!((of("map"), of("open")), (Presence::Filled, Presence::Sparse));
    assert_eq!(of("lost"), Presence::Optional, "what this version does not promise is not relied on");
    assert!(
        problems.open.contains(&"spec/present.toml: User.lost is not required, or null, in this version".to_owned())
    );
}

#[test]
fn what_only_requests_carry_is_as_the_document_says() {
    let (package, _) = shaped(
        &operation(
            "/x",
            "[]",
            "{ type: object, properties: { inner: { $ref: '#/components/schemas/Inner' } } }",
            "    Inner: { type: object, required: [a, b], properties: { a: { type: string }, b: { type: string, nullable: true }, c: { type: string, nullable: true }, d: { type: string } } }",
        ),
        &[],
    );
    let of = |field: &str| presence(&package, "Inner", field);
    assert_eq!(
        [of("a"), of("b"), of("c"), of("d")],
        [Presence::Always, Presence::Nullable, Presence::Update, Presence::Optional]
    );
    assert!(!package.types["Inner"].answered && package.types["Thing"].answered);
}

#[test]
fn ids_times_and_secrets_have_types_of_their_own() {
    let (package, problems) = shaped(
        "
        paths: { /x: { get: { operationId: x, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } } } } }
        components:
          schemas:
            User:
              type: object
              properties:
                id: { type: string }
                team_ids: { type: array, items: { type: string } }
                created_at: { type: integer }
                expires_at: { type: integer }
                password: { type: string }
                backup_codes: { type: array, items: { type: string } }
                country_code: { type: string }
                name: { type: string }
        ",
        &[
            ("ids.toml", "[fields]\n'User.id' = 'UserId'\n'*.team_ids' = 'TeamId'"),
            ("timestamps.toml", "[fields]\n'*.expires_at' = 'seconds'\n'*_at' = 'millis'"),
            (
                "secrets.toml",
                "words = ['password', 'code', 'codes']\n[fields]\nsecret = ['*.password', '*code*']\nplain = ['User.country_code']",
            ),
        ],
    );
    let of = |field: &str| type_of(&package, "User", field);
    assert_eq!((of("id").as_str(), of("team_ids").as_str()), ("UserId", "Vec<TeamId>"));
    assert_eq!((of("created_at").as_str(), of("expires_at").as_str()), ("Timestamp", "i64"));
    assert_eq!((of("password").as_str(), of("backup_codes").as_str()), ("Secret", "Vec<Secret>"));
    assert_eq!((of("country_code").as_str(), of("name").as_str()), ("String", "String"));
    assert!(problems.grave.is_empty(), "{:?}", problems.grave);
}

#[test]
fn what_looks_like_a_secret_and_is_not_classified_is_named() {
    let (_, problems) = shaped(
        &operation(
            "/x",
            "[{ name: reset_token, in: query, schema: { type: string } }]",
            "{ type: object, properties: { new_password: { type: string }, password_enabled: { type: boolean } } }",
            "    Other: { type: object }",
        ),
        &[("secrets.toml", "words = ['password', 'token']")],
    );
    for place in ["operations/doThing/parameters/reset_token", "operations/doThing/body/new_password"] {
        let line = format!("spec/secrets.toml: {place} looks like a secret; say whether it is one");
        assert!(problems.grave.contains(&line), "{place}: {:?}", problems.grave);
    }
    assert!(!problems.grave.iter().any(|line| line.contains("password_enabled")), "a flag hides nothing");
}

#[test]
fn arguments_are_the_path_in_its_order_then_what_else_is_required() {
    let (package, _) = shaped(
        &operation(
            "/teams/{team_id}/users/{user_id}",
            "[{ name: q, in: query, schema: { type: string } }, { name: user_id, in: path, required: true, schema: { type: string } }, { name: team_id, in: path, required: true, schema: { type: string } }]",
            "{ type: object, required: [role], properties: { note: { type: string }, role: { type: string } } }",
            "",
        ),
        &[("ids.toml", "[parameters]\n'*.user_id' = 'UserId'")],
    );
    assert_eq!(inputs(&only(&package).arguments), ["team_id: String", "user_id: UserId", "role: String"]);
    assert_eq!(inputs(&only(&package).setters), ["q: String", "note: String"]);
    assert!(only(&package).body_struct.is_none());
    assert!(!package.types.contains_key("DoThingBody"), "the keys of a body are arguments and setters");
}

#[test]
fn more_than_three_arguments_become_one_body() {
    let body = "{ type: object, required: [a, b, c], properties: { a: { type: string }, b: { type: integer }, c: { type: string }, d: { type: string } } }";
    let path = "[{ name: id, in: path, required: true, schema: { type: string } }]";
    let (package, _) = shaped(&operation("/x/{id}", path, body, ""), &[]);
    assert_eq!(inputs(&only(&package).arguments), ["id: String", "body: DoThingBody"]);
    let made = only(&package).body_struct.as_ref().unwrap();
    assert_eq!(made.fields.iter().map(|field| field.wire.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(made.fields.iter().all(|field| field.presence == Presence::Always));
    assert_eq!(inputs(&only(&package).setters), ["d: String"]);
    let (package, _) = shaped(&operation("/x", "[]", body, ""), &[]);
    assert_eq!(inputs(&only(&package).arguments), ["a: String", "b: i64", "c: String"], "three are not too many");
}

#[test]
fn a_body_that_is_a_list_or_a_map_is_one_argument() {
    let (package, _) = shaped(&operation("/x", "[]", "{ type: array, items: { type: string } }", ""), &[]);
    assert_eq!(inputs(&only(&package).arguments), ["body: Vec<String>"]);
    let (package, _) = shaped(&operation("/x", "[]", "{ type: object, additionalProperties: true }", ""), &[]);
    assert_eq!(inputs(&only(&package).arguments), ["body: Json"]);
}

#[test]
fn only_what_may_be_null_can_be_cleared() {
    let body = "{ type: object, properties: { a: { type: string, nullable: true }, b: { type: string } } }";
    let query = "[{ name: q, in: query, schema: { type: string, nullable: true } }]";
    let (package, _) = shaped(&operation("/x", query, body, ""), &[]);
    let clearable: Vec<_> =
        only(&package).setters.iter().filter(|input| input.clearable).map(|input| input.wire.as_str()).collect();
    assert_eq!(clearable, ["a"]);
}

#[test]
fn an_operation_is_filed_under_the_narrower_tag_and_a_type_under_all_that_reach_it() {
    let yaml = "
        paths:
          /a: { get: { operationId: a, tags: [Things, Rest], responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Both' } } } } } } }
          /b: { get: { operationId: b, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Outer' } } } } } } }
        components:
          schemas:
            Outer: { type: object, properties: { both: { $ref: '#/components/schemas/Both' } } }
            Both: { type: object, properties: { id: { type: string } } }
        ";
    let groups = GROUPS.1.replace("untagged", "narrower = ['Rest']\nuntagged");
    let (package, _) = sketch::shaped(sketch::imported(yaml), &[("groups.toml", &groups)]).unwrap();
    assert_eq!(package.modules["rest"].operations[0].id, "a");
    assert_eq!(package.modules["things"].operations[0].id, "b");
    assert_eq!(package.types["Both"].groups.iter().collect::<Vec<_>>(), ["all", "rest"]);
    assert_eq!(package.types["Outer"].groups.iter().collect::<Vec<_>>(), ["all"]);
}

#[test]
fn an_operation_without_a_place_is_refused_by_name() {
    let refused = |yaml: &str, groups: &str| {
        let error = sketch::shaped(sketch::imported(yaml), &[("groups.toml", groups)]).unwrap_err();
        format!("{error:#}")
    };
    let yaml = operation("/x", "[]", "", "");
    assert_eq!(refused(&yaml, ""), "operations/doThing: it has no tag");
    assert_eq!(refused(&yaml, "[bapi]\nuntagged = 'Nowhere'"), "spec/groups.toml: tag Nowhere is in no group of bapi");
}

#[test]
fn words_that_are_missing_or_only_repeat_the_name_are_named() {
    let (package, problems) = shaped(
        &operation("/x", "[]", "", ""),
        &[(
            "docs/bapi.toml",
            "
            groups.all = 'Everything there is.'
            groups.rest = 'Nothing is left of it.'
            tags.Things = 'The things.'
            operations.doThing = 'Do the thing.'
            schemas.Thing.about = ' What somebody keeps in a drawer. '
            schemas.Thing.fields.id = 'Never used twice.'
            ",
        )],
    );
    assert_eq!(
        problems.open,
        [
            "spec/docs/bapi.toml: tags.Things says nothing beyond its own name",
            "spec/docs/bapi.toml: operations.doThing says nothing beyond its own name",
        ]
    );
    assert_eq!(package.types["Thing"].words, "What somebody keeps in a drawer.");
    assert_eq!(package.types["Thing"].fields()[0].words, "Never used twice.");
    let (_, problems) = shaped(&operation("/x", "[]", "", ""), &[]);
    let missing: Vec<_> = problems.open.iter().filter(|line| line.ends_with(" is missing")).collect();
    assert_eq!(
        missing,
        [
            "spec/docs/bapi.toml: groups.all is missing",
            "spec/docs/bapi.toml: groups.rest is missing",
            "spec/docs/bapi.toml: tags.Things is missing",
            "spec/docs/bapi.toml: operations.doThing is missing",
            "spec/docs: schemas.Thing is missing",
        ]
    );
}
