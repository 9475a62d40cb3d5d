use std::time::Duration;

use super::defaults;

/// How long an attempt and a whole operation may take.
///
/// How long connecting may take is the transport's own: [`defaults::CONNECT_TIMEOUT`] in the one that a client makes for
/// itself. `Transport::reqwest` ends any attempt after 30 seconds, whatever stands here.
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::transport::Timeouts;
///
/// let patient = Timeouts { overall: None, ..Timeouts::default() };
/// assert_eq!(patient.request, Some(Duration::from_secs(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From when an attempt leaves the limiter to the last byte of its answer: 30 seconds. `None` is without end.
    pub request: Option<Duration>,
    /// From when the operation is asked for to its end, with all waits and attempts: 90 seconds. `None` is without end.
    pub overall: Option<Duration>,
}

impl Timeouts {
    /// None at all: what never answers is waited for without end.
    #[must_use]
    pub const fn none() -> Self {
        Self { request: None, overall: None }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { request: Some(defaults::REQUEST_TIMEOUT), overall: Some(defaults::OVERALL_TIMEOUT) }
    }
}
