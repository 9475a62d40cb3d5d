use std::{borrow::Cow, fmt};

/// Why a token or a request was not accepted, in the words that Clerk's SDKs share.
///
/// The type is open: some reasons are made of another one and a code of the API, such as
/// `session-token-expired-refresh-session_revoked`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reason(Cow<'static, str>);

macro_rules! reasons {
    ($($(#[$words:meta])* $name:ident = $text:literal;)*) => {
        impl Reason {
            $($(#[$words])* pub const $name: Self = Self(Cow::Borrowed($text));)*
        }
    };
}

reasons! {
    /// The token is over.
    TOKEN_EXPIRED = "token-expired";
    /// What was given is no token, or a token of another kind than can be used here.
    TOKEN_INVALID = "token-invalid";
    /// The token is signed by an algorithm that Clerk does not use.
    TOKEN_INVALID_ALGORITHM = "token-invalid-algorithm";
    /// The token was issued for another origin than those that are authorized, or names none.
    TOKEN_INVALID_AUTHORIZED_PARTIES = "token-invalid-authorized-parties";
    /// The token comes from another issuer than configured.
    TOKEN_INVALID_ISSUER = "token-invalid-issuer";
    /// The signature is not that of the key.
    TOKEN_INVALID_SIGNATURE = "token-invalid-signature";
    /// The token is not valid yet.
    TOKEN_NOT_ACTIVE_YET = "token-not-active-yet";
    /// The token was issued at a time to come: the clocks differ.
    TOKEN_IAT_IN_THE_FUTURE = "token-iat-in-the-future";
    /// A claim is missing or has another shape than it must have, or the key cannot check the signature.
    TOKEN_VERIFICATION_FAILED = "token-verification-failed";
    /// The Backend API does not know the secret key.
    SECRET_KEY_INVALID = "secret-key-invalid";
    /// The configured public key is empty.
    JWK_LOCAL_MISSING = "jwk-local-missing";
    /// The key set could not be fetched.
    JWK_REMOTE_FAILED_TO_LOAD = "jwk-remote-failed-to-load";
    /// The key set has a key that cannot be used.
    JWK_REMOTE_INVALID = "jwk-remote-invalid";
    /// The key set has no keys.
    JWK_REMOTE_MISSING = "jwk-remote-missing";
    /// There is neither a public key nor a secret key to find one with.
    JWK_FAILED_TO_RESOLVE = "jwk-failed-to-resolve";
    /// The key set does not have the key that the token names.
    JWK_KID_MISMATCH = "jwk-kid-mismatch";
    /// The browser is known to have a session, and did not send its token.
    CLIENT_UAT_BUT_NO_SESSION_TOKEN = "client-uat-but-no-session-token";
    /// A development instance has not met this browser yet.
    DEV_BROWSER_MISSING = "dev-browser-missing";
    /// A development instance brings the browser's identity in the address.
    DEV_BROWSER_SYNC = "dev-browser-sync";
    /// The primary domain answers a satellite that asked who is signed in.
    PRIMARY_RESPONDS_TO_SYNCING = "primary-responds-to-syncing";
    /// The person comes from another domain, where they may have signed in or out.
    PRIMARY_DOMAIN_CROSS_ORIGIN_SYNC = "primary-domain-cross-origin-sync";
    /// A satellite has to ask the primary domain who is signed in.
    SATELLITE_NEEDS_SYNCING = "satellite-needs-syncing";
    /// Nobody is signed in.
    SESSION_TOKEN_AND_UAT_MISSING = "session-token-and-uat-missing";
    /// A handshake came back without a session.
    SESSION_TOKEN_MISSING = "session-token-missing";
    /// The session token is over.
    SESSION_TOKEN_EXPIRED = "session-token-expired";
    /// The browser's sessions changed after this token was issued.
    SESSION_TOKEN_IAT_BEFORE_CLIENT_UAT = "session-token-iat-before-client-uat";
    /// The session token is not valid yet.
    SESSION_TOKEN_NBF = "session-token-nbf";
    /// The session token was issued at a time to come: the clocks differ.
    SESSION_TOKEN_IAT_IN_THE_FUTURE = "session-token-iat-in-the-future";
    /// There is a session token, and nothing says since when.
    SESSION_TOKEN_BUT_NO_CLIENT_UAT = "session-token-but-no-client-uat";
    /// The address belongs to another organization than the active one.
    ACTIVE_ORGANIZATION_MISMATCH = "active-organization-mismatch";
    /// The token is of a kind that is not accepted here.
    TOKEN_TYPE_MISMATCH = "token-type-mismatch";
    /// A machine's token was expected in the `Authorization` header, and there is none.
    NO_TOKEN_IN_HEADER = "No token in header";
    /// Something failed that says nothing about the token.
    UNEXPECTED_ERROR = "unexpected-error";
}

impl Reason {
    /// The reason as Clerk's SDKs write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A token that is over, with why it could not be refreshed.
    pub(crate) fn expired_and_not_refreshed(why: &str) -> Self {
        Self(Cow::Owned(format!("session-token-expired-refresh-{why}")))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reason").field(&self.0).finish()
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        Self(Cow::Owned(text.to_owned()))
    }
}

impl PartialEq<str> for Reason {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Reason {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}
