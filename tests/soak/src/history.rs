//! What the programs of an episode did and were told, for the judge.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use clerk_ext::{Error, ErrorKind};

/// The kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    SignUp,
    SignIn,
    Token,
    Switch,
    Restart,
    SignOut,
    Revoke,
    Check,
    Forge,
    Create,
    Update,
    Delete,
    Walk,
    Webhook,
}

impl Work {
    pub(crate) const ALL: [Self; 14] = [
        Self::SignUp,
        Self::SignIn,
        Self::Token,
        Self::Switch,
        Self::Restart,
        Self::SignOut,
        Self::Revoke,
        Self::Check,
        Self::Forge,
        Self::Create,
        Self::Update,
        Self::Delete,
        Self::Walk,
        Self::Webhook,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-ups",
            Self::SignIn => "sign-ins",
            Self::Token => "session tokens",
            Self::Switch => "organization switches",
            Self::Restart => "restarts from the store",
            Self::SignOut => "sign-outs",
            Self::Revoke => "sessions ended by the back end",
            Self::Check => "tokens and requests checked",
            Self::Forge => "forgeries refused",
            Self::Create => "users and organizations created",
            Self::Update => "metadata written",
            Self::Delete => "users deleted",
            Self::Walk => "walks over all users",
            Self::Webhook => "webhooks",
        }
    }
}

/// What a program knows of a change that it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Done,
    /// It surely did not happen.
    Unsent,
    /// It failed, and may have happened all the same.
    Unknown,
}

impl Told {
    pub(crate) fn of<T>(outcome: &Result<T, Error>) -> Self {
        match outcome {
            Ok(_) => Self::Done,
            Err(error) if error.is_unsent() => Self::Unsent,
            Err(_) => Self::Unknown,
        }
    }
}

/// What can be made, and must not be made twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing {
    User,
    Organization,
}

/// Who a token is of, and for which organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) session: String,
    pub(crate) user: String,
    pub(crate) organization: Option<String>,
}

/// What a server was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// A token that is good, and whose key is there.
    Good,
    /// The same, and this server has used the key before: it needs nobody to check it.
    Familiar,
    /// One that is good unless what happened just now counts: it expired, or the keys changed.
    Doubtful,
    /// One that must not be accepted.
    Bad,
}

/// What a server made of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Accepted(Bearer),
    /// With the reason.
    Refused(String),
    /// It could not be checked, because the keys could not be had.
    Outage,
}

/// Something that the judge holds against the truth.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// Somebody asked for one of these by a name that nobody else uses.
    Made {
        work: Work,
        thing: Thing,
        name: String,
        told: Told,
    },
    /// A user was to be deleted.
    Deleted {
        name: String,
        told: Told,
    },
    /// One writer wrote a number under its own key; the number grows.
    Wrote {
        user: String,
        key: String,
        value: u64,
        told: Told,
    },
    /// A walk that ended well: whom it met, and who was there all the time.
    Walked {
        seen: Vec<String>,
        there: BTreeSet<String>,
    },
    /// A code was asked for, once.
    AskedForCode {
        work: Work,
        address: String,
        told: Told,
    },
    /// A device was handed a token; it works in one of these organizations, as far as can be known.
    Token {
        expected: Bearer,
        organizations: Vec<Option<String>>,
        got: Bearer,
    },
    /// A device that is signed in no longer knows of its session, which nobody ended.
    Vanished {
        work: Work,
        session: String,
    },
    /// At the end a device is signed in and nobody ended the session: it can get a token, or why not.
    Remains {
        session: String,
        token: Result<(), String>,
    },
    /// A session was ended, and whoever did it was told that Clerk knows, or will.
    Left {
        work: Work,
        session: String,
    },
    /// A server checked a token.
    Checked {
        given: Given,
        expected: Bearer,
        found: Found,
    },
    /// A webhook was handled to its end.
    Handled {
        message: String,
    },
    /// A webhook that nobody but a forger can have sent was believed.
    ForgeryHandled,
    /// Something was in a state in which it cannot be.
    Astray {
        work: Work,
        what: String,
    },
    Panicked {
        work: Work,
    },
    /// Something did not end in time.
    Hung {
        work: Work,
    },
}

/// A piece of work that ended with an error.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) work: Work,
    pub(crate) kind: ErrorKind,
    /// The operation that failed, where one did.
    pub(crate) operation: String,
    /// All that can be printed of it.
    pub(crate) text: String,
    /// Whether this kind of error is true here whatever the faults were.
    pub(crate) is_expected: bool,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) tried: BTreeMap<Work, u64>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) facts: Vec<Fact>,
    /// What must not be in any error.
    pub(crate) secrets: BTreeSet<String>,
}

/// The facts as they come in; clones write into the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Mutex<Facts>>);

impl History {
    pub(crate) fn begins(&self, work: Work) {
        *self.facts().tried.entry(work).or_default() += 1;
    }

    /// Notes an error; `also` are kinds that would be true of this call without any fault.
    pub(crate) fn failed(&self, work: Work, error: &Error, also: &[ErrorKind]) {
        let kind = error.kind();
        let text = everything(error);
        let operation = error.operation().unwrap_or_default().to_owned();
        self.facts().failures.push(Failure { work, kind, operation, text, is_expected: also.contains(&kind) });
    }

    pub(crate) fn fact(&self, fact: Fact) {
        self.facts().facts.push(fact);
    }

    pub(crate) fn secret(&self, secret: impl Into<String>) {
        self.facts().secrets.insert(secret.into());
    }

    pub(crate) fn take(&self) -> Facts {
        std::mem::take(&mut self.facts())
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error in all its words, those of its causes included.
fn everything(error: &Error) -> String {
    let mut text = format!("{error}; {error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(known) = cause {
        text.push_str(&format!("; {known}; {known:?}"));
        cause = known.source();
    }
    text
}
