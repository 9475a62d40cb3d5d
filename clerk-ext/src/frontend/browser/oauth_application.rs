use std::fmt;

use clerk_core::{Error, ErrorKind, OAuthClientId, Secret, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{callback::Callback, claim::Claim, oauth_tokens::OauthTokens, pkce};
use crate::{
    frontend::{client::Frontend, device::Device, step::StepError},
    metadata::Metadata,
};

/// What the flow is called when another one is refused.
const NAME: &str = "an authorization";

impl<M: Metadata> Frontend<M> {
    /// Lets a program in as one of the instance's OAuth applications, which has to be a public one: what command lines do.
    ///
    /// It is apart from the sessions of this device: what comes of it are tokens, which the program keeps. It comes back
    /// to a web server on this machine, or to a deep link.
    ///
    /// ```
    /// # use clerk_ext::{Bytes, http::Request};
    /// # use tower_service::Service as _;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// # let made = backend.oauth_applications().create("Tool").public(true).redirect_uris(["http://127.0.0.1/callback"]);
    /// # let client_id = made.scopes("openid email profile offline_access").await?.client_id;
    /// let tool = clerk.oauth_application(client_id).scopes(["openid", "email", "offline_access"]);
    /// let pending = tool.authorize("http://127.0.0.1:8765/callback").start()?;
    /// println!("open {}", pending.url());
    /// # let browser = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?;
    /// # let asked = pending.url().split_once('?').ok_or("nothing is asked")?.1;
    /// # let page = asked.split('&').find_map(|pair| pair.strip_prefix("client_id=")).ok_or("no client")?;
    /// # let page = format!("{}/v1/me/oauth/consent/{page}", local.frontend_url());
    /// # let form = Request::post(page).header("content-type", "application/x-www-form-urlencoded");
    /// # let form = form.header("cookie", format!("__client={}", browser.client_token.expose()));
    /// # let answer = local.transport().call(form.body(Bytes::from(format!("{asked}&consented=true")))?).await?;
    /// # let came_back = answer.headers()["location"].to_str()?;
    /// // She says yes, and the browser comes back.
    /// let tokens = pending.finish(came_back).await?;
    /// assert_eq!(tool.user_info(&tokens).await?.email.as_deref(), Some("ann@example.com"));
    ///
    /// let fresh = tool.refresh(&tokens).await?; // before the access token runs out
    /// tool.revoke(&fresh).await?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn oauth_application(&self, client_id: impl Into<OAuthClientId>) -> OauthApplication {
        OauthApplication { device: self.device().clone(), client_id: client_id.into(), scopes: Vec::new() }
    }
}

/// An OAuth application of the instance, as which a program is let in.
///
/// [`Frontend::oauth_application`] has an example.
#[derive(Clone)]
pub struct OauthApplication {
    device: Device,
    client_id: OAuthClientId,
    scopes: Vec<String>,
}

impl OauthApplication {
    /// What the program asks for, such as `openid`, `email`, `profile` or `offline_access`; without any, what the
    /// application is set up for.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks to be let in, in a browser that comes back to `redirect_url`.
    pub fn authorize(&self, redirect_url: impl Into<String>) -> OauthAuthorization {
        let redirect_url = redirect_url.into();
        OauthAuthorization { application: self.clone(), redirect_url, prompt: None, replaces: false }
    }

    /// Trades tokens in for new ones, before the access token runs out or after.
    ///
    /// A refresh token is used up by this: keep what comes back.
    ///
    /// # Errors
    ///
    /// There is no refresh token (the scope `offline_access` was not granted), or Clerk takes it no more: `invalid_grant`,
    /// after which the person has to be asked again.
    pub async fn refresh(&self, tokens: &OauthTokens) -> Result<OauthTokens, Error> {
        let Some(refresh_token) = &tokens.refresh_token else {
            let message = "there is no refresh token; ask for the scope offline_access, or authorize again";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        let now = self.device.core().now();
        let call = self.raw().get_oauth_token(types::OAuthGrantType::RefreshToken).client_id(&self.client_id);
        let answer = call.refresh_token(refresh_token).send().await?;
        let mut fresh = OauthTokens::read(answer, &tokens.scopes, now)?;
        // What is not given anew stays as it is.
        fresh.refresh_token = fresh.refresh_token.or_else(|| tokens.refresh_token.clone());
        fresh.id_token = fresh.id_token.or_else(|| tokens.id_token.clone());
        Ok(fresh)
    }

    /// Who let the program in; what is told depends on what was granted.
    ///
    /// # Errors
    ///
    /// The access token has run out, or was taken back.
    pub async fn user_info(&self, tokens: &OauthTokens) -> Result<types::OAuthUserInfo, Error> {
        let bearer = Secret::from(format!("Bearer {}", tokens.access_token.expose()));
        self.raw().with_client_token(&bearer)?.get_oauth_user_info().send().await
    }

    /// Takes the tokens back: the program is not let in any more.
    ///
    /// # Errors
    ///
    /// Clerk could not be told.
    pub async fn revoke(&self, tokens: &OauthTokens) -> Result<(), Error> {
        let both = [
            tokens.refresh_token.as_ref().map(|token| (token, types::OAuthTokenTypeHint::RefreshToken)),
            Some((&tokens.access_token, types::OAuthTokenTypeHint::AccessToken)),
        ];
        for (token, hint) in both.into_iter().flatten() {
            self.raw().revoke_oauth_token().token(token).token_type_hint(hint).send().await?;
        }
        Ok(())
    }

    /// A client that says nothing of this device: the tokens are not its business.
    fn raw(&self) -> clerk_fapi::Client {
        clerk_fapi::Client::from_endpoint(self.device.core().endpoint.clone())
    }
}

impl fmt::Debug for OauthApplication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("OauthApplication");
        debug.field("client_id", &self.client_id).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// An authorization that is about to begin.
///
/// [`Frontend::oauth_application`] has an example.
#[must_use = "nothing begins before start()"]
pub struct OauthAuthorization {
    application: OauthApplication,
    redirect_url: String,
    prompt: Option<String>,
    replaces: bool,
}

impl OauthAuthorization {
    /// What the page is to ask although it need not: `login` or `consent`, or `none` to ask nothing.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// Takes the place of another flow that is in the browser.
    pub fn replace(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Begins, and gives the URL to open. Nothing is sent.
    ///
    /// # Errors
    ///
    /// Another flow of this device is in the browser ([`BrowserFailure::Busy`](super::BrowserFailure::Busy)), or there
    /// are no random bytes.
    pub fn start(self) -> Result<PendingAuthorization, Error> {
        let application = self.application;
        let claim = Claim::new(&application.device, NAME, self.replaces)?;
        let core = application.device.core();
        let (verifier, state) = (pkce::verifier(&*core.random)?, pkce::random_text::<16>(&*core.random)?);
        let is_open_id = application.scopes.iter().any(|scope| scope == "openid");
        let nonce = if is_open_id { Some(pkce::random_text::<16>(&*core.random)?) } else { None };
        // A browser goes to the Frontend API itself, not to a proxy that this program uses.
        let mut url = Url::parse(&format!("{}/oauth/authorize", core.name))
            .map_err(|_| Error::config("the URL of the Frontend API is not one that a browser can open"))?;
        let challenge = pkce::challenge(&verifier);
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", application.client_id.as_str());
        query.append_pair("redirect_uri", &self.redirect_url).append_pair("state", state.expose());
        query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", pkce::METHOD);
        if !application.scopes.is_empty() {
            query.append_pair("scope", &application.scopes.join(" "));
        }
        if let Some(nonce) = &nonce {
            query.append_pair("nonce", nonce.expose());
        }
        if let Some(prompt) = &self.prompt {
            query.append_pair("prompt", prompt);
        }
        drop(query);
        let saved = SavedAuthorization {
            client_id: application.client_id,
            scopes: application.scopes,
            url: url.into(),
            redirect_url: self.redirect_url,
            begun_at: core.now(),
            verifier,
            state,
            nonce,
        };
        Ok(PendingAuthorization { claim, saved })
    }

    /// Begins, opens the browser, waits until it is back, and gets the tokens.
    ///
    /// All else is as with [`OauthStart::in_browser`](super::OauthStart::in_browser).
    ///
    /// # Errors
    ///
    /// As with [`start`](Self::start) and [`finish`](PendingAuthorization::finish);
    /// [`BrowserFailure::TimedOut`](super::BrowserFailure::TimedOut) when nobody came back.
    #[cfg(feature = "loopback")]
    pub async fn in_browser(
        self,
        listener: &super::Loopback,
        open: impl FnOnce(&str) + Send,
    ) -> Result<OauthTokens, Error> {
        listener.check(&self.redirect_url)?;
        listener.carry(self.start()?, open).await
    }
}

impl fmt::Debug for OauthAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OauthAuthorization").field(&self.application).finish()
    }
}

/// An authorization, to be kept between two runs of a program.
///
/// It holds secrets: with them, whoever has the URL that the browser came back to gets the tokens. Keep it where tokens
/// are kept.
///
/// It is kept and taken up again as [`SavedOauth`](super::SavedOauth) is, which has an example.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedAuthorization {
    client_id: OAuthClientId,
    scopes: Vec<String>,
    url: String,
    redirect_url: String,
    begun_at: Timestamp,
    verifier: Secret,
    state: Secret,
    nonce: Option<Secret>,
}

impl SavedAuthorization {
    /// Goes on with it, in place of whatever is in the browser.
    pub fn resume<M: Metadata>(self, clerk: &Frontend<M>) -> PendingAuthorization {
        PendingAuthorization { claim: Claim::resumed(clerk.device(), NAME, self.begun_at), saved: self }
    }
}

impl fmt::Debug for SavedAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedAuthorization").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// An authorization that is in the browser.
///
/// Dropping it ends the flow, unless it was [saved](Self::save): another can begin then.
///
/// [`Frontend::oauth_application`] has an example.
#[must_use = "somebody is in the browser: finish it with the URL that comes back"]
pub struct PendingAuthorization {
    claim: Claim,
    saved: SavedAuthorization,
}

impl PendingAuthorization {
    /// The page to open in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.saved.url
    }

    /// The flow as something that can be written down; it stays in the browser when this value is dropped.
    ///
    /// What is written holds secrets: see [`SavedAuthorization`].
    #[must_use]
    pub fn save(&self) -> SavedAuthorization {
        self.claim.keep();
        self.saved.clone()
    }

    /// Gives the flow up. Nothing is sent.
    pub fn cancel(self) {
        self.claim.end();
    }

    /// Gets the tokens with the URL that the browser came back to.
    ///
    /// # Errors
    ///
    /// The URL is not one of this flow, or came too late, or whoever was in the browser refused: see
    /// [`BrowserFailure`](super::BrowserFailure). What is pending is given back; with the right callback, or when the
    /// network is back, it can still be finished.
    pub async fn finish(self, callback_url: &str) -> Result<OauthTokens, StepError<Self>> {
        match self.traded_in(callback_url).await {
            Ok(tokens) => {
                self.claim.end();
                Ok(tokens)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn traded_in(&self, callback_url: &str) -> Result<OauthTokens, Error> {
        let (core, saved) = (self.claim.device().core(), &self.saved);
        let now = core.now();
        let callback = Callback::read(callback_url, &saved.redirect_url, saved.begun_at, now)?;
        callback.require_state(&saved.state)?;
        if let Some(error) = callback.error() {
            return Err(error);
        }
        let code = callback.require("code")?;
        let raw = clerk_fapi::Client::from_endpoint(core.endpoint.clone());
        let call = raw.get_oauth_token(types::OAuthGrantType::AuthorizationCode).client_id(&saved.client_id);
        let call = call.code(code).redirect_uri(&saved.redirect_url).code_verifier(&saved.verifier);
        let tokens = OauthTokens::read(call.send().await?, &saved.scopes, now)?;
        if let Some(nonce) = &saved.nonce {
            tokens.check_id_token(saved.client_id.as_str(), nonce)?;
        }
        Ok(tokens)
    }
}

#[cfg(feature = "loopback")]
impl super::loopback::Pending for PendingAuthorization {
    type Done = OauthTokens;

    fn page(&self) -> &str {
        self.url()
    }

    async fn end(self, callback_url: &str) -> Result<OauthTokens, StepError<Self>> {
        self.finish(callback_url).await
    }
}

impl fmt::Debug for PendingAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PendingAuthorization").field(&self.saved.client_id).finish()
    }
}
