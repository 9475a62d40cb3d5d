//! Where the two differ on purpose.

use serde_json::{Value, json};

use super::{case::Case, outcome::Outcome};

pub(super) struct Difference {
    pub(super) name: &'static str,
    /// Whether it explains all that is not the same in a case.
    pub(super) explains: fn(&Case, &Outcome, &Outcome) -> bool,
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference { name: "a fourth handshake in a row is one too many", explains: loop_guard },
    Difference { name: "a public key is enough to check sessions", explains: public_key_alone },
    Difference { name: "keys that cannot be had are told as such, whatever came instead", explains: keys_unavailable },
    Difference { name: "a token whose parts are no objects is no token", explains: hollow_token },
    Difference { name: "features that cannot be read are none", explains: malformed_features },
    Difference { name: "permissions that can be read in two ways are those of both", explains: ambiguous_permissions },
    Difference { name: "an audience of no known shape is none of those that are wanted", explains: odd_audience },
    Difference { name: "a revoked or expired token is refused although it was found", explains: revoked_or_expired },
];

fn loop_guard(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let counted = theirs.headers.iter().any(|(name, value)| {
        let count = value.strip_prefix("__clerk_redirect_count=").and_then(|rest| rest.split(';').next());
        name == "set-cookie" && count.and_then(|count| count.parse::<f64>().ok()).is_some_and(|count| count > 4.0)
    });
    let _ = case;
    counted && theirs.status == "handshake" && ours.status == "signed-out" && theirs.reason == ours.reason
}

fn public_key_alone(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let thrown = theirs.threw.as_ref().is_some_and(|message| message.starts_with("Missing Clerk Secret Key"));
    thrown && case.text("secretKey") == Some("") && case.text("jwtKey").is_some() && ours.threw.is_none()
}

fn keys_unavailable(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let no_json = |body: &str| serde_json::from_str::<Value>(body).is_err();
    let unavailable = case.answers.jwks.as_ref().is_none_or(|answer| answer.status == 0 || no_json(&answer.body));
    let told = |outcome: &Outcome, reason: &str| outcome.reason.as_deref() == Some(reason);
    unavailable
        && theirs.status == ours.status
        && told(theirs, "unexpected-error")
        && told(ours, "jwk-remote-failed-to-load")
}

fn hollow_token(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let hollow = case.tokens().iter().any(|(header, claims)| !header.is_object() || !claims.is_object());
    // What is read of such a token before it is refused differs; that nobody is signed in does not.
    hollow
        && matches!(theirs.reason.as_deref(), Some("unexpected-error" | "token-verification-failed"))
        && ours.reason.as_deref() == Some("token-invalid")
        && theirs.status == ours.status
}

fn malformed_features(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let malformed = |features: &str| features.split(',').any(|feature| !feature.contains(':'));
    let any = case.tokens().iter().any(|(_, claims)| claims["fea"].as_str().is_some_and(malformed));
    let permissions = ours.auth.as_ref().and_then(|auth| auth.get("orgPermissions"));
    any && theirs.in_short() == ours.in_short() && theirs.auth_threw.is_some() && permissions == Some(&json!([]))
}

fn ambiguous_permissions(_: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let permissions =
        |outcome: &Outcome| -> Option<Vec<Value>> { outcome.auth.as_ref()?.get("orgPermissions")?.as_array().cloned() };
    let (Some(granted), Some(ours_granted)) = (permissions(theirs), permissions(ours)) else { return false };
    theirs.in_short() == ours.in_short()
        && ours_granted.len() < granted.len()
        && ours_granted.iter().all(|permission| granted.contains(permission))
}

fn odd_audience(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let odd = |audience: &Value| match audience {
        Value::Null | Value::String(_) => false,
        Value::Array(all) => !all.iter().all(Value::is_string),
        _ => true,
    };
    let any = case.tokens().iter().any(|(_, claims)| odd(&claims["aud"]));
    any && case.option("audience").is_some() && ours.status != "signed-in" && theirs.reason != ours.reason && {
        let reason = ours.reason.as_deref().unwrap_or_default();
        // Also where it is the token that a refresh brings.
        reason == "token-verification-failed" || reason.ends_with("-invalid-session-token")
    }
}

fn revoked_or_expired(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let answers = [&case.answers.m2m, &case.answers.oauth, &case.answers.api_key];
    let over = answers
        .into_iter()
        .flatten()
        .any(|answer| answer.body.contains("\"revoked\":true") || answer.body.contains("\"expired\":true"));
    over && theirs.status == "signed-in" && ours.status == "signed-out" && theirs.token_type == ours.token_type
}
