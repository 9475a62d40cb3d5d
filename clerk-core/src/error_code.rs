mod generated;

use std::{
    borrow::{Borrow, Cow},
    fmt,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::generated::{CODES, DOCUMENTED};
use crate::error::said::{Said, cut};

/// Why the API refuses a request, as a word that programs go by.
///
/// The codes are an open set: each documented one is a constant here, and any other text is a code as well. A known
/// code that was read from an answer keeps no allocation. Compare with `==`, since the constants are no patterns.
///
/// ```
/// use clerk_core::ErrorCode;
///
/// let code = ErrorCode::from(String::from("form_identifier_exists"));
/// assert_eq!(code, ErrorCode::FORM_IDENTIFIER_EXISTS);
/// assert_eq!(code, "form_identifier_exists");
/// assert_eq!(code.statuses(), [422]);
/// println!("{code}: {}", code.hint().unwrap_or("no advice"));
///
/// const MINE: ErrorCode = ErrorCode::new("made_up_here");
/// assert!(!MINE.is_known() && MINE.hint().is_none());
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(Cow<'static, str>);

/// What is documented of a code.
struct Documented {
    statuses: &'static [u16],
    frontend: bool,
    backend: bool,
    hint: &'static str,
}

impl ErrorCode {
    /// A code of that text, known or not.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is one of the constants here.
    #[must_use]
    pub fn is_known(&self) -> bool {
        position(&self.0).is_some()
    }

    /// The statuses that it is documented to come with; none when that is not known.
    #[must_use]
    pub fn statuses(&self) -> &'static [u16] {
        self.documented().map_or(&[], |documented| documented.statuses)
    }

    /// Whether the Frontend API is documented to answer it.
    ///
    /// Of some codes it is not known which API they are from: both this and [`is_backend`](Self::is_backend) are false.
    #[must_use]
    pub fn is_frontend(&self) -> bool {
        self.documented().is_some_and(|documented| documented.frontend)
    }

    /// Whether the Backend API is documented to answer it.
    #[must_use]
    pub fn is_backend(&self) -> bool {
        self.documented().is_some_and(|documented| documented.backend)
    }

    /// What to do about it: a sentence for developers, for every known code.
    ///
    /// The words may change at any time.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        self.documented().map(|documented| documented.hint)
    }

    fn documented(&self) -> Option<&'static Documented> {
        DOCUMENTED.get(position(&self.0)?)
    }

    fn read(code: &str) -> Option<Self> {
        position(code).and_then(|position| CODES.get(position)).map(|code| Self::new(code))
    }
}

fn position(code: &str) -> Option<usize> {
    CODES.binary_search(&code).ok()
}

impl From<&'static str> for ErrorCode {
    fn from(code: &'static str) -> Self {
        Self::new(code)
    }
}

impl From<String> for ErrorCode {
    fn from(code: String) -> Self {
        Self::read(&code).unwrap_or(Self(Cow::Owned(code)))
    }
}

impl AsRef<str> for ErrorCode {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ErrorCode {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for ErrorCode {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ErrorCode {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// As text, with control characters escaped and cut after 500 characters: logs print it, and a server chose it.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Said(&self.0).fmt(f)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorCode").field(&cut(&self.0)).finish()
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
crate::wire::string_schema!(ErrorCode);

#[cfg(test)]
#[path = "error_code_tests.rs"]
mod tests;
