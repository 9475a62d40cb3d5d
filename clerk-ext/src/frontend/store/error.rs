use std::{borrow::Cow, error::Error as StdError, fmt, io, path::Path};

use clerk_core::{BoxError, Error, ErrorKind};

/// Why something could not be kept, or not be found again.
///
/// The text says what happened, where, and what to do; it may name files, and never shows what is in them. As an
/// [`Error`], its kind is [`ErrorKind::Storage`].
///
/// ```
/// use clerk_ext::{Error, ErrorKind, frontend::StoreError};
///
/// let error = StoreError::new("the drawer is stuck; pull harder");
/// assert_eq!(Error::from(error).kind(), ErrorKind::Storage);
/// ```
#[derive(Debug)]
pub struct StoreError {
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

impl StoreError {
    /// An error that says this, for stores of your own.
    ///
    /// The message is printed: keep secrets out of it.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// Says what failed underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is wrong with a file or directory, and what to do about it.
    pub(super) fn at(what: &str, path: &Path, remedy: &str) -> Self {
        Self::new(format!("{what}: {path:?}; {remedy}"))
    }

    /// What could not be done with a file or directory.
    pub(super) fn io(what: &str, path: &Path, remedy: &str, error: io::Error) -> Self {
        Self::new(format!("{what} ({}): {path:?}; {remedy}", error.kind())).with_source(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    fn from(StoreError { message, source }: StoreError) -> Self {
        let error = Self::new(ErrorKind::Storage, message);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_happened_where_and_what_to_do() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = StoreError::io("the file cannot be read", Path::new("/srv/app/token"), "change its owner", denied);
        assert_eq!(
            error.to_string(),
            r#"the file cannot be read (permission denied): "/srv/app/token"; change its owner"#
        );
        assert!(error.source().unwrap().is::<io::Error>());
    }

    #[test]
    fn as_the_error_of_the_house_it_keeps_its_text_and_its_source() {
        let error = Error::from(StoreError::new("no place").with_source(io::Error::from(io::ErrorKind::StorageFull)));
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Storage, "no place"));
        assert!(error.source().unwrap().is::<io::Error>());
        assert!(!error.is_retryable());
    }
}
