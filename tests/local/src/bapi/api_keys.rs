//! API keys, made and checked by back ends.

use clerk_bapi::types;
use clerk_core::Json;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    failure::Failure,
    model::machine::ApiKey,
    rules::api_keys as rules,
    views::bapi::machine as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("getApiKeys", index),
    ("createApiKey", create),
    ("verifyApiKey", verify),
    ("getApiKey", get),
    ("updateApiKey", update),
    ("deleteApiKey", delete),
    ("revokeApiKey", revoke),
    ("getApiKeySecret", secret),
];

fn unknown(id: &str) -> Failure {
    Failure::not_found("API key", id)
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a ApiKey, Failure> {
    rules::enabled(call.state)?;
    let id = call.input.path("apiKeyID");
    call.state.tables.api_keys.get(id).ok_or_else(|| unknown(id))
}

fn index(call: &mut Call<'_>) -> Outcome {
    rules::enabled(call.state)?;
    let window = list::window(call.input)?;
    if window.limit > 100 {
        return Err(Failure::value("limit"));
    }
    rules::subject(call.state, call.input.query("subject").unwrap_or_default())?;
    let found = rules::list(call.state, call.input, call.now)?;
    let total = found.len();
    let data: Vec<_> = window.of(found.into_iter()).into_iter().map(|key| views::api_key(key, call.now)).collect();
    Ok(Answer::page(&data, total))
}

fn create(call: &mut Call<'_>) -> Outcome {
    rules::enabled(call.state)?;
    let created_by = call.input.text("created_by").filter(|id| !id.is_empty()).map(str::to_owned);
    if let Some(id) = &created_by
        && !call.state.tables.users.contains(id)
    {
        return Err(Failure::not_found("user", id));
    }
    let key = rules::create(call.state, call.input, created_by, call.now)?;
    Ok(Answer::json(&views::api_key_with_secret(&key, call.now)))
}

/// Answers also for a key that is revoked or has expired: the answer says so.
fn verify(call: &mut Call<'_>) -> Outcome {
    rules::enabled(call.state)?;
    let secret = call.input.required_text("secret")?;
    let now = call.now;
    let found = call.state.tables.api_keys.find_one(&format!("secret:{secret}"));
    // What stood for somebody who is gone stands for nobody.
    let found = found.filter(|key| rules::subject(call.state, &key.subject).is_ok()).map(|key| key.id.clone());
    let mut key = found.and_then(|id| call.state.tables.api_keys.edit(id)).ok_or_else(|| {
        Failure::new(404, "resource_not_found", "API key not found").explained("no API key has this secret")
    })?;
    if !key.revoked && !key.is_expired(now) {
        key.last_used_at = Some(now);
    }
    Ok(Answer::json(&views::api_key(&key, now)))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let key = find(call)?;
    Ok(Answer::json(&views::api_key(key, call.now)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let id = find(call)?.id.clone();
    let subject = input.text("subject");
    if let Some(subject) = subject {
        rules::subject(call.state, subject)?;
    }
    let description = rules::description(input)?;
    let lifetime = rules::lifetime(input, "seconds_until_expiration")?;
    let now = call.now;
    let mut key = call.state.tables.api_keys.edit(&id).ok_or_else(|| unknown(&id))?;
    if let Some(subject) = subject {
        key.subject = subject.to_owned();
    }
    if input.given("description") {
        key.description = description;
    }
    if input.given("seconds_until_expiration") {
        key.expiration = lifetime.map(|lifetime| now.after(lifetime));
    }
    if let Some(claims) = input.body.get("claims") {
        key.claims = Some(claims).filter(|claims| **claims != Json::Null).cloned();
    }
    if input.given("scopes") {
        key.scopes = input.texts("scopes").into_iter().map(str::to_owned).collect();
    }
    key.updated_at = now;
    Ok(Answer::json(&views::api_key(&key, now)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    call.state.tables.api_keys.remove(&id);
    Ok(Answer::deleted("api_key", &id))
}

fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    let key = rules::revoke(call.state, &id, call.input.text("revocation_reason"), call.now);
    let key = key.ok_or_else(|| unknown(&id))?;
    Ok(Answer::json(&views::api_key(&key, call.now)))
}

fn secret(call: &mut Call<'_>) -> Outcome {
    let key = find(call)?;
    Ok(Answer::json(&types::ApiKeySecret::new(key.secret.as_str())))
}
