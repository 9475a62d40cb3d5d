//! What comes of a case, in words that both sides share.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Outcome {
    /// The message, where there is no state.
    pub(super) threw: Option<String>,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) auth: Option<BTreeMap<String, Value>>,
    /// The message, where a signed-in state does not tell who it is.
    pub(super) auth_threw: Option<String>,
    pub(super) calls: Vec<Call>,
}

/// A call to Clerk.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) authorization: String,
    pub(super) body: String,
}

impl Outcome {
    pub(super) fn in_short(&self) -> String {
        if self.threw.is_some() {
            return "threw".to_owned();
        }
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        format!("{:<10} {:<13} {}", self.status, or_none(&self.token_type), or_none(&self.reason))
    }
}

/// In what the two differ: the names of what is not the same.
pub(super) fn differing(theirs: &Outcome, ours: &Outcome) -> Vec<String> {
    if theirs.threw.is_some() || ours.threw.is_some() {
        return if theirs.threw.is_some() == ours.threw.is_some() { Vec::new() } else { vec!["threw".to_owned()] };
    }
    let mut all: Vec<String> = Vec::new();
    let mut same = |name: &str, same: bool| {
        if !same {
            all.push(name.to_owned());
        }
    };
    same("status", theirs.status == ours.status);
    same("reason", theirs.reason == ours.reason);
    same("token type", theirs.token_type == ours.token_type);
    let told = |outcome: &Outcome| -> BTreeMap<String, Vec<String>> {
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &outcome.headers {
            told.entry(name.clone()).or_default().push(value.clone());
        }
        told
    };
    let (their_headers, our_headers) = (told(theirs), told(ours));
    for name in their_headers.keys().chain(our_headers.keys().filter(|name| !their_headers.contains_key(*name))) {
        // The status and the reason stand there again.
        if !name.starts_with("x-clerk-auth-") || theirs.in_short() == ours.in_short() {
            same(&format!("header {name}"), their_headers.get(name) == our_headers.get(name));
        }
    }
    same("whether it is told who it is", theirs.auth.is_some() == ours.auth.is_some());
    if let (Some(their_auth), Some(our_auth)) = (&theirs.auth, &ours.auth) {
        for (name, value) in our_auth {
            same(&format!("auth {name}"), their_auth.get(name).unwrap_or(&Value::Null) == value);
        }
    }
    let (their_calls, our_calls) = (asked(theirs), asked(ours));
    same("calls", their_calls.len() == our_calls.len());
    for (theirs, ours) in their_calls.iter().zip(&our_calls) {
        same("method of a call", theirs.method == ours.method);
        same("path of a call", theirs.path == ours.path);
        same("authorization of a call", theirs.authorization == ours.authorization);
        same("body of a call", body(theirs) == body(ours));
    }
    all.dedup();
    all
}

/// How often a question is asked again is each side's own matter, and so is when key sets are fetched.
///
/// A refresh changes what it is about: that it is asked once is for both.
fn asked(outcome: &Outcome) -> Vec<&Call> {
    let mut asked: Vec<&Call> = outcome.calls.iter().filter(|call| call.name != "jwks").collect();
    asked.dedup_by(|again, before| again.name != "refresh" && again.name == before.name && again.body == before.body);
    asked
}

/// What a call says, whatever host the request came with and however its cookies were split.
fn body(call: &Call) -> Value {
    let mut body = serde_json::from_str(&call.body).unwrap_or(Value::Null);
    if let Some(headers) = body.get_mut("request_headers").and_then(Value::as_object_mut) {
        headers.remove("host");
        if let Some(Value::Array(cookies)) = headers.get_mut("cookie") {
            let joined: Vec<&str> = cookies
                .iter()
                .filter_map(Value::as_str)
                .flat_map(|cookies| cookies.split(';'))
                .map(str::trim)
                .collect();
            *cookies = vec![Value::String(joined.join("; "))];
        }
    }
    body
}
