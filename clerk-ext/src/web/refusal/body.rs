//! The bodies of refusals.

use clerk_core::Bytes;
use serde::Serialize;

use crate::auth::{Reason, Reverification};

/// Errors in the shape in which Clerk's own APIs tell them.
#[derive(Serialize)]
struct Errors<'r> {
    errors: [One<'r>; 1],
}

#[derive(Serialize)]
struct One<'r> {
    code: &'r str,
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta<'r>>,
}

#[derive(Serialize)]
struct Meta<'r> {
    reason: &'r str,
}

/// What Clerk's browser libraries take as the wish to prove once more who one is.
#[derive(Serialize)]
struct ClerkError<'r> {
    clerk_error: Wish<'r>,
}

#[derive(Serialize)]
struct Wish<'r> {
    r#type: &'r str,
    reason: &'r str,
    metadata: Wanted<'r>,
}

#[derive(Serialize)]
struct Wanted<'r> {
    reverification: &'r Reverification,
}

pub(super) fn errors(code: &str, message: &str, reason: Option<&Reason>) -> Bytes {
    let meta = reason.map(|reason| Meta { reason: reason.as_str() });
    json(&Errors { errors: [One { code, message, meta }] })
}

pub(super) fn reverification(wanted: &Reverification) -> Bytes {
    let metadata = Wanted { reverification: wanted };
    json(&ClerkError { clerk_error: Wish { r#type: "forbidden", reason: "reverification-error", metadata } })
}

fn json(body: &impl Serialize) -> Bytes {
    // Texts in structs always serialise; an empty body would still come with its status.
    serde_json::to_vec(body).unwrap_or_default().into()
}
