use std::{error::Error as _, sync::Mutex};

use futures_util::FutureExt as _;

use super::*;
use crate::{Error, frontend::store::MemoryStore, random::SeededRandom};

fn key(byte: u8) -> EncryptionKey {
    EncryptionKey::from_bytes([byte; 32])
}

fn load(store: &impl CredentialStore, name: &str) -> Result<Option<SecretBytes>, StoreError> {
    store.load(name).now_or_never().unwrap()
}

fn swap(
    store: &impl CredentialStore,
    name: &str,
    expected: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<bool, StoreError> {
    store.swap(name, expected, new).now_or_never().unwrap()
}

/// A store that keeps one value, encrypted, and the store inside.
fn kept(value: &[u8]) -> (EncryptedStore<MemoryStore>, MemoryStore) {
    let inner = MemoryStore::default();
    let store = EncryptedStore::new(inner.clone(), key(1));
    assert!(swap(&store, "token", None, Some(value)).unwrap());
    (store, inner)
}

fn raw(inner: &MemoryStore) -> SecretBytes {
    load(inner, "token").unwrap().unwrap()
}

#[test]
fn nothing_of_a_value_is_readable_in_the_store_inside() {
    let (store, inner) = kept(b"test_hunter2");
    let kept = raw(&inner);
    assert!(!kept.as_ref().windows(4).any(|part| b"test_hunter2".windows(4).any(|secret| secret == part)));
    assert_eq!(kept.as_ref().len(), 1 + 12 + 12 + 16);
    assert_eq!(load(&store, "token").unwrap(), Some("test_hunter2".into()));
}

#[test]
fn another_key_is_an_error_that_says_so_and_changes_nothing() {
    let (_, inner) = kept(b"test_1");
    let before = raw(&inner);
    let other = EncryptedStore::new(inner.clone(), key(2));
    for error in [
        load(&other, "token").unwrap_err(),
        swap(&other, "token", None, Some(b"test_2")).unwrap_err(),
        swap(&other, "token", Some(b"test_1"), None).unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("\"token\" cannot be decrypted: the key is another one"), "{error}");
    }
    assert_eq!(raw(&inner), before);
}

#[test]
fn every_changed_and_every_missing_byte_is_noticed() {
    let (store, inner) = kept(b"test_1");
    let whole = raw(&inner);
    let replace = |with: &[u8]| assert!(swap(&inner, "token", Some(raw(&inner).as_ref()), Some(with)).unwrap());
    for at in 0..whole.as_ref().len() {
        let mut changed = whole.as_ref().to_vec();
        changed[at] ^= 1;
        replace(&changed);
        assert!(load(&store, "token").is_err(), "{at}");
        replace(&whole.as_ref()[..at]);
        assert!(load(&store, "token").is_err(), "{at}");
    }
    replace(whole.as_ref());
    assert_eq!(load(&store, "token").unwrap(), Some("test_1".into()));
}

#[test]
fn a_value_moved_to_another_name_is_not_taken_for_that() {
    let (store, inner) = kept(b"test_1");
    assert!(swap(&inner, "other", None, Some(raw(&inner).as_ref())).unwrap());
    assert!(load(&store, "other").is_err());
}

#[test]
fn what_was_never_encrypted_is_an_error_that_says_so() {
    let (store, inner) = kept(b"test_1");
    assert!(swap(&inner, "plain", None, Some(b"test_plain")).unwrap());
    let error = load(&store, "plain").unwrap_err().to_string();
    assert!(error.contains("is not encrypted") && !error.contains("test_plain"), "{error}");
}

#[test]
fn the_same_value_is_encrypted_otherwise_each_time() {
    let (store, inner) = kept(b"test_1");
    let first = raw(&inner);
    assert!(swap(&store, "token", Some(b"test_1"), Some(b"test_2")).unwrap());
    assert!(swap(&store, "token", Some(b"test_2"), Some(b"test_1")).unwrap());
    assert_ne!(raw(&inner), first);
}

#[test]
fn a_value_that_stays_the_same_is_left_as_it_is() {
    let (store, inner) = kept(b"test_1");
    let first = raw(&inner);
    assert!(swap(&store, "token", Some(b"test_1"), Some(b"test_1")).unwrap());
    assert_eq!(raw(&inner), first);
}

#[test]
fn no_random_bytes_is_an_error_and_nothing_is_kept() {
    struct Broken;
    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), Error> {
            Err(Error::config("broken"))
        }
    }
    let inner = MemoryStore::default();
    let store = EncryptedStore::new(inner.clone(), key(1)).with_random(Arc::new(Broken));
    assert!(swap(&store, "token", None, Some(b"test_1")).unwrap_err().source().is_some());
    assert_eq!(load(&inner, "token").unwrap(), None);
}

#[test]
fn what_the_first_version_kept_can_be_read_by_all_later_ones() {
    // Another implementation of the cipher opens this too.
    let kept = *b"\x01\
        \xc1\x5c\x02\x89\xec\x2d\x0a\x91\x67\xec\x8e\x65\
        \x2d\x30\x18\xbd\x51\x22\
        \x6a\xc2\x1c\x83\x02\x6d\x12\x27\x64\xa0\xf5\xe7\x97\xd6\xf3\xbc";
    let inner = MemoryStore::default();
    assert!(swap(&inner, "token", None, Some(&kept)).unwrap());
    let store = EncryptedStore::new(inner, key(1));
    assert_eq!(load(&store, "token").unwrap(), Some("test_1".into()));
}

#[test]
fn a_store_takes_its_random_bytes_from_where_it_is_told() {
    let sealed = || {
        let inner = MemoryStore::default();
        let store = EncryptedStore::new(inner.clone(), key(1)).with_random(Arc::new(SeededRandom::new(1)));
        assert!(swap(&store, "token", None, Some(b"test_1")).unwrap());
        raw(&inner)
    };
    assert_eq!(sealed(), sealed());
}

/// Lets somebody else be faster, between what a swap reads and what it writes.
struct Overtaken(MemoryStore, Mutex<Option<Vec<u8>>>);

impl CredentialStore for Overtaken {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        self.0.load(name)
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        if let Some(faster) = self.1.lock().unwrap().take() {
            assert!(swap(&self.0, name, expected, Some(&faster)).unwrap());
        }
        self.0.swap(name, expected, new)
    }
}

#[test]
fn who_is_overtaken_between_reading_and_writing_is_told_so() {
    let (_, faster) = kept(b"test_2");
    let (_, inner) = kept(b"test_1");
    let overtaken = Overtaken(inner, Mutex::new(Some(raw(&faster).as_ref().to_vec())));
    let store = EncryptedStore::new(overtaken, key(1));
    assert!(!swap(&store, "token", Some(b"test_1"), Some(b"test_3")).unwrap());
    assert_eq!(load(&store, "token").unwrap(), Some("test_2".into()));
}

#[test]
fn neither_key_nor_contents_are_printed() {
    assert_eq!(format!("{:?}", kept(b"test_1").0), "EncryptedStore(..)");
}
