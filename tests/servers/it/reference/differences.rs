//! Where the two differ on purpose.

use serde_json::{Value, json};

use super::{
    case::Case,
    outcome::Outcome,
    tokens::{IGNORE, SESSION},
};

pub(super) struct Difference {
    pub(super) name: &'static str,
    /// Whether it explains all that is not the same in a case.
    pub(super) explains: fn(&Case, &Outcome, &Outcome) -> bool,
}

pub(super) const DIFFERENCES: &[Difference] = &[
    Difference { name: "a fourth handshake in a row is one too many", explains: loop_guard },
    Difference { name: "a public key is enough to check tokens", explains: public_key_alone },
    Difference { name: "keys that cannot be had are told as such, whatever came instead", explains: keys_unavailable },
    Difference { name: "a token whose parts are no objects is no token", explains: hollow_token },
    Difference { name: "features that cannot be read are none", explains: malformed_features },
    Difference { name: "permissions that can be read in two ways are those of both", explains: ambiguous_permissions },
    Difference { name: "an audience of no known shape is none of those that are wanted", explains: odd_audience },
    Difference { name: "a revoked or expired token is refused although it was found", explains: revoked_or_expired },
    Difference { name: "a forwarded origin is one of the web, and nothing but an origin", explains: forwarded_origin },
    Difference { name: "a path that begins with two slashes is a path", explains: path_like_a_host },
    Difference { name: "an address to go back to that is none is passed over", explains: no_address_to_go_back_to },
    Difference { name: "what comes for a session is a session's token", explains: other_kind_for_a_session },
    Difference { name: "a satellite says where it is, whatever it accepts", explains: unplaced_satellite },
    Difference {
        name: "neither padding nor a lack of signature hides what kind a token is",
        explains: misshapen_token,
    },
    Difference { name: "a time that is no number is no time, and not converted to one", explains: odd_times },
];

/// An outcome with other addresses of the application in it.
fn but_for_addresses(outcome: &Outcome) -> (String, Vec<&(String, String)>) {
    (outcome.in_short(), outcome.headers.iter().filter(|(name, _)| name != "location").collect())
}

fn loop_guard(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let counted = theirs.headers.iter().any(|(name, value)| {
        let count = value.strip_prefix("__clerk_redirect_count=").and_then(|rest| rest.split(';').next());
        name == "set-cookie" && count.and_then(|count| count.parse::<f64>().ok()).is_some_and(|count| count > 4.0)
    });
    let _ = case;
    counted && theirs.status == "handshake" && ours.status == "signed-out" && theirs.reason == ours.reason
}

fn public_key_alone(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let missing = ["Missing Clerk Secret Key", "Machine token authentication requires"];
    let thrown = theirs.threw.as_ref().is_some_and(|message| missing.iter().any(|text| message.starts_with(text)));
    thrown && case.text("secretKey") == Some("") && case.text("jwtKey").is_some() && ours.threw.is_none()
}

fn keys_unavailable(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let unavailable =
        case.answers.jwks.as_ref().is_none_or(|answer| answer.status == 0 || answer.content_type() == "text/html");
    let told = |outcome: &Outcome, reason: &str| outcome.reason.as_deref() == Some(reason);
    let as_reason =
        theirs.status == ours.status && told(theirs, "unexpected-error") && told(ours, "jwk-remote-failed-to-load");
    // In development a handshake that fails is told, and this one fails too.
    let as_error = ours.threw.as_ref().is_some_and(|message| message.contains("jwk-remote-failed-to-load"));
    unavailable && (as_reason || as_error)
}

fn hollow_token(case: &Case, _: &Outcome, _: &Outcome) -> bool {
    // How far such a token is read before it is refused differs, and with it which cookies are believed to be current; the
    // reference does not even survive some. Nobody can be signed in by one: it does not say whom.
    case.tokens().iter().any(|(header, claims)| !header.is_object() || !claims.is_object())
}

fn malformed_features(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let malformed = |features: &str| features.split(',').any(|feature| !feature.contains(':'));
    let any = case.tokens().iter().any(|(_, claims)| claims["fea"].as_str().is_some_and(malformed));
    let permissions = ours.auth.as_ref().and_then(|auth| auth.get("orgPermissions"));
    let as_nobody = theirs.auth_threw.is_some()
        && theirs.in_short() == ours.in_short()
        && permissions.is_some_and(|permissions| permissions == &json!([]));
    // Which organization is active is asked for before, too.
    let as_error = theirs.reason.as_deref() == Some("unexpected-error");
    any && (as_nobody || as_error)
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
        Value::Array(all) => all.iter().any(|one| one.as_str().is_none_or(str::is_empty)),
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
    over && ours.status == "signed-out" && theirs.token_type == ours.token_type && theirs.threw.is_none()
}

fn forwarded_origin(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let first = |name: &str| case.request.header(name).map(|value| value.split(',').next().unwrap().trim());
    let is_web = |proto: &str| proto.is_empty() || ["http", "https"].contains(&proto.to_ascii_lowercase().as_str());
    let is_origin =
        |host: &str| host.chars().all(|character| character.is_ascii_graphic() && !"/\\@?#".contains(character));
    let odd = first("x-forwarded-proto").is_some_and(|proto| !is_web(proto))
        || first("x-forwarded-host").is_some_and(|host| !is_origin(host));
    odd && but_for_addresses(theirs) == but_for_addresses(ours)
}

fn path_like_a_host(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let two_slashes = case.request.url.splitn(4, '/').nth(3).is_some_and(|path| path.starts_with('/'));
    two_slashes && but_for_addresses(theirs) == but_for_addresses(ours)
}

fn no_address_to_go_back_to(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let thrown = theirs.threw.as_deref() == Some("Invalid URL");
    thrown && case.request.url.contains("__clerk_redirect_url=") && ours.threw.is_none()
}

fn other_kind_for_a_session(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let asked = |name: &str| theirs.calls.iter().any(|call| call.name == name);
    let brought = asked("refresh") || asked("handshake") || case.request.url.contains("__clerk_handshake=") || {
        case.request.header("cookie").is_some_and(|cookies| cookies.contains("__clerk_handshake="))
    };
    let other = case.tokens().iter().any(|(header, claims)| {
        let marked = header.get("cat").is_some_and(|kind| kind != SESSION && kind != IGNORE);
        let of_machine = claims["sub"].as_str().is_some_and(|subject| subject.starts_with("mch_"));
        marked || of_machine || header["typ"].as_str().is_some_and(|kind| kind.ends_with("at+jwt"))
    });
    brought && other && theirs.status == "signed-in" && ours.auth != theirs.auth
}

fn misshapen_token(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let misshapen = |token: &str| token.contains('=') || token.split('.').any(str::is_empty);
    let any = case.request.header("authorization").is_some_and(misshapen)
        || case.request.header("cookie").is_some_and(|cookies| {
            cookies.split(';').filter_map(|cookie| cookie.split_once('=')).any(|(_, value)| misshapen(value))
        });
    any && ours.reason.as_deref() == Some("token-type-mismatch") && theirs.threw.is_none()
}

fn odd_times(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let odd = |claims: &Value| claims.get("iat").is_some_and(|time| !time.is_number());
    let any = case.tokens().iter().any(|(_, claims)| odd(claims));
    any && theirs.status != "signed-in" && theirs.in_short() != ours.in_short()
}

fn unplaced_satellite(case: &Case, theirs: &Outcome, ours: &Outcome) -> bool {
    let placed = case.option("domain").is_some() || case.option("proxyUrl").is_some();
    let for_machines = case.text("acceptsToken") == Some("m2m_token");
    for_machines && (!placed || case.option("signInUrl").is_none()) && theirs.threw.is_none() && ours.threw.is_some()
}
