//! Roles.

use super::{
    order,
    permissions::{by_id, is_word, taken},
};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::Role,
    rules::organizations::{
        enabled,
        invitations::status,
        roles::{self as rules, suffices},
    },
    state::State,
    views::bapi::organization as views,
};

/// How many roles an instance has.
const MOST: usize = 10;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    enabled(call.state)?;
    let words = call.input.query("query").map(str::to_lowercase);
    let fits = |it: &&Role| {
        words.as_deref().is_none_or(|words| {
            it.id.eq_ignore_ascii_case(words) || it.key.contains(words) || it.name.to_lowercase().contains(words)
        })
    };
    let found = call.state.tables.roles.iter().filter(fits).collect();
    let key = |it: &Role, name: &str| match name {
        "name" => it.name.as_str().into(),
        "key" => it.key.as_str().into(),
        _ => it.created_at.into(),
    };
    let (shown, total) = order::page(call, found, &["created_at", "name", "key"], "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(|it| views::role(call.state, it)).collect();
    Ok(Answer::page(&data, total))
}

/// The role of the path.
fn named<'a>(call: &'a Call<'_>) -> Result<&'a Role, Failure> {
    enabled(call.state)?;
    let id = call.input.path("organization_role_id");
    call.state.tables.roles.get(id).ok_or_else(|| Failure::not_found("role", id))
}

fn key(state: &State, given: &str, except: Option<&str>) -> Result<String, Failure> {
    if !given.strip_prefix("org:").is_some_and(is_word) {
        return Err(Failure::format("key"));
    }
    if rules::role(state, given).is_some_and(|known| Some(known.id.as_str()) != except) {
        return Err(taken());
    }
    Ok(given.to_owned())
}

/// The keys of the permissions that a request names by their ids or keys.
fn permissions(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let mut keys = Vec::new();
    for given in call.input.texts("permissions") {
        let known = call.state.tables.permissions.get(given).or_else(|| rules::permission(call.state, given));
        let known = known.ok_or_else(|| Failure::not_found("permission", given).param("permissions"))?;
        if !keys.contains(&known.key) {
            keys.push(known.key.clone());
        }
    }
    Ok(keys)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    enabled(call.state)?;
    if call.state.tables.roles.len() >= MOST {
        return Err(Failure::new(403, "organization_instance_roles_quota_exceeded", "too many roles")
            .explained(format!("an instance has at most {MOST} roles")));
    }
    let permissions = permissions(call)?;
    let role = Role {
        id: State::id("role", call.now),
        key: key(call.state, call.input.required_text("key")?, None)?,
        name: call.input.required_text("name")?.to_owned(),
        description: call.input.text("description").unwrap_or_default().to_owned(),
        is_creator_eligible: suffices(&permissions),
        permissions,
        created_at: call.now,
        updated_at: call.now,
    };
    if call.input.flag("include_in_initial_role_set").unwrap_or(false) {
        let initial = rules::initial_set(call.state).map(|set| set.id.clone());
        if let Some(mut set) = initial.and_then(|id| call.state.tables.role_sets.edit(&id)) {
            set.roles.push(role.key.clone());
            set.updated_at = call.now;
        }
    }
    let id = role.id.clone();
    call.state.tables.roles.insert(role);
    told(call, "role.created", &id)
}

/// Tells of a role, and shows it.
fn told(call: &mut Call<'_>, event: &str, id: &str) -> Outcome {
    let known = call.state.tables.roles.get(id).ok_or_else(|| Failure::not_found("role", id))?;
    let view = views::role(call.state, known);
    call.state.emit(event, &view, call.now);
    Ok(Answer::json(&view))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&views::role(call.state, named(call)?)))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let mut role = named(call)?.clone();
    let old = role.key.clone();
    if call.input.given("permissions") && !call.input.is_null("permissions") {
        role.permissions = permissions(call)?;
        stays_sufficient(call.state, &role)?;
    }
    if let Some(given) = call.input.text("key").filter(|key| !key.is_empty()) {
        role.key = key(call.state, given, Some(&role.id))?;
    }
    if let Some(name) = call.input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut role.name);
    }
    if let Some(description) = call.input.change("description") {
        description.unwrap_or_default().clone_into(&mut role.description);
    }
    let (id, new) = (role.id.clone(), role.key.clone());
    put(call, role);
    if new != old {
        rules::rename(call.state, &old, &new);
    }
    told(call, "role.updated", &id)
}

fn put(call: &mut Call<'_>, mut role: Role) {
    role.is_creator_eligible = suffices(&role.permissions);
    role.updated_at = call.now;
    call.state.tables.roles.insert(role);
}

/// Checks that a role that creators get keeps what they need.
fn stays_sufficient(state: &State, role: &Role) -> Result<(), Failure> {
    if !rules::is_creators(state, &role.key) || suffices(&role.permissions) {
        return Ok(());
    }
    Err(Failure::new(422, "organization_missing_creator_role_permissions", "permissions are missing").explained(
        "this is the role of who makes an organization: it has to read and manage members and delete the organization",
    ))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let role = named(call)?.clone();
    let state = &*call.state;
    let refused = |code: &str, why: &str| Err(Failure::new(422, code, "is in use").explained(why));
    if rules::is_creators(state, &role.key) {
        return refused("organization_role_default_creator_role", "this is the role of who makes an organization");
    }
    if state.settings().organizations.domain_default_role == role.key || rules::is_default(state, &role.key) {
        let why = "this is the role of members of whom nothing else is said, or who come in through a domain";
        return refused("organization_role_domain_default_role", why);
    }
    if state.tables.memberships.iter().any(|it| it.role == role.key) {
        return refused("organization_role_assigned_members", "members have this role; give them another first");
    }
    let open = |status: &str| status == "pending";
    if state.tables.organization_invitations.iter().any(|it| it.role == role.key && open(status(it, call.now))) {
        return refused("organization_role_exists_in_invitations", "open invitations are for this role");
    }
    let sets: Vec<String> = state.tables.role_sets.iter().map(|set| set.id.clone()).collect();
    for id in sets {
        if let Some(mut set) = call.state.tables.role_sets.edit(&id) {
            set.roles.retain(|known| *known != role.key);
        }
    }
    call.state.tables.roles.remove(&role.id);
    let gone = serde_json::json!({"object": "role", "id": role.id, "deleted": true});
    call.state.emit("role.deleted", &gone, call.now);
    Ok(Answer::deleted("role", &role.id))
}

pub(super) fn assign(call: &mut Call<'_>) -> Outcome {
    let mut role = named(call)?.clone();
    let permission = by_id(call.state, call.input.path("permission_id"))?;
    if role.permissions.contains(&permission.key) {
        return Err(Failure::new(409, "organization_role_permission_association_exists", "has it already")
            .explained(format!("{} has the permission {} already", role.key, permission.key)));
    }
    role.permissions.push(permission.key.clone());
    let id = role.id.clone();
    put(call, role);
    told(call, "role.updated", &id)
}

pub(super) fn unassign(call: &mut Call<'_>) -> Outcome {
    let mut role = named(call)?.clone();
    let permission = by_id(call.state, call.input.path("permission_id"))?;
    if !role.permissions.contains(&permission.key) {
        return Err(Failure::new(404, "organization_role_permission_association_not_found", "does not have it")
            .explained(format!("{} does not have the permission {}", role.key, permission.key)));
    }
    role.permissions.retain(|known| *known != permission.key);
    stays_sufficient(call.state, &role)?;
    let id = role.id.clone();
    put(call, role);
    told(call, "role.updated", &id)
}
