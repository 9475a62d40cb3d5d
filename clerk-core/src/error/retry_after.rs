use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};

/// How long the `Retry-After` of an answer asks to wait, if it has one: a day at most.
///
/// It is read as seconds or as a date, which `now` is taken from; a date that is over asks for no wait at all.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let mut headers = clerk_core::http::HeaderMap::new();
/// headers.insert("retry-after", "30".parse()?);
/// assert_eq!(clerk_core::retry_after(&headers, SystemTime::now()), Some(Duration::from_secs(30)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only a number too great for the type does not parse.
        return Some(value.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
    }
    let moment = httpdate::parse_http_date(value).ok()?;
    Some(moment.duration_since(now).unwrap_or_default().min(LONGEST_WAIT))
}

/// Who is told to wait longer than a day had better look into it than wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
