use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use clerk_core::{Bytes, http::Request};

/// When an operation has to be over, and how far it has come.
///
/// It travels with the request, from [`OverallTimeout`](super::OverallTimeout) to the layers within it.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    /// By the clock's monotonic time.
    at: Duration,
    course: Arc<Course>,
}

#[derive(Debug, Default)]
struct Course {
    attempts: AtomicU32,
    held: AtomicBool,
    left: AtomicBool,
}

impl Deadline {
    /// A deadline for a request, which may have one already: the sooner of both counts.
    pub(crate) fn within(request: &Request<Bytes>, at: Duration) -> Self {
        match Self::of(request) {
            Some(outer) => Self { at: at.min(outer.at), course: outer.course.clone() },
            None => Self { at, course: Arc::default() },
        }
    }

    pub(crate) fn of(request: &Request<Bytes>) -> Option<&Self> {
        request.extensions().get()
    }

    pub(crate) fn at(&self) -> Duration {
        self.at
    }

    pub(crate) fn begin_attempt(&self, number: u32) {
        self.course.attempts.store(number, Ordering::Relaxed);
    }

    /// The limiter holds the request.
    pub(crate) fn hold(&self) {
        self.course.held.store(true, Ordering::Relaxed);
    }

    /// The limiter has let the request go.
    pub(crate) fn leave(&self) {
        self.course.left.store(true, Ordering::Relaxed);
    }

    pub(crate) fn attempts(&self) -> u32 {
        self.course.attempts.load(Ordering::Relaxed).max(1)
    }

    /// Whether surely nothing of it was sent: without a limiter nobody can tell.
    pub(crate) fn is_unsent(&self) -> bool {
        self.course.held.load(Ordering::Relaxed) && !self.course.left.load(Ordering::Relaxed)
    }
}
