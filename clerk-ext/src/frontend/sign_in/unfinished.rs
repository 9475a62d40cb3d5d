use std::fmt;

use clerk_fapi::types;

use super::attempt::Attempt;

/// A sign-in that cannot be gone on with: it was abandoned, or is in a state that this version does not know.
pub struct UnfinishedSignIn {
    attempt: Attempt,
}

impl UnfinishedSignIn {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// All that Clerk says of it.
    ///
    /// With [`Frontend::raw`](crate::frontend::Frontend::raw) a program can do what this version does not know.
    #[must_use]
    pub fn raw(&self) -> &types::SignIn {
        &self.attempt.raw
    }
}

impl fmt::Debug for UnfinishedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnfinishedSignIn").field("id", self.attempt.id()).field("status", &self.raw().status).finish()
    }
}
