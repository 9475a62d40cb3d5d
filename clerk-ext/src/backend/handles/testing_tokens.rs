use clerk_bapi::testing_tokens::CreateTestingToken;

use crate::backend::handle::handle;

handle! {
    /// Tokens that let automated tests pass where people have to show that they are no robots.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let token = clerk.testing_tokens().create().await?.token;
    /// assert!(!token.expose().is_empty());
    /// # Ok(()) }
    /// ```
    TestingTokens = testing_tokens
}

impl TestingTokens {
    /// Makes a token, for the parameter `__clerk_testing_token` of requests to the Frontend API; it signs nobody in.
    pub fn create(&self) -> CreateTestingToken {
        self.client.create_testing_token()
    }
}
