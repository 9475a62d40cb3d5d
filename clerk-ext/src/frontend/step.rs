use std::{error::Error as StdError, fmt};

use clerk_core::Error;

/// A step that failed: why, and the step itself, to be tried again.
///
/// `?` makes it an [`Error`] and drops the step. Its `Display` is that of the error.
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

    /// Both.
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
