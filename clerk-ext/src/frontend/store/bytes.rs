use std::{fmt, hint::black_box, sync::Arc};

use zeroize::Zeroizing;

/// Bytes that must not end up in a log.
///
/// `Debug` shows nothing of them. Clones share the memory, which is wiped when the last of them is dropped. Two are
/// compared without stopping at the first difference.
#[derive(Clone)]
pub struct SecretBytes(Arc<Zeroizing<Vec<u8>>>);

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SecretBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }
}

impl From<&[u8]> for SecretBytes {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<&str> for SecretBytes {
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.as_ref(), other.as_ref());
        left.len() == right.len()
            && black_box(left.iter().zip(right).fold(0, |difference, (a, b)| difference | (a ^ b))) == 0
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// Whether what is kept is what somebody takes it for.
pub(super) fn is(kept: Option<&SecretBytes>, expected: Option<&[u8]>) -> bool {
    kept.map(AsRef::as_ref) == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_bytes_are_printed_by_nothing() {
        let secret = SecretBytes::from("test_hunter2");
        assert_eq!(format!("{secret:?}"), "SecretBytes(..)");
        assert_eq!(secret.as_ref(), b"test_hunter2");
    }

    #[test]
    fn secret_bytes_are_equal_exactly_when_their_contents_are() {
        for (left, right, same) in [("a", "a", true), ("a", "b", false), ("a", "aa", false), ("", "", true)] {
            assert_eq!(SecretBytes::from(left) == SecretBytes::from(right), same, "{left} {right}");
        }
    }

    #[test]
    fn clones_share_their_memory() {
        let secret = SecretBytes::from("test");
        assert!(std::ptr::eq(secret.as_ref(), secret.clone().as_ref()));
    }
}
