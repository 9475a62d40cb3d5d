//! Organizations, as back ends manage them.

use clerk_core::{JsonMap, OrganizationId};

use super::{Call, Handlers};
use crate::{
    failure::Failure,
    rules::{metadata, organizations},
};

mod domains;
mod invitations;
mod memberships;
mod order;
mod organization;
mod permissions;
mod role_sets;
mod roles;
mod select_members;

pub(crate) const HANDLERS: Handlers = &[
    ("ListOrganizations", organization::list),
    ("CreateOrganization", organization::create),
    ("GetOrganization", organization::get),
    ("UpdateOrganization", organization::update),
    ("DeleteOrganization", organization::delete),
    ("MergeOrganizationMetadata", organization::merge_metadata),
    ("ReplaceOrganizationMetadata", organization::replace_metadata),
    ("UploadOrganizationLogo", organization::upload_logo),
    ("DeleteOrganizationLogo", organization::delete_logo),
    ("ListOrganizationMemberships", memberships::list),
    ("InstanceGetOrganizationMemberships", memberships::list_all),
    ("UsersGetOrganizationMemberships", memberships::list_of_user),
    ("CreateOrganizationMembership", memberships::create),
    ("UpdateOrganizationMembership", memberships::update),
    ("DeleteOrganizationMembership", memberships::delete),
    ("UpdateOrganizationMembershipMetadata", memberships::merge_metadata),
    ("ListOrganizationInvitations", invitations::list),
    ("ListPendingOrganizationInvitations", invitations::pending),
    ("ListInstanceOrganizationInvitations", invitations::list_all),
    ("UsersGetOrganizationInvitations", invitations::list_of_user),
    ("CreateOrganizationInvitation", invitations::create),
    ("CreateOrganizationInvitationBulk", invitations::create_many),
    ("GetOrganizationInvitation", invitations::get),
    ("RevokeOrganizationInvitation", invitations::revoke),
    ("ListOrganizationDomains", domains::list),
    ("ListAllOrganizationDomains", domains::list_all),
    ("CreateOrganizationDomain", domains::create),
    ("UpdateOrganizationDomain", domains::update),
    ("DeleteOrganizationDomain", domains::delete),
    ("VerifyOrganizationDomainOwnership", domains::verify_ownership),
    ("ListOrganizationRoles", roles::list),
    ("CreateOrganizationRole", roles::create),
    ("GetOrganizationRole", roles::get),
    ("UpdateOrganizationRole", roles::update),
    ("DeleteOrganizationRole", roles::delete),
    ("AssignPermissionToOrganizationRole", roles::assign),
    ("RemovePermissionFromOrganizationRole", roles::unassign),
    ("ListOrganizationPermissions", permissions::list),
    ("CreateOrganizationPermission", permissions::create),
    ("GetOrganizationPermission", permissions::get),
    ("UpdateOrganizationPermission", permissions::update),
    ("DeleteOrganizationPermission", permissions::delete),
    ("ListRoleSets", role_sets::list),
    ("CreateRoleSet", role_sets::create),
    ("GetRoleSet", role_sets::get),
    ("UpdateRoleSet", role_sets::update),
    ("ReplaceRoleSet", role_sets::replace),
    ("AddRolesToRoleSet", role_sets::add_roles),
    ("ReplaceRoleInRoleSet", role_sets::replace_role),
];

/// The organization of the path, where there are organizations.
fn named(call: &Call<'_>) -> Result<OrganizationId, Failure> {
    organizations::enabled(call.state)?;
    Ok(organizations::get(call.state, call.input.path("organization_id"))?.id.clone())
}

/// Metadata of something new.
fn new_metadata(call: &Call<'_>, name: &str) -> Result<JsonMap, Failure> {
    let given = call.input.object(name).cloned().unwrap_or_default();
    metadata::check(&given, name)?;
    Ok(given)
}

/// The metadata of something that is there, with what the request merges into it.
fn merged_metadata(call: &Call<'_>, name: &str, known: &JsonMap) -> Result<JsonMap, Failure> {
    let mut known = known.clone();
    if let Some(given) = call.input.object(name) {
        metadata::merge(&mut known, given);
        metadata::check(&known, name)?;
    }
    Ok(known)
}
