use clerk_bapi::organization_memberships::{
    CreateOrganizationMembership, DeleteOrganizationMembership, ListInstanceOrganizationMemberships,
    ListOrganizationMemberships, UpdateOrganizationMembership, UpdateOrganizationMembershipMetadata,
};
use clerk_core::{OrganizationId, UserId};

use crate::backend::{List, OrganizationMembership, Request, handle::handle};
use crate::metadata::{Metadata, Patch};

handle! {
    /// Who belongs to which organization, in which role, and with which metadata.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let acme = clerk.organizations().create("Acme").await?;
    /// clerk.organization_memberships().create(&acme.id, &ann.id, "org:member").await?;
    /// let admin = clerk.organization_memberships().set_role(&acme.id, &ann.id, "org:admin").await?;
    /// assert_eq!(admin.role, "org:admin");
    /// # Ok(()) }
    /// ```
    OrganizationMemberships<M> = organization_memberships
}

impl<M: Metadata> OrganizationMemberships<M> {
    /// The members of one organization.
    pub fn list(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> List<ListOrganizationMemberships, OrganizationMembership<M>> {
        List::new(self.client.list_organization_memberships(organization))
    }

    /// The members of all organizations.
    pub fn list_all(&self) -> List<ListInstanceOrganizationMemberships, OrganizationMembership<M>> {
        List::new(self.client.list_instance_organization_memberships())
    }

    /// Makes a user a member at once, without an invitation.
    pub fn create(
        &self,
        organization: impl Into<OrganizationId>,
        user: impl Into<UserId>,
        role: impl Into<String>,
    ) -> Request<CreateOrganizationMembership, OrganizationMembership<M>> {
        Request::new(self.client.create_organization_membership(organization, user, role))
    }

    /// Gives a member another role.
    pub fn set_role(
        &self,
        organization: impl Into<OrganizationId>,
        user: impl Into<UserId>,
        role: impl Into<String>,
    ) -> Request<UpdateOrganizationMembership, OrganizationMembership<M>> {
        Request::new(self.client.update_organization_membership(organization, user, role))
    }

    /// Merges into the metadata of a membership; the API has no way to replace it.
    pub fn update_metadata(
        &self,
        organization: impl Into<OrganizationId>,
        user: impl Into<UserId>,
    ) -> Request<UpdateOrganizationMembershipMetadata, OrganizationMembership<M>> {
        Request::new(self.client.update_organization_membership_metadata(organization, user))
    }

    /// Takes a user out of an organization.
    pub fn delete(
        &self,
        organization: impl Into<OrganizationId>,
        user: impl Into<UserId>,
    ) -> Request<DeleteOrganizationMembership, OrganizationMembership<M>> {
        Request::new(self.client.delete_organization_membership(organization, user))
    }
}

impl<M: Metadata> Request<CreateOrganizationMembership, OrganizationMembership<M>> {
    /// Metadata that front ends see and servers alone change.
    pub fn public(self, metadata: &M::MembershipPublic) -> Self {
        self.part("public_metadata", metadata)
    }

    /// Metadata that servers alone see and change.
    pub fn private(self, metadata: &M::MembershipPrivate) -> Self {
        self.part("private_metadata", metadata)
    }
}

impl<M: Metadata> Request<UpdateOrganizationMembershipMetadata, OrganizationMembership<M>> {
    /// Merges into the public metadata.
    pub fn public(self, patch: impl Into<Patch<M::MembershipPublic>>) -> Self {
        self.with(|call| call.public_metadata(patch.into().as_json().clone()))
    }

    /// Merges into the private metadata.
    pub fn private(self, patch: impl Into<Patch<M::MembershipPrivate>>) -> Self {
        self.with(|call| call.private_metadata(patch.into().as_json().clone()))
    }
}
