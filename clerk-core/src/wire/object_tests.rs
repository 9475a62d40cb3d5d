use serde_json::{Value, json};

use super::*;

#[derive(Clone, Debug, Default, PartialEq)]
struct User {
    id: String,
    first_name: Option<String>,
    nickname: Option<String>,
    emails: Vec<Email>,
    banned: bool,
    tags: Vec<String>,
    labels: BTreeMap<String, i64>,
    note: Update<String>,
    r#type: Option<String>,
}

crate::object! { User {
    0 always id "id",
    1 nullable first_name "first_name",
    2 optional nickname "nickname",
    3 filled emails "email_addresses",
    4 filled banned "banned",
    5 sparse tags "tags",
    6 sparse labels "labels",
    7 update note "note",
    8 optional r#type "type",
} }

#[derive(Clone, Debug, PartialEq)]
struct Email {
    id: String,
}

crate::object! { Email { 0 always id "id" } }

#[derive(Debug)]
struct Anything {
    value: Value,
}

crate::object! { Anything { 0 always value "value" } }

#[derive(Debug)]
struct Around<T> {
    inner: T,
    more: Vec<T>,
}

crate::object! { Around<T> { 0 always inner "inner", 1 sparse more "more" } }

#[allow(unused_mut, unused_variables, reason = "there is no field to read or write")]
mod nothing {
    #[derive(Debug)]
    pub(super) struct Nothing {}

    crate::object! { Nothing {} }
}

fn read(json: &str) -> Result<User, serde_json::Error> {
    serde_json::from_str(json)
}

#[test]
fn every_field_comes_back() {
    let json = json!({
        "id": "user_1", "first_name": "Ann", "nickname": "A", "email_addresses": [{"id": "e_1"}, {"id": "e_2"}],
        "banned": true, "tags": ["a"], "labels": {"x": 1}, "note": "hi", "type": "t",
    });
    let user = read(&json.to_string()).unwrap();
    assert_eq!(user.emails.len(), 2);
    assert_eq!(user.note, Update::Set("hi".into()));
    assert_eq!(serde_json::to_value(&user).unwrap(), json);
}

#[test]
fn what_is_absent_or_null_has_its_default_and_is_written_by_its_kind() {
    let written = json!({"id": "u", "first_name": null, "email_addresses": [], "banned": false});
    let absent = read(r#"{"id":"u"}"#).unwrap();
    assert_eq!(serde_json::to_value(&absent).unwrap(), written);
    let mut null = read(
        r#"{"id":"u","first_name":null,"nickname":null,"email_addresses":null,"banned":null,"tags":null,"labels":null,"note":null,"type":null}"#,
    )
    .unwrap();
    assert_eq!(null.note, Update::Clear);
    null.note = Update::Leave;
    assert_eq!(null, absent);
    null.note = Update::Clear;
    assert_eq!(serde_json::to_value(&null).unwrap()["note"], Value::Null);
    assert!(serde_json::to_string(&null).unwrap().contains(r#""note":null"#));
}

#[test]
fn fields_are_written_in_the_order_of_the_list() {
    let user = User { id: "u".into(), nickname: Some("n".into()), ..User::default() };
    let json = r#"{"id":"u","first_name":null,"nickname":"n","email_addresses":[],"banned":false}"#;
    assert_eq!(serde_json::to_string(&user).unwrap(), json);
}

#[test]
fn unknown_keys_are_dropped_wherever_they_stand_and_whatever_they_hold() {
    let user = read(r#"{"x":{"id":"no"},"id":"u","y":[1,{"id":2}],"banned":true,"z":null}"#).unwrap();
    assert_eq!(user, User { id: "u".into(), banned: true, ..User::default() });
}

#[test]
fn keys_come_in_any_order_and_of_equal_ones_the_last_wins() {
    let user = read(r#"{"banned":true,"nickname":"a","id":"u","nickname":"b","tags":["x"],"tags":null}"#).unwrap();
    assert_eq!(user, User { id: "u".into(), banned: true, nickname: Some("b".into()), ..User::default() });
}

#[test]
fn a_field_that_must_be_there_is_missed_by_name() {
    let error = read(r#"{"first_name":"Ann"}"#).unwrap_err().to_string();
    assert!(error.starts_with("missing field `id`"), "{error}");
    assert!(read(r#"{"id":null}"#).is_err());
    assert!(read("[]").unwrap_err().to_string().contains("expected an object"));
}

#[test]
fn a_value_that_does_not_fit_is_an_error_wherever_it_stands() {
    for json in [
        r#"{"id":1}"#,
        r#"{"id":"u","banned":"yes"}"#,
        r#"{"id":"u","email_addresses":[{"id":"a"},{}]}"#,
        r#"{"id":"u","note":1}"#,
        r#"{"banned":3,"id":"u"}"#,
        r#"{"id":"u""#,
        r#"{"id":"u","x":}"#,
    ] {
        assert!(read(json).is_err(), "{json}");
    }
}

#[test]
fn null_is_a_value_of_a_field_that_takes_any_json() {
    let read: Anything = serde_json::from_str(r#"{"value":null}"#).unwrap();
    assert_eq!(read.value, Value::Null);
    assert!(serde_json::from_str::<Anything>("{}").is_err());
}

#[test]
fn a_generic_object_holds_any_type_that_travels() {
    let json = r#"{"inner":{"id":"a"},"more":[{"id":"b"}]}"#;
    let around: Around<Email> = serde_json::from_str(json).unwrap();
    assert_eq!((around.inner.id.as_str(), around.more.len()), ("a", 1));
    assert_eq!(serde_json::to_string(&around).unwrap(), json);
}

#[test]
fn an_object_without_fields_takes_any_object() {
    let nothing: nothing::Nothing = serde_json::from_str(r#"{"a":1}"#).unwrap();
    assert_eq!(serde_json::to_string(&nothing).unwrap(), "{}");
}

#[test]
fn objects_are_read_from_and_written_to_values_too() {
    let json = json!({"id": "u", "first_name": null, "email_addresses": [{"id": "e"}], "banned": true});
    let user: User = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&user).unwrap(), json);
    let borrowed = <User as serde::Deserialize>::deserialize(&json).unwrap();
    assert_eq!(borrowed, user);
}

#[test]
fn a_path_keeping_deserializer_sees_the_fields() {
    let json = r#"{"id":"u","email_addresses":[{"id":"a"},{"id":7}]}"#;
    let deserializer = &mut serde_json::Deserializer::from_str(json);
    let error = serde_path_to_error::deserialize::<_, User>(deserializer).unwrap_err();
    assert_eq!(error.path().to_string(), "email_addresses[1].id");
}
