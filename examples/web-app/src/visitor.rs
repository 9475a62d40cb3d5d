//! One visitor: their device of Clerk, what they are in the middle of, what the next page has to tell them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use clerk_ext::{
    Error, Secret,
    frontend::{Frontend, SavedConnection, SavedOauth, SavedSignIn, SavedSignUp},
};
use serde::{Deserialize, Serialize};

use crate::{forms::UnderWay, prove::Proof, visitors::random};

/// Somebody with a cookie of ours.
pub(crate) struct Visitor {
    /// Who is signed in, and all that they can do.
    pub(crate) clerk: Frontend,
    /// Held by whatever changes how far this visitor has got: one form at a time.
    pub(crate) turn: tokio::sync::Mutex<()>,
    /// The form that is being worked on.
    pub(crate) under_way: Mutex<Option<UnderWay>>,
    /// A proof of who they are that waits for a code. It is no serde value, and lasts for minutes.
    proof: Mutex<Option<Proof>>,
    kept: Mutex<Kept>,
}

struct Kept {
    csrf: Secret,
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
        let kept = Kept { csrf: random()?.into(), flow: None, next: None, notice: None };
        Ok(Self {
            clerk,
            turn: tokio::sync::Mutex::default(),
            under_way: Mutex::default(),
            proof: Mutex::default(),
            kept: Mutex::new(kept),
        })
    }

    /// What every form of theirs has to bring along.
    pub(crate) fn csrf(&self) -> Secret {
        self.kept().csrf.clone()
    }

    pub(crate) fn renew_csrf(&self) -> Result<(), Error> {
        let csrf = random()?;
        self.kept().csrf = csrf.into();
        Ok(())
    }

    pub(crate) fn flow(&self) -> Option<Flow> {
        self.kept().flow.clone()
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

    /// Forgets what they were in the middle of.
    pub(crate) fn forget(&self) {
        let mut kept = self.kept();
        (kept.flow, kept.next) = (None, None);
        drop(kept);
        self.set_proof(None);
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
