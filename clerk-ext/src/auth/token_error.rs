use std::{borrow::Cow, error::Error as StdError, fmt};

use clerk_core::Error;

use super::Reason;

/// A token that was not accepted, with the reason.
///
/// It never quotes the token or its claims.
///
/// ```
/// use clerk_ext::auth::Reason;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let refused = clerk.verify_token("no token at all").await.expect_err("it is not a JWT");
/// assert_eq!(*refused.reason(), Reason::TOKEN_INVALID);
/// // Nothing is wrong with Clerk or the keys: it is the token.
/// assert!(!refused.is_outage());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TokenError {
    reason: Reason,
    message: Cow<'static, str>,
    cause: Option<Error>,
}

impl TokenError {
    pub(crate) fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into(), cause: None }
    }

    /// The call that failed, where one did.
    pub(crate) fn with_cause(mut self, cause: Error) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Why it was not accepted.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// What happened and what to do, without the reason's code.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The failed call to Clerk, where the token could not be checked because of one.
    #[must_use]
    pub fn cause(&self) -> Option<&Error> {
        self.cause.as_ref()
    }

    /// Whether nothing is known about the token, because Clerk could not be asked.
    ///
    /// Answer such a request with a 503 rather than with a sign-in page.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        self.cause.is_some() && self.reason != Reason::SECRET_KEY_INVALID
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.reason)
    }
}

impl StdError for TokenError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn StdError + 'static))
    }
}
