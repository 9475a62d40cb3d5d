//! What went wrong on purpose, and how often.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use clerk_ext::ErrorKind;

/// How often each kind of fault struck, and what could meet it; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strikes(Arc<Mutex<Struck>>);

#[derive(Debug, Default)]
struct Struck {
    counts: BTreeMap<&'static str, u64>,
    /// The faults by kind and operation; without an operation where any could meet it.
    aimed: BTreeSet<(&'static str, Option<&'static str>)>,
}

impl Strikes {
    /// Something is about to go wrong, with one operation or with any.
    pub(crate) fn aim(&self, fault: &'static str, at: Option<&'static str>) {
        self.struck().aimed.insert((fault, at));
    }

    pub(crate) fn add(&self, fault: &'static str, times: u64) {
        if times > 0 {
            *self.struck().counts.entry(fault).or_default() += times;
        }
    }

    /// Something that any operation could meet went wrong.
    pub(crate) fn strike(&self, fault: &'static str) {
        self.aim(fault, None);
        self.add(fault, 1);
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.struck().counts.clone()
    }

    /// Whether there was a fault that an error of this kind, of this operation, may tell of.
    pub(crate) fn explain(&self, kind: ErrorKind, operation: &str) -> bool {
        let causes: &[&str] = match kind {
            ErrorKind::Server => &["5xx", "5xx after execution", "html with 502", "keys unavailable"],
            ErrorKind::Network => &["reset", "reset after execution", "half an answer", "cut cable"],
            ErrorKind::Timeout => {
                &["no answer", "no answer after execution", "latency", "408", "clock jump", "rate limit"]
            }
            ErrorKind::RateLimited => &["429", "rate limit"],
            ErrorKind::Decode => &["html with 200"],
            ErrorKind::Cancelled => &["given up"],
            _ => &[],
        };
        let struck = self.struck();
        let is_aimed =
            |(fault, at): &(&str, Option<&str>)| causes.contains(fault) && at.is_none_or(|at| at == operation);
        // A limiter that was refused once holds other requests back as well, some of them for too long.
        let is_held_back = kind == ErrorKind::Timeout && struck.counts.contains_key("429");
        is_held_back || struck.aimed.iter().any(is_aimed)
    }

    fn struck(&self) -> MutexGuard<'_, Struck> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
