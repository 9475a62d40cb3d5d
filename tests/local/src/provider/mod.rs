//! The provider that every social and enterprise sign-in leads to: people who have accounts there, and a page that asks
//! them.

mod accounts;
mod authorize;
mod consent;
pub(crate) mod html;
mod sign_in;

use clerk_core::{Bytes, Timestamp, http};

pub use self::accounts::ProviderAccount;
pub(crate) use self::sign_in::url as sign_in_url;
use crate::{Api, answer::Outcome, app::App, failure::Failure, inbound::Inbound};

/// The provider of a local Clerk, as tests use it.
///
/// Google, GitHub and every other provider that the settings enable is this one; so is the identity provider of every
/// enterprise connection.
#[derive(Clone, Copy, Debug)]
pub struct Provider<'a> {
    app: &'a App,
}

impl<'a> Provider<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app }
    }

    /// Adds an account that people can be signed in with at the provider; gives its id there.
    #[allow(clippy::must_use_candidate, reason = "most tests do not care for the id")]
    pub fn add(&self, account: &ProviderAccount) -> String {
        let now = self.app.clock.now();
        self.app.with(|state| accounts::add(state, account, now))
    }

    /// Does what a person does who opens the URL and agrees; gives the URL that the browser ends at.
    ///
    /// `url` is an `external_verification_redirect_url`. The account is the one that the request hints at, else the
    /// last that was added or used; if the provider has none yet, it makes one up.
    ///
    /// # Errors
    ///
    /// The URL is none of this provider's, or was used already.
    pub async fn approve(&self, url: &str) -> Result<String, String> {
        self.complete(url, authorize::Choice::Last).await
    }

    /// As [`approve`](Self::approve), with the account of this email address.
    ///
    /// # Errors
    ///
    /// The URL is none of this provider's, or the provider has no such account.
    pub async fn approve_as(&self, url: &str, email_address: &str) -> Result<String, String> {
        self.complete(url, authorize::Choice::Address(email_address)).await
    }

    /// Does what a person does who opens the URL and refuses; gives the URL that the browser ends at.
    ///
    /// # Errors
    ///
    /// The URL is none of this provider's, or was used already.
    pub async fn deny(&self, url: &str) -> Result<String, String> {
        self.complete(url, authorize::Choice::Deny).await
    }

    /// Does what a person does who opens the URL and leaves by "cancel"; gives the URL that the browser ends at.
    ///
    /// # Errors
    ///
    /// The URL is none of this provider's, or was used already.
    pub async fn cancel(&self, url: &str) -> Result<String, String> {
        self.complete(url, authorize::Choice::Cancel).await
    }

    async fn complete(&self, url: &str, choice: authorize::Choice<'_>) -> Result<String, String> {
        let now = self.app.clock.now();
        let query = url.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or(query)).unwrap_or_default();
        let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let back = self.app.with(|state| authorize::decide(state, &query, choice, now)).map_err(said)?;
        let request = http::Request::get(back).body(Bytes::new()).map_err(|error| error.to_string())?;
        let reply = self.app.answer(Api::Frontend, None, request).await;
        let response = reply.whole().await.map_err(|error| error.to_string())?;
        let location = response.headers().get(http::header::LOCATION).and_then(|location| location.to_str().ok());
        location.map(str::to_owned).ok_or_else(|| {
            format!("the callback answered {}: {}", response.status(), String::from_utf8_lossy(response.body()))
        })
    }
}

fn said(failure: Failure) -> String {
    format!("{}: {}", failure.status, String::from_utf8_lossy(&failure.body("")))
}

/// The answer to a request for one of these pages; `None` if it is for something else.
pub(crate) fn answer(app: &App, inbound: &Inbound, body: &Bytes, now: Timestamp) -> Option<Outcome> {
    let form = || form_urlencoded::parse(body).into_owned().collect::<Vec<(String, String)>>();
    match (inbound.method.as_str(), inbound.path.as_str()) {
        ("GET", "/local/provider/authorize") => Some(app.with(|state| authorize::page(state, &inbound.query, now))),
        ("POST", "/local/provider/decide") => Some(app.with(|state| authorize::decided(state, &form(), now))),
        ("GET", "/local/oauth-consent") => Some(app.with(|state| consent::page(state, inbound))),
        ("GET", "/local/sign-in") => Some(app.with(|state| sign_in::page(state, inbound))),
        ("POST", "/local/sign-in") => Some(app.with(|state| sign_in::chosen(state, inbound, &form(), now))),
        _ => crate::hosted::answer(app, inbound, body, now),
    }
}
