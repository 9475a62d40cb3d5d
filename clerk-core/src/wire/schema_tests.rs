use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::{Json, Page, Secret, Timestamp, UserId};

struct User {
    id: UserId,
    status: Status,
    first_name: Option<String>,
    created_at: Option<Timestamp>,
    emails: Vec<String>,
    labels: BTreeMap<String, Json>,
    password: Update<Secret>,
    boss: Option<Box<User>>,
}

crate::object! { User {
    0 always id "id",
    1 always status "status",
    2 nullable first_name "first_name",
    3 optional created_at "created_at",
    4 filled emails "email_addresses",
    5 sparse labels "labels",
    6 update password "password",
    7 optional boss "boss",
} }

#[derive(Clone)]
enum Status {
    Active,
    Unknown(String),
}

crate::open_enum! { Status { Active "active" } }

struct Around<T> {
    inner: T,
}

crate::object! { Around<T> { 0 always inner "inner" } }

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

#[test]
fn what_must_be_there_is_required_and_all_else_may_be_null() {
    let schema = schema::<User>();
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], json!(["id", "status"]));
    assert_eq!(schema["additionalProperties"], Value::Null);
    let properties = &schema["properties"];
    assert_eq!(properties["first_name"]["type"], json!(["string", "null"]));
    assert_eq!(properties["email_addresses"]["type"], json!(["array", "null"]));
    assert_eq!(properties["labels"]["type"], json!(["object", "null"]));
    assert!(properties["password"].to_string().contains("null"));
    assert!(properties["boss"].to_string().contains("null"));
    assert_eq!(properties["id"], json!({"$ref": "#/$defs/UserId"}));
    assert_eq!(schema["$defs"]["Status"], json!({"type": "string"}));
}

#[test]
fn generic_types_have_names_of_their_own() {
    assert_eq!(Around::<UserId>::schema_name(), "Around_UserId");
    assert_ne!(Around::<UserId>::schema_id(), Around::<Status>::schema_id());
    let page = schema::<Page<UserId>>();
    assert_eq!(page["properties"]["data"]["items"], json!({"$ref": "#/$defs/UserId"}));
}
