use clerk_core::Timestamp;
use serde::{Serialize, Serializer};

use super::token_report::TokenReport;
use crate::auth::{Status, TokenType};
use crate::finding::Finding;

/// What a request came with and what became of it: from [`Clerk::explain_request`](crate::auth::Clerk::explain_request).
///
/// It prints in lines for people. Paths and queries are left out: people write much into addresses.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RequestReport {
    /// When it was looked at, by the clock of this machine.
    pub made_at: Timestamp,
    /// The method.
    pub method: String,
    /// The origin that the browser asked for, as far as the headers of proxies tell.
    pub origin: Option<String>,
    /// What became of it; nothing where the configuration does not do for it.
    #[serde(serialize_with = "status")]
    pub status: Option<Status>,
    /// The kind of token that the status is about.
    #[serde(serialize_with = "token_type")]
    pub token_type: Option<TokenType>,
    /// Where the browser is sent, without the query.
    pub redirect_to: Option<String>,
    /// The names of Clerk's cookies that came.
    pub cookies: Vec<String>,
    /// The tokens that came: that of the header, or else those of cookies.
    pub tokens: Vec<PlacedToken>,
    /// Why it is not signed in, and what else is worth knowing.
    pub findings: Vec<Finding>,
}

/// A token and where in the request it was.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PlacedToken {
    /// Where, such as `authorization` or `cookie __session`.
    pub place: String,
    /// The token.
    pub report: TokenReport,
}

impl RequestReport {
    /// Whether somebody is known to have sent it.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.status == Some(Status::SignedIn)
    }

    /// What was found under a code, such as `session-token-and-uat-missing`.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn status<S: Serializer>(status: &Option<Status>, serializer: S) -> Result<S::Ok, S::Error> {
    status.map(Status::as_str).serialize(serializer)
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn token_type<S: Serializer>(kind: &Option<TokenType>, serializer: S) -> Result<S::Ok, S::Error> {
    kind.map(TokenType::as_str).serialize(serializer)
}
