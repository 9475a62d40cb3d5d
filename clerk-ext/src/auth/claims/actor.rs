use std::fmt;

use clerk_core::Json;

/// Who acts in the name of the user of a session: somebody who impersonates them, or an agent.
///
/// An impersonation is one whatever the claim looks like: one that cannot be read has no [`subject`](Self::subject).
#[derive(Clone, Copy, PartialEq)]
pub struct Actor<'c>(&'c Json);

impl<'c> Actor<'c> {
    pub(super) fn new(said: &'c Json) -> Self {
        Self(said)
    }

    /// Who it is: the id of a user, or what the one who made the actor token wrote.
    #[must_use]
    pub fn subject(&self) -> Option<&'c str> {
        self.text("sub")
    }

    /// Who says so.
    #[must_use]
    pub fn issuer(&self) -> Option<&'c str> {
        self.text("iss")
    }

    /// What kind of actor it is, where that is said: `agent` for a program.
    #[must_use]
    pub fn kind(&self) -> Option<&'c str> {
        self.text("type")
    }

    /// Everything that the claim says.
    #[must_use]
    pub fn raw(&self) -> &'c Json {
        self.0
    }

    fn text(&self, key: &str) -> Option<&'c str> {
        self.0.get(key)?.as_str()
    }
}

impl fmt::Debug for Actor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("subject", &self.subject()).field("kind", &self.kind()).finish_non_exhaustive()
    }
}
