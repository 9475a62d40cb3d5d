//! Sending the browser to Clerk and back, so that it comes back with cookies.

use clerk_core::http::{
    HeaderMap, HeaderValue,
    header::{CACHE_CONTROL, LOCATION, SET_COOKIE},
};
use url::Url;

use super::{context::Context, log};
use crate::auth::{Reason, RequestState, TokenType, cookies, instance_urls::Handshake, organization_sync::Target};

/// A browser that was sent to Clerk this often within seconds will not come back with anything else.
pub(super) const MOST_REDIRECTS: u32 = 3;

/// A redirect to Clerk where the browser would follow one; else the request is signed out for the same reason.
pub(super) fn or_signed_out(cx: &Context<'_>, reason: Reason, message: impl Into<String>) -> RequestState {
    let message = message.into();
    // Most requests are no pages: they are not made to pay for an address.
    let address = if follows_redirects(cx) { address(cx, &reason) } else { None };
    match address {
        Some(address) => to(cx, &address, reason, message),
        None => signed_out(reason, message),
    }
}

/// The same, to another address than Clerk's.
pub(super) fn to_or_signed_out(cx: &Context<'_>, address: &Url, reason: Reason) -> RequestState {
    if follows_redirects(cx) { to(cx, address, reason, String::new()) } else { signed_out(reason, String::new()) }
}

fn to(cx: &Context<'_>, address: &Url, reason: Reason, message: String) -> RequestState {
    if cx.redirect_count >= MOST_REDIRECTS {
        log::redirect_loop(&reason);
        return signed_out(reason, message);
    }
    let counted = HeaderValue::from_str(&cookies::redirect_count(cx.redirect_count + 1));
    let (Some(location), Ok(counted)) = (location(address), counted) else {
        return signed_out(reason, message);
    };
    let mut headers = HeaderMap::new();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(SET_COOKIE, counted);
    RequestState::handshake(reason, message, headers)
}

/// Scripts do not see where a redirect goes, and what is posted would be lost on the way.
pub(super) fn follows_redirects(cx: &Context<'_>) -> bool {
    let is_page = match cx.incoming.sec_fetch_dest().filter(|target| !target.is_empty()) {
        Some(target) => target == "document" || target == "iframe",
        None => cx.incoming.accept().is_some_and(|types| types.starts_with("text/html")),
    };
    cx.incoming.is_get() && is_page
}

/// Where Clerk looks at its own cookies, and sends the browser back from. `None` where that is configured as no address.
fn address(cx: &Context<'_>, reason: &Reason) -> Option<Url> {
    let target = cx.settings().organization_sync.as_ref().and_then(|sync| sync.target(cx.url.path()));
    cx.urls.handshake(&Handshake {
        current: cx.url,
        suffixed_cookies: cx.uses_suffixed,
        reason: reason.as_str(),
        session_token: cx.any_session_token(),
        dev_browser: cx.dev_browser.as_deref(),
        organization: target.as_ref().map(Target::name),
    })
}

/// An address for a header; it may carry tokens, so that it must not be shown.
pub(super) fn location(url: &Url) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(url.as_str()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn signed_out(reason: Reason, message: String) -> RequestState {
    RequestState::signed_out(Some(TokenType::Session), reason, message, HeaderMap::new())
}
