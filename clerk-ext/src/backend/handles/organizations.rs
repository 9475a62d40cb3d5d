use clerk_bapi::organizations::{
    CreateOrganization, DeleteOrganization, DeleteOrganizationLogo, GetOrganization, ListOrganizations,
    MergeOrganizationMetadata, ReplaceOrganizationMetadata, UpdateOrganization, UploadOrganizationLogo,
};
use clerk_core::{OrganizationId, OrganizationRef, Upload};

use crate::backend::{List, Organization, OrganizationWithLogo, Request, Sealed, Update, UpdateCall, handle::handle};
use crate::metadata::{Metadata, Patch};

handle! {
    /// Groups of users that work as one customer: profile, logo, limits, metadata.
    ///
    /// Members, invitations and domains have handles of their own.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let acme = clerk.organizations().create("Acme").slug("acme").await?;
    /// let renamed = clerk.organizations().update(&acme.id).name("Acme Ltd").await?;
    /// assert_eq!(clerk.organizations().get("acme").await?.name, renamed.name);
    /// # Ok(()) }
    /// ```
    Organizations<M> = organizations
}

impl<M: Metadata> Organizations<M> {
    /// Reads one organization, by its id or its slug.
    pub fn get(&self, organization: impl Into<OrganizationRef>) -> Request<GetOrganization, Organization<M>> {
        Request::new(self.client.get_organization(organization))
    }

    /// All organizations, with filters.
    pub fn list(&self) -> List<ListOrganizations, Organization<M>> {
        List::new(self.client.list_organizations())
    }

    /// Creates an organization.
    pub fn create(&self, name: impl Into<String>) -> Request<CreateOrganization, Organization<M>> {
        Request::new(self.client.create_organization(name))
    }

    /// Changes the profile, the metadata, or both.
    pub fn update(&self, organization: impl Into<OrganizationId>) -> Update<UpdateOrganization, Organization<M>> {
        let (client, organization) = (&self.client, organization.into());
        let merge = client.merge_organization_metadata(&organization);
        let replace = client.replace_organization_metadata(&organization);
        Update::new(client.update_organization(organization), merge, replace)
    }

    /// Deletes an organization with all its memberships.
    pub fn delete(&self, organization: impl Into<OrganizationId>) -> DeleteOrganization {
        self.client.delete_organization(organization)
    }

    /// Puts a logo in place of the one that is there.
    pub fn set_logo(
        &self,
        organization: impl Into<OrganizationId>,
        logo: Upload,
    ) -> Request<UploadOrganizationLogo, OrganizationWithLogo<M>> {
        Request::new(self.client.upload_organization_logo(organization, logo))
    }

    /// Goes back to the generated logo.
    pub fn delete_logo(
        &self,
        organization: impl Into<OrganizationId>,
    ) -> Request<DeleteOrganizationLogo, Organization<M>> {
        Request::new(self.client.delete_organization_logo(organization))
    }
}

impl<M: Metadata> Request<CreateOrganization, Organization<M>> {
    /// Metadata that front ends see and servers alone change.
    pub fn public(self, metadata: &M::OrganizationPublic) -> Self {
        self.part("public_metadata", metadata)
    }

    /// Metadata that servers alone see and change.
    pub fn private(self, metadata: &M::OrganizationPrivate) -> Self {
        self.part("private_metadata", metadata)
    }
}

impl Sealed for UpdateOrganization {}

impl UpdateCall for UpdateOrganization {
    type Merge = MergeOrganizationMetadata;
    type Replace = ReplaceOrganizationMetadata;
}

impl<M: Metadata> Update<UpdateOrganization, Organization<M>> {
    /// Merges into the public metadata.
    pub fn public(self, patch: impl Into<Patch<M::OrganizationPublic>>) -> Self {
        self.merge_part("public_metadata", patch.into())
    }

    /// Merges into the private metadata.
    pub fn private(self, patch: impl Into<Patch<M::OrganizationPrivate>>) -> Self {
        self.merge_part("private_metadata", patch.into())
    }

    /// Puts this in place of all public metadata: keys that the type does not know are lost.
    pub fn replace_public(self, metadata: &M::OrganizationPublic) -> Self {
        self.replace_part("public_metadata", metadata)
    }

    /// Puts this in place of all private metadata: keys that the type does not know are lost.
    pub fn replace_private(self, metadata: &M::OrganizationPrivate) -> Self {
        self.replace_part("private_metadata", metadata)
    }
}
