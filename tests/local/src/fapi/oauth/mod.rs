//! This instance as an authorization server: what programs and browsers call.

mod authorize;
mod discovery;
mod register;
mod token;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;

use super::{Call, Handlers, caller::Presented};
use crate::{
    answer::{Answer, Outcome},
    crypto::encoding,
    failure::Failure,
    model::oauth::OAuthApplication,
    rules::oauth,
};

pub(crate) const HANDLERS: Handlers = &[
    ("requestOAuthAuthorize", authorize::authorize),
    ("requestOAuthAuthorizePOST", authorize::authorize),
    ("getOAuthConsent", authorize::consent),
    ("submitOAuthConsent", authorize::submit),
    ("getOAuthToken", token::token),
    ("revokeOAuthToken", token::revoke),
    ("getOAuthTokenInfo", token::info),
    ("getOAuthUserInfo", token::user_info),
    ("getOAuthUserInfoPOST", token::user_info),
    ("registerOAuthClient", register::register),
    ("getOAuth2AuthorizationServerMetadata", discovery::authorization_server),
    ("getOpenIDConfiguration", discovery::open_id),
];

/// An error as RFC 6749 has it; the endpoints below `/oauth/` know no other.
#[derive(Clone, Debug)]
pub(super) struct OAuthError {
    status: u16,
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl OAuthError {
    pub(super) fn new(status: u16, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into() }
    }

    pub(super) fn answer(&self) -> Answer {
        let body = serde_json::json!({"error": self.error, "error_description": self.description});
        let answer = Answer::json(&body).status(self.status).header("cache-control", "no-store");
        match self.error {
            "invalid_client" if self.status == 401 => answer.header("www-authenticate", "Basic realm=\"clerk\""),
            "invalid_token" => answer.header("www-authenticate", "Bearer error=\"invalid_token\""),
            _ => answer,
        }
    }
}

impl From<OAuthError> for Outcome {
    fn from(error: OAuthError) -> Self {
        Ok(error.answer())
    }
}

/// What could not be read of a request to one of these endpoints, in their own words.
pub(super) fn refused(path: &str, failure: Failure) -> Outcome {
    if !path.starts_with("/oauth/") {
        return Err(failure);
    }
    let unsupported = failure.code() == "form_param_value_invalid" && failure.is_about("grant_type");
    let error = if unsupported { "unsupported_grant_type" } else { "invalid_request" };
    OAuthError::new(400, error, failure.reason()).into()
}

/// The `Authorization` header of these requests is none of a client's: it leaves the client alone.
fn leave_client(call: &mut Call<'_>) {
    if call.caller.client == Presented::Stale {
        call.caller.client = Presented::Nobody;
    }
}

/// The id and the secret that a request comes with, in its header or in its body.
fn credentials(call: &Call<'_>) -> Option<(String, Option<String>)> {
    let header = call.inbound.header("authorization").unwrap_or_default();
    let (scheme, value) = header.split_once(' ').unwrap_or_default();
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        return Some((decoded(id), Some(decoded(secret)).filter(|secret| !secret.is_empty())));
    }
    let id = call.input.text("client_id").filter(|id| !id.is_empty())?;
    let secret = call.input.text("client_secret").filter(|secret| !secret.is_empty());
    Some((id.to_owned(), secret.map(str::to_owned)))
}

/// The application that calls: a public one by its id alone, any other with its secret.
fn authenticate<'a>(call: &'a Call<'_>) -> Result<&'a OAuthApplication, OAuthError> {
    let invalid = |description: &str| OAuthError::new(401, "invalid_client", description);
    let (id, secret) = credentials(call).ok_or_else(|| invalid("the request names no client"))?;
    let application = oauth::by_client_id(call.state, &id).ok_or_else(|| invalid("there is no such client"))?;
    match (&application.client_secret, secret) {
        (None, _) => Ok(application),
        (Some(known), Some(secret)) if encoding::same(known.as_bytes(), secret.as_bytes()) => Ok(application),
        (Some(_), Some(_)) => Err(invalid("the client secret is wrong")),
        (Some(_), None) => Err(invalid("this client has to send its secret")),
    }
}
