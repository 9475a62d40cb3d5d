//! All stores do the same.

use futures_util::FutureExt as _;
use proptest::prelude::*;

use super::{CredentialStore, EncryptedStore, EncryptionKey, FileStore, MemoryStore};

const NAMES: [&str; 4] = ["token", "Token", "clerk.example.com/token", ""];

#[derive(Clone, Debug)]
enum Step {
    Load(usize),
    Swap(usize, Expected, Option<Vec<u8>>),
}

#[derive(Clone, Debug)]
enum Expected {
    /// What is kept.
    Kept,
    Other(Option<Vec<u8>>),
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        Just(None),
        Just(Some(Vec::new())),
        Just(Some(b"test_1".to_vec())),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Some),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let expected = prop_oneof![3 => Just(Expected::Kept), 1 => value().prop_map(Expected::Other)];
    prop_oneof![
        (0..NAMES.len()).prop_map(Step::Load),
        (0..NAMES.len(), expected, value()).prop_map(|(name, expected, new)| Step::Swap(name, expected, new)),
    ]
}

/// What a store answers; outside of a runtime each does it at once.
fn take(store: &dyn CredentialStore, step: &Step) -> (Option<Vec<u8>>, bool) {
    let load = |name: usize| {
        let kept = store.load(NAMES[name]).now_or_never().unwrap().unwrap();
        kept.map(|kept| kept.as_ref().to_vec())
    };
    match step {
        Step::Load(name) => (load(*name), true),
        Step::Swap(name, expected, new) => {
            let before = load(*name);
            let expected = match expected {
                Expected::Kept => &before,
                Expected::Other(other) => other,
            };
            let swapped =
                store.swap(NAMES[*name], expected.as_deref(), new.as_deref()).now_or_never().unwrap().unwrap();
            assert_eq!(swapped, *expected == before);
            (load(*name), swapped)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_store_answers_as_memory_does(steps in proptest::collection::vec(step(), 1..24)) {
        let home = tempfile::tempdir().unwrap();
        let memory = MemoryStore::default();
        let others: Vec<Box<dyn CredentialStore>> = vec![
            Box::new(FileStore::new(home.path().join("credentials"))),
            Box::new(EncryptedStore::new(MemoryStore::default(), EncryptionKey::from_bytes([1; 32]))),
        ];
        for step in &steps {
            let expected = take(&memory, step);
            for other in &others {
                prop_assert_eq!(&take(other.as_ref(), step), &expected);
            }
        }
    }
}
