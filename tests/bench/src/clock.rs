//! How time is taken.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Result;

/// How long this thread has worked: other programs on the machine are not in it.
pub(crate) fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// What checking one takes of this thread, in µs, on average over all of them.
pub(crate) fn each<I, T>(items: &[I], check: impl Fn(&I) -> Result<T>) -> Result<f64> {
    let began = worked();
    for item in items {
        black_box(check(black_box(item))?);
    }
    Ok(worked().saturating_sub(began).as_secs_f64() * 1e6 / items.len() as f64)
}

/// Milliseconds since then, by the clock.
pub(crate) fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}
