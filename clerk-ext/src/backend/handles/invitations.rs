use clerk_bapi::{
    invitations::{CreateBulkInvitations, CreateInvitation, DeleteInvitation, ListInvitations, RevokeInvitation},
    types::NewInvitation,
};
use clerk_core::InvitationId;

use crate::backend::{Invitation, List, Request, RevokedInvitation, handle::handle};
use crate::metadata::Metadata;

handle! {
    /// Invitations to sign up.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let invitations = clerk.invitations();
    /// let people = ["ann@example.com", "ben@example.com"];
    /// let invited = invitations.create_all(people.map(|person| invitations.create(person).notify(false))).await?;
    /// assert_eq!(invited.len(), 2);
    /// # Ok(()) }
    /// ```
    Invitations<M> = invitations
}

impl<M: Metadata> Invitations<M> {
    /// All invitations, with filters.
    pub fn list(&self) -> List<ListInvitations, Invitation<M>> {
        List::new(self.client.list_invitations())
    }

    /// Invites someone to sign up, by email unless `notify` is false.
    pub fn create(&self, email_address: impl Into<String>) -> Request<CreateInvitation, Invitation<M>> {
        Request::new(self.client.create_invitation(email_address))
    }

    /// Invites several people with one call; each invitation is what [`create`](Self::create) gives.
    pub fn create_all(
        &self,
        invitations: impl IntoIterator<Item = Request<CreateInvitation, Invitation<M>>>,
    ) -> Request<CreateBulkInvitations, Vec<Invitation<M>>> {
        Request::new(self.client.create_bulk_invitations(Vec::<NewInvitation>::new())).bulk(invitations)
    }

    /// Takes an invitation back; it stays in the list as revoked.
    pub fn revoke(&self, invitation: impl Into<InvitationId>) -> Request<RevokeInvitation, RevokedInvitation<M>> {
        Request::new(self.client.revoke_invitation(invitation))
    }

    /// Deletes an invitation.
    pub fn delete(&self, invitation: impl Into<InvitationId>) -> DeleteInvitation {
        self.client.delete_invitation(invitation)
    }
}

impl<M: Metadata> Request<CreateInvitation, Invitation<M>> {
    /// The public metadata, which goes over to the user who accepts.
    pub fn public(self, metadata: &M::InvitationPublic) -> Self {
        self.part("public_metadata", metadata)
    }
}
