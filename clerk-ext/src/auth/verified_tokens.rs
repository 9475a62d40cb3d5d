use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::Session;

/// Session tokens that were found good, as long as the keys stay the same.
///
/// A token is found by the hash of its end, which is the signature, and then compared whole. Only good tokens get in, so
/// that nobody can choose what collides.
pub(crate) struct VerifiedTokens {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

const SHARDS: usize = 16;

/// How many tokens each half of a shard holds: sixteen thousand in all.
const HALF: usize = 512;

/// How much of a token is hashed.
const HASHED: usize = 32;

#[derive(Default)]
struct Shard {
    /// Of which keys the tokens in here are.
    edition: u64,
    /// The half that is being filled; when it is full it takes the place of the older one, which is forgotten.
    newer: HashMap<u64, Session>,
    older: HashMap<u64, Session>,
}

impl VerifiedTokens {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }

    pub(crate) fn get(&self, token: &str, edition: u64) -> Option<Session> {
        let hash = self.hash(token);
        let shard = self.shard(hash);
        if shard.edition != edition {
            return None;
        }
        let found = shard.newer.get(&hash).or_else(|| shard.older.get(&hash))?;
        (found.token().expose() == token).then(|| found.clone())
    }

    pub(crate) fn put(&self, session: &Session, edition: u64) {
        let hash = self.hash(session.token().expose());
        let mut shard = self.shard(hash);
        if shard.edition != edition {
            *shard = Shard { edition, ..Shard::default() };
        }
        if shard.newer.len() >= HALF {
            shard.older = std::mem::take(&mut shard.newer);
        }
        shard.newer.insert(hash, session.clone());
    }

    fn hash(&self, token: &str) -> u64 {
        let bytes = token.as_bytes();
        self.hasher.hash_one(bytes.get(bytes.len().saturating_sub(HASHED)..).unwrap_or_default())
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        // The array is never empty: the first shard stands for an index that cannot be.
        let [first, ..] = &self.shards;
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        self.shards.get(index).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}
