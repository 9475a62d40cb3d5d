use std::fmt;

use serde::de::{self, Expected, Unexpected};
use serde_json::Value;

/// What went wrong, and where if that is known yet.
#[derive(Debug)]
pub(super) struct Fault(Box<Wrong>);

#[derive(Debug)]
struct Wrong {
    message: String,
    at: Option<usize>,
    syntax: bool,
}

impl Fault {
    /// The text is no JSON; serde_json is asked later what is wrong with it.
    #[cold]
    pub(super) fn syntax() -> Self {
        Self(Box::new(Wrong { message: "broken JSON".to_owned(), at: None, syntax: true }))
    }

    /// What serde_json complains of, of a part that it read.
    #[cold]
    #[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
    pub(super) fn of(error: serde_json::Error) -> Self {
        de::Error::custom(error)
    }

    #[cold]
    pub(super) fn misfit(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        de::Error::invalid_type(found, expected)
    }

    /// A value has more than the type reads of it.
    #[cold]
    pub(super) fn left_over() -> Self {
        de::Error::custom("there is more than is expected")
    }

    /// The first place that is told is the innermost, which counts.
    #[cold]
    pub(super) fn set(&mut self, at: usize) {
        self.0.at.get_or_insert(at);
    }

    #[cold]
    pub(super) fn at(mut self, at: usize) -> Self {
        self.set(at);
        self
    }

    #[cold]
    pub(super) fn told(self, text: &str, at: usize) -> serde_json::Error {
        if self.0.syntax
            && let Err(error) = serde_json::from_str::<Value>(text)
        {
            return error;
        }
        let before = text.as_bytes().get(..self.0.at.unwrap_or(at)).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        // serde_json takes the place from the end of a message.
        de::Error::custom(format_args!("{} at line {line} column {column}", self.0.message))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(Wrong { message: message.to_string(), at: None, syntax: false }))
    }

    #[cold]
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unit => Self::custom(format_args!("invalid type: null, expected {expected}")),
            found => Self::custom(format_args!("invalid type: {found}, expected {expected}")),
        }
    }
}
