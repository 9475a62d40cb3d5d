//! What refused and failed requests are told: `{"error": …, "message": …}`, whoever refuses.

use clerk_ext::{
    Bytes, http,
    web::{Refusal, RefusalKind},
};
use rocket::{
    Request, catch,
    http::Status,
    response::{self, Responder},
    serde::json::{self, Json},
};
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Told<'t> {
    error: &'t str,
    message: &'t str,
    /// Why nobody is signed in, in Clerk's words: good for a log of the caller, not for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'t str>,
}

/// What the fairing asks for the answer to a request that a guard or an extractor did not let in.
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
    refusal.api_response().map(|_| json::to_string(&told).unwrap_or_default().into())
}

/// What handlers answer when they cannot do what they are asked for.
pub(crate) enum Failure {
    NotFound,
    NotAnInvoice,
}

impl<'r> Responder<'r, 'static> for Failure {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let (status, error, message) = match self {
            Self::NotFound => (Status::NotFound, "not_found", "there is nothing here"),
            Self::NotAnInvoice => (Status::BadRequest, "not_an_invoice", "send JSON with a customer and cents"),
        };
        (status, Json(Told { error, message, reason: None })).respond_to(request)
    }
}

/// What Rocket and its own guards refuse; what guards of Clerk do is not seen here.
#[catch(default)]
pub(crate) fn failed(status: Status, _: &Request<'_>) -> Result<Json<Told<'static>>, Failure> {
    match status {
        // A number in the path that is none is a path that is none.
        Status::NotFound | Status::UnprocessableEntity => Err(Failure::NotFound),
        _ => Ok(Json(Told { error: "failed", message: status.reason_lossy(), reason: None })),
    }
}
