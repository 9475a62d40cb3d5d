//! The time that everything here goes by.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;

use clerk_core::Timestamp;
use tokio::sync::watch;

/// A clock that tests can move: the machine's time plus an offset, or a time that stands still.
///
/// Clones share one time. Every expiry, every `iat` and the schedule of webhook deliveries follow it.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Milliseconds that it is ahead of the machine.
    offset: AtomicI64,
    /// The time it stands still at; `i64::MIN` while it runs.
    frozen: AtomicI64,
    /// Tells those who wait for a time that it came otherwise than by waiting.
    moved: watch::Sender<()>,
}

const RUNNING: i64 = i64::MIN;

impl Clock {
    /// A clock that shows the machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self::standing(RUNNING)
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn frozen(at: Timestamp) -> Self {
        Self::standing(at.as_millis().max(RUNNING + 1))
    }

    fn standing(at: i64) -> Self {
        let (moved, _) = watch::channel(());
        Self(Arc::new(Inner { offset: AtomicI64::new(0), frozen: AtomicI64::new(at), moved }))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self.0.frozen.load(Ordering::SeqCst) {
            RUNNING => {
                let offset = self.0.offset.load(Ordering::SeqCst);
                Timestamp::from_millis(Timestamp::now().as_millis().saturating_add(offset))
            }
            frozen => Timestamp::from_millis(frozen),
        }
    }

    /// Moves it forward; a running clock goes on from there.
    pub fn advance(&self, by: Duration) {
        self.shift(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }

    /// Moves it back.
    ///
    /// Time never goes back in the real world; this is for testing how others cope.
    pub fn rewind(&self, by: Duration) {
        self.shift(-i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }

    /// Moves it to this time, ahead or back; a running clock goes on from there.
    pub fn set(&self, at: Timestamp) {
        if self.is_frozen() {
            self.0.frozen.store(at.as_millis().max(RUNNING + 1), Ordering::SeqCst);
        } else {
            self.0.offset.store(at.as_millis().saturating_sub(Timestamp::now().as_millis()), Ordering::SeqCst);
        }
        self.0.moved.send_replace(());
    }

    /// Stops it where it is.
    pub fn freeze(&self) {
        let now = self.now().as_millis();
        self.0.frozen.store(now, Ordering::SeqCst);
        self.0.moved.send_replace(());
    }

    /// Whether it stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.0.frozen.load(Ordering::SeqCst) != RUNNING
    }

    /// Changes whenever the clock is moved, stopped or let run.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.0.moved.subscribe()
    }

    /// Lets it run on from where it stands.
    pub fn resume(&self) {
        let at = self.0.frozen.swap(RUNNING, Ordering::SeqCst);
        if at != RUNNING {
            self.0.offset.store(at.saturating_sub(Timestamp::now().as_millis()), Ordering::SeqCst);
        }
        self.0.moved.send_replace(());
    }

    fn shift(&self, millis: i64) {
        let cell = if self.0.frozen.load(Ordering::SeqCst) == RUNNING { &self.0.offset } else { &self.0.frozen };
        let moved = |value: i64| Some(value.saturating_add(millis).max(RUNNING + 1));
        // The closure always gives a value, so the update cannot fail.
        let _ = cell.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
        self.0.moved.send_replace(());
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// A time and what is added to it; saturates at the ends of what a [`Timestamp`] holds.
pub(crate) trait Later {
    fn after(self, by: Duration) -> Timestamp;
    /// Whole seconds since 1970, as tokens count.
    fn seconds(self) -> i64;
}

impl Later for Timestamp {
    fn after(self, by: Duration) -> Timestamp {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.as_millis().saturating_add(millis))
    }

    fn seconds(self) -> i64 {
        self.as_millis().div_euclid(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = Clock::frozen(Timestamp::from_millis(1_000));
        assert_eq!(clock.now().as_millis(), 1_000);
        clock.clone().advance(Duration::from_secs(2));
        assert_eq!(clock.now().as_millis(), 3_000);
        clock.rewind(Duration::from_secs(1));
        assert_eq!(clock.now().as_millis(), 2_000);
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::frozen(Timestamp::from_millis(5_000));
        clock.resume();
        let shown = clock.now().as_millis();
        assert!((5_000..10_000).contains(&shown), "{shown}");
    }
}
