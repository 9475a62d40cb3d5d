use std::time::Duration;

use clerk_core::http::StatusCode;

use super::defaults;

/// What is sent again, how often, and after how long.
///
/// By default a request is sent three times at most, with a random wait of up to 1 s before the second time and of up to
/// 2 s before the third. What is worth sending again is an answer of 408, 425, 429 or 5xx except 501, and no answer. A
/// request that may do something twice goes out again only when it surely did nothing: after a 429, and when it never
/// reached the server.
///
/// What the server asks for with `Retry-After` is waited in any case, however long, unless the operation would end too
/// late: then the answer is given at once.
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::transport::RetryPolicy;
///
/// let stubborn = RetryPolicy::default().attempts(8).longest_delay(Duration::from_secs(30));
/// # _ = stubborn;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    first_delay: Duration,
    longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: defaults::ATTEMPTS,
            first_delay: defaults::FIRST_DELAY,
            longest_delay: defaults::LONGEST_DELAY,
        }
    }
}

/// An attempt that is over: what a [`RetryPolicy`] decides upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which one it was; the first is 1.
    pub number: u32,
    /// Whether sending the request twice does no more than sending it once.
    pub idempotent: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// How much time the operation has left; `None` is without end.
    pub time_left: Option<Duration>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Answered(StatusCode),
    /// Without one.
    Failed {
        /// Whether the same request would have a chance later.
        retryable: bool,
        /// Whether it surely never reached the server.
        unsent: bool,
    },
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Give what the attempt ended with.
    Stop,
    /// Send again after this long.
    Again(Duration),
}

impl RetryPolicy {
    /// Sends everything once.
    #[must_use]
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// How often a request is sent at most; 0 is taken for 1.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// How long the wait before the second attempt is at most; it doubles with each further one.
    #[must_use]
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay;
        self
    }

    /// How long any wait is at most that the server has not asked for.
    #[must_use]
    pub fn longest_delay(mut self, delay: Duration) -> Self {
        self.longest_delay = delay;
        self
    }

    /// Decides about the next attempt; `fraction` is a random number of at least 0 and less than 1.
    ///
    /// Nothing but its arguments counts: no clock is read, and nothing is remembered.
    #[must_use]
    pub fn decide(&self, attempt: &Attempt, fraction: f64) -> Decision {
        if attempt.number >= self.attempts || !attempt.may_be_repeated() {
            return Decision::Stop;
        }
        let wait = self.delay(attempt.number, fraction).max(attempt.retry_after.unwrap_or_default());
        match attempt.time_left {
            Some(left) if wait >= left => Decision::Stop,
            _ => Decision::Again(wait),
        }
    }

    /// All of the span is random: whoever failed together must not come back together.
    fn delay(&self, number: u32, fraction: f64) -> Duration {
        let doubled = 2u32.saturating_pow(number.saturating_sub(1));
        let span = self.first_delay.saturating_mul(doubled).min(self.longest_delay);
        Duration::try_from_secs_f64(span.as_secs_f64() * fraction).map_or(span, |delay| delay.min(span))
    }
}

impl Attempt {
    fn may_be_repeated(&self) -> bool {
        match self.outcome {
            Outcome::Answered(StatusCode::TOO_MANY_REQUESTS) => true,
            // The server will not know the operation the next time either.
            Outcome::Answered(StatusCode::NOT_IMPLEMENTED) => false,
            Outcome::Answered(status) => {
                self.idempotent && (status.is_server_error() || matches!(status.as_u16(), 408 | 425))
            }
            Outcome::Failed { retryable, unsent } => retryable && (self.idempotent || unsent),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn answered(status: u16) -> Attempt {
        let outcome = Outcome::Answered(StatusCode::from_u16(status).unwrap());
        Attempt { number: 1, idempotent: true, outcome, retry_after: None, time_left: None }
    }

    fn failed(retryable: bool, unsent: bool) -> Attempt {
        Attempt { outcome: Outcome::Failed { retryable, unsent }, ..answered(200) }
    }

    fn again(attempt: Attempt) -> bool {
        RetryPolicy::default().decide(&attempt, 0.5) != Decision::Stop
    }

    #[test]
    fn what_is_sent_again_goes_by_the_status_and_by_what_a_repetition_would_do() {
        for status in 200..600 {
            let worth = matches!(status, 408 | 425 | 429 | 500..=599) && status != 501;
            for idempotent in [true, false] {
                for retry_after in [None, Some(Duration::ZERO), Some(SECOND * 5)] {
                    for number in 1..=4 {
                        for time_left in [None, Some(SECOND * 60), Some(SECOND * 5), Some(Duration::ZERO)] {
                            let attempt = Attempt { number, idempotent, retry_after, time_left, ..answered(status) };
                            let wait = (SECOND.mul_f64(0.5) * (1 << (number - 1))).max(retry_after.unwrap_or_default());
                            let expected = if worth
                                && (idempotent || status == 429)
                                && number < 3
                                && time_left.is_none_or(|left| wait < left)
                            {
                                Decision::Again(wait)
                            } else {
                                Decision::Stop
                            };
                            assert_eq!(RetryPolicy::default().decide(&attempt, 0.5), expected, "{attempt:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_failure_without_an_answer_is_repeated_if_that_may_help_and_cannot_hurt() {
        for (retryable, unsent, idempotent, expected) in [
            (true, false, true, true),
            (true, true, true, true),
            (true, true, false, true),
            (true, false, false, false),
            (false, true, true, false),
            (false, true, false, false),
            (false, false, true, false),
        ] {
            let attempt = Attempt { idempotent, ..failed(retryable, unsent) };
            assert_eq!(again(attempt), expected, "{attempt:?}");
        }
    }

    #[test]
    fn the_servers_word_counts_even_above_the_longest_delay() {
        let attempt = Attempt { retry_after: Some(SECOND * 600), ..answered(503) };
        assert_eq!(RetryPolicy::default().decide(&attempt, 0.9), Decision::Again(SECOND * 600));
    }

    #[test]
    fn a_policy_of_none_sends_once_and_no_policy_sends_less() {
        for policy in [RetryPolicy::none(), RetryPolicy::default().attempts(0)] {
            assert_eq!(policy.decide(&answered(429), 0.0), Decision::Stop);
        }
    }

    #[test]
    fn delays_double_up_to_the_longest() {
        let policy = RetryPolicy::default().attempts(u32::MAX);
        let spans = [1, 2, 3, 4, 5, 6, 40, u32::MAX - 1].map(|number| policy.delay(number, 1.0).as_secs());
        assert_eq!(spans, [1, 2, 4, 8, 16, 16, 16, 16]);
    }

    proptest! {
        #[test]
        fn a_delay_is_never_beyond_its_span(
            number in 1u32.., fraction in 0.0..1.0f64, first in 0u64..u64::MAX, longest in 0u64..u64::MAX,
        ) {
            let (first, longest) = (Duration::from_nanos(first), Duration::from_nanos(longest));
            let policy = RetryPolicy::default().first_delay(first).longest_delay(longest);
            let span = first.saturating_mul(2u32.saturating_pow(number - 1)).min(longest);
            prop_assert!(policy.delay(number, fraction) <= span);
            prop_assert_eq!(policy.delay(number, 0.0), Duration::ZERO);
        }

        #[test]
        fn a_wait_is_never_shorter_than_the_server_asks_nor_too_long_for_the_operation(
            status in 200u16..600, number in 1u32..5, fraction in 0.0..1.0f64,
            asked in 0u64..100, left in 0u64..100,
        ) {
            let attempt = Attempt {
                number,
                retry_after: Some(SECOND * asked as u32),
                time_left: Some(SECOND * left as u32),
                ..answered(status)
            };
            if let Decision::Again(wait) = RetryPolicy::default().decide(&attempt, fraction) {
                prop_assert!(wait >= SECOND * asked as u32 && wait < SECOND * left as u32);
            }
        }
    }
}
