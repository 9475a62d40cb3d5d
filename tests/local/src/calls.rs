//! How often each operation was asked for.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::Api;

/// A count for each operation that was asked for; the two APIs share some of their ids.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    frontend: Mutex<BTreeMap<&'static str, u64>>,
    backend: Mutex<BTreeMap<&'static str, u64>>,
}

impl Calls {
    pub(crate) fn add(&self, api: Api, operation: &'static str) {
        let mut counts = self.of(api);
        let count = counts.entry(operation).or_default();
        *count = count.saturating_add(1);
    }

    pub(crate) fn list(&self, api: Api) -> BTreeMap<&'static str, u64> {
        self.of(api).clone()
    }

    pub(crate) fn clear(&self) {
        self.of(Api::Frontend).clear();
        self.of(Api::Backend).clear();
    }

    fn of(&self, api: Api) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        let counts = match api {
            Api::Frontend => &self.frontend,
            Api::Backend => &self.backend,
        };
        counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
