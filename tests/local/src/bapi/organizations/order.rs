//! Lists in the order that a request asks for.

use clerk_core::Timestamp;

use crate::{
    bapi::{Call, list},
    failure::Failure,
};

/// What things are ordered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Number(i64),
    Text(String),
}

impl From<Timestamp> for Key {
    fn from(time: Timestamp) -> Self {
        Self::Number(time.as_millis())
    }
}

impl From<usize> for Key {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// Orders things that come oldest first, and shows the part that is asked for with how many there are in all.
///
/// # Errors
///
/// They cannot be ordered by that, or `limit` or `offset` is out of bounds.
pub(super) fn page<'a, T>(
    call: &Call<'_>,
    mut all: Vec<&'a T>,
    allowed: &[&str],
    default: &str,
    key: impl Fn(&T, &str) -> Key,
) -> Result<(Vec<&'a T>, usize), Failure> {
    let window = list::window(call.input)?;
    let given = call.input.query("order_by").unwrap_or(default);
    if let Some((name, descending)) = list::order(Some(given), allowed)? {
        all.sort_by_cached_key(|item| key(item, name));
        if descending {
            all.reverse();
        }
    }
    let total = all.len();
    Ok((window.of(all.into_iter()), total))
}
