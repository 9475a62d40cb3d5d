use clerk_bapi::oauth_access_tokens::VerifyOAuthAccessToken;
use clerk_core::Secret;

use crate::backend::handle::handle;

handle! {
    /// Access tokens of the applications that sign people in through this instance.
    ///
    /// ```
    /// use clerk_ext::ErrorKind;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// // Whatever a caller presents that no application was given:
    /// let error = clerk.oauth_access_tokens().verify("oat_test").await.err();
    /// assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::NotFound));
    /// # Ok(()) }
    /// ```
    OAuthAccessTokens = oauth_access_tokens
}

impl OAuthAccessTokens {
    /// Who gave an application this token, and for what.
    ///
    /// Only one whose answer has both `revoked` and `expired` as false is good. A token that does not count may be
    /// answered with neither, or with an error of the kind [`NotFound`](clerk_core::ErrorKind::NotFound).
    pub fn verify(&self, token: impl Into<Secret>) -> VerifyOAuthAccessToken {
        self.client.verify_oauth_access_token().access_token(token)
    }
}
