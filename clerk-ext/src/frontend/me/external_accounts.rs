use std::marker::PhantomData;

use clerk_core::{EnterpriseConnectionId, Error, ExternalAccountId, Json, Secret};
use clerk_fapi::{
    external_accounts::{
        CreateExternalAccount, DeleteExternalAccount, ReauthorizeExternalAccount, RevokeExternalAccountTokens,
    },
    types::{DeletedObject, ExternalAccountWithVerification},
};

use super::{
    acting::Acting,
    connect::ConnectAccount,
    pending_account::{PendingAccount, SavedAccount},
};
use crate::{
    frontend::{strategy::Strategy, types::User},
    metadata::Metadata,
    request::Request,
};

/// The accounts of a user at social providers, which they sign in with too.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.provider().add(&clerk_local::ProviderAccount::new("google", "ann@example.com"));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let browse = |url: String| async move { local.provider().approve(&url).await.unwrap() };
/// use clerk_ext::frontend::Provider;
///
/// let accounts = clerk.me().external_accounts();
/// let pending = accounts.connect(Provider::GOOGLE, "shop://callback").additional_scopes(["calendar"]).await?;
/// let callback = browse(pending.url().to_owned()).await; // the system opens it, and hands the callback over
/// let account = pending.finish(&callback).await?;
/// println!("connected: {:?}", account.email_address);
/// # assert_eq!(account.email_address.as_deref(), Some("ann@example.com"));
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

    /// Begins to connect an account at this provider; the browser comes back to the redirect URL.
    ///
    /// That has to be one that the instance allows, to native applications.
    pub fn connect(
        &self,
        provider: impl Into<Strategy>,
        redirect_url: impl Into<String>,
    ) -> ConnectAccount<CreateExternalAccount> {
        let (provider, redirect_url) = (provider.into(), redirect_url.into());
        let call = self.acting.ask(|raw| raw.create_external_account(provider.as_str()).redirect_url(&redirect_url));
        ConnectAccount::new(&self.acting, call, redirect_url)
    }

    /// Begins to connect an account at the identity provider of a company.
    pub fn connect_enterprise(
        &self,
        connection: impl Into<EnterpriseConnectionId>,
        redirect_url: impl Into<String>,
    ) -> ConnectAccount<CreateExternalAccount> {
        let connect = self.connect(Strategy::ENTERPRISE_SSO, redirect_url);
        connect.with(|call| call.enterprise_connection_id(connection))
    }

    /// Connects the account that an ID token is of, as the provider's own kit on this device gave it.
    pub fn connect_with_token(
        &self,
        provider: impl Into<Strategy>,
        token: impl Into<Secret>,
    ) -> Request<CreateExternalAccount, ExternalAccountWithVerification> {
        let provider = provider.into();
        Request::new(self.acting.ask(|raw| raw.create_external_account(provider.as_str()).token(token)))
    }

    /// Goes to the provider again, to be allowed more or to get tokens that are good again.
    pub fn reauthorize(
        &self,
        account: impl Into<ExternalAccountId>,
        redirect_url: impl Into<String>,
    ) -> ConnectAccount<ReauthorizeExternalAccount> {
        let redirect_url = redirect_url.into();
        let call = self.acting.ask(|raw| raw.reauthorize_external_account(account, &redirect_url));
        ConnectAccount::new(&self.acting, call, redirect_url)
    }

    /// Goes on with an account that another run of the program has begun to connect.
    ///
    /// Nothing is sent.
    #[must_use]
    pub fn resume_from(&self, saved: SavedAccount) -> PendingAccount {
        PendingAccount::resumed(&self.acting.device, saved)
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
