//! API keys: for a user, an organization or a machine, made by a back end or by the user.

use std::time::Duration;

use clerk_core::{Json, Timestamp};

use crate::{clock::Later, crypto::ids, failure::Failure, input::Input, model::machine::ApiKey, state::State};

/// A number of seconds in a body, more than none; `null` is none at all.
///
/// # Errors
///
/// It is not positive, or beyond what a time can be.
pub(crate) fn lifetime(input: &Input, name: &str) -> Result<Option<Duration>, Failure> {
    let Some(seconds) = input.body.get(name).and_then(Json::as_f64) else { return Ok(None) };
    match Duration::try_from_secs_f64(seconds) {
        Ok(lifetime) if !lifetime.is_zero() => Ok(Some(lifetime)),
        _ => Err(Failure::value(name)),
    }
}

/// Whether this instance has API keys.
///
/// # Errors
///
/// They are switched off.
pub(crate) fn enabled(state: &State) -> Result<(), Failure> {
    if state.settings().api_keys {
        return Ok(());
    }
    Err(Failure::new(422, "api_keys_not_enabled", "no API keys here")
        .explained("API keys are switched off in the settings of this instance"))
}

/// Whether there is such a user, organization or machine.
///
/// # Errors
///
/// There is not.
pub(crate) fn subject(state: &State, id: &str) -> Result<(), Failure> {
    let tables = &state.tables;
    match id.split_once('_').map_or("", |(prefix, _)| prefix) {
        "user" if tables.users.contains(id) => Ok(()),
        "org" if tables.organizations.contains(id) => Ok(()),
        "mch" if tables.machines.contains(id) => Ok(()),
        "user" | "org" | "mch" => Err(Failure::not_found("subject", id)),
        _ => Err(Failure::format("subject")),
    }
}

/// Makes a key of what a body asks for.
///
/// # Errors
///
/// Something in the body is not allowed.
pub(crate) fn create(
    state: &mut State,
    input: &Input,
    created_by: Option<String>,
    now: Timestamp,
) -> Result<ApiKey, Failure> {
    let subject = input.required_text("subject")?;
    self::subject(state, subject)?;
    let name = input.required_text("name")?;
    if name.chars().count() < 3 || name.trim() != name {
        return Err(Failure::format("name"));
    }
    let kind = input.text("type").unwrap_or("api_key");
    if !(3..=25).contains(&kind.chars().count()) {
        return Err(Failure::format("type"));
    }
    let description = description(input)?;
    let expiration = lifetime(input, "seconds_until_expiration")?.map(|lifetime| now.after(lifetime));
    let key = ApiKey {
        id: format!("ak_{}", ids::random_hex(16)),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        name: name.to_owned(),
        description,
        secret: format!("ak_{}", ids::random_text(32)),
        claims: input.body.get("claims").filter(|claims| !claims.is_null()).cloned(),
        scopes: input.texts("scopes").into_iter().map(str::to_owned).collect(),
        revoked: false,
        revocation_reason: None,
        expiration,
        created_by,
        last_used_at: None,
        created_at: now,
        updated_at: now,
    };
    state.tables.api_keys.insert(key.clone());
    Ok(key)
}

/// The description in a body.
///
/// # Errors
///
/// It is too long.
pub(crate) fn description(input: &Input) -> Result<Option<String>, Failure> {
    let description = input.text("description").map(str::to_owned);
    if description.as_ref().is_some_and(|text| text.chars().count() > 255) {
        return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
            .explained("description takes at most 255 characters")
            .param("description"));
    }
    Ok(description)
}

/// The keys of a subject that a query asks for, the newest first.
///
/// # Errors
///
/// The query is not one.
pub(crate) fn list<'a>(state: &'a State, input: &Input, now: Timestamp) -> Result<Vec<&'a ApiKey>, Failure> {
    let subject = input.query("subject").unwrap_or_default();
    let kind = input.query("type").unwrap_or("api_key");
    let invalid = input.query_flag("include_invalid")?.unwrap_or(false);
    let query = input.query("query").map(str::to_lowercase);
    let keys = state.tables.api_keys.find(&format!("subject:{subject}")).rev();
    let fits = |key: &&ApiKey| {
        key.kind == kind
            && (invalid || !key.revoked && !key.is_expired(now))
            && query.as_deref().is_none_or(|query| key.name.to_lowercase().contains(query) || key.id.contains(query))
    };
    Ok(keys.filter(fits).collect())
}

/// Takes a key back; one that was taken back already stays as it is.
pub(crate) fn revoke(state: &mut State, id: &str, reason: Option<&str>, now: Timestamp) -> Option<ApiKey> {
    let mut key = state.tables.api_keys.edit(id)?;
    if !key.revoked {
        key.revoked = true;
        key.revocation_reason = reason.map(str::to_owned);
        key.updated_at = now;
    }
    Some(key.clone())
}
