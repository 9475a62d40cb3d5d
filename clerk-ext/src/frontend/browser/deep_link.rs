use std::fmt;

use clerk_core::{Error, ErrorKind, Secret, SignInId, SignUpId, Timestamp};
use clerk_fapi::types::{self, SignInFactorStrategy};
use serde::{Deserialize, Serialize};

use super::{callback::Callback, claim::Claim, failure::BrowserFailure, outcome::BrowserOutcome, pkce};
use crate::{
    frontend::{
        client::Frontend,
        device::Device,
        sign_in::{SignIn, SignIns},
        sign_up::SignUp,
        step::StepError,
    },
    metadata::Metadata,
};

const EMAIL_LINK: &str = "email_link";

/// What the flow is called when another one is refused.
const NAME: &str = "a link in a mail";

impl SignIns {
    /// Signs in by a link in a mail that opens this application.
    ///
    /// `redirect_uri` is a deep link of the application, such as `com.example.app://link`. Whoever opens the mail on
    /// another device is not signed in here: only this device can finish what it began.
    ///
    /// ```
    /// # use clerk_ext::{Bytes, http::Request};
    /// # use tower_service::Service as _;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let pending = clerk.sign_in().email_deep_link("ann@example.com", "com.example.app://link").send().await?;
    /// # let link = local.inbox().latest_link("ann@example.com").ok_or("nothing was mailed")?;
    /// # let answer = local.transport().call(Request::get(link).body(Bytes::new())?).await?;
    /// # let opened = answer.headers()["location"].to_str()?;
    /// // She opens the mail on this device, and the system hands the program the URL of the link.
    /// let session = pending.finish(opened).await?.session()?;
    /// assert!(session.is_signed_in());
    /// # Ok(()) }
    /// ```
    pub fn email_deep_link(&self, email_address: impl Into<String>, redirect_uri: impl Into<String>) -> DeepLink {
        let (address, redirect_uri) = (email_address.into(), redirect_uri.into());
        DeepLink { device: self.device.clone(), address, redirect_uri, replaces: false }
    }
}

/// A mail with a link into this application that is about to be sent.
///
/// [`SignIns::email_deep_link`] has an example.
#[must_use = "nothing is sent before send()"]
pub struct DeepLink {
    device: Device,
    address: String,
    redirect_uri: String,
    replaces: bool,
}

impl DeepLink {
    /// Takes the place of another flow that is in the browser.
    pub fn replace(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Sends the mail.
    ///
    /// # Errors
    ///
    /// Another flow of this device is in the browser ([`BrowserFailure::Busy`]), nobody has the address, or the instance
    /// sends no links.
    pub async fn send(self) -> Result<PendingDeepLink, Error> {
        let claim = Claim::new(&self.device, NAME, self.replaces)?;
        let core = self.device.core();
        let verifier = pkce::verifier(&*core.random)?;
        let mut call = self.device.raw().create_sign_in().identifier(&self.address);
        if let Some(locale) = &core.locale {
            call = call.locale(locale);
        }
        let sign_in = call.send().await?.response;
        let factor = link_factor(&sign_in.supported_first_factors, Some(&self.address)).ok_or_else(not_offered)?;
        prepare_sign_in(&self.device, &sign_in.id, factor, &self.redirect_uri, &verifier).await?;
        Ok(PendingDeepLink::new(claim, Flow::SignIn(sign_in.id), self.redirect_uri, verifier))
    }
}

async fn prepare_sign_in(
    device: &Device,
    sign_in: &SignInId,
    factor: &types::SignInFactor,
    redirect_uri: &str,
    verifier: &Secret,
) -> Result<(), Error> {
    let mut prepare = device.raw().prepare_sign_in_factor_one(sign_in, EMAIL_LINK);
    if let Some(address) = &factor.email_address_id {
        prepare = prepare.email_address_id(address);
    }
    let prepare = prepare.redirect_uri(redirect_uri).code_challenge(pkce::challenge(verifier));
    prepare.code_challenge_method(pkce::METHOD).send().await?;
    Ok(())
}

/// The factor of the address that was typed, or the first that sends links.
pub(super) fn link_factor<'a>(
    factors: &'a [types::SignInFactor],
    address: Option<&str>,
) -> Option<&'a types::SignInFactor> {
    let sends =
        |factor: &&types::SignInFactor| factor.strategy.as_ref().map(SignInFactorStrategy::as_str) == Some(EMAIL_LINK);
    let is_typed = |factor: &&types::SignInFactor| address.is_some() && factor.safe_identifier.as_deref() == address;
    factors.iter().filter(sends).find(is_typed).or_else(|| factors.iter().find(sends))
}

fn not_offered() -> Error {
    let message = "this sign-in cannot be done by a link in a mail; use one of the factors that it offers";
    Error::new(ErrorKind::InvalidRequest, message)
}

impl fmt::Debug for DeepLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeepLink")
    }
}

/// What a link is to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Flow {
    SignIn(SignInId),
    SignUp(SignUpId),
}

impl Flow {
    fn id(&self) -> &str {
        match self {
            Self::SignIn(id) => id.as_str(),
            Self::SignUp(id) => id.as_str(),
        }
    }
}

/// A link in a mail that is waited for, to be kept between two runs of a program.
///
/// It holds a secret: with it, whoever has the link is signed in. Keep it where tokens are kept.
///
/// It is kept and taken up again as [`SavedOauth`](super::SavedOauth) is, which has an example.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedDeepLink {
    flow: Flow,
    redirect_uri: String,
    begun_at: Timestamp,
    verifier: Secret,
    /// What the link was traded in for, once it was.
    ticket: Option<Secret>,
}

impl SavedDeepLink {
    /// Goes on with it, in place of whatever is in the browser.
    pub fn resume<M: Metadata>(self, clerk: &Frontend<M>) -> PendingDeepLink {
        PendingDeepLink { claim: Claim::resumed(clerk.device(), NAME, self.begun_at), saved: self }
    }
}

impl fmt::Debug for SavedDeepLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedDeepLink").field("flow", &self.flow).finish_non_exhaustive()
    }
}

/// A link in a mail that is waited for.
///
/// Dropping it ends the flow, unless it was [saved](Self::save): another can begin then.
///
/// [`SignIns::email_deep_link`] has an example.
#[must_use = "a mail was sent: finish it with the link that is opened"]
pub struct PendingDeepLink {
    claim: Claim,
    saved: SavedDeepLink,
}

impl PendingDeepLink {
    fn new(claim: Claim, flow: Flow, redirect_uri: String, verifier: Secret) -> Self {
        let begun_at = claim.device().core().now();
        Self { claim, saved: SavedDeepLink { flow, redirect_uri, begun_at, verifier, ticket: None } }
    }

    /// Sends a link from a sign-in that is under way, for one of its first factors.
    pub(super) async fn from_factor(
        device: &Device,
        sign_in: &SignInId,
        factor: &types::SignInFactor,
        redirect_uri: String,
    ) -> Result<Self, Error> {
        let claim = Claim::new(device, NAME, false)?;
        let verifier = pkce::verifier(&*device.core().random)?;
        prepare_sign_in(device, sign_in, factor, &redirect_uri, &verifier).await?;
        Ok(Self::new(claim, Flow::SignIn(sign_in.clone()), redirect_uri, verifier))
    }

    /// Sends a link for the address of a sign-up that is under way.
    pub(super) async fn from_sign_up(device: &Device, sign_up: &SignUpId, redirect_uri: String) -> Result<Self, Error> {
        let claim = Claim::new(device, NAME, false)?;
        let verifier = pkce::verifier(&*device.core().random)?;
        let prepare = device.raw().prepare_sign_up_verification(sign_up, EMAIL_LINK).redirect_uri(&redirect_uri);
        let prepare = prepare.code_challenge(pkce::challenge(&verifier)).code_challenge_method(pkce::METHOD);
        prepare.send().await?;
        Ok(Self::new(claim, Flow::SignUp(sign_up.clone()), redirect_uri, verifier))
    }

    /// The flow as something that can be written down; it is waited for also when this value is dropped.
    ///
    /// What is written holds a secret: see [`SavedDeepLink`].
    #[must_use]
    pub fn save(&self) -> SavedDeepLink {
        self.claim.keep();
        self.saved.clone()
    }

    /// Waits for the link no longer. Nothing is sent.
    pub fn cancel(self) {
        self.claim.end();
    }

    /// Goes on with the link that was opened: its `flow_id` and `approval_token` stand in its query or its fragment.
    ///
    /// # Errors
    ///
    /// The link is of another flow, was used already, or came too late: see [`BrowserFailure`]. What is pending is given
    /// back; with the right link, or when the network is back, it can still be finished.
    pub async fn finish(mut self, link: &str) -> Result<BrowserOutcome, StepError<Self>> {
        match self.completed(link).await {
            Ok(outcome) => {
                self.claim.end();
                Ok(outcome)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn completed(&mut self, link: &str) -> Result<BrowserOutcome, Error> {
        let device = self.claim.device().clone();
        if let Some(ticket) = self.saved.ticket.clone() {
            return by_ticket(&device, ticket).await;
        }
        let saved = &self.saved;
        let callback = Callback::read(link, &saved.redirect_uri, saved.begun_at, device.core().now())?;
        if callback.require("flow_id")? != saved.flow.id() {
            return Err(BrowserFailure::Foreign.into());
        }
        let approval = callback.require("approval_token")?;
        let done = device.raw().complete_magic_link(saved.flow.id(), approval, &saved.verifier).send().await?.response;
        match (done.ticket, &saved.flow) {
            (Some(ticket), _) => {
                // The link is used up; what it was traded in for must not be lost with the network.
                self.saved.ticket = Some(ticket.clone());
                by_ticket(&device, ticket).await
            }
            (None, Flow::SignUp(id)) => {
                let sign_up = device.raw().get_sign_up(id).send().await?.response;
                Ok(BrowserOutcome::SignUp(SignUp::of(&device, sign_up).await?))
            }
            (None, Flow::SignIn(id)) => {
                let sign_in = device.raw().get_sign_in(id).send().await?.response;
                Ok(BrowserOutcome::SignIn(SignIn::of(&device, sign_in).await?))
            }
        }
    }
}

async fn by_ticket(device: &Device, ticket: Secret) -> Result<BrowserOutcome, Error> {
    let mut call = device.raw().create_sign_in().strategy("ticket").ticket(ticket);
    if let Some(locale) = &device.core().locale {
        call = call.locale(locale);
    }
    let sign_in = call.send().await?.response;
    Ok(BrowserOutcome::SignIn(SignIn::of(device, sign_in).await?))
}

impl fmt::Debug for PendingDeepLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingDeepLink").field(&self.saved.flow).finish()
    }
}
