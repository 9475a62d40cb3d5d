//! Proofs.

use clerk_core::Timestamp;
use clerk_fapi::types;

use crate::model::verification::{Status, Verification};

/// A proof as of now.
pub(crate) fn verification(verification: &Verification, now: Timestamp) -> types::Verification {
    let mut view = types::Verification::new();
    view.status = Some(status(verification.status_at(now)).into());
    view.strategy = Some(verification.strategy.as_str().into());
    view.attempts = verification.attempts.map(i64::from);
    view.expire_at = verification.expire_at;
    view
}

pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Unverified => "unverified",
        Status::Verified => "verified",
        Status::Transferable => "transferable",
        Status::Failed => "failed",
        Status::Expired => "expired",
    }
}
