use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::FutureExt as _;
use tempfile::TempDir;

use super::*;
use crate::frontend::store::bytes::is as same;

/// A keychain in memory that takes its time, so that others come between any two of its steps.
#[derive(Clone, Default)]
struct Fake {
    kept: Arc<Mutex<HashMap<String, SecretBytes>>>,
    locked: Arc<AtomicBool>,
}

impl Fake {
    async fn answer(&self) -> Result<(), StoreError> {
        if tokio::runtime::Handle::try_current().is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        match self.locked.load(Ordering::Relaxed) {
            true => Err(StoreError::new("the keychain is locked; log in")),
            false => Ok(()),
        }
    }
}

impl Keychain for Fake {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        Box::pin(async move {
            self.answer().await?;
            Ok(self.kept.lock().unwrap().get(name).cloned())
        })
    }

    fn set<'a>(&'a self, name: &'a str, secret: &'a [u8]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.answer().await?;
            self.kept.lock().unwrap().insert(name.to_owned(), secret.into());
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.answer().await?;
            self.kept.lock().unwrap().remove(name);
            Ok(())
        })
    }
}

fn somewhere() -> (TempDir, Fake, KeychainStore<Fake>) {
    let (home, fake) = (tempfile::tempdir().unwrap(), Fake::default());
    let store = KeychainStore::new(fake.clone(), home.path().join("credentials"));
    (home, fake, store)
}

#[test]
fn what_is_swapped_is_in_the_keychain_and_nothing_of_it_in_files() {
    let (home, fake, store) = somewhere();
    assert!(store.swap("token", None, Some(b"test_1")).now_or_never().unwrap().unwrap());
    assert!(same(fake.kept.lock().unwrap().get("token"), Some(b"test_1")));
    let lock = home.path().join("credentials/lock");
    assert_eq!(std::fs::metadata(lock).unwrap().len(), 0);
    assert_eq!(std::fs::read_dir(home.path().join("credentials")).unwrap().count(), 1);

    assert!(!store.swap("token", None, Some(b"test_2")).now_or_never().unwrap().unwrap());
    assert!(store.swap("token", Some(b"test_1"), None).now_or_never().unwrap().unwrap());
    assert!(fake.kept.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_that_count_in_one_keychain_lose_nothing() {
    const STORES: u8 = 4;
    const ROUNDS: u8 = 10;
    let (home, fake, _) = somewhere();
    let count = |_| {
        let store = KeychainStore::new(fake.clone(), home.path().join("credentials"));
        tokio::spawn(async move {
            for _ in 0..ROUNDS {
                loop {
                    let kept = store.load("counter").await.unwrap();
                    let next = kept.as_ref().map_or(0, |kept| kept.as_ref()[0]) + 1;
                    if store.swap("counter", kept.as_ref().map(AsRef::as_ref), Some(&[next])).await.unwrap() {
                        break;
                    }
                }
            }
        })
    };
    for counting in (0..STORES).map(count).collect::<Vec<_>>() {
        counting.await.unwrap();
    }
    assert!(same(fake.kept.lock().unwrap().get("counter"), Some(&[STORES * ROUNDS])));
}

#[test]
fn a_keychain_that_fails_is_an_error_and_its_lock_is_given_back() {
    let (_home, fake, store) = somewhere();
    fake.locked.store(true, Ordering::Relaxed);
    let error = store.swap("token", None, Some(b"test_1")).now_or_never().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the keychain is locked; log in");
    fake.locked.store(false, Ordering::Relaxed);
    assert!(store.swap("token", None, Some(b"test_1")).now_or_never().unwrap().unwrap());
}

#[tokio::test]
async fn a_swap_that_is_dropped_keeps_nobody_out() {
    let (_home, _, store) = somewhere();
    for _ in 0..20 {
        drop(store.swap("token", None, Some(b"test_1")).now_or_never());
    }
    tokio::time::timeout(PATIENCE, store.swap("token", None, Some(b"test_1"))).await.unwrap().unwrap();
    assert_eq!(store.load("token").await.unwrap(), Some("test_1".into()));
}
