use std::{error::Error as StdError, fmt, time::Duration};

use clerk_core::http::StatusCode;

/// Why a request is no webhook that can be believed.
///
/// It quotes neither headers nor the body, so that it may be answered as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// These headers are not there, or empty.
    MissingHeaders(Vec<&'static str>),
    /// This header cannot be read.
    InvalidHeader(&'static str),
    /// The message was signed longer ago than the tolerance allows: it was held back, is sent again, or clocks differ.
    TooOld(Duration),
    /// The message was signed further ahead than the tolerance allows: clocks differ.
    TooNew(Duration),
    /// None of the signatures is that of one of the secrets over this body.
    NoMatch,
    /// The body is longer than this many bytes, which is the limit.
    TooLarge(usize),
    /// The body did not come whole.
    CutShort,
}

impl WebhookError {
    /// What to answer: 413 to a body that is too large, 400 to all else.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeaders(names) => write!(
                f,
                "the webhook request lacks {}: see that the proxy in front passes them on, and that Clerk is the sender",
                names.join(", ")
            ),
            Self::InvalidHeader(name) => {
                write!(f, "the webhook header {name} cannot be read: see that nothing on the way changes it")
            }
            Self::TooOld(age) => write!(
                f,
                "the webhook was signed {} s ago: see that the clock of this machine is right, and send it anew",
                age.as_secs()
            ),
            Self::TooNew(ahead) => write!(
                f,
                "the webhook was signed {} s in the future: see that the clock of this machine is right",
                ahead.as_secs()
            ),
            Self::NoMatch => f.write_str(
                "no signature of the webhook fits: see that the signing secret is that of this endpoint, and that the \
                 body is verified byte for byte as it came",
            ),
            Self::TooLarge(limit) => {
                write!(f, "the body of the webhook is over {limit} bytes: allow more if Clerk sends such")
            }
            Self::CutShort => f.write_str("the body of the webhook did not come whole: see why the connection broke"),
        }
    }
}

impl StdError for WebhookError {}
