//! A case as somebody reads it who has to find out what went wrong.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    case::{Answer, Case},
    outcome::Outcome,
};

/// Of Clerk's answers those that either side asked for.
pub(super) fn case(case: &Case, outcomes: [&Outcome; 2]) -> String {
    let mut text = format!("  {} {}\n", case.request.method, tokens(&case.request.url));
    for (name, value) in &case.request.headers {
        text += &format!("  {name}: {}\n", tokens(value));
    }
    for (name, value) in &case.options {
        text += &format!("  [{name}] {value}\n");
    }
    let answers = &case.answers;
    let named = [
        ("jwks", &answers.jwks),
        ("refresh", &answers.refresh),
        ("handshake", &answers.handshake),
        ("m2m", &answers.m2m),
        ("oauth", &answers.oauth),
        ("api_key", &answers.api_key),
    ];
    for (name, answer) in named {
        let asked = outcomes.iter().any(|outcome| outcome.calls.iter().any(|call| call.name == name));
        if let (true, Some(Answer { status, body })) = (asked, answer) {
            text += &format!("  ({name}) {status} {}\n", tokens(body).chars().take(1500).collect::<String>());
        }
    }
    text
}

pub(super) fn outcome(outcome: &Outcome) -> String {
    let mut text = outcome.in_short();
    if let Some(message) = &outcome.threw {
        text += &format!(": {message}");
    }
    for (name, value) in &outcome.headers {
        if !name.starts_with("x-clerk-auth") {
            text += &format!("\n    {name}: {}", tokens(value));
        }
    }
    if let Some(auth) = &outcome.auth {
        text += &format!("\n    {}", tokens(&serde_json::to_string(auth).unwrap()));
    }
    if let Some(message) = &outcome.auth_threw {
        text += &format!("\n    auth: {message}");
    }
    for call in outcome.calls.iter().filter(|call| call.name != "jwks") {
        text += &format!("\n    {} {} [{}] {}", call.method, call.path, call.authorization, tokens(&call.body));
    }
    text
}

/// Tokens taken apart, without their signatures.
fn tokens(text: &str) -> String {
    let mut legible = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        let (before, token) = rest.split_at(at);
        legible += before;
        let end = token
            .find(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)))
            .unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        let mut parts = token.splitn(3, '.');
        let mut read = || {
            let part = parts.next()?;
            String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        match (read(), read()) {
            (Some(header), Some(payload)) => legible += &format!("‹{header}.{payload}›"),
            _ => legible += token,
        }
        rest = after;
    }
    legible + rest
}
