use std::{borrow::Cow, fmt};

use serde::Serialize;

/// Something that is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A name for it that stays, whatever the texts say: the module that found it lists them.
    pub code: Cow<'static, str>,
    /// What was found.
    pub what: String,
    /// What to do about it.
    pub what_to_do: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// It is so, and may be meant to be.
    Info,
    /// It works, or will for now.
    Warning,
    /// It does not work.
    Error,
}

impl Finding {
    pub(crate) fn new(
        severity: Severity,
        code: impl Into<Cow<'static, str>>,
        what: impl Into<String>,
        what_to_do: impl Into<String>,
    ) -> Self {
        Self { severity, code: code.into(), what: what.into(), what_to_do: what_to_do.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}; {}", self.severity, self.code, self.what, self.what_to_do)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}
