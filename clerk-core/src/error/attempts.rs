use http::Extensions;

/// How often a request was sent until this answer came: what a layer that retries puts into the answer's extensions.
///
/// Errors read it from there, so that they can say that it was not for want of trying.
///
/// ```
/// use clerk_core::{Attempts, Bytes, Error, http};
///
/// let mut answer = http::Response::new(Bytes::new());
/// *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
/// answer.extensions_mut().insert(Attempts(3));
/// let error = Error::from_response("GetUser", answer);
/// assert_eq!(error.attempts(), 3);
/// assert_eq!(error.to_string(), "GetUser: 503 Service Unavailable, after 3 attempts");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts(pub u32);

impl Attempts {
    /// One, unless a layer says otherwise.
    pub(crate) fn of(extensions: &Extensions) -> u32 {
        extensions.get().map_or(1, |Self(attempts)| *attempts)
    }
}
