use clerk_bapi::{
    organization_invitations::{
        CreateOrganizationInvitation, CreateOrganizationInvitationBulk, GetOrganizationInvitation,
        ListInstanceOrganizationInvitations, ListOrganizationInvitations, ListPendingOrganizationInvitations,
        RevokeOrganizationInvitation,
    },
    types::NewOrganizationInvitation,
};
use clerk_core::{OrganizationId, OrganizationInvitationId, Page};

use crate::backend::{
    List, OrganizationInvitation, OrganizationInvitationWithPublicOrganizationData, Request, handle::handle,
};
use crate::metadata::Metadata;

handle! {
    /// Invitations to organizations: emails that ask someone to become a member.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let acme = clerk.organizations().create("Acme").await?;
    /// let invitation = clerk.organization_invitations().create(&acme.id, "ann@example.com", "org:member").await?;
    /// clerk.organization_invitations().revoke(&acme.id, &invitation.id).await?;
    /// # Ok(()) }
    /// ```
    OrganizationInvitations<M> = organization_invitations
}

impl<M: Metadata> OrganizationInvitations<M> {
    /// The invitations of one organization.
    pub fn list(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> List<ListOrganizationInvitations, OrganizationInvitation<M>> {
        List::new(self.client.list_organization_invitations(organization))
    }

    /// The invitations of all organizations.
    pub fn list_all(
        &self,
    ) -> List<ListInstanceOrganizationInvitations, OrganizationInvitationWithPublicOrganizationData<M>> {
        List::new(self.client.list_instance_organization_invitations())
    }

    /// The invitations of one organization that nobody has answered; `list` with a status does the same.
    #[deprecated = "the API keeps it for older callers: use `list` with the status `pending`"]
    pub fn list_pending(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> List<ListPendingOrganizationInvitations, OrganizationInvitation<M>> {
        #[allow(deprecated, reason = "it is deprecated here too")]
        List::new(self.client.list_pending_organization_invitations(organization))
    }

    /// Reads one invitation.
    pub fn get(
        &self,
        organization: impl Into<OrganizationId>,
        invitation: impl Into<OrganizationInvitationId>,
    ) -> Request<GetOrganizationInvitation, OrganizationInvitation<M>> {
        Request::new(self.client.get_organization_invitation(organization, invitation))
    }

    /// Invites someone, by email unless `notify` is false.
    pub fn create(
        &self,
        organization: impl Into<OrganizationId>,
        email_address: impl Into<String>,
        role: impl Into<String>,
    ) -> Request<CreateOrganizationInvitation, OrganizationInvitation<M>> {
        Request::new(self.client.create_organization_invitation(organization, email_address, role))
    }

    /// Invites several people to one organization with one call; each invitation is what [`create`](Self::create) gives.
    ///
    /// The organizations that they were made with do not matter.
    pub fn create_all(
        &self,
        organization: impl Into<OrganizationId>,
        invitations: impl IntoIterator<Item = Request<CreateOrganizationInvitation, OrganizationInvitation<M>>>,
    ) -> Request<CreateOrganizationInvitationBulk, Page<OrganizationInvitation<M>>> {
        let none = Vec::<NewOrganizationInvitation>::new();
        Request::new(self.client.create_organization_invitation_bulk(organization, none)).bulk(invitations)
    }

    /// Takes an invitation back.
    pub fn revoke(
        &self,
        organization: impl Into<OrganizationId>,
        invitation: impl Into<OrganizationInvitationId>,
    ) -> Request<RevokeOrganizationInvitation, OrganizationInvitation<M>> {
        Request::new(self.client.revoke_organization_invitation(organization, invitation))
    }
}

impl<M: Metadata> Request<CreateOrganizationInvitation, OrganizationInvitation<M>> {
    /// The public metadata, which goes over to the membership.
    pub fn public(self, metadata: &M::OrganizationInvitationPublic) -> Self {
        self.part("public_metadata", metadata)
    }

    /// The private metadata, which goes over to the membership.
    pub fn private(self, metadata: &M::OrganizationInvitationPrivate) -> Self {
        self.part("private_metadata", metadata)
    }
}
