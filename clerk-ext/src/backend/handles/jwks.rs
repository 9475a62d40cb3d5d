use clerk_bapi::jwks::GetJwks;

use crate::backend::handle::handle;

handle! {
    /// The public keys that the instance's tokens are verified with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let keys = clerk.jwks().get().await?.keys;
    /// assert!(!keys.is_empty());
    /// # Ok(()) }
    /// ```
    Jwks = jwks
}

impl Jwks {
    /// Reads the keys.
    ///
    /// They change rarely: keep them, and ask again when a token names a key that is not among them.
    pub fn get(&self) -> GetJwks {
        self.client.get_jwks()
    }
}
