//! Organizations: who belongs to them, and what that allows.

use clerk_core::{JsonMap, OrganizationId, Timestamp, UserId};

use crate::{
    failure::Failure,
    model::organization::{Membership, Organization},
    state::State,
    views,
};

pub(crate) mod domains;
pub(crate) mod invitations;
pub(crate) mod making;
pub(crate) mod roles;
pub(crate) mod search;

pub(crate) use domains::enroll;
pub(crate) use making::{New, create, delete};
pub(crate) use roles::{found, role};

/// The membership of a user in an organization.
pub(crate) fn membership<'a>(state: &'a State, organization: &str, user: &UserId) -> Option<&'a Membership> {
    state.tables.memberships.find_one(&format!("org:{organization} user:{user}"))
}

/// The organization of an id or a slug.
pub(crate) fn by_id_or_slug(state: &State, id_or_slug: &str) -> Option<OrganizationId> {
    let organizations = &state.tables.organizations;
    let found = organizations.get(id_or_slug).or_else(|| organizations.find_one(&format!("slug:{id_or_slug}")));
    found.map(|organization| organization.id.clone())
}

/// The slug that an organization is shown with: none where slugs are switched off, whatever it had before.
pub(crate) fn slug(state: &State, organization: &Organization) -> Option<String> {
    organization.slug.clone().filter(|_| state.settings().organizations.slugs)
}

/// The members of an organization, the oldest first.
pub(crate) fn members<'a>(
    state: &'a State,
    organization: &OrganizationId,
) -> impl DoubleEndedIterator<Item = &'a Membership> + Clone + use<'a> {
    state.tables.memberships.find(&format!("org:{organization}"))
}

/// What a role allows: keys of permissions.
pub(crate) fn permissions_of(state: &State, role_key: &str) -> Vec<String> {
    role(state, role_key).map(|role| role.permissions.clone()).unwrap_or_default()
}

/// Checks that there are organizations at all.
///
/// # Errors
///
/// The instance has them switched off.
pub(crate) fn enabled(state: &State) -> Result<(), Failure> {
    if state.settings().organizations.enabled {
        return Ok(());
    }
    Err(Failure::new(403, "organization_not_enabled_in_instance", "no organizations here")
        .explained("organizations are switched off in the settings of this instance"))
}

/// Checks that an organization has room for more members; whoever is invited counts as one.
///
/// # Errors
///
/// It has not.
pub(crate) fn room(state: &State, organization: &OrganizationId, more: usize, now: Timestamp) -> Result<(), Failure> {
    let most = state.tables.organizations.get(organization).map_or(0, |it| it.max_allowed_memberships);
    let taken =
        members(state, organization).count().saturating_add(invitations::pending_count(state, organization, now));
    let most = usize::try_from(most).unwrap_or(0);
    if most == 0 || taken.saturating_add(more) <= most {
        return Ok(());
    }
    Err(Failure::new(403, "organization_membership_quota_exceeded", "too many members")
        .explained(format!("this organization takes {most} members, including those who are invited")))
}

/// A new member.
#[derive(Debug, Default)]
pub(crate) struct NewMember<'a> {
    /// The key of the role; the default role of the organization where it is not given.
    pub(crate) role: Option<&'a str>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
}

/// Makes a user a member, and tells of it: the id of the membership.
///
/// # Errors
///
/// The user is one already, the organization has no such role or no room left.
pub(crate) fn add_member(
    state: &mut State,
    organization: &OrganizationId,
    user: &UserId,
    new: NewMember<'_>,
    now: Timestamp,
) -> Result<String, Failure> {
    may_be_added(state, organization, user)?;
    room(state, organization, 1, now)?;
    admit(state, organization, user, new, now)
}

/// The same for someone who is counted already, such as by an invitation.
pub(crate) fn admit(
    state: &mut State,
    organization: &OrganizationId,
    user: &UserId,
    new: NewMember<'_>,
    now: Timestamp,
) -> Result<String, Failure> {
    may_be_added(state, organization, user)?;
    let Some(known) = state.tables.organizations.get(organization) else {
        return Err(Failure::not_found("organization", organization.as_str()));
    };
    let role = match new.role {
        Some(key) => roles::offered(state, known, key)?.key.clone(),
        None => {
            let set = roles::role_set_of(state, known);
            let role = set.and_then(|set| roles::default_role(state, set));
            role.map_or_else(|| state.settings().organizations.default_role.clone(), |role| role.key.clone())
        }
    };
    let id = State::id("orgmem", now);
    state.tables.memberships.insert(Membership {
        id: id.clone(),
        organization_id: organization.clone(),
        user_id: user.clone(),
        role,
        public_metadata: new.public_metadata,
        private_metadata: new.private_metadata,
        created_at: now,
        updated_at: now,
    });
    emit_membership(state, "organizationMembership.created", &id, now);
    Ok(id)
}

fn may_be_added(state: &State, organization: &OrganizationId, user: &UserId) -> Result<(), Failure> {
    if !state.tables.users.contains(user) {
        return Err(Failure::not_found("user", user.as_str()));
    }
    if membership(state, organization.as_str(), user).is_some() {
        return Err(Failure::new(400, "already_a_member_in_organization", "already a member")
            .explained(format!("user {user} is a member of this organization already")));
    }
    Ok(())
}

/// Gives a member another role, and tells of it.
///
/// # Errors
///
/// The organization has no such role, or nobody would be left who can keep it going.
pub(crate) fn change_role(state: &mut State, id: &str, role_key: &str, now: Timestamp) -> Result<(), Failure> {
    let Some(membership) = state.tables.memberships.get(id) else {
        return Err(Failure::not_found("organization membership", id));
    };
    let Some(organization) = state.tables.organizations.get(&membership.organization_id) else {
        return Err(Failure::not_found("organization", membership.organization_id.as_str()));
    };
    let role = roles::offered(state, organization, role_key)?;
    let key = role.key.clone();
    if !roles::suffices(&role.permissions) {
        someone_is_left(state, id)?;
    }
    if let Some(mut membership) = state.tables.memberships.edit(id) {
        membership.role = key;
        membership.updated_at = now;
    }
    emit_membership(state, "organizationMembership.updated", id, now);
    Ok(())
}

/// Checks that an organization can be kept going without this member.
///
/// # Errors
///
/// This is the last one with the permissions for it.
pub(crate) fn someone_is_left(state: &State, membership: &str) -> Result<(), Failure> {
    let Some(leaving) = state.tables.memberships.get(membership) else { return Ok(()) };
    let suffices = |member: &Membership| roles::suffices(&permissions_of(state, &member.role));
    // An organization that nobody could manage before is not worse off.
    if !suffices(leaving) || members(state, &leaving.organization_id).any(|it| it.id != membership && suffices(it)) {
        return Ok(());
    }
    Err(Failure::new(400, "organization_minimum_permissions_needed", "nobody would be left to manage it")
        .explained("give another member a role that can manage members and delete the organization first"))
}

/// Ends a membership and tells of it: sessions that had the organization in the foreground have none from now on.
pub(crate) fn remove_membership(state: &mut State, id: &str, now: Timestamp) {
    let view = membership_view(state, id);
    let Some(gone) = state.tables.memberships.remove(id) else { return };
    leave_sessions(state, &gone.organization_id, Some(&gone.user_id));
    if let Some(view) = view {
        state.emit("organizationMembership.deleted", &view, now);
    }
}

/// Takes an organization out of the foreground of the sessions of a user, or of everyone.
fn leave_sessions(state: &mut State, organization: &OrganizationId, user: Option<&UserId>) {
    let inside = |session: &&crate::model::session::Session| {
        session.last_active_organization_id.as_ref() == Some(organization)
            && user.is_none_or(|user| session.user_id == *user)
    };
    let table = &state.tables.sessions;
    // Everyone's sessions are many: they are gone through only where it is everyone.
    let sessions: Vec<_> = match user {
        Some(user) => table.find(&format!("user:{user}")).filter(inside).map(|session| session.id.clone()).collect(),
        None => table.iter().filter(inside).map(|session| session.id.clone()).collect(),
    };
    for id in sessions {
        if let Some(mut session) = state.tables.sessions.edit(&id) {
            session.last_active_organization_id = None;
        }
    }
}

/// The organization a request names.
///
/// # Errors
///
/// There is none.
pub(crate) fn get<'a>(state: &'a State, id: &str) -> Result<&'a Organization, Failure> {
    state.tables.organizations.get(id).ok_or_else(|| Failure::not_found("organization", id))
}

/// Tells that an organization changed, and when.
pub(crate) fn updated(state: &mut State, id: &OrganizationId, now: Timestamp) {
    if let Some(mut organization) = state.tables.organizations.edit(id) {
        organization.updated_at = now;
    }
    emit(state, "organization.updated", id, now);
}

fn emit(state: &mut State, kind: &str, id: &OrganizationId, now: Timestamp) {
    let view = state.tables.organizations.get(id);
    let view = view.map(|organization| views::bapi::organization::organization(state, organization));
    if let Some(view) = view {
        state.emit(kind, &view, now);
    }
}

fn membership_view(state: &State, id: &str) -> Option<clerk_bapi::types::OrganizationMembership> {
    let membership = state.tables.memberships.get(id)?;
    Some(views::bapi::organization::membership(state, membership))
}

/// Tells of a membership.
pub(crate) fn emit_membership(state: &mut State, kind: &str, id: &str, now: Timestamp) {
    if let Some(view) = membership_view(state, id) {
        state.emit(kind, &view, now);
    }
}
