use clerk_bapi::proxy_checks::VerifyDomainProxy;
use clerk_core::DomainId;

use crate::backend::handle::handle;

handle! {
    /// Whether a proxy of yours hands on to the Frontend API what it should.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// clerk.proxy_checks().verify("dmn_1", "https://example.com/__clerk").await?;
    /// clerk.domains().update("dmn_1").proxy_url("https://example.com/__clerk").await?;
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    ProxyChecks = proxy_checks
}

impl ProxyChecks {
    /// Calls the proxy at this address, which is to serve the domain; one that does not work is an error that says why.
    ///
    /// A domain can be moved to a proxy only after this.
    pub fn verify(&self, domain: impl Into<DomainId>, proxy_url: impl Into<String>) -> VerifyDomainProxy {
        self.client.verify_domain_proxy().domain_id(domain).proxy_url(proxy_url)
    }
}
