//! That the contract really refuses: a check that lets everything through would make every other test green.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Contract, strict};

const JSON: Option<&str> = Some("application/json; charset=utf-8");

static BAPI: LazyLock<Contract> = LazyLock::new(|| Contract::read("bapi"));
static FAPI: LazyLock<Contract> = LazyLock::new(|| Contract::read("fapi"));

fn email_address() -> Value {
    json!({
        "object": "email_address", "id": "idn_1", "email_address": "ann@example.com", "reserved": false,
        "verification": {
            "object": "verification_otp", "status": "unverified", "strategy": "email_code", "attempts": null,
            "expire_at": 1,
        },
        "linked_to": [{ "type": "oauth_google", "id": "idn_2" }], "created_at": 1, "updated_at": 1,
    })
}

fn invitation() -> Value {
    json!({
        "object": "invitation", "id": "inv_1", "email_address": "no address", "public_metadata": { "any": ["thing"] },
        "status": "pending", "expires_at": null, "created_at": 1, "updated_at": 1,
    })
}

/// What is wrong with a changed e-mail address.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut value = email_address();
    change(&mut value);
    refused(&BAPI, "GetEmailAddress", 200, &value)
}

fn refused(contract: &Contract, operation: &str, status: u16, value: &Value) -> String {
    let wrong = contract.check(operation, status, JSON, value.to_string().as_bytes());
    let wrong = wrong.expect_err("it is refused");
    assert!(wrong.len() <= 10, "{wrong:?}");
    wrong.join("\n")
}

fn accepted(contract: &Contract, operation: &str, status: u16, value: &Value) {
    let checked = contract.check(operation, status, JSON, value.to_string().as_bytes());
    assert_eq!(checked, Ok(()), "{operation} {status} {value}");
}

fn failure(code: &str) -> Value {
    json!({
        "errors": [{ "code": code, "message": "m", "long_message": "l", "meta": { "param_name": "p" } }],
        "meta": {}, "clerk_trace_id": "t",
    })
}

#[test]
fn a_proper_answer_is_accepted() {
    accepted(&BAPI, "GetEmailAddress", 200, &email_address());
    accepted(&BAPI, "ListInvitations", 200, &json!([invitation(), invitation()]));
    accepted(&FAPI, "getClient", 200, &json!({ "response": null, "client": null }));
    assert_eq!(BAPI.check("UpdateInstance", 204, None, b""), Ok(()));
    assert_eq!(BAPI.check("GetPublicInterstitial", 200, Some("text/html"), b"<html>"), Ok(()));
    assert_eq!(FAPI.check("redirectToUrl", 307, Some("text/html"), b"<a>"), Ok(()));
}

#[test]
fn null_passes_where_it_may_stand_and_nowhere_else() {
    let mut value = email_address();
    value["verification"] = Value::Null;
    accepted(&BAPI, "GetEmailAddress", 200, &value);
    assert!(changed(|value| value["linked_to"] = Value::Null).starts_with("/linked_to: "));
    assert!(changed(|value| value["verification"]["strategy"] = Value::Null).starts_with("/verification/strategy: "));
}

#[test]
fn a_nullable_enum_takes_null_and_its_values_alone() {
    let schema = json!({ "type": "string", "enum": ["a"], "nullable": true });
    let validator = super::compile(strict::strict(&schema, &serde_json::Map::new()));
    assert!(validator.is_valid(&json!("a")) && validator.is_valid(&Value::Null));
    assert!(!validator.is_valid(&json!("b")) && !validator.is_valid(&json!(1)));
}

#[test]
fn an_unknown_key_is_refused_at_any_depth() {
    assert!(changed(|value| value["new"] = json!(1)).contains("'new' was unexpected"));
    let deep = changed(|value| value["verification"]["new"] = json!(1));
    assert!(deep.starts_with("/verification: ") && deep.contains("'new' was unexpected"), "{deep}");
    let in_list = changed(|value| value["linked_to"][0]["new"] = json!(1));
    assert!(in_list.starts_with("/linked_to/0: ") && in_list.contains("'new' was unexpected"), "{in_list}");
}

#[test]
fn an_object_that_the_document_leaves_silent_about_other_keys_is_closed_too() {
    let open = json!({ "type": "object", "properties": { "a": {} } });
    let validator = super::compile(strict::strict(&open, &serde_json::Map::new()));
    assert!(validator.is_valid(&json!({ "a": 1 })) && !validator.is_valid(&json!({ "b": 1 })));
    let map = json!({ "type": "object", "properties": { "a": {} }, "additionalProperties": { "type": "string" } });
    let validator = super::compile(strict::strict(&map, &serde_json::Map::new()));
    assert!(validator.is_valid(&json!({ "b": "c" })) && !validator.is_valid(&json!({ "b": 1 })));
}

#[test]
fn an_unknown_enum_value_is_refused() {
    let deep = changed(|value| value["verification"]["status"] = json!("maybe"));
    assert!(deep.starts_with("/verification/status: \"maybe\" is not one of"), "{deep}");
    let mut value = json!([invitation()]);
    value[0]["status"] = json!("lost");
    assert!(refused(&BAPI, "ListInvitations", 200, &value).starts_with("/0/status: "));
}

#[test]
fn a_kind_that_the_discriminator_does_not_know_is_refused() {
    let unknown = changed(|value| value["verification"]["object"] = json!("verification_dream"));
    assert!(unknown.starts_with("/verification/object: "), "{unknown}");
    let missing = changed(|value| drop(value["verification"].as_object_mut().unwrap().remove("object")));
    assert!(missing.contains("/verification: \"object\" is a required property"), "{missing}");
    // Fine for a one-time code, but the strategy of an admin is another.
    let other = changed(|value| value["verification"]["object"] = json!("verification_admin"));
    assert!(other.starts_with("/verification/strategy: "), "{other}");
}

#[test]
fn the_alternative_that_was_meant_tells_what_is_wrong() {
    let missing = refused(&FAPI, "getProxyHealth", 200, &json!({ "status": "unhealthy" }));
    assert_eq!(missing, ": \"message\" is a required property");
}

#[test]
fn a_missing_required_key_is_refused() {
    let missing = changed(|value| drop(value.as_object_mut().unwrap().remove("created_at")));
    assert_eq!(missing, ": \"created_at\" is a required property");
    let deep = changed(|value| drop(value["linked_to"][0].as_object_mut().unwrap().remove("id")));
    assert_eq!(deep, "/linked_to/0: \"id\" is a required property");
}

#[test]
fn a_wrong_type_is_refused() {
    assert!(changed(|value| value["created_at"] = json!("1")).starts_with("/created_at: "));
    assert!(changed(|value| value["linked_to"] = json!({})).starts_with("/linked_to: "));
    assert!(changed(|value| *value = json!([])).starts_with(": "));
    assert!(changed(|value| value["linked_to"][0]["type"] = json!("password")).starts_with("/linked_to/0/type: "));
}

#[test]
fn no_more_than_ten_errors_are_told() {
    let many: Vec<_> = (0..50).map(Value::from).collect();
    assert_eq!(refused(&BAPI, "ListInvitations", 200, &json!(many)).lines().count(), 10);
}

#[test]
fn a_success_that_is_not_documented_is_refused() {
    for status in [201, 204, 302, 304] {
        assert!(refused(&BAPI, "GetEmailAddress", status, &email_address()).contains("is not documented"), "{status}");
    }
    assert!(refused(&BAPI, "NoSuchOperation", 200, &json!({})).contains("no operation"));
}

#[test]
fn a_body_where_none_is_documented_and_none_where_one_is_are_refused() {
    assert!(refused(&BAPI, "UpdateInstance", 204, &json!({})).contains("has a body"));
    assert!(BAPI.check("GetEmailAddress", 200, JSON, b"").is_err());
    assert!(BAPI.check("GetEmailAddress", 200, JSON, b"{").is_err());
}

#[test]
fn another_content_type_is_refused() {
    let body = email_address().to_string();
    for media in [None, Some("text/html"), Some("application/jsonp")] {
        assert!(BAPI.check("GetEmailAddress", 200, media, body.as_bytes()).is_err(), "{media:?}");
    }
    let body = failure("resource_not_found").to_string();
    assert!(BAPI.check("GetEmailAddress", 404, Some("text/plain"), body.as_bytes()).is_err());
}

#[test]
fn the_error_envelope_has_nothing_else() {
    let good = failure("resource_not_found");
    accepted(&BAPI, "GetEmailAddress", 404, &good);
    let least = json!({ "errors": [{ "code": "resource_not_found", "message": "m" }] });
    accepted(&BAPI, "GetEmailAddress", 404, &least);
    for (pointer, key, value) in [
        ("", "error", json!("x")),
        ("", "errors", json!([])),
        ("", "errors", json!({})),
        ("", "meta", Value::Null),
        ("", "clerk_trace_id", json!(1)),
        ("/errors/0", "status", json!(404)),
        ("/errors/0", "message", Value::Null),
        ("/errors/0", "long_message", Value::Null),
        ("/errors/0", "meta", json!([])),
    ] {
        let mut bad = good.clone();
        bad.pointer_mut(pointer).unwrap()[key] = value;
        let wrong = refused(&BAPI, "GetEmailAddress", 404, &bad);
        assert!(wrong.starts_with(pointer), "{wrong}");
    }
    let mut bad = good.clone();
    bad["errors"][0].as_object_mut().unwrap().remove("message");
    assert_eq!(refused(&BAPI, "GetEmailAddress", 404, &bad), "/errors/0: \"message\" is a required property");
}

#[test]
fn an_error_code_that_is_in_no_table_is_refused() {
    let wrong = refused(&BAPI, "GetEmailAddress", 404, &failure("resource_not_fuond"));
    assert_eq!(wrong, "/errors/0/code: \"resource_not_fuond\" is no known error code");
}

#[test]
fn an_error_code_with_a_status_that_it_never_has_is_refused() {
    let wrong = refused(&BAPI, "GetEmailAddress", 400, &failure("resource_not_found"));
    assert_eq!(wrong, "/errors/0/code: \"resource_not_found\" comes with status [404], not 400");
    // One with several statuses, and one with none listed.
    accepted(&BAPI, "GetEmailAddress", 422, &failure("form_param_missing"));
    accepted(&BAPI, "GetEmailAddress", 403, &failure("form_param_missing"));
    assert!(refused(&BAPI, "GetEmailAddress", 404, &failure("form_param_missing")).contains("[400, 403, 422]"));
    accepted(&FAPI, "getClient", 418, &failure("device_blocked"));
}

#[test]
fn what_is_not_implemented_says_which_operation() {
    let mut value = failure("feature_not_implemented");
    assert!(refused(&BAPI, "GetEmailAddress", 501, &value).contains("/errors/0/meta/operation_id"));
    value["errors"][0]["meta"]["operation_id"] = json!("GetUser");
    assert!(refused(&BAPI, "GetEmailAddress", 501, &value).contains("/errors/0/meta/operation_id"));
    value["errors"][0]["meta"]["operation_id"] = json!("GetEmailAddress");
    accepted(&BAPI, "GetEmailAddress", 501, &value);
    value["errors"][0]["code"] = json!("resource_not_found");
    assert!(refused(&BAPI, "GetEmailAddress", 501, &value).contains("/errors/0/code"));
}

#[test]
fn only_oauth_endpoints_answer_errors_in_the_form_of_oauth() {
    let value = json!({ "error": "invalid_grant", "error_description": "d" });
    accepted(&FAPI, "getOAuthToken", 400, &value);
    accepted(&FAPI, "getOAuthToken", 400, &json!({ "error": "invalid_grant" }));
    accepted(&FAPI, "getOAuthToken", 404, &failure("resource_not_found"));
    refused(&FAPI, "getOAuthToken", 501, &value);
    refused(&FAPI, "getClient", 400, &value);
    refused(&BAPI, "ListOAuthApplications", 400, &value);
    refused(&FAPI, "getOAuthToken", 400, &json!({ "error": "invalid_grant", "errors": [] }));
}

#[test]
fn every_documented_shape_has_a_validator_and_refuses_something() {
    for contract in [&*BAPI, &*FAPI] {
        assert!(contract.operations().count() > 200);
        for shape in &contract.shapes {
            let validator = contract.validator(shape);
            assert!(!validator.is_valid(&json!("a string is no answer")), "{}", shape.schema);
        }
    }
}

#[test]
fn a_check_takes_no_time_worth_telling_after_the_first() {
    let body = email_address().to_string();
    let once = || BAPI.check("GetEmailAddress", 200, JSON, body.as_bytes());
    assert_eq!(once(), Ok(()));
    let start = Instant::now();
    (0..100).for_each(|_| assert_eq!(once(), Ok(())));
    let each = start.elapsed() / 100;
    println!("{each:?} per check");
    // Ten times what it should be, for machines that are busy.
    assert!(each < Duration::from_millis(10), "{each:?}");
}
