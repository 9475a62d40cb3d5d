use std::fmt;

use clerk_core::{ClientId, Error, ErrorKind, ExternalAccountId, SessionId, Timestamp};
use clerk_fapi::types::{self, VerificationStatus};
use serde::{Deserialize, Serialize};

use super::{
    callback::{Callback, page},
    claim::Claim,
    failure::{BrowserFailure, refused},
    oauth::client_of,
    outcome::no_page,
};
use crate::{
    frontend::{client::Frontend, device::Device, session::Session, step::StepError, strategy::Strategy},
    metadata::Metadata,
};

/// What the flow is called when another one is refused.
const NAME: &str = "the connection of an account";

impl Session {
    /// Connects an account elsewhere, such as [`Provider::GOOGLE`](crate::frontend::Provider::GOOGLE), to the user whose session it is: in a browser that comes back to
    /// `redirect_url`.
    ///
    /// Clerk may ask for a factor to be proven again first.
    ///
    /// ```
    /// use clerk_ext::frontend::Provider;
    /// # use clerk_local::ProviderAccount;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # local.provider().add(&ProviderAccount::new("google", "ann@example.com"));
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// let connect = session.connect_account(Provider::GOOGLE, "com.example.app://callback").scopes(["calendar"]);
    /// let pending = connect.start().await?;
    /// println!("open {}", pending.url());
    /// # let came_back = local.provider().approve(pending.url()).await?;
    /// // The system hands the program the URL that the browser came back to.
    /// let account = pending.finish(&came_back).await?;
    /// assert_eq!(account.email_address.as_deref(), Some("ann@example.com"));
    /// # Ok(()) }
    /// ```
    pub fn connect_account(&self, strategy: impl Into<Strategy>, redirect_url: impl Into<String>) -> Connect {
        Connect::new(self, What::New(strategy.into()), redirect_url.into())
    }

    /// Asks the provider of a connected account again: for more scopes, or because its tokens are lost.
    pub fn reauthorize_account(
        &self,
        account: impl Into<ExternalAccountId>,
        redirect_url: impl Into<String>,
    ) -> Connect {
        Connect::new(self, What::Known(account.into()), redirect_url.into())
    }
}

enum What {
    New(Strategy),
    Known(ExternalAccountId),
}

/// The connection of an account that is about to begin.
///
/// [`Session::connect_account`] has an example.
#[must_use = "nothing is sent before start()"]
pub struct Connect {
    device: Device,
    session: SessionId,
    what: What,
    redirect_url: String,
    scopes: Vec<String>,
    connection: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
    replaces: bool,
}

impl Connect {
    fn new(session: &Session, what: What, redirect_url: String) -> Self {
        Self {
            device: session.device.clone(),
            session: session.id().clone(),
            what,
            redirect_url,
            scopes: Vec::new(),
            connection: None,
            prompt: None,
            login_hint: None,
            replaces: false,
        }
    }

    /// What the provider is asked for beyond what the instance is set up to ask for.
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Which enterprise connection is meant, for an account that is not connected yet.
    pub fn enterprise_connection(mut self, id: impl Into<String>) -> Self {
        self.connection = Some(id.into());
        self
    }

    /// What the provider is to ask although it need not, such as `select_account` or `consent`.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// Who it is likely to be, for the provider's form.
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// Takes the place of another flow that is in the browser.
    pub fn replace(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Begins, and gives the URL to open.
    ///
    /// # Errors
    ///
    /// Another flow of this device is in the browser ([`BrowserFailure::Busy`]), or Clerk refuses: the account is
    /// connected already, or a factor has to be proven again (`session_reverification_required`).
    pub async fn start(self) -> Result<PendingConnection, Error> {
        let claim = Claim::new(&self.device, NAME, self.replaces)?;
        let begun_at = self.device.core().now();
        let raw = self.device.raw();
        let answer = match &self.what {
            What::New(strategy) => {
                let call = raw.create_external_account(strategy.as_str()).clerk_session_id(&self.session);
                let mut call = call.redirect_url(&self.redirect_url).action_complete_redirect_url(&self.redirect_url);
                if let Some(connection) = &self.connection {
                    call = call.enterprise_connection_id(connection.as_str());
                }
                if !self.scopes.is_empty() {
                    call = call.additional_scope(&self.scopes);
                }
                if let Some(prompt) = &self.prompt {
                    call = call.oidc_prompt(prompt);
                }
                if let Some(hint) = &self.login_hint {
                    call = call.oidc_login_hint(hint);
                }
                call.send().await?
            }
            What::Known(id) => {
                let call = raw.reauthorize_external_account(id, &self.redirect_url).clerk_session_id(&self.session);
                let mut call = call.action_complete_redirect_url(&self.redirect_url);
                if !self.scopes.is_empty() {
                    call = call.additional_scope(&self.scopes);
                }
                if let Some(prompt) = &self.prompt {
                    call = call.oidc_prompt(prompt);
                }
                if let Some(hint) = &self.login_hint {
                    call = call.oidc_login_hint(hint);
                }
                call.send().await?
            }
        };
        let account = answer.response;
        let url = account.verification.and_then(|proof| proof.external_verification_redirect_url);
        let client = client_of(&self.device);
        let claim = claim.of_client(client.as_ref());
        let saved = SavedConnection {
            client,
            session: self.session,
            account: account.id,
            url: page(&url.ok_or_else(no_page)?)?,
            redirect_url: self.redirect_url,
            begun_at,
        };
        Ok(PendingConnection { claim, saved })
    }

    /// Begins, opens the browser, waits until it is back, and gives the account.
    ///
    /// All else is as with [`OauthStart::in_browser`](super::OauthStart::in_browser).
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start) and [`finish`](PendingConnection::finish); [`BrowserFailure::TimedOut`] when nobody
    /// came back.
    #[cfg(feature = "loopback")]
    pub async fn in_browser(
        self,
        listener: &super::Loopback,
        open: impl FnOnce(&str) + Send,
    ) -> Result<types::ExternalAccountWithVerification, Error> {
        listener.check(&self.redirect_url)?;
        listener.carry(self.start().await?, open).await
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The connection of an account, to be kept between two runs of a program. It holds no secret.
///
/// It is kept and taken up again as [`SavedOauth`](super::SavedOauth) is, which has an example.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedConnection {
    client: Option<ClientId>,
    session: SessionId,
    account: ExternalAccountId,
    url: String,
    redirect_url: String,
    begun_at: Timestamp,
}

impl SavedConnection {
    /// Goes on with it, in place of whatever is in the browser.
    pub fn resume<M: Metadata>(self, clerk: &Frontend<M>) -> PendingConnection {
        let claim = Claim::resumed(clerk.device(), NAME, self.begun_at).of_client(self.client.as_ref());
        PendingConnection { claim, saved: self }
    }
}

impl fmt::Debug for SavedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedConnection").field("account", &self.account).finish_non_exhaustive()
    }
}

/// The connection of an account that is in the browser.
///
/// Dropping it ends the flow, unless it was [saved](Self::save): another can begin then.
///
/// [`Session::connect_account`] has an example.
#[must_use = "somebody is in the browser: finish it with the URL that comes back"]
pub struct PendingConnection {
    claim: Claim,
    saved: SavedConnection,
}

impl PendingConnection {
    /// The page to open in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.saved.url
    }

    /// The flow as something that can be written down; it stays in the browser when this value is dropped.
    #[must_use]
    pub fn save(&self) -> SavedConnection {
        self.claim.keep();
        self.saved.clone()
    }

    /// Gives the flow up. Nothing is sent; the account stays as it is.
    pub fn cancel(self) {
        self.claim.end();
    }

    /// Gives the account as it is now, with the URL that the browser came back to.
    ///
    /// # Errors
    ///
    /// The URL is not one of this flow, or came too late, or whoever was in the browser refused: see [`BrowserFailure`].
    /// What is pending is given back; with the right callback, or when the network is back, it can still be finished.
    pub async fn finish(self, callback_url: &str) -> Result<types::ExternalAccountWithVerification, StepError<Self>> {
        match self.connected(callback_url).await {
            Ok(account) => {
                self.claim.end();
                Ok(account)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn connected(&self, callback_url: &str) -> Result<types::ExternalAccountWithVerification, Error> {
        let (device, saved) = (self.claim.device(), &self.saved);
        let callback = Callback::read(callback_url, &saved.redirect_url, saved.begun_at, device.core().now())?;
        let mut call = device.raw().get_client();
        if let Some(nonce) = callback.nonce() {
            call = call.rotating_token_nonce(nonce);
        }
        let client = match call.send().await {
            Err(error) if callback.nonce().is_some() && error.status().is_some_and(|it| it.as_u16() == 401) => {
                device.raw().get_client().send().await?.response
            }
            answer => answer?.response,
        };
        let sessions = client.map(|client| client.sessions).unwrap_or_default();
        let user = sessions.into_iter().find(|session| session.id == saved.session).and_then(|session| session.user);
        let accounts = user.map(|user| user.external_accounts).unwrap_or_default();
        let account = accounts.into_iter().find(|account| account.id == saved.account).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the account that was to be connected is gone; begin again")
        })?;
        let proof = account.verification.as_ref();
        if let Some(error) = proof.and_then(|proof| proof.error.as_ref()) {
            return Err(refused(error));
        }
        match proof.and_then(|proof| proof.status.as_ref()) {
            None | Some(VerificationStatus::Verified) => {}
            Some(VerificationStatus::Expired) => return Err(BrowserFailure::Late.into()),
            Some(_) => return Err(callback.error().unwrap_or_else(|| BrowserFailure::Cancelled.into())),
        }
        // An account that was connected before stays so, whatever became of asking again.
        callback.error().map_or(Ok(account), Err)
    }
}

#[cfg(feature = "loopback")]
impl super::loopback::Pending for PendingConnection {
    type Done = types::ExternalAccountWithVerification;

    fn page(&self) -> &str {
        self.url()
    }

    async fn end(self, callback_url: &str) -> Result<Self::Done, StepError<Self>> {
        self.finish(callback_url).await
    }
}

impl fmt::Debug for PendingConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingConnection").field(&self.saved.account).finish()
    }
}
