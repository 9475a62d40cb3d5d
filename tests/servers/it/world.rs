//! A server of the application, with everything around it made up: keys, tokens, the Backend API, the time, requests.
#![allow(dead_code, reason = "not every subject needs all of it")]

mod api;
mod ask;
mod signer;
mod token;

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use clerk_ext::{
    Json, PublishableKey, SecretKey,
    auth::{Clerk, ClerkBuilder, RequestState},
    clock::ManualClock,
};
use serde_json::json;

pub use self::{
    api::Api,
    ask::Ask,
    signer::Signer,
    token::{M2M_CATEGORY, TEMPLATE_CATEGORY, Token},
};

/// What time it is in a new world, in seconds: tokens and cookies count from here.
pub const NOW: i64 = 1_800_000_000;

/// The secret key of a development instance.
pub const TEST_KEY: &str = "sk_test_1234";

/// The secret key of a production instance.
pub const LIVE_KEY: &str = "sk_live_test_1234";

/// An instance of Clerk, whose Backend API answers as a test says.
pub struct World {
    pub clock: ManualClock,
    pub api: Api,
    /// The host of the Frontend API.
    pub host: &'static str,
    publishable_key: String,
    secret_key: &'static str,
}

impl World {
    pub fn development() -> Self {
        Self::new("pk_test_", "happy-hippo-1.clerk.accounts.dev", TEST_KEY)
    }

    pub fn production() -> Self {
        Self::new("pk_live_", "clerk.example.com", LIVE_KEY)
    }

    fn new(prefix: &str, host: &'static str, secret_key: &'static str) -> Self {
        let api = Api::default();
        api.answer("GET", "/v1/jwks", 200, json!({ "keys": [Signer::one().jwk()] }));
        Self {
            clock: ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs())),
            api,
            host,
            publishable_key: format!("{prefix}{}", STANDARD_NO_PAD.encode(format!("{host}$"))),
            secret_key,
        }
    }

    pub fn publishable_key(&self) -> PublishableKey {
        self.publishable_key.parse().unwrap()
    }

    pub fn secret_key(&self) -> SecretKey {
        self.secret_key.parse().unwrap()
    }

    /// All keys, the clock and the Backend API; a test adds what it is about.
    pub fn builder(&self) -> ClerkBuilder {
        Clerk::builder()
            .publishable_key(&self.publishable_key())
            .secret_key(&self.secret_key())
            .clock(std::sync::Arc::new(self.clock.clone()))
            .transport(self.api.transport())
    }

    pub fn clerk(&self) -> Clerk {
        self.builder().build().unwrap()
    }

    /// The name of a cookie with the suffix of this instance.
    pub fn suffixed(&self, cookie: &str) -> String {
        format!("{cookie}_{}", self.suffix())
    }

    pub fn suffix(&self) -> String {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.publishable_key.as_bytes());
        URL_SAFE_NO_PAD.encode(hash).chars().take(8).collect()
    }

    /// A good session token of this instance, issued just now.
    pub fn session(&self) -> Token {
        Token::session(self.host)
    }
}

/// What came of a request that is no mistake of the configuration.
pub async fn state(clerk: &Clerk, ask: &Ask) -> RequestState {
    clerk.authenticate(&ask.parts()).await.unwrap()
}

/// Status and reason in one text, such as `signed-out token-expired`; a status alone where there is no reason.
pub fn told(state: &RequestState) -> String {
    match state.reason() {
        Some(reason) => format!("{} {reason}", state.status().as_str()),
        None => state.status().as_str().to_owned(),
    }
}

/// A header of the state, which must be there once.
pub fn header<'s>(state: &'s RequestState, name: &str) -> &'s str {
    let mut values = state.headers().get_all(name).iter();
    let value = values.next().unwrap_or_else(|| panic!("the state has no header {name}")).to_str().unwrap();
    assert!(values.next().is_none(), "the state has several headers {name}");
    value
}

/// All `Set-Cookie` headers.
pub fn set_cookies(state: &RequestState) -> Vec<&str> {
    state.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

/// Where a handshake goes.
pub fn location(state: &RequestState) -> url::Url {
    state.location().expect("a location").to_str().unwrap().parse().unwrap()
}

/// A parameter of an address.
pub fn query(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The claims of an impersonator, an organization and so on are one object each.
pub fn object(value: Json) -> clerk_ext::JsonMap {
    value.as_object().unwrap().clone()
}
