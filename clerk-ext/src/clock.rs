//! What time it is, and waiting.
//!
//! Everything here that waits or looks at the time does it by a [`Clock`] that can be given: [`SystemClock`] in
//! programs, [`ManualClock`] in tests.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use clerk_core::BoxFuture;
use tokio::sync::oneshot;

/// A source of time.
///
/// The two kinds of time are not to be mixed: [`now`](Clock::now) is what calendars and tokens go by, and may be set
/// back; [`monotonic`](Clock::monotonic) is what waits are measured with.
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> SystemTime;

    /// How long it is since some fixed moment; it never goes back.
    ///
    /// Two clocks of one type count from the same moment, or each from its own: whoever compares takes one clock.
    fn monotonic(&self) -> Duration;

    /// Waits; dropping the future ends the wait and leaves nothing behind.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The time of this machine; waits are tokio's.
///
/// [`sleep`](Clock::sleep) has to be polled inside a tokio runtime with its timer on. Where a test has paused tokio's
/// time, waits and [`monotonic`](Clock::monotonic) follow that; the time of day does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// The moment that all system clocks count from.
///
/// It lies before the first use: a paused runtime's time stands at a moment that is past already.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(|| {
        let now = Instant::now();
        now.checked_sub(Duration::from_secs(3600)).unwrap_or(now)
    })
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Duration {
        tokio::time::Instant::now().into_std().saturating_duration_since(start())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // Made when first polled: only then does a runtime have to be there.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

/// A clock that stands still until it is told to go on, for tests.
///
/// Clones are the same clock. It needs no runtime.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use clerk_ext::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(60));
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<Standing>>);

struct Standing {
    began: SystemTime,
    elapsed: Duration,
    /// By the moment when they wake, then by who came first.
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    slept: u64,
}

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(now: SystemTime) -> Self {
        let standing = Standing { began: now, elapsed: Duration::ZERO, sleepers: BTreeMap::new(), slept: 0 };
        Self(Arc::new(Mutex::new(standing)))
    }

    /// Lets time pass, and wakes whoever has slept long enough: first who was to wake first.
    ///
    /// The woken run when their runtime gets to them, and then see the time at the end of this step. What sleeps again
    /// and again needs as many steps.
    pub fn advance(&self, duration: Duration) {
        let woken = {
            let mut standing = self.standing();
            standing.elapsed = standing.elapsed.saturating_add(duration);
            let now = standing.elapsed;
            let later = standing.sleepers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut standing.sleepers, later)
        };
        for (_, sleeper) in woken {
            // Who has gone away need not be woken.
            let _ = sleeper.send(());
        }
    }

    /// How many sleep right now: what a test looks at before it goes on.
    #[must_use]
    pub fn sleeping(&self) -> usize {
        self.standing().sleepers.values().filter(|sleeper| !sleeper.is_closed()).count()
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        let standing = self.standing();
        standing.began.checked_add(standing.elapsed).unwrap_or(standing.began)
    }

    fn monotonic(&self) -> Duration {
        self.standing().elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration.is_zero() {
            return Box::pin(async {});
        }
        let (wake, woken) = oneshot::channel();
        {
            let mut standing = self.standing();
            standing.sleepers.retain(|_, sleeper| !sleeper.is_closed());
            standing.slept += 1;
            let wakes = (standing.elapsed.saturating_add(duration), standing.slept);
            standing.sleepers.insert(wakes, wake);
        }
        // Held, because a clock that is gone would wake its sleepers.
        let clock = self.clone();
        Box::pin(async move {
            let _ = woken.await;
            drop(clock);
        })
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("elapsed", &self.monotonic()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn sleepers_wake_in_the_order_of_their_moments_and_not_before() {
        let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
        let sleep = |name: &'static str, seconds| clock.sleep(SECOND * seconds).map(move |()| name);
        let mut sleepers: FuturesUnordered<_> =
            [sleep("third", 3), sleep("first", 1), sleep("last", 9), sleep("second", 2)].into_iter().collect();
        assert_eq!(sleepers.next().now_or_never(), None);
        assert_eq!(clock.sleeping(), 4);

        clock.advance(SECOND * 3);
        let woken: Vec<_> = std::iter::from_fn(|| sleepers.next().now_or_never().flatten()).collect();
        assert_eq!(woken, ["first", "second", "third"]);
        clock.advance(SECOND * 6);
        assert_eq!(sleepers.next().now_or_never(), Some(Some("last")));
    }

    #[test]
    fn a_sleeper_that_is_dropped_is_not_counted_and_hurts_nobody() {
        let clock = ManualClock::at(SystemTime::UNIX_EPOCH);
        let (dropped, kept) = (clock.sleep(SECOND), clock.sleep(SECOND));
        drop(dropped);
        assert_eq!(clock.sleeping(), 1);
        clock.advance(SECOND);
        assert_eq!(kept.now_or_never(), Some(()));
    }

    #[test]
    fn a_wait_of_no_length_is_over_at_once() {
        assert_eq!(ManualClock::at(SystemTime::UNIX_EPOCH).sleep(Duration::ZERO).now_or_never(), Some(()));
    }

    #[test]
    fn both_kinds_of_time_go_on_together() {
        let clock = ManualClock::at(SystemTime::UNIX_EPOCH + SECOND);
        let before = clock.monotonic();
        clock.clone().advance(SECOND);
        assert_eq!((clock.now(), clock.monotonic() - before), (SystemTime::UNIX_EPOCH + 2 * SECOND, SECOND));
    }

    #[test]
    fn the_system_clock_never_goes_back() {
        let (first, second) = (SystemClock.monotonic(), SystemClock.monotonic());
        assert!(second >= first);
    }

    #[tokio::test(start_paused = true)]
    async fn the_system_clock_follows_a_paused_runtime() {
        let before = SystemClock.monotonic();
        SystemClock.sleep(SECOND * 90).await;
        assert_eq!(SystemClock.monotonic() - before, SECOND * 90);
    }
}
