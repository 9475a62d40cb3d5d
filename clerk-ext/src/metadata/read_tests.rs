use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Plan {
    name: String,
    seats: Option<u8>,
    tier: Tier,
    members: Vec<Member>,
    notes: BTreeMap<String, u32>,
    size: (u8, u8),
    on: bool,
    form: Option<Form>,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tier {
    #[default]
    Free,
    Pro,
    Own {
        price: u32,
    },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Number(u8),
}

/// Says everything it knows when it fails.
#[derive(Debug)]
struct Loud;

impl<'de> Deserialize<'de> for Loud {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Json::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format!("cannot make anything of {value}")))
    }
}

fn read<T: DeserializeOwned>(stored: Json) -> Result<T, Misfit> {
    let Json::Object(stored) = stored else { panic!("metadata is an object") };
    super::read(&stored)
}

#[test]
fn nothing_stored_is_an_empty_object() {
    assert_eq!(read::<Plan>(json!({})).unwrap(), Plan::default());
    assert_eq!(read::<Json>(json!({})).unwrap(), json!({}));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(Option<Plan>);

#[test]
fn the_whole_may_be_an_option_or_a_wrapper() {
    let plan = Plan { on: true, ..Plan::default() };
    assert_eq!(read::<Option<Plan>>(json!({ "on": true })).unwrap(), Some(Plan { on: true, ..Plan::default() }));
    assert_eq!(read::<Wrapped>(json!({ "on": true })).unwrap(), Wrapped(Some(plan)));
    assert_eq!(read::<Wrapped>(json!({ "seats": "hunter2" })).unwrap_err().path(), "seats");
}

#[test]
fn keys_that_the_type_does_not_know_are_no_misfit() {
    assert_eq!(
        read::<Plan>(json!({ "on": true, "of_a_newer_version": 1 })).unwrap(),
        Plan { on: true, ..Plan::default() }
    );
}

#[test]
fn a_misfit_tells_the_place_and_the_types_and_shows_no_value() {
    for (stored, path, message) in [
        (json!({ "name": 734_121 }), "name", "a whole number where a string is expected"),
        (json!({ "name": -734_121.5 }), "name", "a number with a fraction where a string is expected"),
        (json!({ "name": { "a": "hunter2" } }), "name", "an object where a string is expected"),
        (json!({ "name": null }), "name", "null where a string is expected"),
        (json!({ "name": true }), "name", "a flag where a string is expected"),
        (json!({ "name": ["hunter2"] }), "name", "a list where a string is expected"),
        (json!({ "seats": "hunter2" }), "seats", "a string where u8 is expected"),
        (json!({ "seats": "hunter2, expected hunter2" }), "seats", "a string where u8 is expected"),
        (json!({ "seats": 734_121 }), "seats", "a whole number that does not fit where u8 is expected"),
        (json!({ "tier": "hunter2" }), "tier", "another name where one of `free`, `pro`, `own` is expected"),
        (json!({ "tier": { "own": { "price": "hunter2" } } }), "tier.own.price", "a string where u32 is expected"),
        (json!({ "members": [{ "name": "Ann" }, {}] }), "members[1]", "the field `name` is missing"),
        (
            json!({ "members": [{ "name": "Ann", "hunter2": 1 }] }),
            "members[0].hunter2",
            "a field that the type does not take",
        ),
        (json!({ "notes": { "ann@example.com": "hunter2" } }), "notes.*", "a string where u32 is expected"),
        (json!({ "size": [1] }), "size", "another length where a tuple of size 2 is expected"),
        (json!({ "form": ["hunter2"] }), "form", "none of the forms that Form has"),
    ] {
        let misfit = read::<Plan>(stored.clone()).unwrap_err();
        assert_eq!((misfit.path(), misfit.message()), (path, message), "{stored}");
        let printed = format!("{misfit} {misfit:?}").replace("members[0].hunter2", "").replace(", expected", "");
        for hidden in ["hunter2", "734", "ann@example.com", "Ann"] {
            assert!(!printed.contains(hidden), "{printed}");
        }
    }
}

#[test]
fn a_type_that_is_no_object_fits_nothing() {
    let misfit = read::<String>(json!({ "hunter2": 1 })).unwrap_err();
    assert_eq!(misfit.to_string(), "the metadata does not fit at its root: an object where a string is expected");
}

#[test]
fn what_a_hand_written_type_says_is_not_repeated() {
    let misfit = read::<Loud>(json!({ "password": "hunter2" })).unwrap_err();
    assert_eq!(misfit.to_string(), "the metadata does not fit at its root: the value is not what the type takes");
}

#[test]
fn a_misfit_becomes_an_error_that_keeps_the_path() {
    let error = Error::from(read::<Plan>(json!({ "seats": "hunter2" })).unwrap_err());
    assert_eq!((error.kind(), error.path()), (ErrorKind::Metadata, Some("seats")));
    assert_eq!(error.to_string(), "the metadata does not fit at seats: a string where u8 is expected");
}
