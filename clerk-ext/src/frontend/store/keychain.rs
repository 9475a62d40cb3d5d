use std::{fmt, path::PathBuf};

use clerk_core::BoxFuture;

use super::{
    CredentialStore, SecretBytes, StoreError,
    blocking::blocking,
    bytes::is,
    directory::PrivateDirectory,
    lock::{Lock, PATIENCE},
};

/// A keychain of the system, as [`KeychainStore`] needs it.
///
/// Names are told apart by every character. Keychains take less than files: that of Windows 2560 bytes. Where a value is too
/// large, say in the error how large it may be.
pub trait Keychain: Send + Sync + 'static {
    /// What the keychain has under this name.
    ///
    /// # Errors
    ///
    /// The keychain cannot be read, because it is locked, for example.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>>;

    /// Puts a secret under this name, in place of what is there.
    ///
    /// # Errors
    ///
    /// The keychain cannot be written, or the secret is too large; what was there is there.
    fn set<'a>(&'a self, name: &'a str, secret: &'a [u8]) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Removes what is under this name; that nothing is there is no error.
    ///
    /// # Errors
    ///
    /// The keychain cannot be written.
    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Keeps everything in a keychain of the system, which hands it out while the user is logged in.
///
/// Keychains cannot compare and replace in one step. So each swap holds a lock between processes meanwhile, in a directory
/// as that of [`FileStore`](super::FileStore); nothing secret is in there. Whoever writes to the keychain past this store
/// is not held up by it.
///
/// A swap whose future is dropped gives its lock back at once, though the keychain may still be at work: let swaps come to
/// their end.
///
/// On Linux desktops the keychain is `SecretService` (feature `keychain`). For others, implement [`Keychain`]:
///
/// ```
/// use clerk_ext::{
///     BoxFuture,
///     frontend::{Frontend, Keychain, KeychainStore, SecretBytes, StoreError},
/// };
/// # #[derive(Clone, Default)] struct Device(std::sync::Arc<std::sync::Mutex<std::collections::HashMap<String, Vec<u8>>>>);
/// # impl Device {
/// #     fn find(&self, name: &str) -> Option<Vec<u8>> { self.0.lock().unwrap().get(name).cloned() }
/// #     fn put(&self, name: &str, secret: &[u8]) { self.0.lock().unwrap().insert(name.into(), secret.into()); }
/// #     fn remove(&self, name: &str) { self.0.lock().unwrap().remove(name); }
/// # }
///
/// impl Keychain for Device {
///     fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
///         Box::pin(async move { Ok(self.find(name).map(Into::into)) })
///     }
///
///     fn set<'a>(&'a self, name: &'a str, secret: &'a [u8]) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async move { Ok(self.put(name, secret)) })
///     }
///
///     fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
///         Box::pin(async move { Ok(self.remove(name)) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let home = tempfile::tempdir()?;
/// # let (device, directory) = (Device::default(), home.path().join("credentials"));
/// let store = KeychainStore::new(device.clone(), &directory);
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let clerk = Frontend::builder(&local.publishable_key()).store(KeychainStore::new(device, directory)).build()?;
/// # assert!(clerk.load().await?.user().is_some());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct KeychainStore<K> {
    keychain: K,
    directory: PrivateDirectory,
}

impl<K> KeychainStore<K> {
    /// A store in this keychain, with its lock in this directory.
    ///
    /// All programs that share what is kept have to give the same directory.
    pub fn new(keychain: K, lock_directory: impl Into<PathBuf>) -> Self {
        Self { keychain, directory: PrivateDirectory::new(lock_directory.into()) }
    }

    /// A store in this keychain, with its lock where [`FileStore::in_config_dir`](super::FileStore::in_config_dir) has
    /// its files.
    ///
    /// # Errors
    ///
    /// The name is not a plain one, or the user has no home directory.
    pub fn in_config_dir(keychain: K, application: &str) -> Result<Self, StoreError> {
        Ok(Self { keychain, directory: PrivateDirectory::of_application(application)? })
    }

    async fn lock(&self) -> Result<Lock, StoreError> {
        let directory = self.directory.clone();
        blocking(move || directory.create().and_then(|()| Lock::take(&directory.path().join("lock"), PATIENCE))).await
    }
}

impl<K: Keychain> CredentialStore for KeychainStore<K> {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        self.keychain.get(name)
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let lock = self.lock().await?;
            if !is(self.keychain.get(name).await?.as_ref(), expected) {
                return Ok(false);
            }
            match new {
                _ if new == expected => {}
                Some(new) => self.keychain.set(name, new).await?,
                None => self.keychain.delete(name).await?,
            }
            drop(lock);
            Ok(true)
        })
    }
}

impl<K> fmt::Debug for KeychainStore<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeychainStore").field("lock", &self.directory.path()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "keychain_tests.rs"]
mod tests;
