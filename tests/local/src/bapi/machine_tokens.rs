//! Tokens with which one machine calls another.

use std::time::Duration;

use clerk_core::{Json, JsonMap, Timestamp};

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    failure::Failure,
    model::machine::MachineToken,
    rules::api_keys::lifetime,
    state::State,
    views::bapi::machine as views,
};

pub(crate) const HANDLERS: Handlers =
    &[("getM2MTokens", index), ("createM2MToken", create), ("verifyM2MToken", verify), ("revokeM2MToken", revoke)];

/// The category of tokens between machines.
const CATEGORY: &str = "cl_B7d4PD333AAA";

/// Claims that the token says itself.
const RESERVED: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scopes"];

/// A machine sees its own tokens only.
fn visible(call: &Call<'_>, machine: &str) -> bool {
    call.machine_id.as_deref().is_none_or(|caller| caller == machine)
}

fn index(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let subject = input.query("subject").ok_or_else(|| Failure::missing("subject"))?;
    let window = list::window(input)?;
    if window.limit > 100 {
        return Err(Failure::value("limit"));
    }
    if !call.state.tables.machines.contains(subject) || !visible(call, subject) {
        return Err(Failure::not_found("machine", subject));
    }
    let revoked = input.query_flag("revoked")?.unwrap_or(false);
    let expired = input.query_flag("expired")?.unwrap_or(false);
    let now = call.now;
    let tokens = call.state.tables.machine_tokens.find(&format!("machine:{subject}")).rev();
    let found: Vec<_> =
        tokens.filter(|token| (revoked || !token.revoked) && (expired || !token.is_expired(now))).collect();
    let mut page = clerk_bapi::types::M2mTokenPage::new();
    page.total_count = i64::try_from(found.len()).ok();
    page.m2m_tokens = window.of(found.into_iter()).into_iter().map(|token| views::machine_token(token, now)).collect();
    Ok(Answer::json(&page))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let now = call.now;
    let machine = call.machine_id.as_ref().and_then(|id| call.state.tables.machines.get(id)).ok_or_else(|| {
        Failure::new(401, "machine_secret_key_invalid", "no machine's key")
            .explained("tokens are made with the secret key of a machine, not with that of the instance")
    })?;
    let claims = input.body.get("claims").filter(|claims| !claims.is_null()).cloned();
    if let Some(name) = claims
        .as_ref()
        .and_then(Json::as_object)
        .and_then(|claims| claims.keys().find(|name| RESERVED.contains(&name.as_str())))
    {
        return Err(Failure::new(400, "machine_token_reserved_claim", "reserved claim")
            .explained(format!("the claim {name} is set by the token itself"))
            .param("claims"));
    }
    let jwt = input.text("token_format") == Some("jwt");
    if jwt && claims.as_ref().is_some_and(|claims| !claims.is_object()) {
        return Err(Failure::wrong_type("claims", "an object, for a JWT"));
    }
    let default = Duration::from_secs(machine.default_token_ttl.unsigned_abs());
    let lifetime = lifetime(input, "seconds_until_expiration")?.unwrap_or(default);
    let mut token = MachineToken {
        id: format!("mt_{}", ids::random_hex(16)),
        machine_id: machine.id.clone(),
        token: String::new(),
        claims,
        scopes: machine.scopes.iter().map(|scope| scope.to.clone()).collect(),
        revoked: false,
        revocation_reason: None,
        expiration: Some(now.after(lifetime)),
        last_used_at: None,
        created_at: now,
        updated_at: now,
    };
    if jwt {
        token.token = sign(call.state, &token);
    } else {
        if let Some(known) = reusable(call, &token)? {
            return Ok(Answer::json(&views::machine_token_with_secret(known, now)).status(201));
        }
        token.token = format!("mt_{}", ids::random_text(32));
        call.state.tables.machine_tokens.insert(token.clone());
    }
    Ok(Answer::json(&views::machine_token_with_secret(&token, now)).status(201))
}

/// A token that says the same and lasts long enough still, where the request is content with one.
fn reusable<'a>(call: &'a Call<'_>, wanted: &MachineToken) -> Result<Option<&'a MachineToken>, Failure> {
    let Some(seconds) = call.input.integer("min_remaining_ttl_seconds") else { return Ok(None) };
    let seconds = u64::try_from(seconds).map_err(|_| Failure::value("min_remaining_ttl_seconds"))?;
    let until = call.now.after(Duration::from_secs(seconds));
    let mut tokens = call.state.tables.machine_tokens.find(&format!("machine:{}", wanted.machine_id)).rev();
    Ok(tokens.find(|token| {
        !token.revoked
            && token.expiration.is_none_or(|end| end >= until)
            && token.claims == wanted.claims
            && token.scopes == wanted.scopes
    }))
}

fn sign(state: &State, token: &MachineToken) -> String {
    let mut claims = token.claims.as_ref().and_then(Json::as_object).cloned().unwrap_or_default();
    claims.insert("iss".to_owned(), state.addresses.frontend.clone().into());
    claims.insert("sub".to_owned(), token.machine_id.clone().into());
    claims.insert("aud".to_owned(), token.scopes.clone().into());
    claims.insert("scopes".to_owned(), token.scopes.join(" ").into());
    claims.insert("jti".to_owned(), token.id.clone().into());
    claims.insert("iat".to_owned(), token.created_at.seconds().into());
    claims.insert("nbf".to_owned(), token.created_at.seconds().saturating_sub(10).into());
    if let Some(end) = token.expiration {
        claims.insert("exp".to_owned(), end.seconds().into());
    }
    crate::rules::tokens::sign(state, CATEGORY, &claims)
}

/// What a JWT of ours says, as the record that it has none of.
fn read(state: &State, token: &str) -> Option<MachineToken> {
    let (header, mut claims) = state.signing_keys.iter().find_map(|key| key.verify(token))?;
    if header.get("cat").and_then(Json::as_str) != Some(CATEGORY) {
        return None;
    }
    let text = |claims: &JsonMap, name: &str| claims.get(name).and_then(Json::as_str).map(str::to_owned);
    let time = |claims: &JsonMap, name: &str| {
        claims.get(name).and_then(Json::as_i64).map(|at| Timestamp::from_millis(at.saturating_mul(1000)))
    };
    let created_at = time(&claims, "iat")?;
    let scopes = text(&claims, "scopes").unwrap_or_default();
    let record = MachineToken {
        id: text(&claims, "jti")?,
        machine_id: text(&claims, "sub")?,
        token: token.to_owned(),
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        revoked: false,
        revocation_reason: None,
        expiration: time(&claims, "exp"),
        last_used_at: None,
        created_at,
        updated_at: created_at,
        claims: None,
    };
    claims.retain(|name, _| !RESERVED.contains(&name.as_str()));
    Some(MachineToken { claims: (!claims.is_empty()).then_some(Json::Object(claims)), ..record })
}

fn verify(call: &mut Call<'_>) -> Outcome {
    let text = call.input.required_text("token")?;
    let now = call.now;
    let unknown = || {
        Failure::new(404, "resource_not_found", "token not found")
            .explained("this token is none that the caller may verify")
    };
    let kept = call.state.tables.machine_tokens.find_one(&format!("token:{text}")).cloned();
    let is_kept = kept.is_some();
    let mut token = kept.or_else(|| read(call.state, text)).ok_or_else(unknown)?;
    // A machine may look at its own tokens and at those that are for it; and at none whose machine is gone.
    let for_caller = call
        .machine_id
        .as_ref()
        .is_none_or(|caller| *caller == token.machine_id || token.scopes.iter().any(|scope| scope == caller));
    if !for_caller || !call.state.tables.machines.contains(&token.machine_id) {
        return Err(unknown());
    }
    if is_kept && !token.revoked && !token.is_expired(now) {
        token.last_used_at = Some(now);
        if let Some(mut kept) = call.state.tables.machine_tokens.edit(&token.id) {
            kept.last_used_at = Some(now);
        }
    }
    Ok(Answer::json(&views::machine_token(&token, now)))
}

fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("m2m_token_id");
    let found = call.state.tables.machine_tokens.get(id).filter(|token| visible(call, &token.machine_id));
    if found.is_none() {
        return Err(Failure::not_found("machine token", id));
    }
    let reason = call.input.text("revocation_reason").map(str::to_owned);
    let now = call.now;
    let Some(mut token) = call.state.tables.machine_tokens.edit(id) else {
        return Err(Failure::not_found("machine token", id));
    };
    if !token.revoked {
        token.revoked = true;
        token.revocation_reason = reason;
        token.updated_at = now;
    }
    Ok(Answer::json(&views::machine_token(&token, now)))
}
