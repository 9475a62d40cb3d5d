//! Codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of thirty seconds.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use clerk_core::Timestamp;
use data_encoding::BASE32_NOPAD;

use super::{encoding, ids};

const STEP_MILLIS: i64 = 30_000;

/// A new secret, as base32.
pub(crate) fn new_secret() -> String {
    BASE32_NOPAD.encode(&ids::random_bytes::<20>())
}

/// The address that an authenticator app reads from a QR code.
pub(crate) fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let (issuer, account) = (escaped(issuer), escaped(account));
    format!("otpauth://totp/{issuer}:{account}?algorithm=SHA1&digits=6&issuer={issuer}&period=30&secret={secret}")
}

/// The code at a moment, or nothing if the secret is not base32.
pub(crate) fn code_at(secret: &str, now: Timestamp) -> Option<String> {
    Some(code(&key(secret)?, step(now)))
}

/// The step that a code belongs to: the present one or a neighbour of it.
///
/// A code may be used once, so the caller keeps the step and refuses it the next time, and all before it.
pub(crate) fn verify(secret: &str, given: &str, now: Timestamp) -> Option<u64> {
    let key = key(secret)?;
    let present = step(now);
    let steps = [Some(present), present.checked_sub(1), present.checked_add(1)];
    steps.into_iter().flatten().find(|step| encoding::same(code(&key, *step).as_bytes(), given.as_bytes()))
}

/// Secrets that users bring along are written in groups, in small letters, or padded.
fn key(secret: &str) -> Option<hmac::Key> {
    let text: String = secret.trim_end_matches('=').chars().filter(|c| *c != ' ').collect();
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    (!bytes.is_empty()).then(|| hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes))
}

fn step(now: Timestamp) -> u64 {
    u64::try_from(now.as_millis().div_euclid(STEP_MILLIS)).unwrap_or(0)
}

fn code(key: &hmac::Key, step: u64) -> String {
    let tag = hmac::sign(key, &step.to_be_bytes());
    let offset = tag.as_ref().last().map_or(0, |byte| usize::from(byte & 0x0f));
    let window = tag.as_ref().iter().skip(offset).take(4);
    let number = window.fold(0u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples of RFC 6238.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_examples_of_rfc_6238_hold() {
        let examples = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, code) in examples {
            assert_eq!(code_at(SECRET, at(seconds)).as_deref(), Some(code));
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_the_neighbours() {
        for (seconds, step) in [(30, Some(1)), (59, Some(1)), (0, Some(1)), (89, Some(1)), (90, None), (1000, None)] {
            assert_eq!(verify(SECRET, "287082", at(seconds)), step, "{seconds}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for code in ["", "28708", "2870820", " 287082", "+87082", "２８７０８２", "287083"] {
            assert_eq!(verify(SECRET, code, at(59)), None, "{code}");
        }
    }

    #[test]
    fn a_secret_may_be_grouped_padded_or_in_small_letters() {
        assert_eq!(code_at("gezd gnbv gy3t qojq gezd gnbv gy3t qojq", at(59)).as_deref(), Some("287082"));
        assert_eq!(code_at(&format!("{SECRET}===="), at(59)).as_deref(), Some("287082"));
    }

    #[test]
    fn a_malformed_secret_has_no_code() {
        for secret in ["", "1", "GEZDGNB!", "é"] {
            assert_eq!(code_at(secret, at(59)), None);
            assert_eq!(verify(secret, "287082", at(59)), None);
        }
    }

    #[test]
    fn odd_times_do_no_harm() {
        for millis in [i64::MIN, -1, 0, i64::MAX] {
            let now = Timestamp::from_millis(millis);
            let code = code_at(SECRET, now).unwrap();
            assert!(verify(SECRET, &code, now).is_some());
        }
    }

    #[test]
    fn the_address_is_escaped() {
        let secret = new_secret();
        assert_eq!(secret.len(), 32);
        let uri = uri("A & B", "ann@example.com", &secret);
        assert!(uri.starts_with("otpauth://totp/A%20%26%20B:ann%40example.com?"), "{uri}");
        assert!(uri.ends_with(&format!("&secret={secret}")));
    }
}
