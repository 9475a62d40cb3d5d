//! The tokens that are at hand.
//!
//! Whoever asks for a token that is there pays for a look at the clock and a reference count: the one that is asked for most
//! lies apart from the others, where no lock guards it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::{ArcSwapOption, Guard};
use clerk_core::{OrganizationId, SessionId, Timestamp};
use clerk_fapi::types;

use super::{
    Inner, Origin, SessionToken,
    fetch::Flight,
    freshness::{Age, replaces},
};
use crate::frontend::snapshot::Snapshot;

/// All tokens of a device.
#[derive(Default)]
pub(in crate::frontend) struct Tokens {
    slots: Mutex<HashMap<SessionId, Arc<Slot>>>,
    /// Those of the session in the foreground.
    foreground: ArcSwapOption<Slot>,
}

/// The tokens of a session.
#[derive(Default)]
pub(in crate::frontend) struct Slot {
    /// The token for the organization that the session works in.
    current: ArcSwapOption<Inner>,
    held: Mutex<Held>,
}

/// What is known of a session's tokens.
#[derive(Default)]
pub(super) struct Held {
    /// Goes up when what was fetched before may not be used after.
    pub(super) epoch: u64,
    /// The organization that the session works in, as far as this was looked at.
    organization: Option<Option<OrganizationId>>,
    pub(super) entries: HashMap<Key, Entry>,
    /// Whether only a token will do that is made from now on.
    pub(super) must_mint: bool,
}

/// Which token of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) organization: Option<OrganizationId>,
    pub(super) template: Option<String>,
}

/// A token, and who is fetching another.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) token: Option<SessionToken>,
    pub(super) flight: Option<Flight>,
}

impl Entry {
    /// Takes a token up unless the one that is there is newer; gives the one that is there then.
    pub(super) fn take(&mut self, incoming: SessionToken, origin: Origin, now: Timestamp) -> SessionToken {
        match &self.token {
            Some(existing) if !replaces(Age::of(&incoming, now), origin, Age::of(existing, now)) => existing.clone(),
            _ => {
                self.token = Some(incoming.clone());
                incoming
            }
        }
    }
}

impl Tokens {
    pub(in crate::frontend) fn slot(&self, session: &SessionId) -> Arc<Slot> {
        let mut slots = self.slots();
        match slots.get(session) {
            Some(slot) => slot.clone(),
            None => slots.entry(session.clone()).or_default().clone(),
        }
    }

    /// The token of the session in the foreground, if it is at hand.
    pub(in crate::frontend) fn hit(&self, now: Timestamp) -> Option<SessionToken> {
        self.foreground.load().as_ref()?.hit(now)
    }

    /// Drops what belongs to sessions that are over or work in another organization now.
    ///
    /// It is called after each change of the state, and asks for the state itself: of two changes that follow each
    /// other, the later one holds, whoever gets here first.
    pub(in crate::frontend) fn follow(&self, snapshot: impl FnOnce() -> Snapshot) {
        let mut slots = self.slots();
        let snapshot = snapshot();
        slots.retain(|id, slot| match snapshot.session_by_id(id) {
            Some(session) if session.status == types::SessionStatus::Active => {
                slot.works_in(session.last_active_organization_id.as_ref());
                true
            }
            // What is pending has no tokens until its tasks are done.
            Some(_) => {
                slot.purge(false);
                true
            }
            None => {
                slot.purge(false);
                Arc::strong_count(slot) > 1
            }
        });
        let foreground = snapshot.session().map(|session| match slots.get(&session.id) {
            Some(slot) => slot.clone(),
            None => slots.entry(session.id.clone()).or_default().clone(),
        });
        self.foreground.store(foreground);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The token for the organization that the session works in, if it is at hand.
    #[inline]
    pub(in crate::frontend) fn hit(&self, now: Timestamp) -> Option<SessionToken> {
        let current: Guard<Option<Arc<Inner>>> = self.current.load();
        current.as_ref().filter(|token| token.is_good(now)).cloned().map(SessionToken)
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.held().epoch
    }

    /// The token for the organization that the session works in, valid or not.
    pub(in crate::frontend) fn latest(&self) -> Option<SessionToken> {
        let held = self.held();
        let key = Key { organization: held.organization.clone()?, template: None };
        held.entries.get(&key)?.token.clone()
    }

    /// Drops all tokens; what is under way is not taken up any more. With `must_mint` none that came with a state will
    /// do before one was fetched.
    pub(in crate::frontend) fn purge(&self, must_mint: bool) {
        let mut held = self.held();
        held.epoch += 1;
        held.entries.clear();
        held.must_mint = must_mint;
        self.current.store(None);
    }

    fn works_in(&self, organization: Option<&OrganizationId>) {
        let mut held = self.held();
        if held.organization.as_ref().is_some_and(|known| known.as_ref() == organization) {
            return;
        }
        held.organization = Some(organization.cloned());
        held.epoch += 1;
        held.entries.clear();
        self.current.store(None);
    }
}

impl Held {
    /// Notes where the session works, before something is put in here that depends on it.
    pub(super) fn note(&mut self, organization: Option<&OrganizationId>) {
        if self.organization.is_none() {
            self.organization = Some(organization.cloned());
        }
    }

    /// Whether this is the key of the token that is asked for most.
    pub(super) fn is_current(&self, key: &Key) -> bool {
        key.template.is_none() && self.organization.as_ref() == Some(&key.organization)
    }
}

impl Slot {
    /// Puts the token of a key where it is found without a lock, if it is the one that is asked for most.
    pub(super) fn show(&self, held: &Held, key: &Key, token: &SessionToken) {
        if held.is_current(key) {
            self.current.store(Some(token.inner().clone()));
        }
    }
}
