use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How often a value is decoded in search of a dot segment: servers and proxies in between may each decode once.
const ROUNDS: usize = 10;

/// Writes `value` as one path segment, or says why it must not be sent.
pub(crate) fn encode(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if value.is_empty() {
        return Err("is empty");
    }
    let mut decoded = Cow::Borrowed(value.as_bytes());
    for _ in 0..ROUNDS {
        if has_dot_segment(&decoded) {
            return Err("holds a `.` or `..` segment");
        }
        let next: Cow<'_, [u8]> = percent_decode(&decoded).into();
        if *next == *decoded {
            return Ok(utf8_percent_encode(value, RESERVED).into());
        }
        decoded = Cow::Owned(next.into_owned());
    }
    Err("is percent-encoded too many times over")
}

fn has_dot_segment(value: &[u8]) -> bool {
    value.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| segment == b"." || segment == b"..")
}

/// Puts `encoded` where `template` says `{name}`; false when it says so nowhere.
pub(crate) fn fill(template: &mut String, name: &str, encoded: &str) -> bool {
    let placeholder = format!("{{{name}}}");
    match template.find(&placeholder) {
        Some(at) => {
            template.replace_range(at..at + placeholder.len(), encoded);
            true
        }
        None => false,
    }
}

/// The first parameter that still waits for its value.
pub(crate) fn unfilled(path: &str) -> Option<&str> {
    // Braces in values are percent-encoded, so that any that remain are the template's.
    path.split_once('{').map(|(_, rest)| rest.split('}').next().unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_lead_elsewhere_are_refused() {
        let mut ten_times = String::from("..");
        for _ in 0..10 {
            ten_times = utf8_percent_encode(&ten_times, NON_ALPHANUMERIC).to_string();
        }
        for value in [
            "",
            ".",
            "..",
            "%2e",
            "%2E%2e",
            ".%2e",
            "%252e%252e",
            "%25252e.",
            "../users",
            "a/../b",
            "a\\..\\b",
            "a%5c..%5cb",
            "a%2f..",
            "a%252f%252e%252e",
            "./a",
            "a/.",
            &ten_times,
        ] {
            assert!(encode(value).is_err(), "{value}");
        }
    }

    #[test]
    fn all_other_values_stay_one_segment() {
        for (value, encoded) in [
            ("user_1", "user_1"),
            ("a.b-c_d~e", "a.b-c_d~e"),
            ("...", "..."),
            ("a..b", "a..b"),
            ("a/b", "a%2Fb"),
            ("a?b", "a%3Fb"),
            ("a#b", "a%23b"),
            ("a b", "a%20b"),
            ("a%2fb", "a%252fb"),
            ("100%", "100%25"),
            ("a\\b", "a%5Cb"),
            ("{id}", "%7Bid%7D"),
            ("a\r\nb", "a%0D%0Ab"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(encode(value).as_deref(), Ok(encoded), "{value}");
        }
    }

    #[test]
    fn a_template_takes_several_values_and_tells_which_is_missing() {
        let mut path = String::from("/organizations/{organization_id}/memberships/{user_id}");
        assert_eq!(unfilled(&path), Some("organization_id"));
        assert!(fill(&mut path, "organization_id", "org_1"));
        assert_eq!(unfilled(&path), Some("user_id"));
        assert!(fill(&mut path, "user_id", "user_1"));
        assert_eq!(path, "/organizations/org_1/memberships/user_1");
        assert_eq!(unfilled(&path), None);
        assert!(!fill(&mut path, "user_id", "user_2"));
    }
}
