//! One visitor: their device of Clerk, what they are in the middle of, what the next page has to tell them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clerk_ext::{
    Error, Secret, SessionId,
    frontend::{Frontend, SavedConnection, SavedOauth, SavedSignIn, SavedSignUp, Session},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::{forms::UnderWay, prove::Proof, visitors::random};

/// So many forms of one visitor are taken at a time; they wait for each other.
const MOST_FORMS: usize = 4;

/// Somebody with a cookie of ours.
pub(crate) struct Visitor {
    /// Who is signed in, and all that they can do.
    pub(crate) clerk: Frontend,
    /// Held by whatever changes how far this visitor has got: one form at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// Room for forms. They are worked on also when whoever sent them has gone, so that there must not be any number.
    pub(crate) room: Arc<Semaphore>,
    /// The form that is being worked on.
    pub(crate) under_way: Mutex<Option<UnderWay>>,
    /// A proof of who they are that waits for a code. It is no serde value, and lasts for minutes.
    proof: Mutex<Option<Proof>>,
    kept: Mutex<Kept>,
}

struct Kept {
    csrf: Secret,
    /// The session that their cookie was given for.
    session: Option<SessionId>,
    flow: Option<Flow>,
    next: Option<String>,
    notice: Option<String>,
}

/// What a visitor is in the middle of. There is no secret in it: only their own device can go on with it.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) enum Flow {
    /// Signing in, perhaps with a code or a link on its way.
    SignIn { saved: SavedSignIn, is_sent: bool },
    /// Signing up.
    SignUp(SavedSignUp),
    /// Either of the two, at a provider.
    Provider(SavedOauth),
    /// Connecting an account of a provider to theirs.
    Connection(SavedConnection),
}

impl Visitor {
    pub(crate) fn new(clerk: Frontend) -> Result<Self, Error> {
        let kept = Kept { csrf: random()?.into(), session: None, flow: None, next: None, notice: None };
        Ok(Self {
            clerk,
            turn: tokio::sync::Mutex::default(),
            room: Arc::new(Semaphore::new(MOST_FORMS)),
            under_way: Mutex::default(),
            proof: Mutex::default(),
            kept: Mutex::new(kept),
        })
    }

    /// What every form of theirs has to bring along.
    pub(crate) fn csrf(&self) -> Secret {
        self.kept().csrf.clone()
    }

    /// Whether it is the session that their cookie was given for.
    pub(crate) fn has_entered(&self, session: &Session) -> bool {
        self.kept().session.as_ref() == Some(session.id())
    }

    /// Begins anew, for the session that there is now: nothing that was sent or begun before is good any more.
    pub(crate) fn renew(&self) -> Result<(), Error> {
        let (csrf, session) = (random()?, self.clerk.session());
        self.set_proof(None);
        let mut kept = self.kept();
        (kept.csrf, kept.flow) = (csrf.into(), None);
        if session.is_none() {
            kept.next = None;
        }
        kept.session = session.map(|session| session.id().clone());
        Ok(())
    }

    pub(crate) fn flow(&self) -> Option<Flow> {
        self.kept().flow.clone()
    }

    /// Whether they are in the middle of something.
    pub(crate) fn is_busy(&self) -> bool {
        self.kept().flow.is_some()
    }

    pub(crate) fn set_flow(&self, flow: Option<Flow>) {
        self.kept().flow = flow;
    }

    /// Where they wanted to go before they had to sign in.
    pub(crate) fn set_next(&self, path: &str) {
        if is_ours(path) {
            self.kept().next = Some(path.to_owned());
        }
    }

    pub(crate) fn take_next(&self) -> Option<String> {
        self.kept().next.take()
    }

    /// What the next page says above everything else.
    pub(crate) fn notify(&self, notice: impl Into<String>) {
        self.kept().notice = Some(notice.into());
    }

    pub(crate) fn take_notice(&self) -> Option<String> {
        self.kept().notice.take()
    }

    pub(crate) fn take_proof(&self) -> Option<Proof> {
        self.proof.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn set_proof(&self, proof: Option<Proof>) {
        *self.proof.lock().unwrap_or_else(PoisonError::into_inner) = proof;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a path is one of this site, whatever a browser makes of it: `//` and `/\` begin another host, and control
/// characters are left out when it is read.
fn is_ours(path: &str) -> bool {
    let other_host = path.starts_with("//") || path.contains('\\');
    path.starts_with('/') && !other_host && path.len() < 512 && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_a_path_of_this_site_is_led_to() {
        for path in ["/", "/profile?tab=1", "/organizations/org_1"] {
            assert!(is_ours(path), "{path}");
        }
        for path in
            ["", "profile", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "/é"]
        {
            assert!(!is_ours(path), "{path}");
        }
    }
}
