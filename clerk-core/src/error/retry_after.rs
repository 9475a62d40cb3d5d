use std::time::{Duration, SystemTime};

use http::{
    HeaderMap, HeaderName,
    header::{DATE, RETRY_AFTER},
};

/// How long the `Retry-After` of an answer asks to wait, if it has one: a day at most.
///
/// It is read as seconds or as a date. A date counts from the `Date` of the same answer, so that it does not matter how
/// the clocks differ, and from `now` where the answer has none; one that is over asks for no wait at all.
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
    let date = |name: HeaderName| httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok();
    let moment = date(RETRY_AFTER)?;
    Some(moment.duration_since(date(DATE).unwrap_or(now)).unwrap_or_default().min(LONGEST_WAIT))
}

/// Who is told to wait longer than a day had better look into it than wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_counts_from_the_date_of_the_answer_however_wrong_the_clock_is() {
        let server = SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000);
        let mut headers = HeaderMap::new();
        let date = |moment| httpdate::fmt_http_date(moment).parse().unwrap();
        headers.insert(RETRY_AFTER, date(server + Duration::from_secs(7)));
        let here = server + Duration::from_secs(3);
        assert_eq!(retry_after(&headers, here), Some(Duration::from_secs(4)));
        headers.insert(DATE, date(server));
        for wrong in [SystemTime::UNIX_EPOCH, here + LONGEST_WAIT] {
            assert_eq!(retry_after(&headers, wrong), Some(Duration::from_secs(7)));
        }
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(retry_after(&headers, here), Some(Duration::from_secs(4)));
    }
}
