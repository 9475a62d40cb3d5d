//! API keys that users make for themselves and for their organizations; a session token says who asks.

use clerk_core::{Json, SessionId, UserId};

use super::{Call, Handlers, caller::Presented};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    failure::Failure,
    model::{machine::ApiKey, session::Status},
    rules::{api_keys as rules, organizations, sessions, tokens},
    views::fapi::api_key as views,
};

pub(crate) const HANDLERS: Handlers =
    &[("getApiKeys", index), ("createApiKey", create), ("updateApiKey", update), ("revokeApiKey", revoke)];

const READ: &str = "org:sys_api_keys:read";
const MANAGE: &str = "org:sys_api_keys:manage";

/// Who asks: whose session token comes as a bearer, else who is signed in on the client.
fn asker(call: &mut Call<'_>) -> Result<UserId, Failure> {
    rules::enabled(call.state)?;
    let header = call.inbound.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or(header).trim();
    if token.split('.').count() != 3 {
        return call.user_id();
    }
    // It is a session's and no client's, and a session token leaves the client alone.
    if call.caller.client == Presented::Stale {
        call.caller.client = Presented::Nobody;
    }
    let now = call.now;
    let (header, claims) =
        call.state.signing_keys.iter().find_map(|key| key.verify(token)).ok_or_else(Failure::authentication_invalid)?;
    let in_time = claims.get("exp").and_then(Json::as_i64).is_some_and(|end| end > now.seconds());
    let is_session = header.get("cat").and_then(Json::as_str) == Some(tokens::SESSION_CATEGORY);
    let id = claims.get("sid").and_then(Json::as_str).map(|id| SessionId::from(id.to_owned()));
    let session = id.and_then(|id| call.state.tables.sessions.get(id));
    let session = session.filter(|session| sessions::status(session, now) == Status::Active);
    match session.filter(|_| in_time && is_session) {
        Some(session) => Ok(session.user_id.clone()),
        None => Err(Failure::authentication_invalid()),
    }
}

/// Whether a user may see or change the keys of a subject: their own, or those of an organization that lets them.
fn permitted(call: &Call<'_>, user: &UserId, subject: &str, permission: &str) -> Result<(), Failure> {
    if subject == user.as_str() {
        return Ok(());
    }
    if subject.starts_with("org_") {
        let membership = organizations::membership(call.state, subject, user).ok_or_else(|| {
            Failure::new(403, "not_a_member_in_organization", "not a member")
                .explained("only members of an organization see its API keys")
        })?;
        let role = organizations::role(call.state, &membership.role);
        if role.is_some_and(|role| role.permissions.iter().any(|known| known == permission)) {
            return Ok(());
        }
        return Err(Failure::new(403, "missing_organization_permission", "missing permission")
            .explained(format!("this takes the permission {permission} in the organization")));
    }
    Err(Failure::forbidden())
}

fn index(call: &mut Call<'_>) -> Outcome {
    let user = asker(call)?;
    let input = call.input;
    let subject = input.query("subject").unwrap_or_default();
    permitted(call, &user, subject, READ)?;
    let limit = input.query_integer("limit")?.unwrap_or(10);
    let offset = input.query_integer("offset")?.unwrap_or(0);
    if !(1..=100).contains(&limit) {
        return Err(Failure::value("limit"));
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    let offset = usize::try_from(offset).map_err(|_| Failure::value("offset"))?;
    let found = rules::list(call.state, input, call.now)?;
    let total = found.len();
    let data: Vec<_> = found.into_iter().skip(offset).take(limit).map(|key| views::api_key(key, call.now)).collect();
    Ok(Answer::page(&data, total))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let user = asker(call)?;
    permitted(call, &user, call.input.required_text("subject")?, MANAGE)?;
    let key = rules::create(call.state, call.input, Some(user.as_str().to_owned()), call.now)?;
    Ok(Answer::json(&views::api_key_with_secret(&key, call.now)).status(201))
}

/// A key that the user may change; others are not there for them.
fn own<'a>(call: &'a mut Call<'_>) -> Result<&'a ApiKey, Failure> {
    let user = asker(call)?;
    let id = call.input.path("apiKeyID");
    let unknown = || Failure::not_found("API key", id);
    let key = call.state.tables.api_keys.get(id).ok_or_else(unknown)?;
    if key.subject != user.as_str() && !key.subject.starts_with("org_") {
        return Err(unknown());
    }
    permitted(call, &user, &key.subject, MANAGE)?;
    Ok(key)
}

fn update(call: &mut Call<'_>) -> Outcome {
    let id = own(call)?.id.clone();
    let description = rules::description(call.input)?;
    let now = call.now;
    let mut key = call.state.tables.api_keys.edit(&id).ok_or_else(|| Failure::not_found("API key", &id))?;
    if call.input.given("description") {
        key.description = description;
        key.updated_at = now;
    }
    Ok(Answer::json(&views::api_key(&key, now)))
}

fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = own(call)?.id.clone();
    let key = rules::revoke(call.state, &id, call.input.text("revocation_reason"), call.now);
    let key = key.ok_or_else(|| Failure::not_found("API key", &id))?;
    Ok(Answer::json(&views::api_key(&key, call.now)))
}
