mod blocking;
mod bytes;
mod directory;
mod encrypted;
mod encryption_key;
mod error;
mod file;
mod file_name;
mod keychain;
mod lock;
mod memory;
#[cfg(all(feature = "keychain", unix, not(target_vendor = "apple")))]
mod secret_service;

use std::sync::Arc;

use clerk_core::BoxFuture;

pub use self::{
    bytes::SecretBytes,
    encrypted::EncryptedStore,
    encryption_key::EncryptionKey,
    error::StoreError,
    file::FileStore,
    keychain::{Keychain, KeychainStore},
    memory::MemoryStore,
};

#[cfg(all(feature = "keychain", unix, not(target_vendor = "apple")))]
pub use self::secret_service::SecretService;

/// Keeps what a device has to remember between runs: the token of its client, and what it knew when it was last online.
///
/// Whoever has the token is signed in as its user, so where it is kept is a choice that the program makes:
///
/// | store | who can read what it keeps | survives the program |
/// |---|---|---|
/// | [`MemoryStore`] | the program | no |
/// | [`FileStore`] | whoever runs programs as the same user of the machine | yes |
/// | [`KeychainStore`] | what the keychain lets in, as a rule the same | yes |
/// | [`EncryptedStore`] around another | who has the key too | as the other |
///
/// # Why there is no `save`
///
/// Clerk changes the token of a client now and then, and answers the old one with an empty client as though nobody had
/// ever signed in. A program that runs twice on one device must therefore not write over what its other half just got.
/// [`swap`](Self::swap) replaces only what the caller has seen:
///
/// ```
/// use clerk_ext::frontend::{CredentialStore as _, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), clerk_ext::Error> {
/// let store = MemoryStore::default();
/// assert!(store.swap("token", None, Some(b"test_1")).await?);
///
/// // Somebody who has not seen the first token does not replace it.
/// assert!(!store.swap("token", None, Some(b"test_2")).await?);
/// assert_eq!(store.load("token").await?, Some("test_1".into()));
///
/// assert!(store.swap("token", Some(b"test_1"), None).await?);
/// assert_eq!(store.load("token").await?, None);
/// # Ok(()) }
/// ```
///
/// # A store of your own
///
/// Names are chosen by this crate: any text, told apart by every character. Values are small or large, up to some
/// megabytes, and may be empty, which is not the same as nothing. [`load`](Self::load) runs before every request, so make
/// it quick. A future of [`swap`](Self::swap) that is dropped has happened whole or not at all.
///
/// On a database that compares for itself:
///
/// ```
/// use clerk_ext::{
///     BoxFuture,
///     frontend::{CredentialStore, Frontend, SecretBytes, StoreError},
/// };
/// # use std::{collections::HashMap, sync::{Arc, Mutex}};
/// # #[derive(Debug)] struct Failed;
/// # impl std::fmt::Display for Failed { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("failed") } }
/// # impl std::error::Error for Failed {}
/// # #[derive(Clone, Default)] struct Database(Arc<Mutex<HashMap<String, Vec<u8>>>>);
/// # impl Database {
/// #     async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failed> { Ok(self.0.lock().unwrap().get(name).cloned()) }
/// #     async fn compare_and_set(&self, name: &str, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, Failed> {
/// #         let mut rows = self.0.lock().unwrap();
/// #         if rows.get(name).map(Vec::as_slice) != expected { return Ok(false) }
/// #         match new { Some(new) => drop(rows.insert(name.to_owned(), new.to_vec())), None => drop(rows.remove(name)) }
/// #         Ok(true)
/// #     }
/// # }
///
/// struct Kept(Database);
///
/// impl CredentialStore for Kept {
///     fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
///         Box::pin(async move {
///             let kept = self.0.get(name).await;
///             Ok(kept.map_err(|error| StoreError::new("the database does not answer").with_source(error))?.map(Into::into))
///         })
///     }
///
///     fn swap<'a>(
///         &'a self,
///         name: &'a str,
///         expected: Option<&'a [u8]>,
///         new: Option<&'a [u8]>,
///     ) -> BoxFuture<'a, Result<bool, StoreError>> {
///         Box::pin(async move {
///             let swapped = self.0.compare_and_set(name, expected, new).await;
///             swapped.map_err(|error| StoreError::new("the database does not answer").with_source(error))
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let database = Database::default();
/// let clerk = Frontend::builder(&local.publishable_key()).store(Kept(database.clone())).build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
///
/// // Another run of the program, on the same database.
/// let clerk = Frontend::builder(&local.publishable_key()).store(Kept(database)).build()?;
/// assert!(clerk.load().await?.user().is_some());
/// # Ok(()) }
/// ```
pub trait CredentialStore: Send + Sync + 'static {
    /// What is kept under this name.
    ///
    /// # Errors
    ///
    /// The place cannot be read. That nothing is kept is no error.
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>>;

    /// Puts `new` in place of `expected`, if that is still what is kept, and says whether it was.
    ///
    /// `None` is nothing: kept before, or to be kept from now on. Looking and replacing are one step, whoever else uses
    /// the same place.
    ///
    /// # Errors
    ///
    /// The place cannot be read or written; what was kept is kept.
    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;
}

impl<S: CredentialStore + ?Sized> CredentialStore for Arc<S> {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        (**self).load(name)
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        (**self).swap(name, expected, new)
    }
}

#[cfg(test)]
#[path = "store/agreement_tests.rs"]
mod agreement_tests;
