//! The rules for a request that has no token in its header, in their order.

use clerk_core::{Error, http::HeaderMap};

use super::{
    context::{Context, parameter},
    dispatch::is_of_other_kind,
    failed_token::{self, Carrier},
    handshake, log, organization, referer, returned, satellite,
};
use crate::auth::{Auth, Reason, RequestState, Session, TokenError, TokenType, jwt::Jwt, payload::Time};

pub(super) async fn judge(cx: &Context<'_>) -> Result<RequestState, Error> {
    if let Some(state) = returned::resolve(cx).await? {
        return Ok(state);
    }
    if let Some(state) = satellite::sync(cx)? {
        return Ok(state);
    }
    if let Some(state) = satellite::answer(cx) {
        return Ok(state);
    }
    if let Some(reason) = browser_is_unknown(cx) {
        return Ok(handshake::or_signed_out(cx, reason, ""));
    }
    let token = match (cx.client_uat, cx.session_token.as_deref()) {
        (0, None) => return Ok(signed_out(Reason::SESSION_TOKEN_AND_UAT_MISSING)),
        (0, Some(_)) => return Ok(handshake::or_signed_out(cx, Reason::SESSION_TOKEN_BUT_NO_CLIENT_UAT, "")),
        (_, None) => return Ok(handshake::or_signed_out(cx, Reason::CLIENT_UAT_BUT_NO_SESSION_TOKEN, "")),
        (_, Some(token)) => token,
    };
    let jwt = match Jwt::read(token) {
        Ok(jwt) => jwt,
        Err(error) => return Ok(failed(cx, &error).await),
    };
    if is_of_other_kind(&jwt) {
        return Ok(signed_out(Reason::TOKEN_TYPE_MISMATCH));
    }
    if is_older_than_the_browsers_sessions(&jwt, cx.client_uat) {
        return Ok(handshake::or_signed_out(cx, Reason::SESSION_TOKEN_IAT_BEFORE_CLIENT_UAT, ""));
    }
    let checked = match cx.clerk.verified(token) {
        Some(known) => known,
        None => cx.clerk.verify_read(token, jwt).await,
    };
    match checked {
        Ok(session) => Ok(signed_in(cx, session)),
        Err(error) => Ok(failed(cx, &error).await),
    }
}

/// A good session, unless the browser has to learn something first.
fn signed_in(cx: &Context<'_>, session: Session) -> RequestState {
    log::authorized_party(&session);
    if referer::is_of_another_domain(cx) {
        let message = "the person comes from another domain, where they may have signed in or out";
        return handshake::or_signed_out(cx, Reason::PRIMARY_DOMAIN_CROSS_ORIGIN_SYNC, message);
    }
    if let Some(state) = organization::activate(cx, &session) {
        return state;
    }
    RequestState::signed_in(Auth::Session(session), HeaderMap::new())
}

/// Development instances have their cookies on another domain, and recognise a browser by a token in its address.
fn browser_is_unknown(cx: &Context<'_>) -> Option<Reason> {
    if cx.is_production() {
        None
    } else if cx.incoming.query(parameter::DEV_BROWSER).is_some() {
        Some(Reason::DEV_BROWSER_SYNC)
    } else if cx.dev_browser.is_none() {
        Some(Reason::DEV_BROWSER_MISSING)
    } else {
        None
    }
}

fn is_older_than_the_browsers_sessions(jwt: &Jwt<'_>, client_uat: i64) -> bool {
    matches!(jwt.payload.issued_at, Time::At(seconds) if seconds < client_uat)
}

async fn failed(cx: &Context<'_>, error: &TokenError) -> RequestState {
    failed_token::answer(cx, error, Carrier::Cookie).await
}

pub(super) fn signed_out(reason: Reason) -> RequestState {
    RequestState::signed_out(Some(TokenType::Session), reason, "", HeaderMap::new())
}
