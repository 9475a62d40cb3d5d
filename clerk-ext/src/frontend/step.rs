use std::{error::Error as StdError, fmt};

use clerk_core::Error;

/// A step that failed: why, and the step itself, to be tried again.
///
/// `?` makes it an [`Error`] and drops the step. Its `Display` is that of the error.
///
/// ```
/// use clerk_ext::frontend::SignIn;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else {
///     return Err("she needs none".into());
/// };
/// let failed = step.password("test-of-a-wrong-one").await.expect_err("it is wrong");
/// assert!(failed.error().has_code("form_password_incorrect"), "{failed}");
///
/// // The same step again: nothing has to be begun anew.
/// let session = failed.into_step().password("test-hunter2-and-more").await?.session()?;
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
pub struct StepError<S>(Box<(S, Error)>);

impl<S> StepError<S> {
    pub(super) fn new(step: S, error: impl Into<Error>) -> Self {
        Self(Box::new((step, error.into())))
    }

    /// Why it failed.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.0.1
    }

    /// The step, as it was before.
    #[must_use]
    pub fn into_step(self) -> S {
        self.0.0
    }

    /// The step, and why it failed.
    #[must_use]
    pub fn into_parts(self) -> (S, Error) {
        *self.0
    }

    /// The same failure of a step that this one is part of.
    pub(super) fn map<T>(self, into: impl FnOnce(S) -> T) -> StepError<T> {
        let (step, error) = self.into_parts();
        StepError::new(into(step), error)
    }
}

impl<S> From<StepError<S>> for Error {
    fn from(failed: StepError<S>) -> Self {
        failed.0.1
    }
}

impl<S> fmt::Debug for StepError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StepError").field(self.error()).finish()
    }
}

impl<S> fmt::Display for StepError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error().fmt(f)
    }
}

impl<S> StdError for StepError<S> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.error())
    }
}
