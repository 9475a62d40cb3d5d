//! Lists: `limit`, `offset`, `order_by`, `paginated`.

use serde::Serialize;

use super::Call;
use crate::{answer::Answer, failure::Failure};

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 500;

/// The `limit` and `offset` of a request.
///
/// # Errors
///
/// They are not numbers, or beyond what is allowed.
pub(crate) fn window(input: &crate::input::Input) -> Result<Window, Failure> {
    let limit = input.query_integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    let offset = input.query_integer("offset")?.unwrap_or(0);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Failure::value("limit"));
    }
    let offset = usize::try_from(offset).map_err(|_| Failure::value("offset"))?;
    Ok(Window { limit: usize::try_from(limit).unwrap_or_default(), offset })
}

impl Window {
    /// The part of a list that it shows.
    pub(crate) fn of<T>(self, items: impl Iterator<Item = T>) -> Vec<T> {
        items.skip(self.offset).take(self.limit).collect()
    }
}

/// Of the eight lists that are bare unless `paginated` is sent.
pub(crate) fn answer<T: Serialize>(call: &Call<'_>, data: &[T], total: usize) -> Result<Answer, Failure> {
    Ok(if call.input.query_flag("paginated")?.unwrap_or(false) {
        Answer::page(data, total)
    } else {
        Answer::json(&data)
    })
}

/// `+field` or `field` ascending, `-field` descending.
///
/// # Errors
///
/// The field is none of those allowed.
pub(crate) fn order<'a>(given: Option<&'a str>, allowed: &[&str]) -> Result<Option<(&'a str, bool)>, Failure> {
    let Some(given) = given else { return Ok(None) };
    // A `+` that was not encoded arrives as a space.
    let (name, descending) = match given.strip_prefix('-') {
        Some(name) => (name, true),
        None => (given.strip_prefix(['+', ' ']).unwrap_or(given), false),
    };
    if allowed.contains(&name) { Ok(Some((name, descending))) } else { Err(Failure::value("order_by")) }
}
