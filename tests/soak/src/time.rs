//! The time that all programs of an episode go by.

use std::time::{Duration, SystemTime};

use clerk_ext::{BoxFuture, Timestamp, clock::Clock};

/// The time of the local Clerk, which jumps ahead now and then, as it does on a machine that slept. Waits are real.
#[derive(Clone)]
pub(crate) struct Time {
    clock: clerk_local::Clock,
    began: Timestamp,
}

impl Time {
    pub(crate) fn of(clock: &clerk_local::Clock) -> Self {
        Self { clock: clock.clone(), began: clock.now() }
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn jump(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl Clock for Time {
    fn now(&self) -> SystemTime {
        self.at().system_time().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// One source for both kinds of time: a jump is seen by what waits as well.
    fn monotonic(&self) -> Duration {
        let millis = self.at().as_millis().saturating_sub(self.began.as_millis());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}
