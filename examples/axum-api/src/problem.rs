//! What callers are answered instead of what they asked for: always JSON, and always of one shape.

use axum::{
    Json,
    extract::rejection::JsonRejection,
    response::{IntoResponse, Response},
};
use clerk_ext::{
    Bytes,
    http::{self, StatusCode},
    web::{Refusal, RefusalKind},
};
use serde::Serialize;

/// `{"error": {"code": "…", "message": "…"}}`; programs go by the code, and people read the message.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    body: Body<'static>,
}

#[derive(Debug, Serialize)]
struct Body<'p> {
    error: What<'p>,
}

#[derive(Debug, Serialize)]
struct What<'p> {
    code: &'p str,
    message: &'p str,
    /// Why nobody is signed in, in Clerk's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'p str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, body: Body { error: What { code, message, reason: None } } }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing here")
    }

    pub(crate) fn not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_allowed", "you may not do this")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejected: JsonRejection) -> Self {
        Self::new(rejected.status(), "not_understood", "the body is not the JSON that is wanted here")
    }
}

/// The answer to whatever has no route.
pub(crate) async fn not_found() -> Problem {
    Problem::not_found()
}

/// The answer to a method that a route does not have; which ones it has, axum says in `Allow`.
pub(crate) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this cannot be done here")
}

/// The answer to whom the guards and extractors of Clerk did not let in.
pub(crate) fn of_refusal(refusal: &Refusal<'_>) -> http::Response<Bytes> {
    let (code, message) = match refusal.kind() {
        RefusalKind::SignedOut => ("not_signed_in", "sign in, and send the session token as a bearer token"),
        RefusalKind::Pending => ("sign_in_not_finished", "finish signing in first, on the page that asks for it"),
        RefusalKind::Unavailable => ("try_again", "who you are cannot be checked at the moment"),
        // Also what later versions may add: whoever is not let in may not do it.
        _ => ("not_allowed", "you may not do this"),
    };
    let reason = refusal.reason().map(|reason| reason.as_str());
    let body = serde_json::to_vec(&Body { error: What { code, message, reason } });
    // The status and the headers, such as `WWW-Authenticate` and `Retry-After`, are right as they are.
    refusal.api_response().map(|_| body.unwrap_or_default().into())
}
