use std::{error, fmt};

use clerk_core::{Error, ErrorKind, Json, JsonMap};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

/// Reads stored metadata as a type.
///
/// The generated types hold metadata as a map, and an empty one when there is none: a new user's metadata is read from
/// `{}`.
///
/// ```
/// use clerk_ext::{JsonMap, metadata};
/// use serde::Deserialize;
/// use serde_json::json;
///
/// #[derive(Debug, Deserialize)]
/// struct Plan {
///     seats: Option<u32>,
/// }
///
/// let stored = JsonMap::from_iter([("seats".to_owned(), json!(5)), ("trial".to_owned(), json!(true))]);
/// assert_eq!(metadata::read::<Plan>(&stored).unwrap().seats, Some(5));
///
/// let stored = JsonMap::from_iter([("seats".to_owned(), json!("a secret"))]);
/// let misfit = metadata::read::<Plan>(&stored).unwrap_err();
/// assert_eq!(misfit.to_string(), "the metadata does not fit at seats: a string where u32 is expected");
/// ```
///
/// # Errors
///
/// The metadata does not fit the type.
pub fn read<T: DeserializeOwned>(stored: &JsonMap) -> Result<T, Misfit> {
    // What fits is the rule, and keeping the path costs as much again as reading. A value is also read as types that a
    // map alone is not, such as an `Option` of the whole.
    T::deserialize(stored).or_else(|_| {
        serde_path_to_error::deserialize(&Json::Object(stored.clone()))
            .map_err(|error| Misfit { path: path(error.path()), message: message(&error.inner().to_string()) })
    })
}

/// Where stored metadata does not fit the type that the application gave, and how.
///
/// It holds names of fields and types, never a value: errors end up in logs, and metadata must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    path: String,
    message: String,
}

impl Misfit {
    /// The place inside the metadata, such as `seats[0].name`; empty when it is the whole.
    ///
    /// A key that is not made of plain letters, digits, `_` and `-` is written as `*`: it may be somebody's address.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What was found there, and what should be.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "its root" } else { &self.path };
        write!(f, "the metadata does not fit at {place}: {}", self.message)
    }
}

impl error::Error for Misfit {}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        Self::new(ErrorKind::Metadata, misfit.to_string()).with_path(misfit.path)
    }
}

fn path(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key: name } | Segment::Enum { variant: name } => push_key(&mut text, name),
            Segment::Unknown => push_key(&mut text, "*"),
        }
    }
    text
}

/// Appends a key to a path, unless it must not be shown.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(if is_plain(key) { key } else { "*" });
}

/// Whether a key looks like the name of a field rather than like what somebody typed.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// What serde complains of, rebuilt from words of this program and of the type.
///
/// Its own texts quote what was found, and those of hand-written implementations may say anything.
fn message(text: &str) -> String {
    // What was found stands first and may quote anything, `, expected ` included; what was expected stands last and is
    // text of the type.
    let after = |prefix: &str| text.strip_prefix(prefix)?.rsplit_once(", expected ");
    if let Some((found, expected)) = after("invalid type: ") {
        return format!("{} where {expected} is expected", kind(found));
    }
    if let Some((found, expected)) = after("invalid value: ") {
        return format!("{} that does not fit where {expected} is expected", kind(found));
    }
    if let Some((_, expected)) = after("invalid length ") {
        return format!("another length where {expected} is expected");
    }
    if let Some((_, expected)) = after("unknown variant ") {
        return format!("another name where {expected} is expected");
    }
    if text.starts_with("unknown field ") {
        return "a field that the type does not take".to_owned();
    }
    let named = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix('`').filter(|name| is_plain(name));
    if let Some(field) = named("missing field `") {
        return format!("the field `{field}` is missing");
    }
    if let Some(name) =
        text.strip_prefix("data did not match any variant of untagged enum ").filter(|name| is_plain(name))
    {
        return format!("none of the forms that {name} has");
    }
    "the value is not what the type takes".to_owned()
}

fn kind(found: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("boolean", "a flag"),
        ("integer", "a whole number"),
        ("floating point", "a number with a fraction"),
        ("number", "a number"),
        ("character", "a character"),
        ("string", "a string"),
        ("null", "null"),
        ("sequence", "a list"),
        ("map", "an object"),
    ];
    KINDS.iter().find(|(prefix, _)| found.starts_with(prefix)).map_or("something else", |(_, kind)| kind)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
