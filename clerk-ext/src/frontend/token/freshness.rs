//! Which of two tokens of one session and one organization is the newer one.

use clerk_core::Timestamp;

use super::{Origin, SessionToken};

/// What decides it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Age {
    /// Whether it can still be used.
    pub(super) is_valid: bool,
    /// When the origin made it.
    pub(super) made_at: Option<i64>,
    /// When it was made, be it from another one at the edge.
    pub(super) issued_at: Option<Timestamp>,
}

impl Age {
    pub(super) fn of(token: &SessionToken, now: Timestamp) -> Self {
        let inner = token.inner();
        Self { is_valid: token.remaining(now).is_some(), made_at: inner.made_at, issued_at: inner.claims.issued_at }
    }
}

/// Whether a token that came is to take the place of the one that is there.
///
/// A cache at the edge may answer with a token that is older than the one that is there already.
pub(super) fn replaces(incoming: Age, origin: Origin, existing: Age) -> bool {
    if incoming.is_valid != existing.is_valid {
        return incoming.is_valid;
    }
    // `None` is less than anything.
    if incoming.made_at != existing.made_at {
        return incoming.made_at > existing.made_at;
    }
    if incoming.issued_at != existing.issued_at {
        return incoming.issued_at > existing.issued_at;
    }
    origin == Origin::Minted
}
