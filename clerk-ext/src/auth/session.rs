use std::{fmt, sync::Arc};

use clerk_core::{Secret, SessionId, UserId};

use super::{Authorization, Claims, verify::Validity};

/// A session whose token was checked: a person who is signed in.
///
/// Cloning is cheap. `Debug` shows whose it is and not the token.
#[derive(Clone)]
pub struct Session(Arc<Verified>);

/// A token that was found good.
struct Verified {
    token: Secret,
    claims: Claims,
    validity: Validity,
}

impl Session {
    pub(crate) fn new(token: &str, claims: Claims, validity: Validity) -> Self {
        Self(Arc::new(Verified { token: token.into(), claims, validity }))
    }

    /// Who is signed in.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        self.0.claims.user_id()
    }

    /// The session, which tokens of templates may lack.
    #[must_use]
    pub fn id(&self) -> Option<&SessionId> {
        self.0.claims.session_id()
    }

    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// The token itself, to be passed on to a service that checks it too.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.0.token
    }

    /// Whether there are tasks to finish, such as choosing an organization, before the person counts as signed in.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.claims().is_pending()
    }

    /// Whether the session has all that is asked for; see [`Claims::has`].
    #[must_use]
    pub fn has(&self, asked: &Authorization) -> bool {
        self.claims().has(asked)
    }

    pub(crate) fn validity(&self) -> &Validity {
        &self.0.validity
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user_id", self.user_id()).field("id", &self.id()).finish_non_exhaustive()
    }
}
