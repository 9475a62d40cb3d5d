use std::fmt;

use clerk_fapi::types;

/// A sign-up that cannot be gone on with: it was abandoned, or is in a state that this version does not know.
pub struct UnfinishedSignUp {
    raw: Box<types::SignUp>,
}

impl UnfinishedSignUp {
    pub(super) fn new(raw: types::SignUp) -> Self {
        Self { raw: Box::new(raw) }
    }

    /// All that Clerk says of it.
    ///
    /// With [`Frontend::raw`](crate::frontend::Frontend::raw) a program can do what this version does not know.
    #[must_use]
    pub fn raw(&self) -> &types::SignUp {
        &self.raw
    }
}

impl fmt::Debug for UnfinishedSignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnfinishedSignUp").field("id", &self.raw.id).field("status", &self.raw.status).finish()
    }
}
