use clerk_bapi::{
    organization_domains::{
        CreateOrganizationDomain, DeleteOrganizationDomain, ListAllOrganizationDomains, ListOrganizationDomains,
        UpdateOrganizationDomain, VerifyOrganizationDomainOwnership,
    },
    types::OrganizationDomain,
};
use clerk_core::{OrganizationDomainId, OrganizationId};

use crate::backend::{List, handle::handle};

handle! {
    /// The email domains of organizations, and how people with such an address become members.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let acme = clerk.organizations().create("Acme").await?;
    /// let domains = clerk.organization_domains();
    /// let domain = domains.create(&acme.id, "acme.example").enrollment_mode("automatic_invitation").await?;
    /// assert_eq!(domains.list(&acme.id).page().await?.data[0].id, domain.id);
    /// # Ok(()) }
    /// ```
    OrganizationDomains = organization_domains
}

impl OrganizationDomains {
    /// The domains of one organization.
    pub fn list(&self, organization: impl Into<OrganizationId>) -> List<ListOrganizationDomains, OrganizationDomain> {
        List::new(self.client.list_organization_domains(organization))
    }

    /// The domains of all organizations, with filters.
    pub fn list_all(&self) -> List<ListAllOrganizationDomains, OrganizationDomain> {
        List::new(self.client.list_all_organization_domains())
    }

    /// Gives an organization a domain, verified unless `verified` is false.
    ///
    /// `enrollment_mode` says what happens to people with such an address: `manual_invitation` (nothing),
    /// `automatic_invitation` or `automatic_suggestion`. Domains of mail providers and of other organizations are refused.
    pub fn create(
        &self,
        organization: impl Into<OrganizationId>,
        domain: impl Into<String>,
    ) -> CreateOrganizationDomain {
        self.client.create_organization_domain(organization).name(domain)
    }

    /// Changes how people become members, or says that the domain is verified or is not.
    pub fn update(
        &self,
        organization: impl Into<OrganizationId>,
        domain: impl Into<OrganizationDomainId>,
    ) -> UpdateOrganizationDomain {
        self.client.update_organization_domain(organization, domain)
    }

    /// Takes a domain away from its organization.
    pub fn delete(
        &self,
        organization: impl Into<OrganizationId>,
        domain: impl Into<OrganizationDomainId>,
    ) -> DeleteOrganizationDomain {
        self.client.delete_organization_domain(organization, domain)
    }

    /// Checks that the organization has the whole domain, and not only an address in it.
    ///
    /// How that went is in the answer's `ownership_verification`.
    pub fn verify_ownership(
        &self,
        organization: impl Into<OrganizationId>,
        domain: impl Into<OrganizationDomainId>,
    ) -> VerifyOrganizationDomainOwnership {
        self.client.verify_organization_domain_ownership(organization, domain)
    }
}
