use clerk_bapi::{
    domains::{AddDomain, DeleteDomain, ListDomains, UpdateDomain},
    types::Domain,
};
use clerk_core::DomainId;

use crate::backend::{List, handle::handle};

handle! {
    /// The domains of the instance: the primary one, and satellites that share its sessions.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let shop = clerk.domains().create("shop.example.com").await?;
    /// assert_eq!((shop.is_satellite, clerk.domains().list().page().await?.data.len()), (true, 2));
    /// # Ok(()) }
    /// ```
    Domains = domains
}

impl Domains {
    /// All domains; the API gives them whole, as one page.
    pub fn list(&self) -> List<ListDomains, Domain> {
        List::new(self.client.list_domains())
    }

    /// Adds a satellite; no other domain can be added.
    ///
    /// It works once the DNS entries of `cname_targets` are there, or through the `proxy_url`.
    pub fn create(&self, name: impl Into<String>) -> AddDomain {
        self.client.add_domain(name, true)
    }

    /// Changes the name or the proxy of a domain.
    ///
    /// Of the primary domain a new name means new DNS entries and new publishable keys.
    pub fn update(&self, domain: impl Into<DomainId>) -> UpdateDomain {
        self.client.update_domain(domain)
    }

    /// Takes a satellite away; the primary domain stays.
    pub fn delete(&self, domain: impl Into<DomainId>) -> DeleteDomain {
        self.client.delete_domain(domain)
    }
}
