//! Clerk's rate limits, on the clock that tests can move.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use clerk_core::Timestamp;

use crate::Api;

/// So many requests in so long.
#[derive(Clone, Copy, Debug)]
struct Rate {
    requests: u32,
    window: Duration,
}

const fn rate(requests: u32, seconds: u64) -> Rate {
    Rate { requests, window: Duration::from_secs(seconds) }
}

/// All requests of one secret key to the Backend API of a production instance.
const PRODUCTION: Rate = rate(1000, 10);

/// The same of a development instance.
const DEVELOPMENT: Rate = rate(100, 10);

/// Whose requests a limit counts together, beside those of one caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    Caller,
    /// Of each user that the path names.
    User,
}

/// A limit of its own for some operations, which share it.
#[derive(Debug)]
struct Rule {
    api: Api,
    operations: &'static [&'static str],
    rate: Rate,
    per: Per,
}

const fn rule(api: Api, operations: &'static [&'static str], rate: Rate) -> Rule {
    Rule { api, operations, rate, per: Per::Caller }
}

/// The limits that Clerk documents beside the general ones; Frontend API operations that are not here have none.
const RULES: &[Rule] = &[
    rule(Api::Frontend, &["createSignIn"], rate(5, 10)),
    rule(Api::Frontend, &["createSignUps"], rate(5, 10)),
    rule(Api::Frontend, &["attemptSignInFactorOne", "attemptSignInFactorTwo"], rate(3, 10)),
    rule(Api::Frontend, &["attemptSignUpsVerification"], rate(3, 10)),
    rule(Api::Backend, &["CreateInvitation"], rate(100, 3600)),
    rule(Api::Backend, &["CreateBulkInvitations"], rate(25, 3600)),
    rule(Api::Backend, &["CreateOrganizationInvitation"], rate(250, 3600)),
    rule(Api::Backend, &["CreateOrganizationInvitationBulk"], rate(50, 3600)),
    Rule {
        api: Api::Backend,
        operations: &["UpdateUser", "UpdateUserMetadata", "ReplaceUserMetadata"],
        rate: rate(10, 10),
        per: Per::User,
    },
];

/// Backend API operations that no limit counts.
const EXEMPT: &[&str] = &["GetJWKS"];

/// How many windows are kept; beyond it those that have passed go first, and then those that began first.
const WINDOWS: usize = 16_384;

/// How long the caller is to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryAfter(pub(crate) Duration);

impl RetryAfter {
    /// What the `Retry-After` header says: whole seconds, rounded up, so that whoever waits as told gets through.
    pub(crate) fn seconds(self) -> u64 {
        self.0.as_secs().saturating_add(u64::from(self.0.subsec_nanos() > 0)).max(1)
    }
}

/// Counts requests.
///
/// A window begins with the first request after the last window has passed, and refused requests do not count, so
/// that waiting as told always helps.
pub(crate) struct Limits {
    /// The general rate of the Backend API; nothing if all limits are off.
    backend: Option<Rate>,
    /// Callers are kept as hashes: their keys are secrets, and their number of bytes is theirs to choose.
    hasher: RandomState,
    windows: Mutex<HashMap<u64, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Timestamp,
    length: Duration,
    requests: u32,
}

impl Window {
    /// How much of it is left, if it is not over.
    fn left(&self, now: Timestamp) -> Option<Duration> {
        let end = self.began + self.length;
        // A clock that was moved back lies before the beginning; the window is not worth keeping then.
        if now < self.began || now >= end {
            return None;
        }
        let millis = end.as_millis().saturating_sub(now.as_millis());
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("backend", &self.backend).finish_non_exhaustive()
    }
}

impl Limits {
    /// No limits.
    #[cfg(test)]
    pub(crate) fn off() -> Self {
        Self::with(None)
    }

    /// The limits of a production instance.
    pub(crate) fn production() -> Self {
        Self::with(Some(PRODUCTION))
    }

    /// The limits of a development instance.
    pub(crate) fn development() -> Self {
        Self::with(Some(DEVELOPMENT))
    }

    fn with(backend: Option<Rate>) -> Self {
        Self { backend, hasher: RandomState::new(), windows: Mutex::default() }
    }

    /// Counts a request, or says how long its sender has to wait.
    ///
    /// The caller is the secret key on the Backend API and the IP address on the Frontend API.
    pub(crate) fn check(
        &self,
        api: Api,
        operation: &str,
        path: &str,
        caller: &str,
        now: Timestamp,
    ) -> Result<(), RetryAfter> {
        let Some(general) = self.backend else { return Ok(()) };
        let mut counted: Vec<(u64, Rate)> = Vec::new();
        if api == Api::Backend && !EXEMPT.contains(&operation) {
            counted.push((self.hasher.hash_one((usize::MAX, caller, "")), general));
        }
        for (number, rule) in RULES.iter().enumerate() {
            if rule.api == api && rule.operations.contains(&operation) {
                let subject = if rule.per == Per::User { user(path) } else { "" };
                counted.push((self.hasher.hash_one((number, caller, subject)), rule.rate));
            }
        }
        if counted.is_empty() {
            return Ok(());
        }
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = counted.iter().filter_map(|(key, rate)| {
            let window = windows.get(key)?;
            if window.requests < rate.requests { None } else { window.left(now) }
        });
        if let Some(longest) = wait.max() {
            return Err(RetryAfter(longest));
        }
        for (key, rate) in counted {
            make_room(&mut windows, key, now);
            let fresh = Window { began: now, length: rate.window, requests: 0 };
            let window = windows.entry(key).or_insert(fresh);
            if window.left(now).is_none() {
                *window = fresh;
            }
            window.requests = window.requests.saturating_add(1);
        }
        Ok(())
    }
}

/// The id after `users` in a path.
fn user(path: &str) -> &str {
    path.split('/').skip_while(|segment| *segment != "users").nth(1).unwrap_or_default()
}

fn make_room(windows: &mut HashMap<u64, Window>, key: u64, now: Timestamp) {
    if windows.len() < WINDOWS || windows.contains_key(&key) {
        return;
    }
    windows.retain(|_, window| window.left(now).is_some());
    if windows.len() < WINDOWS {
        return;
    }
    // Half at once: this walks over all of them, and must not happen at every request.
    let mut begins: Vec<Timestamp> = windows.values().map(|window| window.began).collect();
    begins.sort_unstable();
    let middle = begins.get(begins.len() / 2).copied().unwrap_or(now);
    windows.retain(|_, window| window.began > middle);
}
