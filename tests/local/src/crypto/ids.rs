//! Identifiers and random texts.

use aws_lc_rs::rand;
use clerk_core::Timestamp;

use super::encoding;

/// In the order of ASCII, so that identifiers sort as the numbers they stand for.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The second at which the 32 bits of an identifier's time begin.
const EPOCH_SECONDS: i64 = 1_400_000_000;

/// Fills the bytes at random.
///
/// A machine without a random source ends the process: a predictable key would be worse, and nothing else can be done.
pub(crate) fn fill(bytes: &mut [u8]) {
    if rand::fill(bytes).is_err() {
        std::process::abort();
    }
}

/// So many random bytes.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// A new identifier: the prefix, an underscore and 27 characters that sort by time.
///
/// A time outside the range that they can hold counts as the nearest end of it.
pub(crate) fn new_id(prefix: &str, now: Timestamp) -> String {
    let seconds = now.as_millis().div_euclid(1000).saturating_sub(EPOCH_SECONDS);
    let seconds = u32::try_from(seconds.max(0)).unwrap_or(u32::MAX);
    let mut bytes = [0; 20];
    let (time, random) = bytes.split_at_mut(4);
    time.copy_from_slice(&seconds.to_be_bytes());
    fill(random);
    format!("{prefix}_{}", base62(&bytes))
}

/// 160 bits as the 27 base62 digits that hold them.
pub(crate) fn base62(bytes: &[u8; 20]) -> String {
    let mut number = *bytes;
    let mut digits = [b'0'; 27];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *digit = DIGITS.get(rest as usize).copied().unwrap_or(b'0');
    }
    digits.iter().copied().map(char::from).collect()
}

/// So many random bytes as base64url.
pub(crate) fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    fill(&mut random);
    encoding::base64url(&random)
}

/// So many random bytes as hexadecimal digits, two for each.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    fill(&mut random);
    encoding::hex(&random)
}

/// A code of so many decimal digits, each as likely as the others.
pub(crate) fn numeric_code(digits: usize) -> String {
    let mut code = String::with_capacity(digits);
    while code.len() < digits {
        let [byte] = random_bytes::<1>();
        // 256 is no multiple of ten: the bytes beyond the last whole ten would favour the small digits.
        if byte < 250 {
            code.push(char::from(b'0' + byte % 10));
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_identifier_has_its_prefix_and_27_characters() {
        let id = new_id("user", Timestamp::from_millis(1_700_000_000_000));
        let rest = id.strip_prefix("user_").unwrap();
        assert_eq!(rest.len(), 27);
        assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn the_digits_are_those_of_the_number() {
        assert_eq!(base62(&[0; 20]), "0".repeat(27));
        assert_eq!(base62(&[0xff; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
        let mut small = [0; 20];
        small[19] = 62;
        assert_eq!(base62(&small), format!("{}10", "0".repeat(25)));
    }

    #[test]
    fn identifiers_sort_by_time() {
        let at = |seconds: i64| new_id("a", Timestamp::from_millis(seconds.saturating_mul(1000)));
        let ids = [1_400_000_001, 1_500_000_000, 1_500_000_001, 1_800_000_000, 3_000_000_000].map(at);
        assert!(ids.is_sorted());
    }

    #[test]
    fn odd_times_make_identifiers_too() {
        for millis in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(new_id("x", Timestamp::from_millis(millis)).len(), 29);
        }
    }

    #[test]
    fn identifiers_of_one_moment_differ() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ids: HashSet<_> = (0..1000).map(|_| new_id("user", now)).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn random_texts_have_the_length_asked_for() {
        assert_eq!(random_text(32).len(), 43);
        assert_eq!(random_hex(16).len(), 32);
        assert_ne!(random_text(32), random_text(32));
        assert_eq!(random_text(0), "");
    }

    #[test]
    fn a_numeric_code_uses_every_digit() {
        let code = numeric_code(2000);
        assert_eq!(code.len(), 2000);
        assert!(('0'..='9').all(|digit| code.contains(digit)));
    }
}
