use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
};
use clerk_core::BoxFuture;
use zeroize::Zeroizing;

use super::{CredentialStore, EncryptionKey, SecretBytes, StoreError, bytes::is};
use crate::random::{Random, SystemRandom};

/// How what follows is encrypted; another way will have another number.
const VERSION: u8 = 1;

/// Encrypts what another store keeps.
///
/// It is AES-256-GCM, and the name of a credential is part of what is sealed, so that what is kept under one name is not
/// taken for another. Names themselves are not hidden, and who can write to the inner store can put an older value back.
///
/// Another key, or a value that somebody changed, is an error and not an empty store: a program that lost its key finds
/// out, instead of signing everybody out silently. It starts anew by removing from the inner store.
///
/// ```
/// use clerk_ext::{
///     ErrorKind,
///     frontend::{EncryptedStore, EncryptionKey, FileStore, Frontend},
///     random::SystemRandom,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let home = tempfile::tempdir()?;
/// # let files = FileStore::new(home.path().join("credentials"));
/// let key = EncryptionKey::generate(&SystemRandom)?; // to be kept apart from the files
/// let store = EncryptedStore::new(files.clone(), key);
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
///
/// // With another key nobody finds out who is signed in, nor signs anybody out by mistake.
/// let other = EncryptedStore::new(files, EncryptionKey::generate(&SystemRandom)?);
/// let clerk = Frontend::builder(&local.publishable_key()).store(other).build()?;
/// assert_eq!(clerk.load().await.err().map(|error| error.kind()), Some(ErrorKind::Storage));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct EncryptedStore<S> {
    inner: S,
    key: EncryptionKey,
    random: Arc<dyn Random>,
}

impl<S> EncryptedStore<S> {
    /// Encrypts with this key what `inner` keeps.
    pub fn new(inner: S, key: EncryptionKey) -> Self {
        Self { inner, key, random: Arc::new(SystemRandom) }
    }

    /// Takes random bytes from elsewhere, for tests.
    ///
    /// A source that gives the same bytes twice gives away what is kept.
    #[must_use]
    pub fn with_random(self, random: Arc<dyn Random>) -> Self {
        Self { random, ..self }
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.key.bytes())?))
    }

    /// The version, the nonce, then what was encrypted and its tag.
    fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        const FAILED: &str = "the credential cannot be encrypted; see whether the system gives random bytes";
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|error| StoreError::new(FAILED).with_source(error))?;
        let mut sealed = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        let about = Aad::from(about(name));
        self.cipher()
            .and_then(|key| key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), about, &mut sealed))
            .map_err(|error| StoreError::new(FAILED).with_source(error))?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, name: &str, kept: &[u8]) -> Result<SecretBytes, StoreError> {
        let (nonce, sealed) = match kept.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk().ok_or_else(|| unreadable(name))?,
            Some(_) | None => {
                let what = "is not encrypted, or by a later version of this program";
                return Err(StoreError::new(format!(
                    "what is kept as {name:?} {what}; update the program, or remove it and sign in again"
                )));
            }
        };
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let length = self
            .cipher()
            .and_then(|key| {
                key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(about(name)), &mut bytes)
                    .map(|plain| plain.len())
            })
            .map_err(|error| unreadable(name).with_source(error))?;
        bytes.truncate(length);
        Ok(SecretBytes::from(std::mem::take(&mut *bytes)))
    }

    fn open_any(&self, name: &str, kept: Option<&SecretBytes>) -> Result<Option<SecretBytes>, StoreError> {
        kept.map(|kept| self.open(name, kept.as_ref())).transpose()
    }
}

/// What a sealed value is bound to.
fn about(name: &str) -> Vec<u8> {
    [&[VERSION], name.as_bytes()].concat()
}

fn unreadable(name: &str) -> StoreError {
    StoreError::new(format!(
        "what is kept as {name:?} cannot be decrypted: the key is another one, or somebody changed it; give the key that it \
         was kept with, or remove it and sign in again"
    ))
}

impl<S: CredentialStore> CredentialStore for EncryptedStore<S> {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        Box::pin(async move { self.open_any(name, self.inner.load(name).await?.as_ref()) })
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let kept = self.inner.load(name).await?;
            if !is(self.open_any(name, kept.as_ref())?.as_ref(), expected) {
                return Ok(false);
            }
            let kept = kept.as_ref().map(AsRef::as_ref);
            // What stays the same is not encrypted anew. So whoever finds other bytes than it read knows that there was
            // another value in between, and that the swap was rightly refused.
            if new == expected {
                return self.inner.swap(name, kept, kept).await;
            }
            let sealed = new.map(|new| self.seal(name, new)).transpose()?;
            self.inner.swap(name, kept, sealed.as_deref()).await
        })
    }
}

impl<S> fmt::Debug for EncryptedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedStore(..)")
    }
}

#[cfg(test)]
#[path = "encrypted_tests.rs"]
mod tests;
