//! Role sets: which roles an organization offers.

use std::collections::BTreeMap;

use clerk_core::{Json, OrganizationId};

use super::{order, permissions::is_word};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::RoleSet,
    rules::organizations::{
        enabled, members,
        roles::{self as rules, suffices},
    },
    state::State,
    views::bapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    enabled(call.state)?;
    let words = call.input.query("query").map(str::to_lowercase);
    let fits = |it: &&RoleSet| {
        words.as_deref().is_none_or(|words| {
            it.id.eq_ignore_ascii_case(words) || it.key.contains(words) || it.name.to_lowercase().contains(words)
        })
    };
    let found = call.state.tables.role_sets.iter().filter(fits).collect();
    let key = |it: &RoleSet, name: &str| match name {
        "name" => it.name.as_str().into(),
        "key" => it.key.as_str().into(),
        _ => it.created_at.into(),
    };
    let (shown, total) = order::page(call, found, &["created_at", "name", "key"], "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(|it| views::role_set(call.state, it)).collect();
    Ok(Answer::page(&data, total))
}

/// The role set of the path.
fn named(call: &Call<'_>) -> Result<RoleSet, Failure> {
    enabled(call.state)?;
    let given = call.input.path("role_set_key_or_id");
    rules::role_set(call.state, given).cloned().ok_or_else(|| Failure::not_found("role set", given))
}

fn shown(call: &Call<'_>, id: &str) -> Outcome {
    let known = rules::role_set(call.state, id).ok_or_else(|| Failure::not_found("role set", id))?;
    Ok(Answer::json(&views::role_set(call.state, known)))
}

fn key(state: &State, given: &str, except: Option<&str>) -> Result<String, Failure> {
    if !given.strip_prefix("role_set:").is_some_and(is_word) {
        return Err(Failure::format("key"));
    }
    if rules::role_set(state, given).is_some_and(|known| Some(known.id.as_str()) != except) {
        return Err(super::permissions::taken());
    }
    Ok(given.to_owned())
}

/// The key that a name makes.
fn key_of(name: &str) -> String {
    let word = name.to_lowercase();
    let word: String = word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(64).collect();
    format!("role_set:{}", word.trim_matches('_'))
}

/// The keys of roles that a list names.
fn role_keys(call: &Call<'_>, name: &str) -> Result<Vec<String>, Failure> {
    let mut keys = Vec::new();
    for given in call.input.texts(name) {
        if rules::role(call.state, given).is_none() {
            return Err(Failure::not_found("role", given).param(name));
        }
        if !keys.iter().any(|known| known == given) {
            keys.push(given.to_owned());
        }
    }
    if keys.is_empty() { Err(Failure::nil(name)) } else { Ok(keys) }
}

/// The special roles that a request gives a set with these roles: that of members, and that of creators.
fn special(call: &Call<'_>, roles: &[String]) -> Result<(Option<String>, Option<String>), Failure> {
    let among = |name: &str| match call.input.text(name).filter(|key| !key.is_empty()) {
        Some(given) if roles.iter().any(|known| known == given) => Ok(Some(given.to_owned())),
        Some(_) => Err(Failure::value(name)),
        None => Ok(None),
    };
    let (default, creator) = (among("default_role_key")?, among("creator_role_key")?);
    let role = creator.as_deref().and_then(|key| rules::role(call.state, key));
    if role.is_some_and(|role| !suffices(&role.permissions)) {
        return Err(Failure::new(422, "organization_missing_creator_role_permissions", "permissions are missing")
            .explained("the role of creators has to read and manage members and delete the organization")
            .param("creator_role_key"));
    }
    Ok((default, creator))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    enabled(call.state)?;
    let name = call.input.required_text("name")?.to_owned();
    let given = call.input.text("key").filter(|key| !key.is_empty()).map_or_else(|| key_of(&name), str::to_owned);
    call.input.required_text("default_role_key")?;
    call.input.required_text("creator_role_key")?;
    let roles = role_keys(call, "roles")?;
    let (default_role, creator_role) = special(call, &roles)?;
    let set = RoleSet {
        id: State::id("roleset", call.now),
        key: key(call.state, &given, None)?,
        name,
        description: call.input.text("description").map(str::to_owned),
        kind: "custom".to_owned(),
        roles,
        default_role,
        creator_role,
        created_at: call.now,
        updated_at: call.now,
    };
    let id = set.id.clone();
    call.state.tables.role_sets.insert(set);
    if call.input.text("type") == Some("initial") {
        rules::make_initial(call.state, &id);
    }
    shown(call, &id)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    shown(call, &id)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let mut set = named(call)?;
    let (default, creator) = special(call, &set.roles)?;
    let old = set.key.clone();
    if let Some(given) = call.input.text("key").filter(|key| !key.is_empty()) {
        set.key = key(call.state, given, Some(&set.id))?;
    }
    if let Some(name) = call.input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut set.name);
    }
    if let Some(description) = call.input.change("description") {
        set.description = description.map(str::to_owned);
    }
    let (id, new) = (set.id.clone(), set.key.clone());
    set.updated_at = call.now;
    call.state.tables.role_sets.insert(set);
    if new != old {
        move_organizations(call.state, &old, &new);
    }
    rules::set_special(call.state, &id, default, creator);
    if call.input.text("type") == Some("initial") {
        rules::make_initial(call.state, &id);
    }
    shown(call, &id)
}

/// Gives the organizations of one role set another.
fn move_organizations(state: &mut State, from: &str, to: &str) {
    for id in organizations_of(state, from) {
        if let Some(mut organization) = state.tables.organizations.edit(&id) {
            organization.role_set_key = Some(to.to_owned());
        }
    }
}

fn organizations_of(state: &State, set: &str) -> Vec<OrganizationId> {
    let of = state.tables.organizations.iter().filter(|it| it.role_set_key.as_deref() == Some(set));
    of.map(|organization| organization.id.clone()).collect()
}

pub(super) fn add_roles(call: &mut Call<'_>) -> Outcome {
    let mut set = named(call)?;
    for key in role_keys(call, "role_keys")? {
        if !set.roles.contains(&key) {
            set.roles.push(key);
        }
    }
    let (default, creator) = special(call, &set.roles)?;
    let id = set.id.clone();
    set.updated_at = call.now;
    call.state.tables.role_sets.insert(set);
    rules::set_special(call.state, &id, default, creator);
    shown(call, &id)
}

pub(super) fn replace_role(call: &mut Call<'_>) -> Outcome {
    let mut set = named(call)?;
    let (from, to) = (call.input.required_text("role_key")?, call.input.required_text("to_role_key")?);
    for (key, name) in [(from, "role_key"), (to, "to_role_key")] {
        if !set.roles.iter().any(|known| known == key) {
            return Err(Failure::not_found("role", key).param(name));
        }
    }
    if from == to {
        return Err(Failure::value("to_role_key"));
    }
    let is = |role: Option<&crate::model::organization::Role>| role.is_some_and(|role| role.key == from);
    let was_default = is(rules::default_role(call.state, &set));
    let was_creator = is(rules::creator_role(call.state, &set));
    if was_creator && rules::role(call.state, to).is_some_and(|role| !suffices(&role.permissions)) {
        return Err(Failure::new(422, "organization_missing_creator_role_permissions", "permissions are missing")
            .explained(format!("{from} is the role of creators, and {to} lacks what they need"))
            .param("to_role_key"));
    }
    let mapping = BTreeMap::from([(from.to_owned(), to.to_owned())]);
    for organization in organizations_of(call.state, &set.key) {
        rules::reassign(call.state, &organization, &mapping, call.now);
    }
    let id = set.id.clone();
    set.roles.retain(|known| known != from);
    set.updated_at = call.now;
    call.state.tables.role_sets.insert(set);
    let to = |was: bool| was.then(|| to.to_owned());
    rules::set_special(call.state, &id, to(was_default), to(was_creator));
    shown(call, &id)
}

pub(super) fn replace(call: &mut Call<'_>) -> Outcome {
    let set = named(call)?;
    if rules::is_initial(&set) {
        return Err(Failure::new(403, "cannot_delete_initial_role_set", "is the initial one")
            .explained("make another role set the initial one first"));
    }
    let given = call.input.required_text("dest_role_set_key")?;
    let Some(destination) = rules::role_set(call.state, given).cloned() else {
        return Err(Failure::not_found("role set", given).param("dest_role_set_key"));
    };
    if destination.id == set.id {
        return Err(Failure::value("dest_role_set_key"));
    }
    let mut mapping = BTreeMap::new();
    for (from, to) in call.input.object("reassignment_mappings").into_iter().flatten() {
        let to = to.as_str().map(str::to_owned).unwrap_or_default();
        if !set.roles.contains(from) || !destination.roles.contains(&to) {
            let code = "organization_role_set_reassignment_mappings_invalid";
            return Err(Failure::new(422, code, "is no mapping")
                .explained(format!("{from} has to be a role of {} and {to} one of {}", set.key, destination.key))
                .param("reassignment_mappings"));
        }
        mapping.insert(from.clone(), to);
    }
    let organizations = organizations_of(call.state, &set.key);
    let stray = {
        let mut held = organizations.iter().flat_map(|id| members(call.state, id)).map(|member| &member.role);
        held.find(|role| !destination.roles.contains(role) && !mapping.contains_key(*role)).cloned()
    };
    if let Some(role) = stray {
        let code = "organization_role_set_reassignment_mappings_missing";
        return Err(Failure::new(422, code, "a mapping is missing")
            .explained(format!("members have the role {role}, which is not in {}", destination.key))
            .param("reassignment_mappings"));
    }
    for organization in organizations {
        rules::reassign(call.state, &organization, &mapping, call.now);
    }
    move_organizations(call.state, &set.key, &destination.key);
    call.state.tables.role_sets.remove(&set.id);
    let gone: Json = serde_json::json!({"object": "role_set", "id": set.id, "deleted": true});
    Ok(gone.into())
}
