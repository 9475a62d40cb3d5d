//! Records of one kind: by id, by key, in the order they were made, with every change noted for the journal.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::{Deref, DerefMut},
};

use clerk_core::Json;
use serde::{Serialize, de::DeserializeOwned};

/// A thing that is kept in a [`Table`].
pub(crate) trait Record: Serialize + DeserializeOwned {
    fn id(&self) -> &str;

    /// Other things it is looked up by, such as `email:ann@example.com`; several records may share one.
    fn keys(&self) -> Vec<String> {
        Vec::new()
    }

    /// Its texts in lower case, a line each, where parts of them are searched for.
    fn text(&self) -> Option<String> {
        None
    }
}

/// All records of one kind.
#[derive(Debug)]
pub(crate) struct Table<T> {
    /// Boxed, as a tree that grows at its end keeps its nodes half empty.
    records: BTreeMap<u64, Box<T>>,
    ids: HashMap<Box<str>, u64>,
    index: Index,
    next: u64,
    changed: HashSet<u64>,
    removed: HashSet<String>,
    journaled: bool,
}

/// What records are found by.
#[derive(Debug, Default)]
struct Index {
    keys: HashMap<Box<str>, Positions>,
    /// Beside the records, so that a search walks through texts and nothing else.
    texts: BTreeMap<u64, Box<str>>,
}

/// The records that share a key, mostly one.
#[derive(Debug)]
enum Positions {
    One(u64),
    Many(Vec<u64>),
}

impl Positions {
    fn as_slice(&self) -> &[u64] {
        match self {
            Self::One(position) => std::slice::from_ref(position),
            Self::Many(positions) => positions,
        }
    }

    fn add(&mut self, position: u64) {
        if let Self::One(known) = self {
            if *known == position {
                return;
            }
            *self = Self::Many(vec![*known]);
        }
        if let Self::Many(positions) = self
            && let Err(place) = positions.binary_search(&position)
        {
            positions.insert(place, position);
        }
    }

    /// Takes one out; tells whether none is left.
    fn take(&mut self, position: u64) -> bool {
        match self {
            Self::One(known) => *known == position,
            Self::Many(positions) => {
                if let Ok(place) = positions.binary_search(&position) {
                    positions.remove(place);
                }
                positions.is_empty()
            }
        }
    }
}

impl Index {
    fn read(&mut self, position: u64, text: Option<String>) {
        if let Some(text) = text
            && self.texts.get(&position).is_none_or(|known| **known != *text)
        {
            self.texts.insert(position, text.into());
        }
    }

    fn learn(&mut self, position: u64, keys: Vec<String>) {
        for key in keys {
            match self.keys.get_mut(key.as_str()) {
                Some(positions) => positions.add(position),
                None => {
                    self.keys.insert(key.into(), Positions::One(position));
                }
            }
        }
    }

    fn forget(&mut self, position: u64, keys: &[String]) {
        for key in keys {
            if self.keys.get_mut(key.as_str()).is_some_and(|positions| positions.take(position)) {
                self.keys.remove(key.as_str());
            }
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            records: BTreeMap::new(),
            ids: HashMap::new(),
            index: Index::default(),
            next: 0,
            changed: HashSet::new(),
            removed: HashSet::new(),
            journaled: false,
        }
    }
}

impl<T: Record> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn get(&self, id: impl AsRef<str>) -> Option<&T> {
        self.records.get(self.ids.get(id.as_ref())?).map(|record| &**record)
    }

    pub(crate) fn contains(&self, id: impl AsRef<str>) -> bool {
        self.ids.contains_key(id.as_ref())
    }

    /// The record to be changed; its keys and the journal follow when the guard is dropped.
    pub(crate) fn edit(&mut self, id: impl AsRef<str>) -> Option<Edit<'_, T>> {
        let position = *self.ids.get(id.as_ref())?;
        let record = &mut **self.records.get_mut(&position)?;
        let changed = self.journaled.then_some(&mut self.changed);
        let before = record.keys();
        Some(Edit { record, index: &mut self.index, changed, position, before })
    }

    /// Adds a record, or replaces the one of the same id in its place.
    pub(crate) fn insert(&mut self, record: T) {
        let position = match self.ids.get(record.id()) {
            Some(position) => {
                let position = *position;
                if let Some(old) = self.records.get(&position) {
                    let keys = old.keys();
                    self.index.forget(position, &keys);
                }
                position
            }
            None => {
                let position = self.next;
                self.next += 1;
                self.ids.insert(record.id().into(), position);
                position
            }
        };
        self.removed.remove(record.id());
        self.index.learn(position, record.keys());
        self.index.read(position, record.text());
        self.records.insert(position, Box::new(record));
        self.note(position);
    }

    pub(crate) fn remove(&mut self, id: impl AsRef<str>) -> Option<T> {
        let id = id.as_ref();
        let position = self.ids.remove(id)?;
        let record = self.records.remove(&position)?;
        self.index.forget(position, &record.keys());
        self.index.texts.remove(&position);
        if self.journaled {
            self.changed.remove(&position);
            self.removed.insert(id.to_owned());
        }
        Some(*record)
    }

    /// Removes all that fit, and gives them back.
    pub(crate) fn remove_where(&mut self, mut fits: impl FnMut(&T) -> bool) -> Vec<T> {
        let ids: Vec<String> = self.iter().filter(|record| fits(record)).map(|record| record.id().to_owned()).collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// All records, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.records.values().map(|record| &**record)
    }

    /// All records with a number each, which is the higher the later a record was made.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &T)> + Clone {
        self.records.iter().map(|(position, record)| (*position, &**record))
    }

    /// The number of a record.
    pub(crate) fn number(&self, id: impl AsRef<str>) -> Option<u64> {
        self.ids.get(id.as_ref()).copied()
    }

    /// Those with a key, the oldest first.
    pub(crate) fn find<'a>(&'a self, key: &str) -> impl DoubleEndedIterator<Item = &'a T> + Clone + use<'a, T> {
        let positions = self.index.keys.get(key).map(Positions::as_slice).unwrap_or_default();
        positions.iter().filter_map(|position| self.records.get(position).map(|record| &**record))
    }

    pub(crate) fn find_one(&self, key: &str) -> Option<&T> {
        self.find(key).next()
    }

    /// Those whose text holds a part, which has to be in lower case, with their numbers.
    pub(crate) fn search<'a>(&'a self, part: &str) -> impl Iterator<Item = (u64, &'a T)> {
        let found = self.index.texts.iter().filter(move |(_, text)| text.contains(part));
        found.filter_map(|(position, _)| Some((*position, &**self.records.get(position)?)))
    }

    fn note(&mut self, position: u64) {
        if self.journaled {
            self.changed.insert(position);
        }
    }
}

/// A record being changed.
#[derive(Debug)]
pub(crate) struct Edit<'a, T: Record> {
    record: &'a mut T,
    index: &'a mut Index,
    /// `None` where no journal is kept.
    changed: Option<&'a mut HashSet<u64>>,
    position: u64,
    before: Vec<String>,
}

impl<T: Record> Deref for Edit<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.record
    }
}

impl<T: Record> DerefMut for Edit<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.record
    }
}

impl<T: Record> Drop for Edit<'_, T> {
    fn drop(&mut self) {
        let after = self.record.keys();
        if after != self.before {
            self.index.forget(self.position, &self.before);
            self.index.learn(self.position, after);
        }
        self.index.read(self.position, self.record.text());
        if let Some(changed) = &mut self.changed {
            changed.insert(self.position);
        }
    }
}

/// What the journal needs of a table.
pub(crate) trait Journaled {
    /// From now on changes are noted.
    fn start(&mut self);
    /// The changes since the last call: an id and the record, or `None` where it is gone.
    fn drain(&mut self, each: &mut dyn FnMut(&str, Option<Json>));
    /// Every record.
    fn dump(&self, each: &mut dyn FnMut(&str, Json));
    /// Removes every record.
    fn clear(&mut self);
    /// Takes in a change from the journal.
    fn apply(&mut self, id: &str, record: Option<Json>) -> serde_json::Result<()>;
}

impl<T: Record> Journaled for Table<T> {
    fn start(&mut self) {
        self.journaled = true;
    }

    fn drain(&mut self, each: &mut dyn FnMut(&str, Option<Json>)) {
        for id in std::mem::take(&mut self.removed) {
            each(&id, None);
        }
        let mut changed: Vec<u64> = std::mem::take(&mut self.changed).into_iter().collect();
        changed.sort_unstable();
        for record in changed.iter().filter_map(|position| self.records.get(position)) {
            if let Ok(json) = serde_json::to_value(&**record) {
                each(record.id(), Some(json));
            }
        }
    }

    fn dump(&self, each: &mut dyn FnMut(&str, Json)) {
        for record in self.iter() {
            if let Ok(json) = serde_json::to_value(record) {
                each(record.id(), json);
            }
        }
    }

    fn clear(&mut self) {
        self.remove_where(|_| true);
    }

    fn apply(&mut self, id: &str, record: Option<Json>) -> serde_json::Result<()> {
        match record {
            Some(json) => self.insert(serde_json::from_value(json)?),
            None => {
                self.remove(id);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
