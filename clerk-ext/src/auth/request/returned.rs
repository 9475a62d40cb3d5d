//! A browser that comes back from a handshake, with a token or the number of one.

use std::time::Duration;

use clerk_core::{
    Encoding, Error, ErrorKind, Json, Operation,
    http::{
        HeaderMap, HeaderValue, Method,
        header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, LOCATION, SET_COOKIE},
    },
};

use super::{
    context::{Context, parameter},
    dispatch::is_of_other_kind,
    handshake::location,
    log,
};
use crate::auth::{
    Auth, Claims, Clerk, Reason, RequestState, Session, TokenError, TokenType, cookies,
    instance_urls::without,
    jwt::Jwt,
    verify::{self, Checks, Expected},
};

static GET_HANDSHAKE_PAYLOAD: Operation =
    Operation::new(Method::GET, "getHandshakePayload", "/v1/clients/handshake_payload", Encoding::None);

/// How far the clock of a development machine may be off before a handshake fails.
const SKEW_IN_DEVELOPMENT: Duration = Duration::from_secs(24 * 60 * 60);

/// The state that the handshake leads to; `None` where there was none, or nothing can be made of it.
///
/// # Errors
///
/// The token of a handshake is not good, in development: it is told, since the keys are likely those of another instance.
pub(super) async fn resolve(cx: &Context<'_>) -> Result<Option<RequestState>, Error> {
    let directives = match (&cx.handshake_nonce, &cx.handshake_token) {
        (Some(nonce), _) => directives_of_nonce(cx.clerk, nonce).await,
        (None, Some(token)) => match directives_of_token(cx.clerk, token).await {
            Ok(Some(directives)) => directives,
            Ok(None) => return Ok(None),
            Err(error) if cx.is_production() || nobody_answered(&error) => {
                log::handshake_failed(&error);
                return Ok(None);
            }
            Err(error) => return Err(explained(error)),
        },
        (None, None) => return Ok(None),
    };
    let mut headers = HeaderMap::new();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("null"));
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    let directives = append_cookies(&mut headers, directives);
    if !cx.is_production() {
        clean_address(cx, &mut headers);
    }
    let token = cookies::session_token_set(directives.iter().map(String::as_str)).filter(|token| !token.is_empty());
    let Some(token) = token else {
        let reason = Reason::SESSION_TOKEN_MISSING;
        return Ok(Some(RequestState::signed_out(Some(TokenType::Session), reason, "", headers)));
    };
    match session(cx, token).await {
        Ok(session) => Ok(Some(RequestState::signed_in(Auth::Session(session), headers))),
        Err(error) => {
            log::handshake_failed(&error);
            Ok(None)
        }
    }
}

/// What Clerk says the cookies are; nothing where it does not say.
async fn directives_of_nonce(clerk: &Clerk, nonce: &str) -> Vec<String> {
    let Some(backend) = &clerk.inner().backend else {
        log::nonce_without_key();
        return Vec::new();
    };
    let mut call = backend.call(&GET_HANDSHAKE_PAYLOAD);
    call.with_query("nonce", nonce);
    match call.send_json::<Json>().await {
        Ok(answer) => answer.into_value().get("directives").and_then(texts).unwrap_or_default(),
        Err(error) => {
            log::nonce_failed(&error);
            Vec::new()
        }
    }
}

/// What the token says the cookies are; `None` where it says that in no way that can be read.
///
/// It has no times that could be checked. Other than session tokens it can set any cookie, so that a token which an
/// application may fill as it likes must not pass.
async fn directives_of_token(clerk: &Clerk, token: &str) -> Result<Option<Vec<String>>, TokenError> {
    let jwt = Jwt::read(token)?;
    let key = clerk.keys()?.key(jwt.key_id()).await?;
    if jwt.is_of_other_category() {
        return Err(TokenError::new(Reason::TOKEN_INVALID, "the token is of another kind than those of handshakes"));
    }
    verify::signature(&jwt, &key, Expected::Jwt)?;
    match jwt.payload.get("handshake") {
        Some(directives @ Json::Array(_)) => Ok(texts(directives)),
        _ => Ok(Some(Vec::new())),
    }
}

fn texts(list: &Json) -> Option<Vec<String>> {
    list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Passes cookies on as they are, and gives those that a header can hold.
pub(super) fn append_cookies(headers: &mut HeaderMap, mut directives: Vec<String>) -> Vec<String> {
    directives.retain(|directive| {
        let value = HeaderValue::from_bytes(directive.as_bytes());
        // A line break would be the start of another header.
        let fits = value.is_ok_and(|mut value| {
            value.set_sensitive(true);
            headers.try_append(SET_COOKIE, value).is_ok()
        });
        if !fits {
            log::cookie_dropped();
        }
        fits
    });
    directives
}

/// In development the address has what the handshake brought: the browser goes to the same one without.
fn clean_address(cx: &Context<'_>, headers: &mut HeaderMap) {
    let brought = [parameter::HANDSHAKE, parameter::HELP, parameter::DEV_BROWSER, parameter::HANDSHAKE_NONCE];
    if let Some(location) = location(&without(cx.url, &brought)) {
        headers.insert(LOCATION, location);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

async fn session(cx: &Context<'_>, token: &str) -> Result<Session, TokenError> {
    let error = match new_session(cx.clerk, token).await {
        Ok(session) => return Ok(session),
        Err(error) => error,
    };
    let by_time = [Reason::TOKEN_EXPIRED, Reason::TOKEN_NOT_ACTIVE_YET, Reason::TOKEN_IAT_IN_THE_FUTURE];
    if cx.is_production() || !by_time.contains(error.reason()) {
        return Err(error);
    }
    log::clock_is_off(&error);
    let jwt = Jwt::read(token)?;
    let key = cx.clerk.keys()?.key(jwt.key_id()).await?;
    let checks = Checks { skew: SKEW_IN_DEVELOPMENT, ..cx.settings().checks.clone() };
    let validity = verify::verify(&jwt, &key, Expected::Jwt, &checks, cx.clerk.now())?;
    Ok(Session::new(token, Claims::read(jwt.payload), validity))
}

/// Checks a session token that Clerk handed out just now.
pub(super) async fn new_session(clerk: &Clerk, token: &str) -> Result<Session, TokenError> {
    let jwt = Jwt::read(token)?;
    if is_of_other_kind(&jwt) {
        return Err(TokenError::new(Reason::TOKEN_TYPE_MISMATCH, "what came for a session is a token of another kind"));
    }
    clerk.verify_read(token, jwt).await
}

/// Then nothing is known about the token.
fn nobody_answered(error: &TokenError) -> bool {
    let cause = error.cause().map(Error::kind);
    matches!(cause, Some(ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Offline))
}

fn explained(error: TokenError) -> Error {
    let message = if *error.reason() == Reason::TOKEN_INVALID_SIGNATURE {
        "the token of the handshake is signed by other keys than those of this instance; after a change of keys, clear the cookies of this site".to_owned()
    } else {
        format!("the token of the handshake is not good: {error}")
    };
    Error::config(message).with_source(error)
}
