use std::time::Duration;

use clerk_core::Json;

/// How long before the token was issued the user proved who they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FactorAges {
    /// In minutes, which need not be whole.
    first: Option<f64>,
    second: Option<f64>,
}

impl FactorAges {
    /// Reads two numbers, of which -1 stands for a factor that was not proven; anything else says nothing.
    pub(super) fn read(said: &Json) -> Option<Self> {
        let [first, second] = said.as_array()?.as_slice() else {
            return None;
        };
        let age = |said: &Json| match said.as_f64()? {
            minutes if minutes.is_finite() && minutes >= 0.0 => Some(Some(minutes)),
            -1.0 => Some(None),
            _ => None,
        };
        Some(Self { first: age(first)?, second: age(second)? })
    }

    /// The age of the first factor, such as a password; none if the session has not proven one.
    #[must_use]
    pub fn first(&self) -> Option<Duration> {
        self.first.map(duration)
    }

    /// The age of the second factor; none if the session has not proven one, as when the user has none.
    #[must_use]
    pub fn second(&self) -> Option<Duration> {
        self.second.map(duration)
    }

    pub(crate) fn first_minutes(&self) -> Option<f64> {
        self.first
    }

    pub(crate) fn second_minutes(&self) -> Option<f64> {
        self.second
    }
}

fn duration(minutes: f64) -> Duration {
    Duration::try_from_secs_f64(minutes * 60.0).unwrap_or(Duration::MAX)
}
