//! Organizations, as their members use them.

use clerk_core::{OrganizationId, UserId};
use serde::Serialize;

use super::{Call, Handlers};
use crate::{answer::Outcome, bapi::list, failure::Failure, rules::organizations};

mod domains;
mod domains_bulk;
mod invitations;
mod members;
mod mine;
mod organization;
mod requests;

pub(crate) const HANDLERS: Handlers = &[
    ("createOrganization", organization::create),
    ("getOrganization", organization::get),
    ("updateOrganization", organization::update),
    ("deleteOrganization", organization::delete),
    ("updateOrganizationLogo", organization::update_logo),
    ("deleteOrganizationLogo", organization::delete_logo),
    ("ListOrganizationRoles", organization::roles),
    ("ListOrganizationMemberships", members::list),
    ("CreateOrganizationMembership", members::create),
    ("UpdateOrganizationMembership", members::update),
    ("removeOrganizationMember", members::remove),
    ("getOrganizationInvitations", invitations::list),
    ("createOrganizationInvitations", invitations::create),
    ("bulkCreateOrganizationInvitations", invitations::create_many),
    ("getAllPendingOrganizationInvitations", invitations::pending),
    ("revokePendingOrganizationInvitation", invitations::revoke),
    ("ListOrganizationDomains", domains::list),
    ("CreateOrganizationDomain", domains::create),
    ("GetOrganizationDomain", domains::get),
    ("deleteOrganizationDomain", domains::delete),
    ("prepareOrganizationDomainVerification", domains::prepare_affiliation),
    ("attemptOrganizationDomainVerification", domains::attempt_affiliation),
    ("prepareOrganizationDomainOwnershipVerification", domains::prepare_ownership),
    ("attemptOrganizationDomainOwnershipVerification", domains::attempt_ownership),
    ("UpdateOrganizationDomainEnrollmentMode", domains::update_mode),
    ("createOrganizationDomainsBulk", domains_bulk::create),
    ("prepareOrganizationDomainsOwnershipVerification", domains_bulk::prepare_ownership),
    ("attemptOrganizationDomainsOwnershipVerification", domains_bulk::attempt_ownership),
    ("listOrganizationMembershipRequests", requests::list),
    ("acceptOrganizationMembershipRequest", requests::accept),
    ("rejectOrganizationMembershipRequest", requests::reject),
    ("getOrganizationMemberships", mine::memberships),
    ("deleteOrganizationMemberships", mine::leave),
    ("getUsersOrganizationInvitations", mine::invitations),
    ("acceptOrganizationInvitation", mine::accept_invitation),
    ("getOrganizationSuggestions", mine::suggestions),
    ("acceptOrganizationSuggestion", mine::accept_suggestion),
    ("getOrganizationCreationDefaults", mine::creation_defaults),
];

/// Who asks, and about which organization.
struct Inside {
    organization: OrganizationId,
    user: UserId,
}

/// Sees whether who is signed in is a member of the organization of the path, with one of these permissions; none
/// at all asks for no permission.
fn inside(call: &Call<'_>, any_of: &[&str]) -> Result<Inside, Failure> {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let id = call.input.path("organization_id");
    let organization = organizations::get(call.state, id)?.id.clone();
    let Some(membership) = organizations::membership(call.state, id, &user) else {
        return Err(not_a_member(id));
    };
    let permissions = organizations::permissions_of(call.state, &membership.role);
    if any_of.is_empty() || any_of.iter().any(|needed| permissions.iter().any(|known| known == needed)) {
        return Ok(Inside { organization, user });
    }
    let needed = any_of.join(" or ");
    Err(Failure::new(403, "missing_organization_permission", "missing permission")
        .explained(format!("this takes a role with the permission {needed} in the organization"))
        .with("permissions", any_of.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()))
}

fn not_a_member(organization: &str) -> Failure {
    Failure::new(403, "not_a_member_in_organization", "not a member")
        .explained(format!("you are not a member of organization {organization}"))
}

/// A list with how many there are in all.
#[derive(Serialize)]
struct Page<T> {
    data: Vec<T>,
    total_count: usize,
}

/// The part of a list that is asked for, with how many there are in all.
fn page<I: Iterator + Clone, T: Serialize>(
    call: &Call<'_>,
    all: I,
    show: impl Fn(I::Item) -> T,
) -> Result<Page<T>, Failure> {
    let window = list::window(call.input)?;
    let data = window.of(all.clone()).into_iter().map(show).collect();
    Ok(Page { data, total_count: all.count() })
}

/// The same for a list that is bare unless `paginated` is sent.
fn reply_list<T: Serialize>(call: &mut Call<'_>, page: &Page<T>) -> Outcome {
    if call.input.query_flag("paginated")?.unwrap_or(false) { call.reply(page) } else { call.reply(&page.data) }
}
