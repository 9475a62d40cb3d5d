use std::fmt;

use serde::Serialize;

use crate::auth::{TokenType, header::Category, jwt::Jwt, machine::machine_token_type};

/// What a text seems to be; that it is good is not said by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Looks {
    /// The token of a session.
    Session,
    /// A token that a JWT template made, for somebody else than this server.
    Template,
    /// What a browser brings back from a handshake.
    Handshake,
    /// An API key, or the secret key of a machine, which begins in the same way.
    ApiKey,
    /// A token of a machine that calls another.
    M2m,
    /// An OAuth access token.
    OAuth,
    /// A JWT that does not say what it is for.
    Jwt,
    /// A secret key, which is no token and should be nowhere but on a server.
    SecretKey,
    /// A publishable key, which is no token.
    PublishableKey,
    /// The secret that webhooks are signed with, which is no token.
    WebhookSecret,
    /// Nothing of Clerk.
    Nothing,
}

impl Looks {
    pub(super) fn of(token: &str, jwt: Option<&Jwt<'_>>) -> Self {
        match (machine_token_type(token), jwt) {
            (Some(TokenType::ApiKey), _) => Self::ApiKey,
            (Some(TokenType::M2m), _) => Self::M2m,
            (Some(TokenType::OAuth), _) => Self::OAuth,
            (_, Some(jwt)) => Self::of_jwt(jwt),
            (_, None) => Self::of_prefix(token),
        }
    }

    fn of_jwt(jwt: &Jwt<'_>) -> Self {
        if jwt.header.category == Category::Template {
            Self::Template
        } else if jwt.payload.get("handshake").is_some() {
            Self::Handshake
        } else if jwt.payload.session_id.is_some() || jwt.header.category == Category::Session {
            Self::Session
        } else {
            Self::Jwt
        }
    }

    fn of_prefix(token: &str) -> Self {
        let prefixes = [
            ("sk_test_", Self::SecretKey),
            ("sk_live_", Self::SecretKey),
            ("pk_test_", Self::PublishableKey),
            ("pk_live_", Self::PublishableKey),
            ("whsec_", Self::WebhookSecret),
        ];
        prefixes.into_iter().find(|(prefix, _)| token.starts_with(prefix)).map_or(Self::Nothing, |(_, looks)| looks)
    }

    /// What to do about something that was sent in the place of a token.
    pub(super) fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::SecretKey | Self::WebhookSecret => {
                "never send this in a request: change it in the dashboard if it left your server, and send a token"
            }
            Self::PublishableKey => "send a session token: the publishable key only says which instance this is",
            Self::Handshake => "leave it in its cookie or parameter: it is no session token",
            _ => return None,
        })
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Session => "a session token",
            Self::Template => "a token of a JWT template",
            Self::Handshake => "a handshake token",
            Self::ApiKey => "an API key",
            Self::M2m => "a token of a machine",
            Self::OAuth => "an OAuth access token",
            Self::Jwt => "a JWT without a mark of its kind",
            Self::SecretKey => "a secret key",
            Self::PublishableKey => "a publishable key",
            Self::WebhookSecret => "the secret of a webhook",
            Self::Nothing => "nothing that Clerk gives out",
        })
    }
}
