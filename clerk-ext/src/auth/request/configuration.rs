//! What has to be configured before a request can be checked at all.

use clerk_core::{Error, http::header::ORIGIN, http::request::Parts};
use url::Url;

use crate::auth::{Clerk, TokenType, token_type::Kinds};

/// Fails for what is missing, and names what to set.
pub(super) fn check(clerk: &Clerk, parts: &Parts) -> Result<(), Error> {
    if needs_no_request(clerk) {
        return Ok(());
    }
    let inner = clerk.inner();
    let settings = &inner.settings;
    let Kinds::One(only) = settings.accepts.0 else { return sessions_too(clerk, parts) };
    match only {
        // Either key will do, and the builder saw to it that one is there.
        TokenType::M2m => Ok(()),
        TokenType::ApiKey => {
            backend_at_hand(clerk)?;
            sign_in_elsewhere(clerk, parts)
        }
        TokenType::OAuth | TokenType::Session => sessions_too(clerk, parts),
    }
}

/// Whether all is configured that any request needs, so that no request has to be looked at.
pub(super) fn needs_no_request(clerk: &Clerk) -> bool {
    let inner = clerk.inner();
    inner.settings.publishable_key.is_some() && inner.keys.is_some() && !inner.settings.is_satellite
}

fn sessions_too(clerk: &Clerk, parts: &Parts) -> Result<(), Error> {
    let inner = clerk.inner();
    if inner.settings.publishable_key.is_none() {
        return Err(Error::config(
            "requests cannot be checked without the publishable key: it says which cookies are meant; set CLERK_PUBLISHABLE_KEY",
        ));
    }
    if inner.keys.is_none() {
        return Err(Error::config(
            "there is no key to check sessions with; set CLERK_SECRET_KEY, or CLERK_JWT_KEY where nothing may be fetched",
        ));
    }
    sign_in_elsewhere(clerk, parts)
}

fn backend_at_hand(clerk: &Clerk) -> Result<(), Error> {
    if clerk.inner().backend.is_some() {
        return Ok(());
    }
    Err(Error::config("API keys are checked by a request to Clerk, and there is no key for it; set CLERK_SECRET_KEY"))
}

/// People sign in on the primary domain: a satellite that sends them to itself would do so for ever.
fn sign_in_elsewhere(clerk: &Clerk, parts: &Parts) -> Result<(), Error> {
    let settings = &clerk.inner().settings;
    let Some(sign_in) = settings.sign_in_url.as_deref().filter(|_| settings.is_satellite) else { return Ok(()) };
    let origin = parts.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).filter(|origin| !origin.is_empty());
    let Some(origin) = origin else { return Ok(()) };
    let sign_in = Url::parse(sign_in).map_err(|_| {
        Error::config("a satellite needs the whole address where people sign in; set CLERK_SIGN_IN_URL to https://…")
    })?;
    if sign_in.origin().ascii_serialization() == origin {
        return Err(Error::config(
            "a satellite needs an address on the primary domain for signing in, and got one of its own; set CLERK_SIGN_IN_URL",
        ));
    }
    Ok(())
}
