use clerk_core::Timestamp;
use serde::Serialize;

use super::looks::Looks;
use crate::finding::Finding;

/// What a token is, what it says, and whether it counts: from [`Clerk::explain_token`](crate::auth::Clerk::explain_token).
///
/// It prints in lines for people.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TokenReport {
    /// When it was looked at, by the clock of this machine.
    pub made_at: Timestamp,
    /// What it seems to be.
    pub looks: Looks,
    /// Whether it says something itself; what does not has to be asked about at Clerk.
    pub is_jwt: bool,
    /// How it says that it is signed.
    pub algorithm: Option<String>,
    /// Which key it says that it is signed with.
    pub key_id: Option<String>,
    /// When it says that it was issued.
    pub issued_at: Option<Timestamp>,
    /// From when on it says that it is valid.
    pub not_before: Option<Timestamp>,
    /// Until when it says that it is valid.
    pub expires_at: Option<Timestamp>,
    /// What it says besides: nothing of it is to be trusted unless the verdict is good.
    pub claims: Vec<ClaimReport>,
    /// Whether it counts.
    pub verdict: Verdict,
    /// Why it does not, and what else is worth knowing.
    pub findings: Vec<Finding>,
}

/// Whether a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It does.
    Good,
    /// It does not.
    Refused,
    /// Nobody could say, because Clerk could not be asked.
    Unknown,
}

/// A claim of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClaimReport {
    /// Its name.
    pub name: String,
    /// What it says, where that is an id, a time, an issuer or an origin; everything else may be private.
    pub value: Option<String>,
}

impl TokenReport {
    /// Whether the token counts.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.verdict == Verdict::Good
    }

    /// What was found under a code, such as `token-expired`.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    /// What a claim says, where that is shown.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.iter().find(|claim| claim.name == name)?.value.as_deref()
    }
}
