use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_core::{Error, Secret};
use zeroize::Zeroizing;

use crate::random::Random;

/// How long a key is, in bytes.
const LENGTH: usize = 32;

/// The key of an [`EncryptedStore`](super::EncryptedStore): 256 bits that nobody can guess.
///
/// A password is no key. `Debug` shows nothing, and the memory is wiped when the key is dropped.
///
/// ```
/// use clerk_ext::{frontend::EncryptionKey, random::SystemRandom};
///
/// let key = EncryptionKey::generate(&SystemRandom)?;
/// // What the program puts where only it can get at it, and reads in the next run.
/// let text = key.to_base64();
/// let key = EncryptionKey::from_base64(text.expose())?;
/// # _ = key;
/// # Ok::<(), clerk_ext::Error>(())
/// ```
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; LENGTH]>);

impl EncryptionKey {
    /// A key that was kept as bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; LENGTH]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    ///
    /// # Errors
    ///
    /// The source of random bytes gives none.
    pub fn generate(random: &dyn Random) -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random.fill(bytes.as_mut())?;
        Ok(Self(bytes))
    }

    /// A key that was kept as text: base64 in the standard alphabet, with padding.
    ///
    /// White space around it does not matter, since files end in a line break.
    ///
    /// # Errors
    ///
    /// It is not base64, or not of 32 bytes. The text is not quoted.
    pub fn from_base64(text: &str) -> Result<Self, Error> {
        let decoded = STANDARD
            .decode(text.trim())
            .map(Zeroizing::new)
            .map_err(|_| Error::config("the encryption key is not base64; give what EncryptionKey::to_base64 gave"))?;
        match <[u8; LENGTH]>::try_from(decoded.as_slice()) {
            Ok(bytes) => Ok(Self::from_bytes(bytes)),
            Err(_) => {
                let length = decoded.len();
                Err(Error::config(format!("the encryption key has {length} bytes; it takes {LENGTH} random ones")))
            }
        }
    }

    /// The key as text, to be kept.
    #[must_use]
    pub fn to_base64(&self) -> Secret {
        Secret::from(STANDARD.encode(self.0.as_ref()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_key_comes_back_from_its_text_and_is_printed_by_nothing() {
        let key = EncryptionKey::generate(&SeededRandom::new(3)).unwrap();
        let text = key.to_base64();
        let again = EncryptionKey::from_base64(&format!("{}\n", text.expose())).unwrap();
        assert_eq!(again.bytes(), key.bytes());
        assert_eq!(format!("{key:?}"), "EncryptionKey(..)");
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_quoted() {
        for text in ["test_secret", "dGVzdF9zZWNyZXQ=", "", &"A".repeat(44)] {
            let error = EncryptionKey::from_base64(text).unwrap_err().to_string();
            assert!(error.starts_with("the encryption key"), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }

    #[test]
    fn two_new_keys_differ() {
        let random = SeededRandom::new(3);
        let (one, other) = (EncryptionKey::generate(&random).unwrap(), EncryptionKey::generate(&random).unwrap());
        assert_ne!(one.bytes(), other.bytes());
    }
}
