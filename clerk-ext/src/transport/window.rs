use std::{collections::VecDeque, time::Duration};

use super::defaults;

/// What a limiter knows: when it let requests go, and what the server made of them.
///
/// It reads no clock: all times are moments of one monotonic clock that whoever asks tells.
#[derive(Debug)]
pub(crate) struct Window {
    limit: u32,
    period: Duration,
    /// Whether the limit holds already, or only when the server has refused a request.
    awake: bool,
    /// What is let go in a period now: the limit, or less since the server refused some.
    allowed: u32,
    /// When requests were let go that the server may still count, oldest first.
    sent: VecDeque<Duration>,
    held_until: Duration,
    lowered_at: Option<Duration>,
    climbs_at: Duration,
}

impl Window {
    pub(crate) fn new(requests: u32, period: Duration) -> Self {
        let limit = requests.max(1);
        Self {
            limit,
            period,
            awake: true,
            allowed: limit,
            sent: VecDeque::new(),
            held_until: Duration::ZERO,
            lowered_at: None,
            climbs_at: Duration::ZERO,
        }
    }

    /// Lets everything go until the server refuses a request.
    pub(crate) fn sleep(&mut self) {
        self.awake = false;
    }

    pub(crate) fn allowed(&self) -> u32 {
        self.allowed
    }

    /// Lets one request go, or says how long to wait before asking again.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        self.climb(now);
        self.forget(now);
        if let Some(wait) = self.held_until.checked_sub(now).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if !self.awake {
            // No more than the limit is needed of what went before it holds.
            if self.sent.len() >= self.limit as usize {
                self.sent.pop_front();
            }
            self.sent.push_back(now);
            return Ok(());
        }
        // With as many in the window as are allowed, the oldest has to leave it; with more, as many as are too many.
        let surplus = self.sent.len().checked_sub(self.allowed as usize);
        if let Some(leaves) = surplus.and_then(|surplus| self.sent.get(surplus)) {
            return Err((*leaves + self.span()).saturating_sub(now));
        }
        self.sent.push_back(now);
        Ok(())
    }

    /// The server refused a request that was let go at `sent`, and asks to wait.
    ///
    /// `own_limit` is for operations that have a limit of their own.
    pub(crate) fn refused(&mut self, sent: Duration, now: Duration, wait: Option<Duration>, own_limit: bool) {
        self.forget(now);
        let wait = wait.unwrap_or(self.period / defaults::LIMIT_HOLD);
        let used = u32::try_from(self.sent.len()).unwrap_or(u32::MAX);
        // Nobody has to wait longer than a period for the limit that is kept here: it is another one, of which all
        // other requests know nothing. Servers round seconds up.
        let elsewhere = wait > self.period + Duration::from_secs(1) || (own_limit && used < self.allowed.div_ceil(2));
        if elsewhere {
            return;
        }
        self.held_until = self.held_until.max(now.saturating_add(wait));
        if !std::mem::replace(&mut self.awake, true) {
            // Whoever kept to no limit is told nothing of others who share it.
            self.lowered_at = Some(now);
            return;
        }
        // What was on its way when the first refusal came says nothing new.
        if self.lowered_at.is_none_or(|lowered| sent > lowered) {
            let floor = (self.limit / defaults::LIMIT_FLOOR).max(1);
            self.allowed = (used.min(self.allowed) / defaults::LIMIT_CUT).clamp(floor, self.allowed.max(floor));
            self.lowered_at = Some(now);
        }
        self.climbs_at = self.held_until.saturating_add(self.period);
    }

    fn climb(&mut self, now: Duration) {
        while self.allowed < self.limit && self.climbs_at <= now {
            let step = self.limit.div_ceil(defaults::LIMIT_CLIMB);
            self.allowed = self.allowed.saturating_add(step).min(self.limit);
            self.climbs_at = self.climbs_at.saturating_add(self.period.max(Duration::from_nanos(1)));
        }
    }

    fn forget(&mut self, now: Duration) {
        let span = self.span();
        while self.sent.front().is_some_and(|sent| *sent + span <= now) {
            self.sent.pop_front();
        }
    }

    /// How long a request may count at the server, seen from here.
    fn span(&self) -> Duration {
        self.period.saturating_add(self.period / defaults::LIMIT_MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PERIOD: Duration = Duration::from_secs(10);
    const SPAN: Duration = Duration::from_millis(10_500);

    /// Lets go what may go.
    fn fill(window: &mut Window, now: Duration) -> u32 {
        (0..10_000).take_while(|_| window.take(now).is_ok()).count() as u32
    }

    #[test]
    fn a_request_leaves_the_window_a_period_and_a_margin_after_it_was_sent() {
        let mut window = Window::new(2, PERIOD);
        assert_eq!((window.take(SECOND), window.take(SECOND * 3)), (Ok(()), Ok(())));
        assert_eq!(window.take(SECOND * 5), Err(SPAN - SECOND * 4));
        assert_eq!(window.take(SECOND + SPAN), Ok(()));
        assert_eq!(window.take(SECOND + SPAN), Err(SECOND * 2));
    }

    #[test]
    fn a_refusal_holds_everybody_as_long_as_the_server_asks_and_halves_what_is_allowed() {
        let mut window = Window::new(100, PERIOD);
        assert_eq!(fill(&mut window, SECOND), 100);
        window.refused(SECOND, SECOND * 2, Some(SECOND * 7), false);
        assert_eq!((window.allowed(), window.take(SECOND * 2)), (50, Err(SECOND * 7)));
        // What went out together leaves together, and half of it may follow.
        assert_eq!(window.take(SECOND * 9), Err(SPAN - SECOND * 8));
        assert_eq!(fill(&mut window, SECOND + SPAN), 50);
    }

    #[test]
    fn refusals_of_what_was_on_its_way_together_count_once() {
        let mut window = Window::new(100, PERIOD);
        fill(&mut window, SECOND);
        for late in 0..30 {
            window.refused(SECOND, SECOND * 2 + Duration::from_millis(late), Some(SECOND * 5), false);
        }
        assert_eq!(window.allowed(), 50);
        fill(&mut window, SECOND * 12);
        window.refused(SECOND * 12, SECOND * 13, Some(SECOND), false);
        assert_eq!(window.allowed(), 25);
    }

    #[test]
    fn what_is_allowed_climbs_back_with_each_period_without_a_refusal() {
        let mut window = Window::new(100, PERIOD);
        fill(&mut window, SECOND);
        window.refused(SECOND, SECOND, Some(SECOND), false);
        for (seconds, allowed) in [(2, 50), (11, 50), (12, 52), (22, 54), (1000, 100), (100_000, 100)] {
            window.climb(SECOND * seconds);
            assert_eq!(window.allowed(), allowed, "after {seconds} s");
        }
    }

    #[test]
    fn many_refusals_leave_a_little_and_never_raise_it() {
        for (limit, least) in [(100, 5), (10, 1), (1, 1)] {
            let mut window = Window::new(limit, PERIOD);
            for round in 1..20 {
                let now = SPAN * round;
                window.sent.push_back(now);
                window.refused(now, now, Some(Duration::ZERO), false);
                assert!(window.allowed() <= limit);
            }
            assert_eq!(window.allowed(), least);
        }
    }

    #[test]
    fn a_refusal_that_names_no_time_holds_for_a_part_of_the_period() {
        let mut window = Window::new(10, PERIOD);
        window.refused(Duration::ZERO, Duration::ZERO, None, false);
        assert_eq!(window.take(Duration::ZERO), Err(SECOND));
    }

    #[test]
    fn a_refusal_by_a_limit_of_another_kind_holds_nobody() {
        for (wait, own_limit) in [(SECOND * 3600, false), (SECOND * 3600, true), (SECOND * 9, true)] {
            let mut window = Window::new(100, PERIOD);
            assert_eq!(window.take(Duration::ZERO), Ok(()));
            window.refused(Duration::ZERO, Duration::ZERO, Some(wait), own_limit);
            assert_eq!((window.allowed(), window.take(Duration::ZERO)), (100, Ok(())));
        }
    }

    #[test]
    fn a_refusal_of_an_operation_with_a_limit_of_its_own_counts_when_much_was_sent() {
        let mut window = Window::new(100, PERIOD);
        fill(&mut window, SECOND);
        window.refused(SECOND, SECOND, Some(SECOND), true);
        assert_eq!((window.allowed(), window.take(SECOND)), (50, Err(SECOND)));
    }

    #[test]
    fn a_limit_that_sleeps_holds_from_the_first_refusal_on() {
        let mut window = Window::new(3, PERIOD);
        window.sleep();
        assert_eq!(fill(&mut window, SECOND), 10_000);
        window.refused(SECOND, SECOND * 2, Some(SECOND * 4), false);
        assert_eq!((window.allowed(), window.take(SECOND * 2)), (3, Err(SECOND * 4)));
        assert_eq!(window.take(SECOND * 6), Err(SPAN - SECOND * 5));
        assert_eq!(fill(&mut window, SECOND + SPAN), 3);
    }

    #[test]
    fn odd_figures_let_requests_go_all_the_same() {
        assert_eq!(Window::new(0, PERIOD).take(Duration::ZERO), Ok(()));
        let mut window = Window::new(3, Duration::ZERO);
        window.refused(SECOND, SECOND, None, false);
        assert_eq!(fill(&mut window, SECOND * 2), 10_000);
        assert_eq!(Window::new(u32::MAX, Duration::MAX).take(SECOND), Ok(()));
    }
}
