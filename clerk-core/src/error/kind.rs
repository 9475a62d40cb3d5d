use http::StatusCode;

/// What went wrong, in a few coarse kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400, and every other 4xx that has no kind of its own: the API does not accept the request.
    BadRequest,
    /// 401: nobody is signed in, or the key is wrong.
    Unauthorized,
    /// 403: whoever asks may not do this.
    Forbidden,
    /// 404 or 410: what was asked for is not there.
    NotFound,
    /// 409: it clashes with what is there.
    Conflict,
    /// 422: a value is not acceptable; [`Error::errors`](crate::Error::errors) says which.
    Validation,
    /// 429: too many requests; [`Error::retry_after`](crate::Error::retry_after) says how long to wait.
    RateLimited,
    /// 5xx: the API failed.
    Server,
    /// No answer came: the connection failed or broke.
    Network,
    /// No answer came in time.
    Timeout,
    /// There is no network, or the name of the host cannot be looked up.
    Offline,
    /// The answer came but is not what it should be.
    Decode,
    /// Stored metadata does not fit the type that the application gave.
    Metadata,
    /// The client is not set up rightly.
    Config,
    /// The request was refused before it was sent.
    InvalidRequest,
    /// What this device keeps between runs cannot be read or written.
    Storage,
    /// Whoever asked no longer waits.
    Cancelled,
    /// The answer is of a kind that the operation does not give, such as a redirect.
    Unexpected,
}

impl ErrorKind {
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            408 => Self::Timeout,
            409 => Self::Conflict,
            422 => Self::Validation,
            429 => Self::RateLimited,
            400..=499 => Self::BadRequest,
            500..=599 => Self::Server,
            _ => Self::Unexpected,
        }
    }
}
