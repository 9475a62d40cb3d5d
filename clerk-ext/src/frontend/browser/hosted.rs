use std::fmt;

use clerk_core::{Error, ErrorCode, Secret, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    callback::{Callback, is_loopback},
    claim::Claim,
    failure::BrowserFailure,
    pkce,
};
use crate::{
    frontend::{
        client::Frontend, device::Device, session::Session, sign_in::SignIns, sign_up::SignUps, step::StepError,
    },
    metadata::Metadata,
};

/// Whether hosted pages may come back to a web server on this machine.
///
/// Clerk documents schemes of the application's own only; whether it takes loopback addresses is not known. Where it
/// does not, its refusal comes out of `start`.
const MAY_COME_BACK_TO_LOOPBACK: bool = true;

/// What the flow is called when another one is refused.
const NAME: &str = "a sign-in on hosted pages";

impl SignIns {
    /// Signs in on Clerk's own pages, in a browser that comes back to `redirect_url`: every factor, captcha and check that
    /// the instance asks for happens there.
    ///
    /// The URL has a scheme of the application's own, and the instance has to list it.
    ///
    /// ```
    /// # use clerk_ext::{Bytes, http::Request};
    /// # use tower_service::Service as _;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let pending = clerk.sign_in().hosted("com.example.app://callback").start().await?;
    /// println!("open {}", pending.url());
    /// # let flow = pending.url().split_once("flow=").ok_or("no flow")?.1.split('&').next().unwrap_or_default();
    /// # let page = pending.url().split('?').next().unwrap_or_default();
    /// # let form = Request::post(page).header("content-type", "application/x-www-form-urlencoded");
    /// # let form = form.body(Bytes::from(format!("flow={flow}&identifier=ann%40example.com")))?;
    /// # let answer = local.transport().call(form).await?;
    /// # let came_back = answer.headers()["location"].to_str()?;
    /// // The system hands the program the URL that the browser came back to.
    /// let session = pending.finish(came_back).await?;
    /// assert!(session.is_signed_in());
    /// # Ok(()) }
    /// ```
    pub fn hosted(&self, redirect_url: impl Into<String>) -> Hosted {
        Hosted { device: self.device.clone(), redirect_url: redirect_url.into(), is_sign_up: false, replaces: false }
    }
}

impl SignUps {
    /// Signs up on Clerk's own pages, in a browser that comes back to `redirect_url`.
    ///
    /// All else is as with [signing in](SignIns::hosted).
    pub fn hosted(&self, redirect_url: impl Into<String>) -> Hosted {
        Hosted { device: self.device.clone(), redirect_url: redirect_url.into(), is_sign_up: true, replaces: false }
    }
}

/// A sign-in or sign-up on Clerk's own pages that is about to begin.
///
/// [`SignIns::hosted`] has an example.
#[must_use = "nothing is sent before start()"]
pub struct Hosted {
    device: Device,
    redirect_url: String,
    is_sign_up: bool,
    replaces: bool,
}

impl Hosted {
    /// Takes the place of another flow that is in the browser.
    pub fn replace(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Begins, and gives the URL to open.
    ///
    /// # Errors
    ///
    /// The redirect URL is one of a web page, another flow of this device is in the browser ([`BrowserFailure::Busy`]),
    /// or Clerk refuses: the redirect URL is not listed.
    pub async fn start(self) -> Result<PendingHosted, Error> {
        check_redirect_url(&self.redirect_url)?;
        let claim = Claim::new(&self.device, NAME, self.replaces)?;
        let core = self.device.core();
        let (verifier, state) = (pkce::verifier(&*core.random)?, pkce::random_text::<16>(&*core.random)?);
        let begun_at = core.now();
        let begin = || {
            let raw = self.device.raw();
            let call = raw.create_hosted_auth(&self.redirect_url, pkce::challenge(&verifier), state.expose());
            call.mode(if self.is_sign_up { "sign-up" } else { "sign-in" }).send()
        };
        let answer = match begin().await {
            // The refusal has brought a token that is good.
            Err(error) if error.has_code(ErrorCode::SIGNED_OUT) => begin().await?,
            answer => answer?,
        };
        let url = hosted_page(&answer.response)?;
        let saved = SavedHosted { url, redirect_url: self.redirect_url, begun_at, verifier, state };
        Ok(PendingHosted { claim, saved })
    }

    /// Begins, opens the browser, waits until it is back, and signs in.
    ///
    /// All else is as with [`OauthStart::in_browser`](super::OauthStart::in_browser).
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start) and [`finish`](PendingHosted::finish); [`BrowserFailure::TimedOut`] when nobody
    /// came back.
    #[cfg(feature = "loopback")]
    pub async fn in_browser(
        self,
        listener: &super::Loopback,
        open: impl FnOnce(&str) + Send,
    ) -> Result<Session, Error> {
        listener.check(&self.redirect_url)?;
        listener.carry(self.start().await?, open).await
    }
}

fn check_redirect_url(url: &str) -> Result<(), Error> {
    let parsed = Url::parse(url).map_err(|_| {
        Error::config("the redirect URL of hosted pages is not a URL; give one such as com.example.app://callback")
    })?;
    let may = match parsed.scheme() {
        "http" => MAY_COME_BACK_TO_LOOPBACK && is_loopback(&parsed),
        scheme => scheme != "https",
    };
    if may {
        return Ok(());
    }
    Err(Error::config(
        "hosted pages come back to a scheme of the application's own, not to a web page; give a redirect URL such as \
         com.example.app://callback",
    ))
}

/// The page to open: Clerk's, or that of a Clerk on this machine.
fn hosted_page(answer: &types::HostedAuth) -> Result<String, Error> {
    let parsed = Url::parse(&answer.url).ok();
    let is_fit = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    match parsed.filter(is_fit) {
        Some(_) => Ok(answer.url.clone()),
        None => {
            let message = "the URL of the hosted page is not one to send a person to; nothing was opened";
            Err(Error::new(clerk_core::ErrorKind::Unexpected, message))
        }
    }
}

impl fmt::Debug for Hosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted").field("is_sign_up", &self.is_sign_up).finish_non_exhaustive()
    }
}

/// A sign-in on Clerk's own pages, to be kept between two runs of a program.
///
/// It holds a secret: with it, whoever has the URL that the browser came back to is signed in. Keep it where tokens are
/// kept.
///
/// It is kept and taken up again as [`SavedOauth`](super::SavedOauth) is, which has an example.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedHosted {
    url: String,
    redirect_url: String,
    begun_at: Timestamp,
    verifier: Secret,
    state: Secret,
}

impl SavedHosted {
    /// Goes on with it, in place of whatever is in the browser.
    pub fn resume<M: Metadata>(self, clerk: &Frontend<M>) -> PendingHosted {
        PendingHosted { claim: Claim::resumed(clerk.device(), NAME, self.begun_at), saved: self }
    }
}

impl fmt::Debug for SavedHosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedHosted").field("begun_at", &self.begun_at).finish_non_exhaustive()
    }
}

/// A sign-in on Clerk's own pages that is in the browser.
///
/// Dropping it ends the flow, unless it was [saved](Self::save): another can begin then.
///
/// [`SignIns::hosted`] has an example.
#[must_use = "somebody is in the browser: finish it with the URL that comes back"]
pub struct PendingHosted {
    claim: Claim,
    saved: SavedHosted,
}

impl PendingHosted {
    /// The page to open in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.saved.url
    }

    /// The flow as something that can be written down; it stays in the browser when this value is dropped.
    ///
    /// What is written holds a secret: see [`SavedHosted`].
    #[must_use]
    pub fn save(&self) -> SavedHosted {
        self.claim.keep();
        self.saved.clone()
    }

    /// Gives the flow up. Nothing is sent.
    pub fn cancel(self) {
        self.claim.end();
    }

    /// Signs in with the URL that the browser came back to.
    ///
    /// # Errors
    ///
    /// The URL is not one of this flow, or came too late, or somebody else redeemed it: see [`BrowserFailure`]. The pending
    /// flow is given back; with the right callback, or when the network is back, it can still be finished.
    pub async fn finish(self, callback_url: &str) -> Result<Session, StepError<Self>> {
        match self.redeemed(callback_url).await {
            Ok(session) => {
                self.claim.end();
                Ok(session)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn redeemed(&self, callback_url: &str) -> Result<Session, Error> {
        let (device, saved) = (self.claim.device(), &self.saved);
        let callback = Callback::read(callback_url, &saved.redirect_url, saved.begun_at, device.core().now())?;
        callback.require_state(&saved.state)?;
        if let Some(error) = callback.error() {
            return Err(error);
        }
        let nonce = Secret::from(callback.require("rotating_token_nonce")?);
        let session = callback.require("created_session_id")?.into();
        let redeem = device.raw().create_client().rotating_token_nonce(nonce).code_verifier(&saved.verifier);
        match redeem.method("GET").send().await {
            Ok(answer) => {
                let has = |client: &types::Client| client.sessions.iter().any(|one| one.id == session);
                if !answer.response.as_ref().is_some_and(has) {
                    return Err(BrowserFailure::Foreign.into());
                }
            }
            // It was redeemed before, perhaps by us when what follows failed.
            Err(error) if error.has_code(ErrorCode::AUTHENTICATION_INVALID) => {
                if device.snapshot().session_by_id(&session).is_none() {
                    return Err(BrowserFailure::Replayed.into());
                }
            }
            Err(error) => return Err(error),
        }
        device.entered(session).await
    }
}

#[cfg(feature = "loopback")]
impl super::loopback::Pending for PendingHosted {
    type Done = Session;

    fn page(&self) -> &str {
        self.url()
    }

    async fn end(self, callback_url: &str) -> Result<Session, StepError<Self>> {
        self.finish(callback_url).await
    }
}

impl fmt::Debug for PendingHosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingHosted").field("begun_at", &self.saved.begun_at).finish_non_exhaustive()
    }
}
