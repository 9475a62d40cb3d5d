use std::collections::BTreeMap;

use clerk_core::Update;
use proptest::{prelude::*, test_runner::RngSeed};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Plan {
    name: String,
    seats: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    limits: Limits,
    notes: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Limits {
    users: Option<u32>,
    days: u32,
}

fn plan() -> Plan {
    Plan { name: "pro".into(), seats: Some(3), tags: vec!["a".into(), "b".into()], ..Plan::default() }
}

fn edited(edit: impl FnOnce(&mut Plan)) -> Json {
    Patch::edit(&plan(), edit).unwrap().into_json()
}

#[test]
fn an_edit_sends_what_it_changed_and_nothing_else() {
    assert_eq!(edited(|_| {}), json!({}));
    assert_eq!(edited(|plan| plan.seats = Some(5)), json!({ "seats": 5 }));
    assert_eq!(edited(|plan| plan.limits.days = 7), json!({ "limits": { "days": 7 } }));
    assert_eq!(edited(|plan| plan.notes.extend([("x".into(), 1)])), json!({ "notes": { "x": 1 } }));
}

#[test]
fn what_is_none_or_no_longer_written_is_deleted() {
    assert_eq!(edited(|plan| plan.seats = None), json!({ "seats": null }));
    assert_eq!(edited(|plan| plan.tags.clear()), json!({ "tags": null }));
    // `users` was none and is none: nothing to delete.
    assert_eq!(edited(|plan| plan.limits.users = None), json!({}));
}

#[test]
fn a_list_is_sent_whole_and_keeps_its_nulls() {
    assert_eq!(edited(|plan| plan.tags.push("c".into())), json!({ "tags": ["a", "b", "c"] }));
    let patch = Patch::between(&json!({}), &json!({ "list": [null, { "a": null }] })).unwrap();
    assert_eq!(*patch.as_json(), json!({ "list": [null, { "a": null }] }));
}

#[test]
fn null_in_an_object_is_what_is_not_there() {
    let patch = |before, after| Patch::between(&before, &after).unwrap().into_json();
    assert_eq!(patch(json!({ "a": null }), json!({})), json!({}));
    assert_eq!(patch(json!({}), json!({ "a": null })), json!({}));
    assert_eq!(patch(json!({ "a": 1 }), json!({ "a": null })), json!({ "a": null }));
    assert_eq!(patch(json!({ "a": 1 }), json!({ "a": { "b": null, "c": 2 } })), json!({ "a": { "c": 2 } }));
}

#[test]
fn only_an_object_can_be_changed() {
    for (error, what) in [
        (Patch::between(&vec![1], &vec![2]).unwrap_err(), "a list"),
        (Patch::between(&Json::Null, &json!({})).unwrap_err(), "null"),
        (Patch::edit(&String::from("hunter2"), String::clear).unwrap_err(), "a single value"),
        (Patch::between(&BTreeMap::from([((1, 2), 3)]), &BTreeMap::new()).unwrap_err(), "nothing"),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(what) && !error.to_string().contains("hunter2"), "{error}");
    }
}

#[derive(Default, Serialize)]
struct PlanUpdate {
    #[serde(skip_serializing_if = "Update::is_leave")]
    name: Update<String>,
    #[serde(skip_serializing_if = "Update::is_leave")]
    seats: Update<u32>,
}

impl Partial<Plan> for PlanUpdate {}

#[test]
fn a_partial_struct_leaves_clears_and_sets() {
    let update = PlanUpdate { seats: Update::Clear, ..PlanUpdate::default() };
    assert_eq!(Patch::<Plan>::partial(&update).unwrap().into_json(), json!({ "seats": null }));
    let update = PlanUpdate { name: "free".to_owned().into(), ..PlanUpdate::default() };
    assert_eq!(Patch::<Plan>::partial(&update).unwrap().into_json(), json!({ "name": "free" }));
    assert!(Patch::<Plan>::partial(&PlanUpdate::default()).unwrap().is_empty());
}

#[test]
fn applying_merges_as_the_standard_says() {
    // The cases of RFC 7396, appendix A.
    for (stored, change, result) in [
        (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
        (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
        (json!({ "a": "b" }), json!({ "a": null }), json!({})),
        (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
        (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
        (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
        (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
        (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
        (json!({ "a": "foo" }), json!(null), json!(null)),
        (json!({ "a": "foo" }), json!("bar"), json!("bar")),
        (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
        (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
        (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
    ] {
        let mut held = stored.clone();
        Patch::from(change.clone()).apply(&mut held);
        assert_eq!(held, result, "{stored} {change}");
    }
}

#[test]
fn two_changes_that_no_one_change_equals_are_not_joined() {
    for (first, second, path) in [
        (json!({ "a": null }), json!({ "a": { "b": 1 } }), "a"),
        (json!({ "a": { "b": [] } }), json!({ "a": { "b": {} } }), "a.b"),
        (json!({ "ann@example.com": 1 }), json!({ "ann@example.com": {} }), "*"),
    ] {
        let error = Patch::from(first).then(second.into()).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::InvalidRequest, Some(path)));
    }
    let joined = Patch::from(json!({ "a": { "b": 1 } })).then(json!({ "a": null }).into()).unwrap();
    assert_eq!(*joined.as_json(), json!({ "a": null }));
}

#[test]
fn a_patch_is_sent_as_its_json_and_printed_without_it() {
    let patch = Patch::from(json!({ "password": "hunter2" }));
    assert_eq!(serde_json::to_value(&patch).unwrap(), json!({ "password": "hunter2" }));
    let printed = format!("{patch:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("password"), "{printed}");
    assert!(Patch::<Plan>::default().is_empty() && !patch.is_empty());
}

/// Values over few keys, so that two of them meet often. Objects hold `null` where `nulls` says so.
fn value(nulls: bool) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        (0..4u8).prop_map(|number| json!(number)),
        "[ab]{0,1}".prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(json!([null, { "a": null }])),
    ];
    let leaf = if nulls { prop_oneof![2 => leaf, 1 => Just(Json::Null)].boxed() } else { leaf.boxed() };
    leaf.prop_recursive(3, 24, 4, |inner| prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|map| json!(map)))
}

fn object(nulls: bool) -> impl Strategy<Value = Json> {
    prop::collection::btree_map("[a-d]", value(nulls), 0..5).prop_map(|map| json!(map))
}

/// Puts a key that no type knows into an object and into all objects below that stay objects in `other`.
fn with_unknown(value: &Json, other: &Json) -> Json {
    let Json::Object(object) = value else { return value.clone() };
    let mut object: JsonMap = object
        .iter()
        .map(|(key, value)| match other.get(key) {
            Some(other) if value.is_object() && other.is_object() => (key.clone(), with_unknown(value, other)),
            _ => (key.clone(), value.clone()),
        })
        .collect();
    object.insert("unknown".into(), json!({ "kept": [1] }));
    Json::Object(object)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_change_between_two_values_makes_the_one_of_the_other(before in object(false), after in object(false)) {
        let patch = Patch::between(&before, &after).unwrap();
        prop_assert_eq!(patch.is_empty(), before == after);
        let mut stored = before;
        patch.apply(&mut stored);
        prop_assert_eq!(stored, after);
    }

    #[test]
    fn keys_that_the_type_does_not_know_survive(before in object(false), after in object(false)) {
        let mut stored = with_unknown(&before, &after);
        Patch::between(&before, &after).unwrap().apply(&mut stored);
        prop_assert_eq!(stored, with_unknown(&after, &before));
    }

    #[test]
    fn nulls_change_nothing_that_is_stored(before in object(true), after in object(true)) {
        let patch = Patch::between(&before, &after).unwrap();
        let stored = |value: &Json| {
            let mut stored = json!({});
            Patch::from(value.clone()).apply(&mut stored);
            stored
        };
        let mut held = stored(&before);
        patch.apply(&mut held);
        prop_assert_eq!(held, stored(&after));
    }

    #[test]
    fn two_changes_joined_do_what_they_do_one_by_one(
        first in object(true),
        second in object(true),
        stored in object(false),
    ) {
        let (first, second) = (Patch::from(first), Patch::from(second));
        let mut one_by_one = stored.clone();
        first.apply(&mut one_by_one);
        second.apply(&mut one_by_one);
        if let Ok(joined) = first.then(second) {
            let mut at_once = stored;
            joined.apply(&mut at_once);
            prop_assert_eq!(at_once, one_by_one);
        }
    }
}
