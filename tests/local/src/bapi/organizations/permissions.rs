//! What roles can allow.

use super::order;
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::Permission,
    rules::organizations::roles as rules,
    state::State,
    views::bapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let words = call.input.query("query").map(str::to_lowercase);
    let fits = |it: &&Permission| {
        words.as_deref().is_none_or(|words| {
            it.id.eq_ignore_ascii_case(words) || it.key.contains(words) || it.name.to_lowercase().contains(words)
        })
    };
    let found = call.state.tables.permissions.iter().filter(fits).collect();
    let key = |it: &Permission, name: &str| match name {
        "name" => it.name.as_str().into(),
        "key" => it.key.as_str().into(),
        _ => it.created_at.into(),
    };
    let (shown, total) = order::page(call, found, &["created_at", "name", "key"], "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(views::permission).collect();
    Ok(Answer::page(&data, total))
}

/// The permission of the path.
fn named<'a>(call: &'a Call<'_>) -> Result<&'a Permission, Failure> {
    by_id(call.state, call.input.path("permission_id"))
}

pub(super) fn by_id<'a>(state: &'a State, id: &str) -> Result<&'a Permission, Failure> {
    state.tables.permissions.get(id).ok_or_else(|| Failure::not_found("permission", id))
}

/// The permission of the path, if it is one of the application.
fn own(call: &Call<'_>) -> Result<Permission, Failure> {
    let known = named(call)?;
    if known.kind == "system" {
        return Err(Failure::new(403, "organization_system_permission_not_modifiable", "is built in")
            .explained(format!("{} comes with every instance and stays as it is", known.key)));
    }
    Ok(known.clone())
}

/// A key such as `org:invoices:create`, which nothing else has.
fn key(state: &State, given: &str, except: Option<&str>) -> Result<String, Failure> {
    let mut parts = given.split(':');
    let (scope, feature, action) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let good = scope == Some("org") && is_word(feature) && is_word(action) && parts.next().is_none();
    // What begins like this is kept for permissions that are built in.
    if !good || feature.starts_with("sys_") {
        return Err(Failure::format("key"));
    }
    if rules::permission(state, given).is_some_and(|known| Some(known.id.as_str()) != except) {
        return Err(taken());
    }
    Ok(given.to_owned())
}

pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

pub(super) fn taken() -> Failure {
    Failure::new(422, "form_identifier_exists", "is taken").explained("that key is in use already").param("key")
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let permission = Permission {
        id: State::id("perm", call.now),
        key: key(call.state, call.input.required_text("key")?, None)?,
        name: call.input.required_text("name")?.to_owned(),
        description: call.input.text("description").unwrap_or_default().to_owned(),
        kind: "user".to_owned(),
        created_at: call.now,
        updated_at: call.now,
    };
    let view = views::permission(&permission);
    call.state.tables.permissions.insert(permission);
    call.state.emit("permission.created", &view, call.now);
    Ok(Answer::json(&view))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&views::permission(named(call)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let mut known = own(call)?;
    let old = known.key.clone();
    if let Some(given) = call.input.text("key").filter(|key| !key.is_empty()) {
        known.key = key(call.state, given, Some(&known.id))?;
    }
    if let Some(name) = call.input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut known.name);
    }
    if let Some(description) = call.input.text("description") {
        description.clone_into(&mut known.description);
    }
    known.updated_at = call.now;
    in_roles(call.state, &old, |permissions, place| {
        if let Some(permission) = permissions.get_mut(place) {
            known.key.clone_into(permission);
        }
    });
    let view = views::permission(&known);
    call.state.tables.permissions.insert(known);
    call.state.emit("permission.updated", &view, call.now);
    Ok(Answer::json(&view))
}

/// Changes a permission wherever a role has it.
fn in_roles(state: &mut State, key: &str, change: impl Fn(&mut Vec<String>, usize)) {
    let with = |role: &&crate::model::organization::Role| role.permissions.iter().any(|known| known == key);
    let roles: Vec<String> = state.tables.roles.iter().filter(with).map(|role| role.id.clone()).collect();
    for id in roles {
        if let Some(mut role) = state.tables.roles.edit(&id)
            && let Some(place) = role.permissions.iter().position(|known| known == key)
        {
            change(&mut role.permissions, place);
        }
    }
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let known = own(call)?;
    in_roles(call.state, &known.key, |permissions, place| {
        permissions.remove(place);
    });
    call.state.tables.permissions.remove(&known.id);
    let gone = serde_json::json!({"object": "permission", "id": known.id, "deleted": true});
    call.state.emit("permission.deleted", &gone, call.now);
    Ok(Answer::deleted("permission", &known.id))
}
