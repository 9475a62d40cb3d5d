//! Roles, the permissions that they give, and which organization offers which.

use std::collections::BTreeMap;

use clerk_core::{OrganizationId, Timestamp};

use crate::{
    failure::Failure,
    model::organization::{Organization, Permission, Role, RoleSet},
    settings::{PermissionSettings, RoleSettings},
    state::State,
};

pub(crate) const MANAGE_PROFILE: &str = "org:sys_profile:manage";
pub(crate) const DELETE_PROFILE: &str = "org:sys_profile:delete";
pub(crate) const READ_MEMBERS: &str = "org:sys_memberships:read";
pub(crate) const MANAGE_MEMBERS: &str = "org:sys_memberships:manage";
pub(crate) const READ_DOMAINS: &str = "org:sys_domains:read";
pub(crate) const MANAGE_DOMAINS: &str = "org:sys_domains:manage";

/// What comes with every instance: key, name, description.
const SYSTEM: [(&str, &str, &str); 10] = [
    (MANAGE_PROFILE, "Manage organization", "Change the name, the slug and the logo"),
    (DELETE_PROFILE, "Delete organization", "Delete the organization"),
    (READ_MEMBERS, "Read members", "See who the members are"),
    (MANAGE_MEMBERS, "Manage members", "Invite and remove members, change their roles"),
    (READ_DOMAINS, "Read domains", "See the verified domains"),
    (MANAGE_DOMAINS, "Manage domains", "Add, verify and remove domains"),
    ("org:sys_billing:read", "Read billing", "See plan and payments"),
    ("org:sys_billing:manage", "Manage billing", "Change plan and payment methods"),
    ("org:sys_api_keys:read", "Read API keys", "See the API keys"),
    ("org:sys_api_keys:manage", "Manage API keys", "Make and revoke API keys"),
];

/// What a role needs before it can be that of who makes an organization, and what someone in each organization keeps.
const MINIMUM: [&str; 3] = [MANAGE_MEMBERS, READ_MEMBERS, DELETE_PROFILE];

/// What `org:member` gives.
const MEMBER: [&str; 2] = [READ_MEMBERS, "org:sys_billing:read"];

/// The key of the role set that is there from the start.
const INITIAL_ROLE_SET: &str = "role_set:default";

/// The role of a key.
pub(crate) fn role<'a>(state: &'a State, key: &str) -> Option<&'a Role> {
    state.tables.roles.find_one(&format!("key:{key}"))
}

/// The permission of a key.
pub(crate) fn permission<'a>(state: &'a State, key: &str) -> Option<&'a Permission> {
    state.tables.permissions.find_one(&format!("key:{key}"))
}

/// The role set of an id or a key.
pub(crate) fn role_set<'a>(state: &'a State, id_or_key: &str) -> Option<&'a RoleSet> {
    let sets = &state.tables.role_sets;
    sets.get(id_or_key).or_else(|| sets.find_one(&format!("key:{id_or_key}")))
}

/// The role set of new organizations.
pub(crate) fn initial_set(state: &State) -> Option<&RoleSet> {
    state.tables.role_sets.iter().find(|set| is_initial(set))
}

/// The role set that holds for an organization.
pub(crate) fn role_set_of<'a>(state: &'a State, organization: &Organization) -> Option<&'a RoleSet> {
    match &organization.role_set_key {
        Some(key) => role_set(state, key),
        None => initial_set(state),
    }
}

/// The role of who makes an organization with this role set: for the initial one the settings say which.
pub(crate) fn creator_role<'a>(state: &'a State, set: &'a RoleSet) -> Option<&'a Role> {
    let key =
        if is_initial(set) { Some(&state.settings().organizations.creator_role) } else { set.creator_role.as_ref() };
    key.and_then(|key| role(state, key))
}

/// The role of members of whom nothing else is said.
pub(crate) fn default_role<'a>(state: &'a State, set: &'a RoleSet) -> Option<&'a Role> {
    let key =
        if is_initial(set) { Some(&state.settings().organizations.default_role) } else { set.default_role.as_ref() };
    key.and_then(|key| role(state, key))
}

pub(crate) fn is_initial(set: &RoleSet) -> bool {
    set.kind == "initial"
}

/// Whether a role is that of creators anywhere.
pub(crate) fn is_creators(state: &State, key: &str) -> bool {
    state.tables.role_sets.iter().any(|set| creator_role(state, set).is_some_and(|role| role.key == key))
}

/// Whether a role is that of new members anywhere.
pub(crate) fn is_default(state: &State, key: &str) -> bool {
    state.tables.role_sets.iter().any(|set| default_role(state, set).is_some_and(|role| role.key == key))
}

/// Gives a role set other special roles; `None` leaves them. Those of the initial one are in the settings.
pub(crate) fn set_special(state: &mut State, id: &str, default: Option<String>, creator: Option<String>) {
    let Some(initial) = role_set(state, id).map(is_initial) else { return };
    if initial {
        if default.is_some() || creator.is_some() {
            let settings = &mut state.settings_mut().organizations;
            settings.default_role = default.unwrap_or_else(|| settings.default_role.clone());
            settings.creator_role = creator.unwrap_or_else(|| settings.creator_role.clone());
        }
    } else if let Some(mut set) = state.tables.role_sets.edit(id) {
        set.default_role = default.or_else(|| set.default_role.take());
        set.creator_role = creator.or_else(|| set.creator_role.take());
    }
}

/// Makes a role set the one that new organizations get; the one that was keeps its organizations.
pub(crate) fn make_initial(state: &mut State, id: &str) {
    let Some(new) = role_set(state, id).filter(|set| !is_initial(set)).cloned() else { return };
    let settings = state.settings().organizations.clone();
    if let Some(old) = initial_set(state).map(|set| set.id.clone())
        && let Some(mut old) = state.tables.role_sets.edit(&old)
    {
        old.kind = "custom".to_owned();
        old.default_role = Some(settings.default_role);
        old.creator_role = Some(settings.creator_role);
    }
    if let Some(mut set) = state.tables.role_sets.edit(id) {
        set.kind = "initial".to_owned();
    }
    set_special(state, id, new.default_role, new.creator_role);
}

/// Gives a role another key wherever it is named.
pub(crate) fn rename(state: &mut State, old: &str, new: &str) {
    let change = |key: &mut String| {
        if key == old {
            new.clone_into(key);
        }
    };
    let members = state.tables.memberships.iter().filter(|it| it.role == old);
    let members: Vec<String> = members.map(|it| it.id.clone()).collect();
    for id in members {
        if let Some(mut member) = state.tables.memberships.edit(&id) {
            change(&mut member.role);
        }
    }
    let invitations = state.tables.organization_invitations.iter().filter(|it| it.role == old);
    let invitations: Vec<String> = invitations.map(|it| it.id.clone()).collect();
    for id in invitations {
        if let Some(mut invitation) = state.tables.organization_invitations.edit(&id) {
            change(&mut invitation.role);
        }
    }
    let sets: Vec<String> = state.tables.role_sets.iter().map(|it| it.id.clone()).collect();
    for id in sets {
        if let Some(mut set) = state.tables.role_sets.edit(&id) {
            set.roles.iter_mut().for_each(change);
            set.default_role.iter_mut().for_each(change);
            set.creator_role.iter_mut().for_each(change);
        }
    }
    let settings = &mut state.settings_mut().organizations;
    change(&mut settings.creator_role);
    change(&mut settings.default_role);
    change(&mut settings.domain_default_role);
}

/// Gives the members of an organization, and those who are invited, other roles.
pub(crate) fn reassign(
    state: &mut State,
    organization: &OrganizationId,
    mapping: &BTreeMap<String, String>,
    now: Timestamp,
) {
    let members: Vec<String> = super::members(state, organization).map(|it| it.id.clone()).collect();
    for id in members {
        if let Some(mut member) = state.tables.memberships.edit(&id) {
            let Some(to) = mapping.get(&member.role) else { continue };
            to.clone_into(&mut member.role);
            member.updated_at = now;
        }
        super::emit_membership(state, "organizationMembership.updated", &id, now);
    }
    let invitations: Vec<String> = super::invitations::of(state, organization).map(|it| it.id.clone()).collect();
    for id in invitations {
        if let Some(mut invitation) = state.tables.organization_invitations.edit(&id)
            && let Some(to) = mapping.get(&invitation.role)
        {
            to.clone_into(&mut invitation.role);
        }
    }
}

/// Whether whoever has these permissions can keep an organization going.
pub(crate) fn suffices(permissions: &[String]) -> bool {
    MINIMUM.iter().all(|needed| permissions.iter().any(|known| known == needed))
}

/// How many members have a role in the organizations that a role set holds for.
pub(crate) fn members_with(state: &State, set: &RoleSet, key: &str) -> usize {
    let inside = |id: &OrganizationId| {
        let organization = state.tables.organizations.get(id);
        organization.and_then(|organization| role_set_of(state, organization)).is_some_and(|of| of.id == set.id)
    };
    state.tables.memberships.iter().filter(|it| it.role == key && inside(&it.organization_id)).count()
}

/// A role that members of an organization can be given.
///
/// # Errors
///
/// There is none of this key, or the organization does not offer it.
pub(crate) fn offered<'a>(state: &'a State, organization: &Organization, key: &str) -> Result<&'a Role, Failure> {
    let offers = |set: &RoleSet| set.roles.iter().any(|known| known == key);
    let found = role(state, key).filter(|_| role_set_of(state, organization).is_none_or(offers));
    found.ok_or_else(|| {
        Failure::new(404, "resource_not_found", "role not found")
            .explained(format!("this organization has no role {key}"))
            .param("role")
    })
}

/// The roles that members of an organization can be given.
pub(crate) fn offered_by<'a>(state: &'a State, organization: &Organization) -> Vec<&'a Role> {
    match role_set_of(state, organization) {
        Some(set) => set.roles.iter().filter_map(|key| role(state, key)).collect(),
        None => state.tables.roles.iter().collect(),
    }
}

/// Makes the roles and permissions that every instance has, and those of the settings.
pub(crate) fn found(state: &mut State, now: Timestamp) {
    let settings = state.settings().organizations.clone();
    for (key, name, description) in SYSTEM {
        found_permission(state, key, name, description, "system", now);
    }
    for PermissionSettings { key, name, description, .. } in &settings.permissions {
        found_permission(state, key, name, description, "user", now);
    }
    for RoleSettings { key, name, description, permissions, .. } in &settings.roles {
        found_role(state, key, name, description, permissions.clone(), now);
    }
    let everything = SYSTEM.iter().map(|(key, _, _)| (*key).to_owned()).collect();
    found_role(state, "org:admin", "Admin", "May do everything", everything, now);
    let little = MEMBER.map(str::to_owned).to_vec();
    found_role(state, "org:member", "Member", "May see who else is here", little, now);
    if state.tables.role_sets.is_empty() {
        let roles = state.tables.roles.iter().map(|role| role.key.clone()).collect();
        state.tables.role_sets.insert(RoleSet {
            id: State::id("roleset", now),
            key: INITIAL_ROLE_SET.to_owned(),
            name: "Default".to_owned(),
            description: Some("The roles of organizations that name no other role set".to_owned()),
            kind: "initial".to_owned(),
            roles,
            default_role: None,
            creator_role: None,
            created_at: now,
            updated_at: now,
        });
    }
}

fn found_permission(state: &mut State, key: &str, name: &str, description: &str, kind: &str, now: Timestamp) {
    if permission(state, key).is_some() {
        return;
    }
    state.tables.permissions.insert(Permission {
        id: State::id("perm", now),
        key: key.to_owned(),
        name: or_key(name, key),
        description: description.to_owned(),
        kind: kind.to_owned(),
        created_at: now,
        updated_at: now,
    });
}

fn found_role(state: &mut State, key: &str, name: &str, description: &str, permissions: Vec<String>, now: Timestamp) {
    if role(state, key).is_some() {
        return;
    }
    let permissions: Vec<String> = permissions.into_iter().filter(|key| permission(state, key).is_some()).collect();
    state.tables.roles.insert(Role {
        id: State::id("role", now),
        key: key.to_owned(),
        name: or_key(name, key),
        description: description.to_owned(),
        is_creator_eligible: suffices(&permissions),
        permissions,
        created_at: now,
        updated_at: now,
    });
}

fn or_key(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { name.to_owned() }
}
