use clerk_bapi::admin_portal_link_tokens::{CreateAdminPortalLinkToken, RevokeAdminPortalLinkToken};
use clerk_core::AdminPortalLinkTokenId;

use crate::backend::handle::handle;

handle! {
    /// Tokens behind links to the admin portal, where a customer's own people set up their single sign-on.
    ///
    /// ```
    /// # async fn example(clerk: &clerk_ext::backend::Backend) -> Result<(), clerk_ext::Error> {
    /// let link = clerk.admin_portal_link_tokens().create().organization_id("org_1").await?;
    /// clerk.admin_portal_link_tokens().revoke(&link.id).revocation_reason("sent to the wrong address").await?;
    /// # Ok(()) }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # // A local Clerk has nothing of it, and says so.
    /// # let refused = example(&clerk).await.err().and_then(|error| error.status());
    /// # assert_eq!(refused.map(|status| status.as_u16()), Some(501));
    /// # Ok(()) }
    /// ```
    AdminPortalLinkTokens = admin_portal_link_tokens
}

impl AdminPortalLinkTokens {
    /// Makes a token; the answer has its secret.
    ///
    /// It lasts an hour unless `seconds_until_expiration` is set, a day at most.
    pub fn create(&self) -> CreateAdminPortalLinkToken {
        self.client.create_admin_portal_link_token()
    }

    /// Ends a token for good and keeps it on record, with a reason if you give one.
    pub fn revoke(&self, token: impl Into<AdminPortalLinkTokenId>) -> RevokeAdminPortalLinkToken {
        self.client.revoke_admin_portal_link_token(token)
    }
}
