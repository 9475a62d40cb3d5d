//! Why a token or a request was not accepted, and whether the configuration fits together.
//!
//! | question | answer |
//! |---|---|
//! | what is this token, and does it count? | [`Clerk::explain_token`] |
//! | why is this request not signed in? | [`Clerk::explain_request`] |
//! | what does this error mean, and what can I do? | [`Clerk::explain_error`] |
//! | do my keys belong together, and can Clerk be reached? | [`Clerk::check`] |
//!
//! All answers are types with public parts; they print as lines for people, and serde writes them for machines. There is no
//! secret in any of them: of tokens they show ids, times, issuers and origins, and of all other claims only the names. They
//! do contain ids of users, and so belong in a log and not on a page.
//!
//! What a report says of a token comes from the same functions that requests are checked with.

mod asked;
mod check;
mod error;
mod health;
mod hints;
mod looks;
mod request;
mod request_report;
mod text;
mod token;
mod token_report;

pub use self::{
    error::Failure,
    health::{Health, KeyState},
    looks::Looks,
    request_report::{PlacedToken, RequestReport},
    token_report::{ClaimReport, TokenReport, Verdict},
};
#[cfg(doc)]
use super::Clerk;
pub use crate::finding::{Finding, Severity};
