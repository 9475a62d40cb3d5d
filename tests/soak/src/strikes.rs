//! What went wrong on purpose, and how often.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use clerk_ext::ErrorKind;

/// How often each kind of fault struck; clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strikes(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Strikes {
    pub(crate) fn add(&self, fault: &'static str, times: u64) {
        if times > 0 {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(fault).or_default() += times;
        }
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether something struck that an error of this kind may tell of.
    pub(crate) fn explain(&self, kind: ErrorKind) -> bool {
        let causes: &[&str] = match kind {
            ErrorKind::Server => &["5xx", "5xx after execution", "html with 502", "keys unavailable"],
            ErrorKind::Network => &["reset", "reset after execution", "half an answer", "cut cable"],
            // A limiter that is refused once holds requests back, some of them for too long.
            ErrorKind::Timeout => {
                &["no answer", "no answer after execution", "latency", "408", "clock jump", "429", "rate limit"]
            }
            ErrorKind::RateLimited => &["429", "rate limit"],
            ErrorKind::Decode => &["html with 200"],
            ErrorKind::Cancelled => &["given up"],
            _ => &[],
        };
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        causes.iter().any(|cause| counts.contains_key(cause))
    }
}
