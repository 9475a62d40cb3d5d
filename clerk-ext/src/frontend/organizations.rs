mod domains;
mod enterprise_connections;
mod invitations;
mod members;
mod membership_requests;

use std::marker::PhantomData;

use clerk_core::{Json, OrganizationId, OrganizationInvitationId, OrganizationSuggestionId, Upload};
use clerk_fapi::{
    organization::{
        CreateOrganization, DeleteOrganization, DeleteOrganizationLogo, GetOrganization, UpdateOrganization,
        UpdateOrganizationLogo,
    },
    organization_creation_defaults::GetOrganizationCreationDefaults,
    organizations_memberships::{
        AcceptOrganizationInvitation, AcceptOrganizationSuggestion, GetOrganizationMemberships,
        GetOrganizationSuggestions, GetUserOrganizationInvitations, LeaveOrganization,
    },
    roles::ListOrganizationRoles,
    types::{DeletedObject, OrganizationCreationDefaults, OrganizationSuggestion, Role},
};

pub use self::{
    domains::OrganizationDomains, enterprise_connections::OrganizationEnterpriseConnections,
    invitations::OrganizationInvitations, members::OrganizationMembers,
    membership_requests::OrganizationMembershipRequests,
};
use super::{
    client::Frontend,
    device::Device,
    types::{Organization, OrganizationInvitationUserContext, OrganizationMembership},
};
use crate::{list::List, metadata::Metadata, request::Request};

/// The organizations of whoever is signed in: those that they belong to, and what their role allows them to do there.
///
/// Everything acts for the session in the foreground; `clerk_session_id` on a call names another one of this device.
/// What an organization consists of has handles of its own, each for one organization.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let organizations = clerk.organizations();
/// let acme = organizations.create("Acme").slug("acme").await?;
/// organizations.invitations(&acme.id).create("bob@example.com", "org:member").await?;
///
/// let mut memberships = organizations.memberships().stream();
/// while let Some(membership) = memberships.try_next().await? {
///     assert_eq!(membership.organization.as_ref().map(|one| one.name.as_str()), Some("Acme"));
///     assert_eq!(membership.role, "org:admin");
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Organizations<M: Metadata = Json> {
    device: Device,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> Frontend<M> {
    /// The organizations of whoever is signed in.
    #[must_use]
    pub fn organizations(&self) -> Organizations<M> {
        Organizations { device: self.device().clone(), metadata: PhantomData }
    }
}

/// What may be done with an organization as a whole.
impl<M: Metadata> Organizations<M> {
    /// Founds an organization; whoever is signed in becomes its first administrator.
    pub fn create(&self, name: impl Into<String>) -> Request<CreateOrganization, Organization<M>> {
        Request::new(self.device.raw().create_organization(name))
    }

    /// Reads an organization that the user belongs to.
    pub fn get(&self, organization: impl Into<OrganizationId>) -> Request<GetOrganization, Organization<M>> {
        Request::new(self.device.raw().get_organization(organization))
    }

    /// Changes name or slug.
    pub fn update(&self, organization: impl Into<OrganizationId>) -> Request<UpdateOrganization, Organization<M>> {
        Request::new(self.device.raw().update_organization(organization))
    }

    /// Deletes an organization with its memberships and invitations, for good.
    pub fn delete(&self, organization: impl Into<OrganizationId>) -> Request<DeleteOrganization, DeletedObject> {
        Request::new(self.device.raw().delete_organization(organization))
    }

    /// Puts a picture in place of the one that is there.
    pub fn set_logo(
        &self,
        organization: impl Into<OrganizationId>,
        logo: Upload,
    ) -> Request<UpdateOrganizationLogo, Organization<M>> {
        Request::new(self.device.raw().update_organization_logo(organization, logo))
    }

    /// Goes back to the generated picture.
    pub fn delete_logo(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> Request<DeleteOrganizationLogo, DeletedObject> {
        Request::new(self.device.raw().delete_organization_logo(organization))
    }

    /// The roles that members and whoever is invited can have.
    ///
    /// The page says nothing of roles that are just being exchanged, during which none can be given; the call of the
    /// [raw client](Frontend::raw) does.
    pub fn roles(&self, organization: impl Into<OrganizationId>) -> List<ListOrganizationRoles, Role> {
        List::new(self.device.raw().list_organization_roles(organization))
    }
}

/// What an organization consists of.
impl<M: Metadata> Organizations<M> {
    /// Who belongs to an organization, and as what.
    #[must_use]
    pub fn members(&self, organization: impl Into<OrganizationId>) -> OrganizationMembers<M> {
        OrganizationMembers::new(&self.device, organization.into())
    }

    /// Who is invited to an organization.
    #[must_use]
    pub fn invitations(&self, organization: impl Into<OrganizationId>) -> OrganizationInvitations<M> {
        OrganizationInvitations::new(&self.device, organization.into())
    }

    /// The email domains of an organization, whose people may join it.
    #[must_use]
    pub fn domains(&self, organization: impl Into<OrganizationId>) -> OrganizationDomains {
        OrganizationDomains::new(&self.device, organization.into())
    }

    /// Who asks to join an organization.
    #[must_use]
    pub fn membership_requests(&self, organization: impl Into<OrganizationId>) -> OrganizationMembershipRequests {
        OrganizationMembershipRequests::new(&self.device, organization.into())
    }

    /// The single sign-on that an organization sets up for itself.
    #[must_use]
    pub fn enterprise_connections(&self, organization: impl Into<OrganizationId>) -> OrganizationEnterpriseConnections {
        OrganizationEnterpriseConnections::new(&self.device, organization.into())
    }
}

/// What the user has to do with organizations.
impl<M: Metadata> Organizations<M> {
    /// Which organizations the user belongs to, as what, and with which permissions.
    pub fn memberships(&self) -> List<GetOrganizationMemberships, OrganizationMembership<M>> {
        List::new(self.device.raw().get_organization_memberships())
    }

    /// Leaves an organization.
    pub fn leave(&self, organization: impl Into<OrganizationId>) -> Request<LeaveOrganization, DeletedObject> {
        Request::new(self.device.raw().leave_organization(organization))
    }

    /// The invitations that the user got, at any of their verified addresses.
    pub fn received_invitations(&self) -> List<GetUserOrganizationInvitations, OrganizationInvitationUserContext<M>> {
        List::new(self.device.raw().get_user_organization_invitations())
    }

    /// Accepts an invitation: the user belongs to the organization then.
    pub fn accept_invitation(
        &self,
        invitation: impl Into<OrganizationInvitationId>,
    ) -> Request<AcceptOrganizationInvitation, OrganizationInvitationUserContext<M>> {
        Request::new(self.device.raw().accept_organization_invitation(invitation))
    }

    /// The organizations that the user may ask to join, because they have a verified address at one of their domains.
    pub fn suggestions(&self) -> List<GetOrganizationSuggestions, OrganizationSuggestion> {
        List::new(self.device.raw().get_organization_suggestions())
    }

    /// Asks to join a suggested organization; its administrators accept or reject that.
    pub fn accept_suggestion(
        &self,
        suggestion: impl Into<OrganizationSuggestionId>,
    ) -> Request<AcceptOrganizationSuggestion, OrganizationSuggestion> {
        Request::new(self.device.raw().accept_organization_suggestion(suggestion))
    }

    /// What a form for a new organization may begin with: a name and a slug, and whether there seems to be one already.
    pub fn creation_defaults(&self) -> Request<GetOrganizationCreationDefaults, OrganizationCreationDefaults> {
        Request::new(self.device.raw().get_organization_creation_defaults())
    }
}
