use clerk_core::{OrganizationDomainId, OrganizationId, Secret};
use clerk_fapi::{
    domains::{
        AttemptOrganizationDomainOwnershipVerification, AttemptOrganizationDomainVerification,
        AttemptOrganizationDomainsOwnershipVerification, CreateOrganizationDomain, CreateOrganizationDomainsBulk,
        DeleteOrganizationDomain, GetOrganizationDomain, ListOrganizationDomains,
        PrepareOrganizationDomainOwnershipVerification, PrepareOrganizationDomainVerification,
        PrepareOrganizationDomainsOwnershipVerification, UpdateOrganizationDomainEnrollmentMode,
    },
    types::{
        DeletedObject, OrganizationDomain, OrganizationDomainBulkCreate, OrganizationDomainBulkOwnershipVerification,
    },
};

use crate::{frontend::device::Device, list::List, request::Request};

/// The email domains of an organization: who has an address at one of them may join it, as its enrollment mode says.
///
/// A domain counts once it is verified. That somebody of the organization has an address there is verified by a code
/// that is mailed to it, that the organization owns the domain by a record in its DNS.
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
/// let domains = clerk.organizations().domains("org_acme");
/// let domain = domains.create("acme.example").await?;
/// domains.prepare_affiliation(&domain.id, "ann@acme.example").await?;
/// # let code = local.inbox().latest_code("ann@acme.example").ok_or("nothing was mailed")?;
/// domains.attempt_affiliation(&domain.id, code).await?; // the code that was mailed
/// let domain = domains.set_enrollment_mode(&domain.id, "automatic_invitation").await?;
/// assert_eq!(domain.enrollment_mode.as_deref(), Some("automatic_invitation"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct OrganizationDomains {
    device: Device,
    organization: OrganizationId,
}

impl OrganizationDomains {
    pub(super) fn new(device: &Device, organization: OrganizationId) -> Self {
        Self { device: device.clone(), organization }
    }

    /// The domains, verified ones or those of one enrollment mode if asked.
    pub fn list(&self) -> List<ListOrganizationDomains, OrganizationDomain> {
        List::new(self.device.raw().list_organization_domains(&self.organization))
    }

    /// Reads one domain: what is verified of it, and what came through it.
    pub fn get(&self, domain: impl Into<OrganizationDomainId>) -> Request<GetOrganizationDomain, OrganizationDomain> {
        Request::new(self.device.raw().get_organization_domain(&self.organization, domain))
    }

    /// Adds a domain, which is not verified yet.
    pub fn create(&self, name: impl Into<String>) -> Request<CreateOrganizationDomain, OrganizationDomain> {
        Request::new(self.device.raw().create_organization_domain(&self.organization, name))
    }

    /// Adds several domains in one request.
    ///
    /// The answer says of each whether it was added.
    pub fn create_all(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Request<CreateOrganizationDomainsBulk, OrganizationDomainBulkCreate> {
        Request::new(self.device.raw().create_organization_domains_bulk(&self.organization, names))
    }

    /// Removes a domain; who joined through it stays.
    pub fn delete(&self, domain: impl Into<OrganizationDomainId>) -> Request<DeleteOrganizationDomain, DeletedObject> {
        Request::new(self.device.raw().delete_organization_domain(&self.organization, domain))
    }

    /// Changes how whoever has an address at the domain comes to join.
    ///
    /// With `delete_pending` the invitations and suggestions that the earlier mode brought about are taken back.
    pub fn set_enrollment_mode(
        &self,
        domain: impl Into<OrganizationDomainId>,
        mode: impl Into<String>,
    ) -> Request<UpdateOrganizationDomainEnrollmentMode, OrganizationDomain> {
        Request::new(self.device.raw().update_organization_domain_enrollment_mode(&self.organization, domain, mode))
    }

    /// Mails a code to an address at the domain.
    pub fn prepare_affiliation(
        &self,
        domain: impl Into<OrganizationDomainId>,
        email_address: impl Into<String>,
    ) -> Request<PrepareOrganizationDomainVerification, OrganizationDomain> {
        Request::new(self.device.raw().prepare_organization_domain_verification(
            &self.organization,
            domain,
            email_address,
        ))
    }

    /// Verifies an affiliation with the domain by the code that was mailed.
    pub fn attempt_affiliation(
        &self,
        domain: impl Into<OrganizationDomainId>,
        code: impl Into<Secret>,
    ) -> Request<AttemptOrganizationDomainVerification, OrganizationDomain> {
        Request::new(self.device.raw().attempt_organization_domain_verification(&self.organization, domain, code))
    }

    /// Gives the DNS record by which ownership of the domain is verified.
    pub fn prepare_ownership(
        &self,
        domain: impl Into<OrganizationDomainId>,
    ) -> Request<PrepareOrganizationDomainOwnershipVerification, OrganizationDomain> {
        Request::new(self.device.raw().prepare_organization_domain_ownership_verification(&self.organization, domain))
    }

    /// Looks whether the DNS record is there.
    pub fn attempt_ownership(
        &self,
        domain: impl Into<OrganizationDomainId>,
    ) -> Request<AttemptOrganizationDomainOwnershipVerification, OrganizationDomain> {
        Request::new(self.device.raw().attempt_organization_domain_ownership_verification(&self.organization, domain))
    }

    /// Gives the DNS records of several domains in one request.
    pub fn prepare_ownership_of_all(
        &self,
        domains: impl IntoIterator<Item = impl Into<OrganizationDomainId>>,
    ) -> Request<PrepareOrganizationDomainsOwnershipVerification, OrganizationDomainBulkOwnershipVerification> {
        Request::new(self.device.raw().prepare_organization_domains_ownership_verification(&self.organization, domains))
    }

    /// Looks for the DNS records of several domains in one request.
    pub fn attempt_ownership_of_all(
        &self,
        domains: impl IntoIterator<Item = impl Into<OrganizationDomainId>>,
    ) -> Request<AttemptOrganizationDomainsOwnershipVerification, OrganizationDomainBulkOwnershipVerification> {
        Request::new(self.device.raw().attempt_organization_domains_ownership_verification(&self.organization, domains))
    }
}
