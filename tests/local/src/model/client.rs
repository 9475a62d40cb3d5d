//! A device or browser, and what it has open.

use clerk_core::{ClientId, SessionId, SignInId, SignUpId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// All sessions ever opened on it and not removed, the oldest first.
    pub(crate) session_ids: Vec<SessionId>,
    pub(crate) sign_in_id: Option<SignInId>,
    pub(crate) sign_up_id: Option<SignUpId>,
    pub(crate) last_active_session_id: Option<SessionId>,
    pub(crate) last_authentication_strategy: Option<String>,
    /// The secret part of the only client token that is taken.
    pub(crate) secret: String,
    /// What a browser that came back from a provider hands over to the device, once.
    pub(crate) nonces: Vec<Nonce>,
    pub(crate) cookie_expires_at: Option<Timestamp>,
    /// The token of the development browser that it belongs to.
    pub(crate) dev_browser: Option<String>,
    pub(crate) captcha_bypass: bool,
    /// The origin of the page that it was last used from, which tokens name as `azp`.
    pub(crate) origin: Option<String>,
}

/// What tells browsers apart where cookies of the Frontend API do not arrive: in development.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DevBrowser {
    /// The token in `__clerk_db_jwt`.
    pub(crate) token: String,
    pub(crate) created_at: Timestamp,
}

impl Record for DevBrowser {
    fn id(&self) -> &str {
        &self.token
    }
}

/// Cookies that a back end fetches by the nonce of a handshake, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Handshake {
    pub(crate) nonce: String,
    pub(crate) directives: Vec<String>,
    pub(crate) expire_at: Timestamp,
}

impl Record for Handshake {
    fn id(&self) -> &str {
        &self.nonce
    }
}

/// A `rotating_token_nonce`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Nonce {
    pub(crate) nonce: String,
    pub(crate) expire_at: Timestamp,
    /// The PKCE challenge that its redemption has to answer.
    pub(crate) code_challenge: Option<String>,
}

impl Client {
    pub(crate) fn new(id: ClientId, secret: String, now: Timestamp) -> Self {
        Self {
            id,
            created_at: now,
            updated_at: now,
            session_ids: Vec::new(),
            sign_in_id: None,
            sign_up_id: None,
            last_active_session_id: None,
            last_authentication_strategy: None,
            secret,
            nonces: Vec::new(),
            cookie_expires_at: None,
            dev_browser: None,
            captcha_bypass: false,
            origin: None,
        }
    }
}

impl Record for Client {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.nonces.iter().map(|nonce| format!("nonce:{}", nonce.nonce)).collect();
        keys.extend(self.dev_browser.as_ref().map(|token| format!("dev_browser:{token}")));
        keys
    }
}
