//! Organizations, as their members see them.

#![allow(deprecated, reason = "the service still shows what its documents call outdated")]

use clerk_core::{OrganizationId, Timestamp};
use clerk_fapi::types;

use super::verification::status;
use crate::{
    model::{
        organization::{
            Membership, Organization, OrganizationDomain, OrganizationInvitation, OrganizationSuggestion, Permission,
            Role,
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
};

pub(crate) fn organization(state: &State, organization: &Organization, now: Timestamp) -> types::Organization {
    let mut view = types::Organization::new(&organization.id, &organization.name);
    view.object = Some("organization".to_owned());
    view.slug = organizations::slug(state, organization);
    view.image_url = Some(images::url(state, organization.image.as_deref()));
    view.has_image = organization.image.is_some();
    view.logo_url = organization.image.as_deref().map(|image| images::url(state, Some(image)));
    view.members_count = Some(count(organizations::members(state, &organization.id).count()));
    view.pending_invitations_count = Some(count(invitations::pending_count(state, &organization.id, now)));
    view.max_allowed_memberships = Some(organization.max_allowed_memberships);
    view.admin_delete_enabled = organization.admin_delete_enabled;
    view.public_metadata = organization.public_metadata.clone();
    view.created_at = Some(organization.created_at);
    view.updated_at = Some(organization.updated_at);
    view
}

pub(crate) fn membership(state: &State, membership: &Membership, now: Timestamp) -> types::OrganizationMembership {
    let mut view = types::OrganizationMembership::new(&*membership.id, &membership.role);
    view.object = Some("organization_membership".to_owned());
    view.role_name = Some(role_name(state, &membership.role));
    view.permissions = organizations::permissions_of(state, &membership.role);
    view.public_metadata = membership.public_metadata.clone();
    let known = state.tables.organizations.get(&membership.organization_id);
    view.organization = known.map(|known| organization(state, known, now));
    view.public_user_data = state.tables.users.get(&membership.user_id).map(|user| public_user(state, user));
    view.created_at = Some(membership.created_at);
    view.updated_at = Some(membership.updated_at);
    view
}

/// The name of a role that may be gone by now.
fn role_name(state: &State, key: &str) -> String {
    organizations::role(state, key).map_or_else(|| key.to_owned(), |role| role.name.clone())
}

/// What members see of each other.
pub(crate) fn public_user(state: &State, user: &User) -> types::PublicUserData {
    let mut view = types::PublicUserData::new();
    view.user_id = Some(user.id.clone());
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

/// What everyone may know of an organization.
pub(crate) fn public_organization(state: &State, id: &OrganizationId) -> Option<types::PublicOrganizationData> {
    let organization = state.tables.organizations.get(id)?;
    let mut view = types::PublicOrganizationData::new(id, &organization.name);
    view.slug = organizations::slug(state, organization);
    view.image_url = Some(images::url(state, organization.image.as_deref()));
    view.has_image = organization.image.is_some();
    Some(view)
}

pub(crate) fn invitation(
    state: &State,
    invitation: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitation {
    let mut view = types::OrganizationInvitation::new(&*invitation.id, &invitation.email_address);
    let status = invitations::status(invitation, now);
    view.object = Some("organization_invitation".to_owned());
    view.role = Some(invitation.role.clone());
    view.role_name = Some(role_name(state, &invitation.role));
    view.organization_id = Some(invitation.organization_id.clone());
    view.public_organization_data = public_organization(state, &invitation.organization_id);
    view.status = Some(status.into());
    view.public_metadata = invitation.public_metadata.clone();
    view.url = (status == "pending").then(|| tickets::url(state, &invitation.ticket).into());
    view.expires_at = invitation.expires_at;
    view.created_at = Some(invitation.created_at);
    view.updated_at = Some(invitation.updated_at);
    view
}

/// An invitation as whoever is invited sees it.
pub(crate) fn user_invitation(
    state: &State,
    known: &OrganizationInvitation,
    now: Timestamp,
) -> types::OrganizationInvitationUserContext {
    let plain = invitation(state, known, now);
    let mut view = types::OrganizationInvitationUserContext::new(plain.id, plain.email_address);
    view.object = plain.object;
    view.role = plain.role;
    view.role_name = plain.role_name;
    view.organization_id = plain.organization_id;
    view.public_organization_data = plain.public_organization_data;
    view.status = plain.status;
    view.public_metadata = plain.public_metadata;
    view.url = plain.url;
    view.expires_at = plain.expires_at;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    view
}

pub(crate) fn domain(state: &State, domain: &OrganizationDomain, now: Timestamp) -> types::OrganizationDomain {
    let mut view = types::OrganizationDomain::new(&*domain.id, &domain.organization_id, &domain.name);
    view.object = Some("organization_domain".to_owned());
    view.enrollment_mode = Some(domain.enrollment_mode.clone());
    view.affiliation_email_address = domain.affiliation_email_address.clone();
    view.affiliation_verification = domain.affiliation.as_deref().map(|proof| verification(proof, now));
    view.ownership_verification = domain.ownership.as_deref().map(|proof| ownership(domain, proof, now));
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

fn ownership(
    domain: &OrganizationDomain,
    proof: &Verification,
    now: Timestamp,
) -> types::OrganizationDomainOwnershipVerification {
    let mut view = types::OrganizationDomainOwnershipVerification::new(status(proof.status_at(now)));
    view.strategy = Some(proof.strategy.clone());
    view.attempts = proof.attempts.map(i64::from);
    view.expire_at = proof.expire_at;
    view.verified_at = proof.verified_at;
    if let Some(token) = &proof.token {
        view.txt_record_name = Some(domains::record_name(domain));
        view.txt_record_value = Some(token.clone());
    }
    view
}

/// A request to join, as those who decide on it see it.
pub(crate) fn request(state: &State, request: &OrganizationSuggestion) -> types::OrganizationMembershipRequest {
    let status = match request.status.as_str() {
        "accepted" => "pending",
        "completed" => "accepted",
        _ => "revoked",
    };
    let mut view = types::OrganizationMembershipRequest::new(&*request.id, &request.organization_id, status);
    view.object = Some("organization_membership_request".to_owned());
    view.public_user_data = state.tables.users.get(&request.user_id).map(|user| public_user(state, user));
    view.created_at = Some(request.created_at);
    view.updated_at = Some(request.updated_at);
    view
}

/// An offer to join, as whoever it is made to sees it.
pub(crate) fn suggestion(state: &State, suggestion: &OrganizationSuggestion) -> types::OrganizationSuggestion {
    let mut view = types::OrganizationSuggestion::new(&*suggestion.id, &suggestion.status);
    view.object = Some("organization_suggestion".to_owned());
    view.public_organization_data = public_organization(state, &suggestion.organization_id);
    view.created_at = Some(suggestion.created_at);
    view.updated_at = Some(suggestion.updated_at);
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

fn permission(permission: &Permission) -> types::Permission {
    let mut view = types::Permission::new(&*permission.id, &permission.key);
    view.object = Some("permission".to_owned());
    view.name = Some(permission.name.clone());
    view.description = Some(permission.description.clone());
    view.type_ = Some(permission.kind.as_str().into());
    view.created_at = Some(permission.created_at);
    view.updated_at = Some(permission.updated_at);
    view
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
