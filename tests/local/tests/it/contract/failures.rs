//! What an error answer must look like: Clerk's envelope, and codes that Clerk has.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

const JSON: &str = "application/json";

/// The known error codes with the statuses that they come with; none listed means any.
pub(super) struct Codes(HashMap<String, Vec<u16>>);

impl Codes {
    /// Reads `spec/error-codes.toml`, which has one code per line.
    pub(super) fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/error-codes.toml");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#') && *line != "[codes]");
        Self(lines.map(|line| code(line).unwrap_or_else(|| panic!("error-codes.toml: {line} is not read"))).collect())
    }
}

/// One line, such as `name = { status = [400, 403], api = ["fapi"] }`.
fn code(line: &str) -> Option<(String, Vec<u16>)> {
    let (name, rest) = line.split_once('=')?;
    let rest = rest.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let statuses = match rest.strip_prefix("status") {
        None if rest.contains("status") => return None,
        None => Vec::new(),
        Some(value) => {
            let value = value.trim_start().strip_prefix('=')?.trim_start();
            let list = match value.strip_prefix('[') {
                Some(list) => list.split_once(']')?.0,
                None => value.split(',').next()?,
            };
            list.split(',').map(|status| status.trim().parse().ok()).collect::<Option<_>>()?
        }
    };
    Some((name.trim().trim_matches('"').to_owned(), statuses))
}

/// What is wrong with an error answer.
pub(super) fn check(
    codes: &Codes,
    operation_id: &str,
    path: &str,
    status: u16,
    media: Option<&str>,
    body: &[u8],
) -> Vec<String> {
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
        match codes.0.get(code) {
            None => wrong.push(format!("/errors/{place}/code: {code:?} is no known error code")),
            Some(_) if status == 501 => {}
            Some(statuses) if !statuses.is_empty() && !statuses.contains(&status) => {
                wrong.push(format!("/errors/{place}/code: {code:?} comes with status {statuses:?}, not {status}"));
            }
            Some(_) => {}
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
