//! Satellites, which ask the primary domain who is signed in, and the primary domain, which answers.

use clerk_core::Error;
use url::Url;

use super::{
    context::{Context, parameter},
    cookie_flow::signed_out,
    handshake,
};
use crate::auth::{Reason, RequestState, redirect::set};

/// Sends the browser to the primary domain, where this is a satellite that does not know who is signed in.
pub(super) fn sync(cx: &Context<'_>) -> Result<Option<RequestState>, Error> {
    let settings = cx.settings();
    let synced = cx.incoming.query(parameter::SYNCED);
    if !settings.is_satellite || !cx.is_document() || synced.as_deref() == Some("true") {
        return Ok(None);
    }
    let was_asked_to = synced.as_deref() == Some("false");
    let has_cookies = cx.session_token.is_some() || cx.client_uat != 0;
    if !has_cookies && !was_asked_to && !settings.satellite_auto_sync {
        return Ok(Some(signed_out(Reason::SESSION_TOKEN_AND_UAT_MISSING)));
    }
    if has_cookies && !was_asked_to {
        return Ok(None);
    }
    if cx.is_production() {
        return Ok(Some(handshake::or_signed_out(cx, Reason::SATELLITE_NEEDS_SYNCING, "")));
    }
    let sign_in = settings.sign_in_url.as_deref().and_then(|address| Url::parse(address).ok()).ok_or_else(|| {
        Error::config("a satellite needs the whole address where people sign in; set CLERK_SIGN_IN_URL to https://…")
    })?;
    let mut address = sign_in;
    set(&mut address, parameter::REDIRECT_URL, cx.url.as_str());
    Ok(Some(handshake::to_or_signed_out(cx, &address, Reason::SATELLITE_NEEDS_SYNCING)))
}

/// Sends the browser back to the satellite that it came from, where this is the primary domain.
///
/// It goes wherever the address says, which is why only development instances do it: they cannot know the domains of
/// their satellites.
pub(super) fn answer(cx: &Context<'_>) -> Option<RequestState> {
    if cx.is_production() || cx.settings().is_satellite {
        return None;
    }
    let mut back = Url::parse(&cx.incoming.query(parameter::REDIRECT_URL)?).ok()?;
    if !matches!(back.scheme(), "http" | "https") {
        return None;
    }
    if let Some(browser) = &cx.dev_browser {
        set(&mut back, parameter::DEV_BROWSER, browser);
    }
    set(&mut back, parameter::SYNCED, "true");
    Some(handshake::to_or_signed_out(cx, &back, Reason::PRIMARY_RESPONDS_TO_SYNCING))
}
