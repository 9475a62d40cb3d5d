use std::marker::PhantomData;

use clerk_core::{Error, ExternalAccountId, Json, Secret};
use clerk_fapi::{
    external_accounts::{CreateExternalAccount, DeleteExternalAccount, RevokeExternalAccountTokens},
    types::{DeletedObject, ExternalAccountWithVerification},
};

use super::acting::Acting;
use crate::{
    frontend::{strategy::Strategy, types::User},
    metadata::Metadata,
    request::Request,
};

/// The accounts of a user at social providers, which they sign in with too.
///
/// They are connected in a browser, which [`Session::connect_account`](crate::frontend::Session::connect_account) does,
/// and [`Session::reauthorize_account`](crate::frontend::Session::reauthorize_account) goes there again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.external_accounts = vec![("github".to_owned(), "112233".to_owned())];
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let accounts = clerk.me().external_accounts();
/// for account in accounts.list().await? {
///     if account.provider == "oauth_github" {
///         accounts.delete(&account.id).await?;
///     }
/// }
/// # assert!(accounts.list().await?.is_empty());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ExternalAccounts<M: Metadata = Json> {
    acting: Acting,
    metadata: PhantomData<fn() -> M>,
}

impl<M: Metadata> ExternalAccounts<M> {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone(), metadata: PhantomData }
    }

    /// All of them, those that are only being connected included.
    ///
    /// # Errors
    ///
    /// Clerk was not reached, or nobody is signed in.
    pub async fn list(&self) -> Result<Vec<ExternalAccountWithVerification>, Error> {
        Ok(self.acting.fetch().await?.external_accounts)
    }

    /// Connects the account that an ID token is of, as the provider's own kit on this device gave it; no browser is
    /// needed.
    pub fn connect_with_token(
        &self,
        strategy: impl Into<Strategy>,
        token: impl Into<Secret>,
    ) -> Request<CreateExternalAccount, ExternalAccountWithVerification> {
        let strategy = strategy.into();
        Request::new(self.acting.ask(|raw| raw.create_external_account(strategy.as_str()).token(token)))
    }

    /// Disconnects one of them, unless it is all that the user can sign in with.
    pub fn delete(&self, account: impl Into<ExternalAccountId>) -> Request<DeleteExternalAccount, DeletedObject> {
        Request::new(self.acting.ask(|raw| raw.delete_external_account(account)))
    }

    /// Has Clerk forget the tokens that the provider gave for one of them; it stays connected.
    pub fn delete_tokens(
        &self,
        account: impl Into<ExternalAccountId>,
    ) -> Request<RevokeExternalAccountTokens, User<M>> {
        Request::new(self.acting.ask(|raw| raw.revoke_external_account_tokens(account)))
    }
}
