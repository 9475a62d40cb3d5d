//! What an error answer must look like: Clerk's envelope, and codes that Clerk has.

use std::sync::OnceLock;

use clerk_core::ErrorCode;
use jsonschema::Validator;
use serde_json::{Value, json};

const JSON: &str = "application/json";

/// What is wrong with an error answer.
pub(super) fn check(operation_id: &str, path: &str, status: u16, media: Option<&str>, body: &[u8]) -> Vec<String> {
    if media != Some(JSON) {
        return vec![format!(": the content type of an error is {media:?}, not {JSON}")];
    }
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return vec![format!(": the body is no JSON: {error}")],
    };
    if status != 501 && path.starts_with("/oauth/") && value.get("error").is_some() {
        return super::said(oauth(), &value);
    }
    let mut wrong = super::said(envelope(), &value);
    let errors = value.get("errors").and_then(Value::as_array).into_iter().flatten();
    for (place, error) in errors.enumerate() {
        let Some(code) = error.get("code").and_then(Value::as_str) else { continue };
        let code = ErrorCode::from(code.to_owned());
        let statuses = code.statuses();
        if !code.is_known() {
            wrong.push(format!("/errors/{place}/code: {:?} is no known error code", code.as_str()));
        } else if status != 501 && !statuses.is_empty() && !statuses.contains(&status) {
            let code = code.as_str();
            wrong.push(format!("/errors/{place}/code: {code:?} comes with status {statuses:?}, not {status}"));
        }
    }
    if status == 501 {
        if value.pointer("/errors/0/code") != Some(&json!("feature_not_implemented")) {
            wrong.push("/errors/0/code: status 501 comes with feature_not_implemented".to_owned());
        }
        if value.pointer("/errors/0/meta/operation_id") != Some(&json!(operation_id)) {
            wrong.push(format!("/errors/0/meta/operation_id: is not {operation_id:?}"));
        }
    }
    wrong
}

fn envelope() -> &'static Validator {
    static ENVELOPE: OnceLock<Validator> = OnceLock::new();
    ENVELOPE.get_or_init(|| super::compile(envelope_schema()))
}

fn oauth() -> &'static Validator {
    static OAUTH: OnceLock<Validator> = OnceLock::new();
    OAUTH.get_or_init(|| {
        super::compile(json!({
            "type": "object",
            "required": ["error"],
            "additionalProperties": false,
            "properties": { "error": { "type": "string" }, "error_description": { "type": "string" } },
        }))
    })
}

/// The error envelope, which no document spells out in full.
fn envelope_schema() -> Value {
    let error = json!({
        "type": "object",
        "required": ["code", "message"],
        "additionalProperties": false,
        "properties": {
            "code": { "type": "string" },
            "message": { "type": "string" },
            "long_message": { "type": "string" },
            "meta": { "type": "object" },
        },
    });
    json!({
        "type": "object",
        "required": ["errors"],
        "additionalProperties": false,
        "properties": {
            "errors": { "type": "array", "minItems": 1, "items": error },
            "meta": { "type": "object" },
            "clerk_trace_id": { "type": "string" },
        },
    })
}
