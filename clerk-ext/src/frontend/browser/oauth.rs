use std::fmt;

use clerk_core::{ClientId, EnterpriseConnectionId, Error, Json, SignInId, SignUpId, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

use super::{
    callback::{Callback, page},
    claim::Claim,
    failure::BrowserFailure,
    outcome::{Attempt, BrowserOutcome, Terms, Told, no_page},
};
use crate::{
    frontend::{
        client::Frontend, device::Device, provider::Provider, sign_in::SignIns, sign_up::SignUps, step::StepError,
        strategy::Strategy,
    },
    metadata::Metadata,
};

/// Whether somebody is to sign in or to sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    SignIn,
    SignUp,
}

impl SignIns {
    /// Signs in with an account elsewhere, such as [`Provider::GOOGLE`]: in a browser that comes back to `redirect_url`.
    ///
    /// The instance has to list the URL (Dashboard → Native applications). Whoever has no user here yet signs up, unless
    /// [told otherwise](OauthStart::without_transfer).
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
    /// let pending = clerk.sign_in().oauth(Provider::GOOGLE, "com.example.app://callback").start().await?;
    /// println!("open {}", pending.url());
    /// # let came_back = local.provider().approve(pending.url()).await?;
    /// // The system hands the program the URL that the browser came back to.
    /// let session = pending.finish(&came_back).await?.session()?;
    /// assert!(session.is_signed_in());
    /// # Ok(()) }
    /// ```
    pub fn oauth(&self, provider: impl Into<Provider>, redirect_url: impl Into<String>) -> OauthStart {
        OauthStart::new(&self.device, Purpose::SignIn, provider.into().into(), redirect_url.into(), None)
    }

    /// Signs in through the identity provider of an organization, found by the domain of the email address.
    ///
    /// All else is as with [`oauth`](Self::oauth).
    pub fn enterprise_sso(&self, email_address: impl Into<String>, redirect_url: impl Into<String>) -> OauthStart {
        let address = Some(email_address.into());
        OauthStart::new(&self.device, Purpose::SignIn, Strategy::ENTERPRISE_SSO, redirect_url.into(), address)
    }
}

impl SignUps {
    /// Signs up with an account elsewhere, such as [`Provider::GOOGLE`]: in a browser that comes back to `redirect_url`.
    ///
    /// The instance has to list the URL (Dashboard → Native applications). Whoever has a user here already is signed in,
    /// unless [told otherwise](OauthStart::without_transfer).
    pub fn oauth(&self, provider: impl Into<Provider>, redirect_url: impl Into<String>) -> OauthStart {
        OauthStart::new(&self.device, Purpose::SignUp, provider.into().into(), redirect_url.into(), None)
    }

    /// Signs up through the identity provider of an organization, found by the domain of the email address.
    ///
    /// All else is as with [`oauth`](Self::oauth).
    pub fn enterprise_sso(&self, email_address: impl Into<String>, redirect_url: impl Into<String>) -> OauthStart {
        let address = Some(email_address.into());
        OauthStart::new(&self.device, Purpose::SignUp, Strategy::ENTERPRISE_SSO, redirect_url.into(), address)
    }
}

/// A round trip through a provider's pages that is about to begin.
///
/// ```
/// use clerk_ext::frontend::{BrowserOutcome, Provider, SignIn};
/// # use clerk_local::ProviderAccount;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # local.provider().add(&ProviderAccount::new("google", "bob@example.com"));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// // Whoever is asked which account, and has none here, is not made one.
/// let sign_in = clerk.sign_in().oauth(Provider::GOOGLE, "com.example.app://callback");
/// let pending = sign_in.prompt("select_account").without_transfer().start().await?;
/// # let came_back = local.provider().approve(pending.url()).await?;
/// let outcome = pending.finish(&came_back).await?;
/// assert!(matches!(outcome, BrowserOutcome::SignIn(SignIn::Transfer(_))), "{outcome:?}");
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before start()"]
pub struct OauthStart {
    device: Device,
    purpose: Purpose,
    strategy: Strategy,
    redirect_url: String,
    address: Option<String>,
    connection: Option<String>,
    prompt: Option<String>,
    login_hint: Option<String>,
    terms: Terms,
    replaces: bool,
}

impl OauthStart {
    fn new(
        device: &Device,
        purpose: Purpose,
        strategy: Strategy,
        redirect_url: String,
        address: Option<String>,
    ) -> Self {
        Self {
            device: device.clone(),
            purpose,
            strategy,
            redirect_url,
            address,
            connection: None,
            prompt: None,
            login_hint: None,
            terms: Terms { transfers: true, ..Terms::default() },
            replaces: false,
        }
    }

    /// Which of several enterprise connections is meant.
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

    /// That whoever signs up has accepted the terms.
    pub fn legal_accepted(mut self, accepted: bool) -> Self {
        self.terms.legal_accepted = Some(accepted);
        self
    }

    /// Metadata of a user who signs up.
    pub fn unsafe_metadata(mut self, metadata: impl Into<Json>) -> Self {
        self.terms.unsafe_metadata = Some(metadata.into());
        self
    }

    /// Leaves a sign-in a sign-in and a sign-up a sign-up: what would have to be the other comes out as
    /// [`SignIn::Transfer`](crate::frontend::SignIn::Transfer) or [`SignUp::Transfer`](crate::frontend::SignUp::Transfer).
    pub fn without_transfer(mut self) -> Self {
        self.terms.transfers = false;
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
    /// Another flow of this device is in the browser ([`BrowserFailure::Busy`]), or Clerk refuses: the provider is not
    /// switched on, or the redirect URL is not listed.
    pub async fn start(self) -> Result<PendingOauth, Error> {
        let claim = Claim::new(&self.device, &self.name(), self.replaces)?;
        let begun_at = self.device.core().now();
        let (attempt, proof) = match self.purpose {
            Purpose::SignIn => self.sign_in().await?,
            Purpose::SignUp => self.sign_up().await?,
        };
        let url = proof.and_then(|proof| proof.external_verification_redirect_url).ok_or_else(no_page)?;
        let client = client_of(&self.device);
        let saved = SavedOauth {
            attempt,
            client: client.clone(),
            strategy: self.strategy,
            url: page(&url)?,
            redirect_url: self.redirect_url,
            begun_at,
            terms: self.terms,
        };
        Ok(PendingOauth { claim: claim.of_client(client.as_ref()), saved })
    }

    /// Begins, opens the browser, waits until it is back, and goes on.
    ///
    /// `open` is given the URL: [`open_in_browser`](super::open_in_browser) opens it, where there is a browser; show it
    /// where there is none. The flow has to come back to the [`redirect_url`](super::Loopback::redirect_url) of
    /// `listener`.
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start) and [`finish`](PendingOauth::finish); [`BrowserFailure::TimedOut`] when nobody
    /// came back.
    #[cfg(feature = "loopback")]
    pub async fn in_browser(
        self,
        listener: &super::Loopback,
        open: impl FnOnce(&str) + Send,
    ) -> Result<BrowserOutcome, Error> {
        listener.check(&self.redirect_url)?;
        listener.carry(self.start().await?, open).await
    }

    fn name(&self) -> String {
        match self.purpose {
            Purpose::SignIn => format!("a sign-in with {}", self.strategy),
            Purpose::SignUp => format!("a sign-up with {}", self.strategy),
        }
    }

    async fn sign_in(&self) -> Result<(Began, Option<types::Verification>), Error> {
        let raw = self.device.raw();
        let mut call = raw.create_sign_in().strategy(self.strategy.as_str()).redirect_url(&self.redirect_url);
        call = call.action_complete_redirect_url(&self.redirect_url);
        if let Some(address) = &self.address {
            call = call.identifier(address);
        }
        if let Some(connection) = &self.connection {
            call = call.enterprise_connection_id(connection.as_str());
        }
        if let Some(prompt) = &self.prompt {
            call = call.oidc_prompt(prompt);
        }
        if let Some(hint) = &self.login_hint {
            call = call.oidc_login_hint(hint);
        }
        if let Some(locale) = &self.device.core().locale {
            call = call.locale(locale);
        }
        let mut begun = call.send().await?.response;
        if !leads_away(begun.first_factor_verification.as_ref()) {
            let prepare = raw.prepare_sign_in_factor_one(&begun.id, self.strategy.as_str());
            let mut prepare = prepare.redirect_url(&self.redirect_url).action_complete_redirect_url(&self.redirect_url);
            if let Some(connection) = &self.connection {
                prepare = prepare.enterprise_connection_id(connection.as_str());
            }
            if let Some(prompt) = &self.prompt {
                prepare = prepare.oidc_prompt(prompt);
            }
            begun = prepare.send().await?.response;
        }
        Ok((Began::SignIn(begun.id), begun.first_factor_verification))
    }

    async fn sign_up(&self) -> Result<(Began, Option<types::Verification>), Error> {
        let raw = self.device.raw();
        let mut call = raw.create_sign_up().strategy(self.strategy.as_str()).redirect_url(&self.redirect_url);
        call = call.action_complete_redirect_url(&self.redirect_url);
        if let Some(address) = &self.address {
            call = call.email_address(address);
        }
        if let Some(connection) = &self.connection {
            call = call.enterprise_connection_id(connection.as_str());
        }
        if let Some(prompt) = &self.prompt {
            call = call.oidc_prompt(prompt);
        }
        if let Some(hint) = &self.login_hint {
            call = call.oidc_login_hint(hint);
        }
        if let Some(locale) = &self.device.core().locale {
            call = call.locale(locale);
        }
        if let Some(accepted) = self.terms.legal_accepted {
            call = call.legal_accepted(accepted);
        }
        if let Some(metadata) = &self.terms.unsafe_metadata {
            call = call.unsafe_metadata(metadata.clone());
        }
        let begun = call.send().await?.response;
        Ok((Began::SignUp(begun.id), begun.verifications.and_then(|proofs| proofs.external_account)))
    }
}

/// The client that this device is now, as it goes into the browser.
pub(super) fn client_of(device: &Device) -> Option<ClientId> {
    device.snapshot().client().map(|client| client.id.clone())
}

fn leads_away(proof: Option<&types::Verification>) -> bool {
    proof.is_some_and(|proof| proof.external_verification_redirect_url.is_some())
}

impl fmt::Debug for OauthStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthStart").field("strategy", &self.strategy).finish_non_exhaustive()
    }
}

/// What a round trip was begun for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Began {
    SignIn(SignInId),
    SignUp(SignUpId),
}

/// A round trip through a provider's pages, to be kept between two runs of a program.
///
/// It holds no secret, but metadata and consent of whoever signs up, and the URL to open.
///
/// ```
/// use clerk_ext::frontend::{Frontend, MemoryStore, Provider, SavedOauth};
/// # use clerk_local::ProviderAccount;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.provider().add(&ProviderAccount::new("google", "ann@example.com"));
/// # let store = MemoryStore::default();
/// # let clerk = Frontend::builder(&local.publishable_key()).store(store.clone()).build()?;
/// let pending = clerk.sign_in().oauth(Provider::GOOGLE, "com.example.app://callback").start().await?;
/// let kept = serde_json::to_string(&pending.save())?;
/// # let came_back = local.provider().approve(pending.url()).await?;
/// # drop((pending, clerk));
///
/// // The system ended the program while she was in the browser, and starts it again with the URL.
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// let saved: SavedOauth = serde_json::from_str(&kept)?;
/// let session = saved.resume(&clerk).finish(&came_back).await?.session()?;
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedOauth {
    attempt: Began,
    client: Option<ClientId>,
    strategy: Strategy,
    url: String,
    redirect_url: String,
    begun_at: Timestamp,
    terms: Terms,
}

impl SavedOauth {
    /// Goes on with it, in place of whatever is in the browser.
    pub fn resume<M: Metadata>(self, clerk: &Frontend<M>) -> PendingOauth {
        let name = format!("a round trip with {}", self.strategy);
        let claim = Claim::resumed(clerk.device(), &name, self.begun_at).of_client(self.client.as_ref());
        PendingOauth { claim, saved: self }
    }
}

impl fmt::Debug for SavedOauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedOauth")
            .field("attempt", &self.attempt)
            .field("strategy", &self.strategy)
            .finish_non_exhaustive()
    }
}

/// A round trip through a provider's pages that is in the browser.
///
/// Dropping it ends the flow, unless it was [saved](Self::save): another can begin then.
///
/// [`SignIns::oauth`] has an example.
#[must_use = "somebody is in the browser: finish it with the URL that comes back"]
pub struct PendingOauth {
    claim: Claim,
    saved: SavedOauth,
}

impl PendingOauth {
    /// Goes to a provider from a sign-in that is under way, as one of its first factors.
    pub(super) async fn from_factor(
        device: &Device,
        sign_in: &SignInId,
        strategy: Strategy,
        connection: Option<&EnterpriseConnectionId>,
        redirect_url: String,
    ) -> Result<Self, Error> {
        let claim = Claim::new(device, &format!("a sign-in with {strategy}"), false)?;
        let begun_at = device.core().now();
        let call = device.raw().prepare_sign_in_factor_one(sign_in, strategy.as_str());
        let mut call = call.redirect_url(&redirect_url).action_complete_redirect_url(&redirect_url);
        if let Some(connection) = connection {
            call = call.enterprise_connection_id(connection);
        }
        let proof = call.send().await?.response.first_factor_verification;
        let url = proof.and_then(|proof| proof.external_verification_redirect_url).ok_or_else(no_page)?;
        let terms = Terms { transfers: true, ..Terms::default() };
        let (attempt, client) = (Began::SignIn(sign_in.clone()), client_of(device));
        let claim = claim.of_client(client.as_ref());
        let saved = SavedOauth { attempt, client, strategy, url: page(&url)?, redirect_url, begun_at, terms };
        Ok(Self { claim, saved })
    }

    /// The page to open in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.saved.url
    }

    /// The flow as something that can be written down; it stays in the browser when this value is dropped.
    #[must_use]
    pub fn save(&self) -> SavedOauth {
        self.claim.keep();
        self.saved.clone()
    }

    /// Gives the flow up, and lets Clerk forget the attempt.
    ///
    /// # Errors
    ///
    /// Clerk could not be told. The flow has ended on this device all the same.
    pub async fn cancel(self) -> Result<(), Error> {
        self.claim.end();
        if matches!(self.saved.attempt, Began::SignIn(_)) {
            // An empty attempt takes the place of the one that was begun.
            self.claim.device().raw().create_sign_in().send().await?;
        }
        Ok(())
    }

    /// Goes on with the URL that the browser came back to.
    ///
    /// What it says went wrong is believed only as far as Clerk says so too, since anybody can make up a URL.
    ///
    /// # Errors
    ///
    /// The URL is not one of this flow, or came too late, or whoever was in the browser refused: see [`BrowserFailure`].
    /// The pending flow is given back; with the right callback, or when the network is back, it can still be finished.
    pub async fn finish(self, callback_url: &str) -> Result<BrowserOutcome, StepError<Self>> {
        match self.settled(callback_url).await {
            Ok(outcome) => {
                self.claim.end();
                Ok(outcome)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn settled(&self, callback_url: &str) -> Result<BrowserOutcome, Error> {
        let (device, saved) = (self.claim.device(), &self.saved);
        let callback = Callback::read(callback_url, &saved.redirect_url, saved.begun_at, device.core().now())?;
        let attempt = self.returned(&callback).await?;
        if let (Some(told), Some(created)) = (callback.get("created_session_id"), attempt.created_session())
            && told != created.as_str()
        {
            return Err(BrowserFailure::Foreign.into());
        }
        let told = Told { error: callback.error(), has_nonce: callback.nonce().is_some() };
        attempt.settle(device, told, &saved.terms).await
    }

    /// What has become of the attempt.
    async fn returned(&self, callback: &Callback) -> Result<Attempt, Error> {
        let Some(nonce) = callback.nonce() else { return self.attempt(None).await };
        let refused = match self.attempt(Some(nonce)).await {
            Err(error) => match error.status().map(|status| status.as_u16()) {
                Some(401) => BrowserFailure::Replayed,
                // It leads to another device, which has no such attempt.
                Some(404) => BrowserFailure::Foreign,
                _ => return Err(error),
            },
            done => return done,
        };
        // It may have been redeemed by us, when the answer to what follows was lost.
        let attempt = self.attempt(None).await.ok().filter(Attempt::has_moved);
        attempt.ok_or_else(|| refused.into())
    }

    async fn attempt(&self, nonce: Option<clerk_core::Secret>) -> Result<Attempt, Error> {
        let raw = self.claim.device().raw();
        Ok(match &self.saved.attempt {
            Began::SignIn(id) => {
                let mut call = raw.get_sign_in(id);
                if let Some(nonce) = nonce {
                    call = call.rotating_token_nonce(nonce);
                }
                Attempt::SignIn(Box::new(call.send().await?.response))
            }
            Began::SignUp(id) => {
                let mut call = raw.get_sign_up(id);
                if let Some(nonce) = nonce {
                    call = call.rotating_token_nonce(nonce);
                }
                Attempt::SignUp(Box::new(call.send().await?.response))
            }
        })
    }
}

#[cfg(feature = "loopback")]
impl super::loopback::Pending for PendingOauth {
    type Done = BrowserOutcome;

    fn page(&self) -> &str {
        self.url()
    }

    async fn end(self, callback_url: &str) -> Result<BrowserOutcome, StepError<Self>> {
        self.finish(callback_url).await
    }
}

impl fmt::Debug for PendingOauth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingOauth").field(&self.saved.attempt).finish()
    }
}
