//! A new token for one that is over, without sending the browser anywhere.

use std::{borrow::Cow, collections::BTreeMap};

use clerk_core::{
    Encoding, Error, Json, Operation,
    http::{HeaderMap, Method},
};

use super::{
    context::Context,
    returned::{append_cookies, new_session},
};
use crate::auth::{Session, cookies, jwt::Jwt};

// The refresh token changes with each use: a second request with the same one would end the session.
static REFRESH_SESSION: Operation =
    Operation::new(Method::POST, "RefreshSession", "/v1/sessions/{session_id}/refresh", Encoding::Json).once();

/// The longest code of an error that is passed on.
const LONGEST_CODE: usize = 64;

/// The session with its new token, and the cookies that belong on the response; else why there is none.
pub(super) async fn refresh(cx: &Context<'_>, refresh_token: &str) -> Result<(Session, HeaderMap), Cow<'static, str>> {
    let backend = cx.clerk.inner().backend.as_ref().ok_or("missing-api-client")?;
    let expired = cx.any_session_token().ok_or("missing-session-token")?;
    let jwt = Jwt::read(expired).map_err(|_| "expired-session-token-decode-failed")?;
    let session_id = jwt.payload.get("sid").and_then(Json::as_str).filter(|id| !id.is_empty());
    let session_id = session_id.ok_or("expired-session-token-missing-sid-claim")?;

    let mut call = backend.call(&REFRESH_SESSION);
    call.path("session_id", session_id);
    if cx.uses_suffixed {
        call.with_query("suffixed_cookies", "true");
    }
    call.field("format", "cookie");
    call.field("expired_token", expired);
    call.field("refresh_token", refresh_token);
    call.field("request_origin", &cx.url.origin().ascii_serialization());
    call.field("request_headers", &headers_of(cx));
    let answer = call.send_json::<Json>().await.map_err(|error| refused(&error))?.into_value();

    let directives = answer.get("cookies").and_then(Json::as_array).filter(|cookies| !cookies.is_empty());
    let directives = directives.ok_or("unexpected-sdk-error")?.iter().filter_map(Json::as_str);
    let mut headers = HeaderMap::new();
    let directives = append_cookies(&mut headers, directives.map(str::to_owned).collect());
    let token = cookies::session_token_set(directives.iter().map(String::as_str)).unwrap_or_default();
    let session = new_session(cx.clerk, token).await.map_err(|_| "invalid-session-token")?;
    Ok((session, headers))
}

/// Clerk looks at who asks: the kind of browser, its address.
fn headers_of<'c>(cx: &'c Context<'_>) -> BTreeMap<&'c str, [Cow<'c, str>; 1]> {
    let names = cx.parts.headers.keys();
    names.filter_map(|name| Some((name.as_str(), [cx.incoming.header(name)?]))).collect()
}

fn refused(error: &Error) -> Cow<'static, str> {
    let Some(code) = error.code() else {
        return Cow::Borrowed(if error.status().is_none() { "fetch-error" } else { "unexpected-bapi-error" });
    };
    let code: &str = code.as_ref();
    // It ends up in a header and in an address.
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match code {
        "unexpected_error" => Cow::Borrowed("fetch-error"),
        code if code.len() <= LONGEST_CODE && code.bytes().all(is_code) => Cow::Owned(code.to_owned()),
        _ => Cow::Borrowed("unexpected-bapi-error"),
    }
}
