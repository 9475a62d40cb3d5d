use std::marker::PhantomData;

use clerk_core::{Json, OrganizationId, OrganizationInvitationId, Page};
use clerk_fapi::invitations::{
    BulkCreateOrganizationInvitations, CreateOrganizationInvitation, GetAllPendingOrganizationInvitations,
    GetOrganizationInvitations, RevokePendingOrganizationInvitation,
};

use crate::{
    frontend::{device::Device, types::OrganizationInvitation},
    list::List,
    metadata::Metadata,
    request::Request,
};

/// Who is invited to an organization.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:admin");
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let invitations = clerk.organizations().invitations("org_acme");
/// let bob = invitations.create("bob@example.com", "org:member").await?;
/// assert_eq!(invitations.list().status(["pending"]).page().await?.data.len(), 1);
/// invitations.revoke(&bob.id).await?;
/// assert_eq!(invitations.list().status(["pending"]).page().await?.data.len(), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationInvitations<M: Metadata = Json> {
    device: Device,
    organization: OrganizationId,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> OrganizationInvitations<M> {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization, metadata: PhantomData }
    }

    /// All invitations, of some states only if asked.
    pub fn list(&self) -> List<GetOrganizationInvitations, OrganizationInvitation<M>> {
        List::new(self.device.raw().get_organization_invitations(&self.organization))
    }

    /// Those that nobody has answered; [`list`](Self::list) with a status does the same.
    #[deprecated = "the API keeps it for older callers: use `list` with the status `pending`"]
    pub fn list_pending(&self) -> List<GetAllPendingOrganizationInvitations, OrganizationInvitation<M>> {
        #[allow(deprecated, reason = "it is deprecated here too")]
        List::new(self.device.raw().get_all_pending_organization_invitations(&self.organization))
    }

    /// Invites one address; the role is a key such as `org:member`.
    pub fn create(
        &self,
        email_address: impl Into<String>,
        role: impl Into<String>,
    ) -> Request<CreateOrganizationInvitation, OrganizationInvitation<M>> {
        Request::new(self.device.raw().create_organization_invitation(&self.organization, email_address, role))
    }

    /// Invites several addresses in one request, all as the same.
    pub fn create_all(
        &self,
        email_addresses: impl IntoIterator<Item = impl Into<String>>,
        role: impl Into<String>,
    ) -> Request<BulkCreateOrganizationInvitations, Page<OrganizationInvitation<M>>> {
        let raw = self.device.raw();
        Request::new(raw.bulk_create_organization_invitations(&self.organization, email_addresses, role))
    }

    /// Takes back an invitation that nobody has answered.
    pub fn revoke(
        &self,
        invitation: impl Into<OrganizationInvitationId>,
    ) -> Request<RevokePendingOrganizationInvitation, OrganizationInvitation<M>> {
        Request::new(self.device.raw().revoke_pending_organization_invitation(&self.organization, invitation))
    }
}
