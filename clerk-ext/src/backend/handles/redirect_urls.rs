use clerk_bapi::{
    redirect_urls::{CreateRedirectUrl, DeleteRedirectUrl, GetRedirectUrl, ListRedirectUrls},
    types::RedirectUrl,
};
use clerk_core::RedirectUrlId;

use crate::backend::{List, handle::handle};

handle! {
    /// The addresses that native apps and single sign-on may send people back to.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let allowed = clerk.redirect_urls().create("com.example.app://callback").await?;
    /// assert_eq!(clerk.redirect_urls().get(&allowed.id).await?.url, "com.example.app://callback");
    /// # Ok(()) }
    /// ```
    RedirectUrls = redirect_urls
}

impl RedirectUrls {
    /// All addresses.
    pub fn list(&self) -> List<ListRedirectUrls, RedirectUrl> {
        List::new(self.client.list_redirect_urls())
    }

    /// Reads one address.
    pub fn get(&self, redirect_url: impl Into<RedirectUrlId>) -> GetRedirectUrl {
        self.client.get_redirect_url(redirect_url)
    }

    /// Allows an address, which has to be absolute and is compared as a whole.
    pub fn create(&self, url: impl Into<String>) -> CreateRedirectUrl {
        self.client.create_redirect_url(url)
    }

    /// No longer allows an address.
    pub fn delete(&self, redirect_url: impl Into<RedirectUrlId>) -> DeleteRedirectUrl {
        self.client.delete_redirect_url(redirect_url)
    }
}
