//! Claims that stand for something: `{{user.id}}` and the like.

use clerk_core::{Json, JsonMap, Timestamp};

use crate::{
    model::{organization::Organization, session::Session},
    rules::organizations,
    state::State,
    views,
};

/// Whom a token is about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) state: &'a State,
    pub(super) session: &'a Session,
    pub(super) organization: Option<&'a Organization>,
    pub(super) now: Timestamp,
}

/// Every claim with what its shortcodes stand for.
pub(super) fn fill_map(claims: &JsonMap, subject: &Subject<'_>) -> JsonMap {
    claims.iter().map(|(name, value)| (name.clone(), fill(value, subject))).collect()
}

fn fill(value: &Json, subject: &Subject<'_>) -> Json {
    match value {
        Json::String(text) => fill_text(text, subject),
        Json::Array(items) => items.iter().map(|item| fill(item, subject)).collect(),
        Json::Object(fields) => fill_map(fields, subject).into(),
        other => other.clone(),
    }
}

/// A text that is one shortcode becomes its value, whatever that is; within a text it becomes text.
fn fill_text(text: &str, subject: &Subject<'_>) -> Json {
    let whole = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    if let Some(code) = whole.filter(|code| !code.contains("{{")) {
        return evaluate(code, subject);
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((code, after)) = after.split_once("}}") else { break };
        filled.push_str(before);
        match evaluate(code, subject) {
            Json::String(value) => filled.push_str(&value),
            Json::Null => {}
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled.into()
}

/// The first of the alternatives `a || b || 'text'` that says something.
fn evaluate(code: &str, subject: &Subject<'_>) -> Json {
    for alternative in code.split("||").map(str::trim) {
        let quoted = |quote: char| alternative.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = match quoted('\'').or_else(|| quoted('"')) {
            Some(text) => text.into(),
            None => look_up(alternative, subject),
        };
        if !value.is_null() && value != Json::Bool(false) && value.as_str() != Some("") {
            return value;
        }
    }
    Json::Null
}

fn look_up(path: &str, subject: &Subject<'_>) -> Json {
    let (root, rest) = path.split_once('.').unwrap_or((path, ""));
    match root {
        "user" => user(rest, subject),
        "org" => organization(rest, subject),
        "org_membership" => membership(rest, subject),
        "session" => match rest.split_once('.').unwrap_or((rest, "")) {
            ("id", "") => subject.session.id.as_str().into(),
            ("actor", path) => subject.session.actor.as_ref().map_or(Json::Null, |actor| within(actor, path)),
            _ => Json::Null,
        },
        _ => Json::Null,
    }
}

fn user(path: &str, subject: &Subject<'_>) -> Json {
    let Some(user) = subject.state.tables.users.get(&subject.session.user_id) else { return Json::Null };
    let text = |text: Option<&str>| text.map_or(Json::Null, Json::from);
    match path.split_once('.').unwrap_or((path, "")) {
        ("public_metadata", path) => within(&user.public_metadata, path),
        ("unsafe_metadata", path) => within(&user.unsafe_metadata, path),
        // Back ends only: it has no place in what browsers read.
        ("private_metadata", _) => Json::Null,
        ("primary_email_address", "") => text(user.primary_email().map(|email| email.email_address.as_str())),
        ("primary_phone_number", "") => text(user.primary_phone().map(|phone| phone.phone_number.as_str())),
        ("primary_web3_wallet", "") => {
            let primary = user.primary_web3_wallet_id.as_ref();
            text(
                user.web3_wallets
                    .iter()
                    .find(|wallet| Some(&wallet.id) == primary)
                    .map(|wallet| wallet.web3_wallet.as_str()),
            )
        }
        ("full_name", "") => {
            let names: Vec<&str> = user.first_name.iter().chain(&user.last_name).map(String::as_str).collect();
            if names.is_empty() { Json::Null } else { names.join(" ").into() }
        }
        ("email_verified", "") => user.primary_email().is_some_and(|email| email.is_verified()).into(),
        ("phone_number_verified", "") => user.primary_phone().is_some_and(|phone| phone.is_verified()).into(),
        (name, path) => {
            let view = serde_json::to_value(views::bapi::user::user(subject.state, user, subject.now));
            match view.ok().and_then(|mut view| view.get_mut(name).map(Json::take)) {
                Some(Json::Object(fields)) => within(&fields, path),
                Some(value) if path.is_empty() => value,
                _ => Json::Null,
            }
        }
    }
}

fn organization(path: &str, subject: &Subject<'_>) -> Json {
    let Some(organization) = subject.organization else { return Json::Null };
    match path.split_once('.').unwrap_or((path, "")) {
        ("id", "") => organization.id.as_str().into(),
        ("slug", "") => organization.slug.clone().map_or(Json::Null, Json::from),
        ("name", "") => organization.name.as_str().into(),
        ("has_image", "") => organization.image.is_some().into(),
        ("role", "") => {
            let id = organization.id.as_str();
            let membership = organizations::membership(subject.state, id, &subject.session.user_id);
            membership.map_or(Json::Null, |membership| membership.role.as_str().into())
        }
        ("public_metadata", path) => within(&organization.public_metadata, path),
        _ => Json::Null,
    }
}

fn membership(path: &str, subject: &Subject<'_>) -> Json {
    let membership = subject.organization.and_then(|organization| {
        organizations::membership(subject.state, organization.id.as_str(), &subject.session.user_id)
    });
    match (membership, path.split_once('.').unwrap_or((path, ""))) {
        (Some(membership), ("public_metadata", path)) => within(&membership.public_metadata, path),
        (Some(membership), ("role", "")) => membership.role.as_str().into(),
        _ => Json::Null,
    }
}

/// What lies at a dotted path; the whole for an empty one.
fn within(map: &JsonMap, path: &str) -> Json {
    if path.is_empty() {
        return map.clone().into();
    }
    let mut parts = path.split('.');
    let mut found = parts.next().and_then(|first| map.get(first));
    for part in parts {
        found = found.and_then(|value| value.get(part));
    }
    found.cloned().unwrap_or(Json::Null)
}
