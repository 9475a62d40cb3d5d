//! Organizations, as back ends see them.

#![allow(deprecated, reason = "the service still shows what its documents call outdated")]

use clerk_bapi::types;
use clerk_core::{OrganizationId, Secret, Timestamp, UserId};

use crate::{
    model::{
        organization::{
            Membership, Organization, OrganizationDomain, OrganizationInvitation, Permission, Role, RoleSet,
        },
        user::User,
        verification::Verification,
    },
    rules::{
        images,
        organizations::{self, domains, invitations, roles},
        tickets,
    },
    state::State,
    views::fapi::verification::status,
};

pub(crate) fn organization(state: &State, organization: &Organization) -> types::Organization {
    let mut view = types::Organization::new(&organization.id, &organization.name);
    view.object = Some("organization".to_owned());
    view.slug = organizations::slug(state, organization);
    view.image_url = Some(images::url(state, organization.image.as_deref()));
    view.has_image = organization.image.is_some();
    // Shown whether asked for or not, as the type has no way to leave it out.
    let suffices = |member: &Membership| roles::suffices(&organizations::permissions_of(state, &member.role));
    view.missing_member_with_elevated_permissions = !organizations::members(state, &organization.id).any(suffices);
    view.max_allowed_memberships = Some(organization.max_allowed_memberships);
    view.admin_delete_enabled = organization.admin_delete_enabled;
    view.public_metadata = organization.public_metadata.clone();
    view.private_metadata = organization.private_metadata.clone();
    view.created_by = organization.created_by.clone();
    view.created_at = Some(organization.created_at);
    view.updated_at = Some(organization.updated_at);
    view.last_active_at = organization.last_active_at;
    view.role_set_key =
        roles::role_set_of(state, organization).map(|set| set.key.clone()).or(organization.role_set_key.clone());
    view
}

/// An organization with the numbers that are given only where they are asked for.
pub(crate) fn counted(state: &State, known: &Organization, counts: bool, now: Timestamp) -> types::Organization {
    let mut view = organization(state, known);
    if counts {
        view.members_count = Some(count(organizations::members(state, &known.id).count()));
        view.pending_invitations_count = Some(count(invitations::pending_count(state, &known.id, now)));
    }
    view
}

/// An organization after its picture changed.
pub(crate) fn with_logo(state: &State, known: &Organization) -> types::OrganizationWithLogo {
    let plain = organization(state, known);
    let mut view = types::OrganizationWithLogo::new(plain.id, plain.name);
    view.object = plain.object;
    view.slug = plain.slug;
    view.image_url = plain.image_url;
    view.has_image = plain.has_image;
    view.max_allowed_memberships = plain.max_allowed_memberships;
    view.missing_member_with_elevated_permissions = plain.missing_member_with_elevated_permissions;
    view.admin_delete_enabled = plain.admin_delete_enabled;
    view.public_metadata = plain.public_metadata;
    view.private_metadata = plain.private_metadata;
    view.created_by = plain.created_by;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    view.last_active_at = plain.last_active_at;
    view.role_set_key = plain.role_set_key;
    view
}

pub(crate) fn membership(state: &State, membership: &Membership) -> types::OrganizationMembership {
    let mut view = types::OrganizationMembership::new(&*membership.id, &membership.role);
    view.object = Some("organization_membership".to_owned());
    view.role_name = organizations::role(state, &membership.role).map(|role| role.name.clone());
    view.permissions = organizations::permissions_of(state, &membership.role);
    view.public_metadata = membership.public_metadata.clone();
    view.private_metadata = membership.private_metadata.clone();
    let known = state.tables.organizations.get(&membership.organization_id);
    view.organization = known.map(|known| organization(state, known));
    view.public_user_data = state.tables.users.get(&membership.user_id).map(|user| public_user(state, user));
    view.created_at = Some(membership.created_at);
    view.updated_at = Some(membership.updated_at);
    view
}

fn public_user(state: &State, user: &User) -> types::OrganizationMembershipPublicUserData {
    let mut view = types::OrganizationMembershipPublicUserData::new(&user.id);
    view.first_name = user.first_name.clone();
    view.last_name = user.last_name.clone();
    let image = images::url(state, user.image.as_deref());
    view.profile_image_url = Some(image.clone());
    view.image_url = Some(image);
    view.has_image = user.image.is_some();
    view.identifier = Some(user.identifier());
    view.username = user.username.clone();
    view.banned = user.banned;
    view.deprovisioned = user.deprovisioned;
    view
}

pub(crate) fn invitation(
    state: &State,
    invitation: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitation {
    let mut view = types::OrganizationInvitation::new(&*invitation.id, &invitation.email_address);
    view.object = Some("organization_invitation".to_owned());
    view.role = Some(invitation.role.clone());
    view.role_name = Some(role_name(state, &invitation.role));
    view.organization_id = Some(invitation.organization_id.clone());
    view.inviter_id = invitation.inviter_id.clone();
    view.public_inviter_data = inviter(state, invitation.inviter_id.as_ref());
    view.status = Some(invitations::status(invitation, now).to_owned());
    view.public_metadata = invitation.public_metadata.clone();
    view.private_metadata = invitation.private_metadata.clone();
    view.url = url(state, invitation, now);
    view.expires_at = invitation.expires_at;
    view.created_at = Some(invitation.created_at);
    view.updated_at = Some(invitation.updated_at);
    view
}

/// The name of a role that may be gone by now.
fn role_name(state: &State, key: &str) -> String {
    organizations::role(state, key).map_or_else(|| key.to_owned(), |role| role.name.clone())
}

/// Where an invitation is accepted, as long as it can be.
fn url(state: &State, invitation: &OrganizationInvitation, now: Timestamp) -> Option<Secret> {
    let open = invitations::status(invitation, now) == "pending";
    open.then(|| tickets::url(state, &invitation.ticket).into())
}

fn inviter(state: &State, id: Option<&UserId>) -> Option<types::OrganizationInvitationPublicUserData> {
    let user = state.tables.users.get(id?)?;
    let mut view = types::OrganizationInvitationPublicUserData::new();
    view.user_id = Some(user.id.clone());
    view.first_name = user.first_name.clone();
    view.last_name = user.last_name.clone();
    view.image_url = Some(images::url(state, user.image.as_deref()));
    view.has_image = user.image.is_some();
    view.identifier = Some(user.identifier());
    Some(view)
}

/// What everyone may know of an organization.
pub(crate) fn public_organization(
    state: &State,
    id: &OrganizationId,
) -> Option<types::OrganizationInvitationPublicOrganizationData> {
    let organization = state.tables.organizations.get(id)?;
    let mut view = types::OrganizationInvitationPublicOrganizationData::new(id, &organization.name);
    view.slug = organizations::slug(state, organization);
    view.image_url = Some(images::url(state, organization.image.as_deref()));
    view.has_image = organization.image.is_some();
    Some(view)
}

/// An invitation in a list across organizations, or of a user.
pub(crate) fn invitation_with_organization(
    state: &State,
    known: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitationWithPublicOrganizationData {
    let plain = invitation(state, known, now);
    let mut view = types::OrganizationInvitationWithPublicOrganizationData::new();
    view.object = plain.object;
    view.id = Some(plain.id);
    view.email_address = Some(plain.email_address);
    view.role = plain.role;
    view.role_name = plain.role_name;
    view.organization_id = plain.organization_id;
    view.inviter_id = plain.inviter_id;
    view.public_inviter_data = plain.public_inviter_data;
    view.status = plain.status;
    view.public_metadata = plain.public_metadata;
    view.private_metadata = plain.private_metadata;
    view.url = plain.url;
    view.expires_at = plain.expires_at;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    view.public_organization_data = public_organization(state, &known.organization_id);
    view
}

/// What the events of a new and of a revoked invitation carry.
pub(crate) fn created_invitation(
    state: &State,
    known: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitationCreatedPayload {
    let plain = invitation(state, known, now);
    let mut view = types::OrganizationInvitationCreatedPayload::new(plain.id, plain.email_address);
    view.object = plain.object;
    view.role = plain.role;
    view.role_name = plain.role_name;
    view.organization_id = plain.organization_id;
    view.inviter_id = plain.inviter_id;
    view.public_inviter_data = plain.public_inviter_data;
    view.status = plain.status;
    view.public_metadata = plain.public_metadata;
    view.private_metadata = plain.private_metadata;
    view.url = plain.url;
    view.expires_at = plain.expires_at;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    let mut data = types::OrganizationInvitationCreatedPayloadData::new();
    data.public_organization_data = public_organization(state, &known.organization_id);
    view.data = Some(data);
    view
}

/// What the event of an accepted invitation carries.
pub(crate) fn accepted_invitation(
    state: &State,
    known: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitationAcceptedPayload {
    let plain = invitation(state, known, now);
    let mut view = types::OrganizationInvitationAcceptedPayload::new(plain.id, plain.email_address);
    view.object = plain.object;
    view.role = plain.role;
    view.role_name = plain.role_name;
    view.organization_id = plain.organization_id;
    view.inviter_id = plain.inviter_id;
    view.public_inviter_data = plain.public_inviter_data;
    view.status = plain.status;
    view.public_metadata = plain.public_metadata;
    view.private_metadata = plain.private_metadata;
    view.url = plain.url;
    view.expires_at = plain.expires_at;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    view.user_id = known.user_id.clone();
    let mut data = types::OrganizationInvitationAcceptedPayloadData::new();
    data.public_organization_data = public_organization(state, &known.organization_id);
    view.data = Some(data);
    view
}

pub(crate) fn domain(state: &State, domain: &OrganizationDomain, now: Timestamp) -> types::OrganizationDomain {
    let mut view = types::OrganizationDomain::new(&*domain.id, &domain.organization_id, &domain.name);
    view.object = Some("organization_domain".to_owned());
    view.enrollment_mode = Some(domain.enrollment_mode.as_str().into());
    view.affiliation_email_address = domain.affiliation_email_address.clone();
    view.affiliation_verification = domain.affiliation.as_deref().map(|proof| verification(proof, now));
    view.ownership_verification = domain.ownership.as_deref().map(|proof| verification(proof, now));
    view.verification = domains::proof(domain).map(|proof| verification(proof, now));
    view.total_pending_invitations = Some(count(domains::pending_invitations(state, &domain.id, now).len()));
    view.total_pending_suggestions = Some(count(domains::pending_suggestions(state, &domain.id).len()));
    view.public_organization_data = public_organization(state, &domain.organization_id);
    view.created_at = Some(domain.created_at);
    view.updated_at = Some(domain.updated_at);
    view
}

fn verification(proof: &Verification, now: Timestamp) -> types::OrganizationDomainVerification {
    let mut view = types::OrganizationDomainVerification::new(status(proof.status_at(now)));
    view.strategy = Some(proof.strategy.clone());
    view.attempts = proof.attempts.map(i64::from);
    view.expire_at = proof.expire_at;
    view.verified_at = proof.verified_at;
    view
}

pub(crate) fn permission(permission: &Permission) -> types::Permission {
    let mut view = types::Permission::new(&*permission.id, &permission.key);
    view.object = Some("permission".to_owned());
    view.name = Some(permission.name.clone());
    view.description = Some(permission.description.clone());
    view.type_ = Some(permission.kind.clone());
    view.created_at = Some(permission.created_at);
    view.updated_at = Some(permission.updated_at);
    view
}

pub(crate) fn role(state: &State, role: &Role) -> types::Role {
    let mut view = types::Role::new(&*role.id, &role.key);
    view.object = Some("role".to_owned());
    view.name = Some(role.name.clone());
    view.description = Some(role.description.clone());
    view.is_creator_eligible = role.is_creator_eligible;
    let permissions = role.permissions.iter().filter_map(|key| roles::permission(state, key));
    view.permissions = permissions.map(permission).collect();
    view.created_at = Some(role.created_at);
    view.updated_at = Some(role.updated_at);
    view
}

pub(crate) fn role_set(state: &State, set: &RoleSet) -> types::RoleSet {
    let mut view = types::RoleSet::new(&*set.id, &set.key);
    view.object = Some("role_set".to_owned());
    view.name = Some(set.name.clone());
    view.description = set.description.clone();
    view.roles = set
        .roles
        .iter()
        .filter_map(|key| roles::role(state, key))
        .map(|role| role_set_item(state, set, role))
        .collect();
    view.default_role = roles::default_role(state, set).map(|role| role_set_item(state, set, role));
    view.creator_role = roles::creator_role(state, set).map(|role| role_set_item(state, set, role));
    view.type_ = Some(set.kind.as_str().into());
    view.created_at = Some(set.created_at);
    view.updated_at = Some(set.updated_at);
    view
}

fn role_set_item(state: &State, set: &RoleSet, role: &Role) -> types::RoleSetItem {
    let members = roles::members_with(state, set, &role.key);
    let mut view = types::RoleSetItem::new(&*role.id, &role.key);
    view.object = Some("role_set_item".to_owned());
    view.name = Some(role.name.clone());
    view.description = Some(role.description.clone());
    view.members_count = Some(count(members));
    view.has_members = members > 0;
    view.created_at = Some(role.created_at);
    view.updated_at = Some(role.updated_at);
    view
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
