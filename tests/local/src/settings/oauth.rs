//! The instance as an authorization server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::durations;

/// This instance as an authorization server, for programs that sign people in with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct OAuthServer {
    /// Whether programs may register themselves.
    pub dynamic_registration: bool,
    /// Whether access tokens are JWTs; otherwise they say nothing and have to be verified by a request.
    pub jwt_access_tokens: bool,
    /// What applications may ask for that are made without scopes, such as `profile email`.
    pub default_scopes: Option<String>,
    /// An access token: 1 day.
    #[serde(with = "durations::seconds")]
    pub access_token_lifetime: Duration,
}

impl Default for OAuthServer {
    fn default() -> Self {
        Self {
            dynamic_registration: false,
            jwt_access_tokens: false,
            default_scopes: None,
            access_token_lifetime: Duration::from_secs(24 * 3600),
        }
    }
}
