#![allow(dead_code, reason = "the types are there for their schemas")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::json;

use super::*;

#[derive(JsonSchema)]
struct Plan {
    name: String,
    seats: Option<u8>,
    #[serde(default)]
    tier: Tier,
    #[serde(default)]
    form: Option<Form>,
    #[serde(default)]
    owner: Option<Member>,
    #[serde(default)]
    members: Vec<Member>,
    #[serde(default)]
    notes: BTreeMap<String, u32>,
    #[serde(default)]
    prices: BTreeMap<i32, f64>,
    #[serde(default)]
    size: (u8, bool),
    #[serde(default)]
    tags: BTreeSet<char>,
    #[serde(default)]
    parts: Vec<Plan>,
    #[serde(default)]
    #[schemars(length(min = 2, max = 3))]
    code: String,
    #[serde(default)]
    #[schemars(range(min = 0.5, max = 1.5))]
    share: f64,
    #[serde(flatten)]
    more: More,
}

#[derive(JsonSchema)]
struct More {
    #[serde(default)]
    days: i64,
}

#[derive(Default, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Tier {
    #[default]
    Free,
    Pro,
    Own {
        price: u32,
    },
}

#[derive(JsonSchema)]
#[serde(tag = "kind")]
enum Form {
    Text { text: String },
    Number { number: u8 },
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
}

fn check<T: JsonSchema>(stored: &Json) -> Vec<(String, String)> {
    let violations = Checker::<T>::new().unwrap().check(stored.as_object().unwrap()).err().unwrap_or_default();
    violations.iter().map(|violation| (violation.path().to_owned(), violation.message().to_owned())).collect()
}

#[test]
fn what_fits_has_no_violations() {
    let stored = json!({
        "name": "pro", "seats": null, "tier": { "own": { "price": 3 } }, "form": { "kind": "Text", "text": "x" },
        "owner": { "name": "Ann" }, "members": [{ "name": "Ann" }], "notes": { "ann@example.com": 1 },
        "prices": { "-7": 1.5 }, "size": [1, true], "tags": ["a"], "parts": [{ "name": "inner" }], "code": "abc",
        "share": 1, "days": -3, "of_a_newer_version": true,
    });
    assert_eq!(check::<Plan>(&stored), []);
    assert_eq!(check::<More>(&json!({})), []);
    assert_eq!(check::<Json>(&json!({ "a": [1] })), []);
}

#[test]
fn each_violation_tells_its_place_and_shows_no_value() {
    for (key, value, path, message) in [
        ("name", json!(734_121), "name", "a whole number where a string is expected"),
        ("name", json!(null), "name", "null where a string is expected"),
        ("seats", json!("hunter2"), "seats", "a string where a whole number or null is expected"),
        ("seats", json!(7341.21), "seats", "a number with a fraction where a whole number or null is expected"),
        ("seats", json!(734_121), "seats", "a greater number than the type takes"),
        ("seats", json!(-734_121), "seats", "a smaller number than the type takes"),
        ("tier", json!("hunter2"), "tier", "none of the forms that the type has"),
        ("form", json!({ "kind": "hunter2" }), "form", "none of the forms that the type has"),
        ("owner", json!({ "name": 734_121 }), "owner.name", "a whole number where a string is expected"),
        ("members", json!([{}]), "members[0]", "the field `name` is missing"),
        (
            "members",
            json!([{ "name": "Ann", "ann@example.com": 1 }]),
            "members[0].*",
            "a field that the type does not take",
        ),
        ("notes", json!({ "ann@example.com": "hunter2" }), "notes.*", "a string where a whole number is expected"),
        ("prices", json!({ "7": "hunter2" }), "prices.7", "a string where a number is expected"),
        ("prices", json!({ "hunter": 1 }), "prices.hunter", "a field that the type does not take"),
        ("size", json!([1]), "size", "fewer entries than the type takes"),
        ("size", json!([1, true, true]), "size", "more entries than the type takes"),
        ("size", json!([1, 1]), "size[1]", "a whole number where a flag is expected"),
        ("tags", json!(["h", "a", "h"]), "tags", "an entry that is there twice"),
        ("parts", json!([{ "name": [] }]), "parts[0].name", "a list where a string is expected"),
        ("code", json!("h"), "code", "fewer characters than the type takes"),
        ("code", json!("hunter2"), "code", "more characters than the type takes"),
        ("share", json!(0.25), "share", "a smaller number than the type takes"),
        ("share", json!(734.121), "share", "a greater number than the type takes"),
        ("days", json!({ "hunter2": 1 }), "days", "an object where a whole number is expected"),
    ] {
        let mut stored = json!({ "name": "pro" });
        stored[key] = value;
        let found = check::<Plan>(&stored);
        assert_eq!(found, [(path.to_owned(), message.to_owned())], "{stored}");
        let printed = format!("{found:?}");
        assert!(!["hunter2", "734", "ann@", "Ann"].iter().any(|hidden| printed.contains(hidden)), "{printed}");
    }
}

#[test]
fn all_violations_are_found_at_once() {
    let found = check::<Plan>(&json!({ "seats": true, "code": 1, "parts": [1] }));
    let mut paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    // Objects come in the order that serde_json keeps them in.
    paths.sort_unstable();
    assert_eq!(paths, ["", "code", "parts[0]", "seats"]);
}

#[derive(JsonSchema)]
struct Patterned {
    #[schemars(regex(pattern = "^a"))]
    code: String,
}

#[derive(JsonSchema)]
#[schemars(transform = outside)]
struct Elsewhere {}

fn outside(schema: &mut schemars::Schema) {
    schema.insert("$ref".into(), "https://example.com/schema.json".into());
}

#[derive(JsonSchema)]
#[schemars(transform = endless)]
struct Endless {}

fn endless(schema: &mut schemars::Schema) {
    schema.insert("$ref".into(), "#".into());
}

#[test]
fn a_rule_that_is_not_checked_is_refused_and_not_passed_over() {
    assert!(Checker::<Patterned>::new().unwrap_err().to_string().contains("`pattern`"));
    assert!(Checker::<Elsewhere>::new().unwrap_err().to_string().contains("outside of itself"));
}

#[test]
fn a_schema_that_refers_to_itself_without_end_is_left_at_some_depth() {
    assert_eq!(check::<Endless>(&json!({})), [(String::new(), "more levels than are checked".to_owned())]);
}

#[derive(JsonSchema)]
struct Chain {
    name: String,
    #[serde(default)]
    next: Option<Box<Chain>>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
enum Tangle {
    One { next: Box<Tangle> },
    Other { next: Box<Tangle>, more: u8 },
    End { end: bool },
}

/// So many levels of `next`, with this in the innermost.
fn nested(levels: usize, innermost: Json, around: &Json) -> Json {
    (0..levels).fold(innermost, |inner, _| {
        let mut outer = around.clone();
        outer["next"] = inner;
        outer
    })
}

#[test]
fn deeply_nested_metadata_of_somebody_else_is_checked_in_little_time() {
    let stored = nested(100, json!({ "name": 734_121 }), &json!({ "name": "x" }));
    let found = check::<Chain>(&stored);
    let path = format!("{}name", "next.".repeat(100));
    assert_eq!(found, [(path, "a whole number where a string is expected".to_owned())]);

    let stored = nested(100, json!({ "end": 1 }), &json!({ "more": 1 }));
    assert_eq!(check::<Tangle>(&stored).len(), 1);
}

/// Schemas by hand, for the rules that derives seldom write.
#[test]
fn every_rule_says_what_another_checker_says() {
    for schema in [
        json!({ "enum": [1, "a", null] }),
        json!({ "const": 1 }),
        json!({ "not": { "type": "string" } }),
        json!({ "if": { "type": "string" }, "then": { "minLength": 2 }, "else": { "type": "object" } }),
        json!({ "exclusiveMinimum": 1, "exclusiveMaximum": 3 }),
        json!({ "oneOf": [{ "minimum": 1 }, { "maximum": 2 }] }),
        json!({ "anyOf": [{ "type": "null" }, { "type": ["array", "boolean"], "maxItems": 1 }] }),
        json!({ "allOf": [{ "required": ["a"] }, { "properties": { "a": false } }] }),
        json!({ "uniqueItems": true }),
        json!({ "const": [1, { "a": 1.0 }] }),
        json!({ "prefixItems": [{ "type": "integer" }], "items": false }),
        json!({ "patternProperties": { "^\\d+$": { "type": "integer" } }, "additionalProperties": { "type": "null" } }),
    ] {
        vocabulary::check(&schema, &schema).unwrap();
        let other = jsonschema::validator_for(&schema).unwrap();
        for value in [
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(1.0),
            json!(2),
            json!(3.5),
            json!(u64::MAX),
            json!(""),
            json!("a"),
            json!("é"),
            json!("ab"),
            json!([]),
            json!([1]),
            json!(["a"]),
            json!([1, 2]),
            json!([1, 2, 1.0]),
            json!([1, { "a": 1 }]),
            json!({}),
            json!({ "a": null }),
            json!({ "7": 1 }),
            json!({ "7": "x" }),
            json!({ "-7": 1 }),
        ] {
            let mut check = Check::new(&schema);
            check.value(&schema, &value, "", 0);
            assert_eq!(check.violations.is_empty(), other.is_valid(&value), "{schema} {value}");
        }
    }
}

/// Something that is often nearly a plan.
fn plan() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        (-2..300i64).prop_map(Json::from),
        Just(json!(0.75)),
        prop_oneof!["[a-c]{0,4}", Just("free".to_owned()), Just("Text".to_owned())].prop_map(Json::from),
    ];
    let value = leaf.prop_recursive(3, 16, 3, |inner| {
        let key = prop_oneof![
            Just("name".to_owned()),
            Just("own".to_owned()),
            Just("price".to_owned()),
            Just("kind".to_owned()),
            Just("text".to_owned()),
            Just("7".to_owned()),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
            prop::collection::btree_map(key, inner, 0..3).prop_map(|map| json!(map)),
        ]
    });
    let key = prop::sample::select(vec![
        "name", "seats", "tier", "form", "owner", "members", "notes", "prices", "size", "tags", "parts", "code",
        "share", "days", "other",
    ]);
    prop::collection::btree_map(key, value, 0..4).prop_map(|mut map| {
        map.entry("name").or_insert_with(|| json!("pro"));
        json!(map)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn derived_schemas_are_read_as_another_checker_reads_them(stored in plan()) {
        static BOTH: LazyLock<(Checker<Plan>, jsonschema::Validator)> = LazyLock::new(|| {
            (Checker::new().unwrap(), jsonschema::validator_for(&crate::schema::of::<Plan>()).unwrap())
        });
        let (checker, other) = &*BOTH;
        prop_assert_eq!(checker.check(stored.as_object().unwrap()).is_ok(), other.is_valid(&stored));
    }
}
