use clerk_bapi::sign_in_tokens::{CreateSignInToken, RevokeSignInToken};
use clerk_core::{SignInTokenId, UserId};

use crate::backend::handle::handle;

handle! {
    /// Tickets that sign a user in without a password or a code: treat each like a password.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let ann = clerk.users().create().email_address(["ann@example.com"]).skip_password_requirement(true).await?;
    /// let ticket = clerk.sign_in_tokens().create(&ann.id).expires_in_seconds(3600).await?;
    /// assert_eq!(ticket.user_id, ann.id);
    /// # Ok(()) }
    /// ```
    SignInTokens = sign_in_tokens
}

impl SignInTokens {
    /// Makes a ticket that is used once, by a front end as the strategy `ticket`.
    ///
    /// Without `expires_in_seconds` it is good for thirty days.
    pub fn create(&self, user: impl Into<UserId>) -> CreateSignInToken {
        self.client.create_sign_in_token(user)
    }

    /// Makes a ticket void that nobody has used.
    pub fn revoke(&self, token: impl Into<SignInTokenId>) -> RevokeSignInToken {
        self.client.revoke_sign_in_token(token)
    }
}
