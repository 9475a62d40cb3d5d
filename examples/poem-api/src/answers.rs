//! What refused and failed requests are told: `{"error": …, "message": …}`, whoever refuses.

use std::fmt;

use clerk_ext::{
    Bytes, http,
    web::{Refusal, RefusalKind},
};
use poem::{
    IntoResponse as _, Response,
    error::{MethodNotAllowedError, NotFoundError, ParseJsonError, ParsePathError, ResponseError, SizedLimitError},
    http::StatusCode,
    web::Json,
};
use serde::Serialize;

#[derive(Serialize)]
struct Told<'t> {
    error: &'t str,
    message: &'t str,
    /// Why nobody is signed in, in Clerk's words: good for a log of the caller, not for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'t str>,
}

/// What `ClerkLayer` asks for the answer to a request that a guard or an extractor did not let in.
pub(crate) fn refused(refusal: &Refusal<'_>) -> http::Response<Bytes> {
    let (error, message) = match refusal.kind() {
        RefusalKind::SignedOut => ("signed_out", "sign in, and send the session token as a bearer token"),
        RefusalKind::Pending => ("session_pending", "finish what the session still waits for"),
        RefusalKind::Forbidden => ("forbidden", "you may not do this here"),
        RefusalKind::Unavailable => ("unavailable", "who you are cannot be checked at the moment; try again"),
        // Clerk's browser libraries act upon the body of some, and later versions may bring more.
        _ => return refusal.api_response(),
    };
    let told = Told { error, message, reason: refusal.reason().map(|reason| reason.as_str()) };
    // Status, WWW-Authenticate and Retry-After stay what they are.
    refusal.api_response().map(|_| serde_json::to_vec(&told).unwrap_or_default().into())
}

/// What handlers answer when they cannot do what they are asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    NotFound,
    NotAnInvoice,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is nothing here",
            Self::NotAnInvoice => "send JSON with a customer and cents",
        })
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAnInvoice => StatusCode::BAD_REQUEST,
        }
    }

    fn as_response(&self) -> Response {
        let error = match self {
            Self::NotFound => "not_found",
            Self::NotAnInvoice => "not_an_invoice",
        };
        Json(Told { error, message: &self.to_string(), reason: None }).with_status(self.status()).into_response()
    }
}

pub(crate) async fn no_such_route(_: NotFoundError) -> Response {
    Failure::NotFound.as_response()
}

pub(crate) async fn no_such_method(_: MethodNotAllowedError) -> Response {
    Failure::NotFound.as_response()
}

pub(crate) async fn no_such_number(_: ParsePathError) -> Response {
    Failure::NotFound.as_response()
}

pub(crate) async fn not_an_invoice(_: ParseJsonError) -> Response {
    Failure::NotAnInvoice.as_response()
}

pub(crate) async fn too_long(_: SizedLimitError) -> Response {
    Failure::NotAnInvoice.as_response()
}
