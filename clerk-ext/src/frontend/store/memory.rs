use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use clerk_core::BoxFuture;

use super::{CredentialStore, SecretBytes, StoreError, bytes::is};

/// Keeps everything in memory, and forgets it when the program ends.
///
/// Clones share what is kept. It never fails and waits for nobody.
///
/// ```
/// use clerk_ext::frontend::{Frontend, MemoryStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// let store = MemoryStore::default();
/// let clerk = Frontend::builder(&local.publishable_key()).store(store.clone()).build()?;
/// clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
///
/// // Another part of the same program, as the same device.
/// let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
/// assert!(clerk.load().await?.user().is_some());
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<HashMap<String, SecretBytes>>>);

impl MemoryStore {
    fn swap_now(&self, name: &str, expected: Option<&[u8]>, new: Option<&[u8]>) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is(kept.get(name), expected) {
            return false;
        }
        match new {
            Some(new) => kept.insert(name.to_owned(), new.into()),
            None => kept.remove(name),
        };
        true
    }
}

impl CredentialStore for MemoryStore {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        Box::pin(async move { Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()) })
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move { Ok(self.swap_now(name, expected, new)) })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_swap_that_is_never_polled_does_nothing() {
        let store = MemoryStore::default();
        drop(store.swap("token", None, Some(b"test")));
        assert_eq!(store.load("token").now_or_never().unwrap().unwrap(), None);
    }

    #[test]
    fn what_a_memory_store_keeps_is_not_printed() {
        let store = MemoryStore::default();
        assert!(store.swap("token", None, Some(b"test_1")).now_or_never().unwrap().unwrap());
        assert_eq!(format!("{store:?}"), "MemoryStore(..)");
    }
}
