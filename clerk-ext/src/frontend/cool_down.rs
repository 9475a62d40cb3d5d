use std::time::Duration;

use clerk_core::Timestamp;

/// How long Clerk sends nothing more to an address or a number that it has just sent something to.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// How much is left of it; nothing where it is not known when something was sent.
pub(super) fn left(sent_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let Some(sent_at) = sent_at else { return Duration::ZERO };
    // A clock that was set back would otherwise make people wait for a long time.
    let passed = u64::try_from(now.as_millis().saturating_sub(sent_at.as_millis()));
    passed.map_or(Duration::ZERO, |passed| COOL_DOWN.saturating_sub(Duration::from_millis(passed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_after_half_a_minute_and_where_the_clock_was_set_back() {
        let at = Timestamp::from_millis;
        assert_eq!(left(Some(at(0)), at(0)), COOL_DOWN);
        assert_eq!(left(Some(at(0)), at(29_000)), Duration::from_secs(1));
        assert_eq!(left(Some(at(0)), at(31_000)), Duration::ZERO);
        assert_eq!(left(Some(at(86_400_000)), at(0)), Duration::ZERO);
        assert_eq!(left(None, at(0)), Duration::ZERO);
    }
}
