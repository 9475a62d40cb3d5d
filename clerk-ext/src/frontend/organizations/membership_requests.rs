use clerk_core::{OrganizationId, OrganizationMembershipRequestId};
use clerk_fapi::{
    membership_requests::{
        AcceptOrganizationMembershipRequest, ListOrganizationMembershipRequests, RejectOrganizationMembershipRequest,
    },
    types::OrganizationMembershipRequest,
};

use crate::{frontend::device::Device, list::List, request::Request};

/// Who asks to join an organization, after their email domain made them the suggestion.
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
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # local.seed(&clerk_local::Seed::default().user(clerk_local::SeedUser::new("bob@example.com").password("test-hunter2-and-more")))?;
/// # backend.organization_domains().create("org_acme", "example.com").enrollment_mode("automatic_suggestion").await?;
/// # let bob = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # bob.sign_in().password("bob@example.com", "test-hunter2-and-more").await?.session()?;
/// # let suggested = bob.organizations().suggestions().page().await?.data.remove(0);
/// # bob.organizations().accept_suggestion(&suggested.id).await?;
/// let requests = clerk.organizations().membership_requests("org_acme");
/// for request in requests.list().status(["pending"]).page().await? {
///     requests.accept(&request.id).await?;
/// }
/// assert_eq!(clerk.organizations().members("org_acme").list().page().await?.data.len(), 2);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationMembershipRequests {
    device: Device,
    organization: OrganizationId,
}

impl OrganizationMembershipRequests {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization }
    }

    /// All requests, of some states only if asked.
    pub fn list(&self) -> List<ListOrganizationMembershipRequests, OrganizationMembershipRequest> {
        List::new(self.device.raw().list_organization_membership_requests(&self.organization))
    }

    /// Makes whoever asked a member.
    pub fn accept(
        &self,
        request: impl Into<OrganizationMembershipRequestId>,
    ) -> Request<AcceptOrganizationMembershipRequest, OrganizationMembershipRequest> {
        Request::new(self.device.raw().accept_organization_membership_request(&self.organization, request))
    }

    /// Turns whoever asked down.
    pub fn reject(
        &self,
        request: impl Into<OrganizationMembershipRequestId>,
    ) -> Request<RejectOrganizationMembershipRequest, OrganizationMembershipRequest> {
        Request::new(self.device.raw().reject_organization_membership_request(&self.organization, request))
    }
}
