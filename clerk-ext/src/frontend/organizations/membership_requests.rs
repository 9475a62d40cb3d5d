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
/// # async fn example(clerk: &clerk_ext::frontend::Frontend) -> Result<(), clerk_ext::Error> {
/// let requests = clerk.organizations().membership_requests("org_1");
/// for request in requests.list().status(["pending"]).page().await? {
///     requests.accept(&request.id).await?;
/// }
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
