//! What is known of this device, and by which rules an answer changes it. Pure: nothing here waits or sends.

use std::{cmp::Ordering, sync::Arc};

use clerk_core::{Secret, SessionId, Timestamp};
use clerk_fapi::types;

use super::{events::EndReason, record::Record, store::SecretBytes};

/// What is held of the store's record.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The record exactly as it was read or written last.
    pub(super) bytes: Option<SecretBytes>,
    pub(super) record: Arc<Record>,
    /// How fresh the client in the record is.
    pub(super) stamp: Stamp,
    sent: u64,
}

/// How fresh an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stamp {
    /// Which request of this process it answered, counted as they left.
    pub(super) sequence: u64,
    /// When Clerk answered, in whole seconds.
    pub(super) answered_at: Option<Timestamp>,
    /// When the client was last changed.
    pub(super) updated_at: Option<Timestamp>,
}

impl Stamp {
    /// Whether what carries this stamp is to replace what carries the other.
    ///
    /// Requests overtake each other: what was asked for later is newer, and what was asked for earlier is so only if
    /// Clerk says that it answered later. Between looking and answering Clerk may have told another process of a change,
    /// which shows in when the client was changed.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        if self.sequence > other.sequence {
            return true;
        }
        let changed = self.updated_at.zip(other.updated_at).map(|(this, other)| this.cmp(&other));
        match (self.answered_at, other.answered_at) {
            (Some(this), Some(other)) if this != other => this > other && changed != Some(Ordering::Less),
            _ => changed == Some(Ordering::Greater),
        }
    }

    /// What has to be newer than this is newer than both: the two may be newer than each other, each in its way.
    fn and(self, other: Self) -> Self {
        Self {
            sequence: self.sequence.max(other.sequence),
            answered_at: self.answered_at.max(other.answered_at),
            updated_at: self.updated_at.max(other.updated_at),
        }
    }
}

/// What a request left with.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    pub(super) sequence: u64,
    pub(super) token: Option<Secret>,
    /// The client that the token was known to belong to.
    pub(super) client: Option<clerk_core::ClientId>,
}

/// What an answer says of this device.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    pub(super) token: TokenNews,
    pub(super) client: Option<Arc<types::Client>>,
    /// A session of which it says that it is over.
    pub(super) ended: Option<(SessionId, EndReason)>,
    pub(super) answered_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum TokenNews {
    /// Nothing is said of it.
    #[default]
    Kept,
    /// The device is forgotten.
    Cleared,
    /// It has another name from now on.
    Rotated(Secret),
}

impl Learned {
    /// Whether the server may have taken the request for one of another device.
    pub(super) fn is_of_another(&self, ticket: &Ticket) -> bool {
        match (&self.client, &ticket.client) {
            (Some(said), Some(known)) => said.id != *known,
            (Some(_), None) => true,
            (None, _) => self.token != TokenNews::Kept,
        }
    }
}

/// What becomes of what was learned.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The request carried a token that is not in store any more: what was learned is about another device.
    Outdated,
    /// Nothing in it is new.
    Nothing,
    /// The record from now on, and how fresh its client is.
    Changed(Box<(Record, Stamp)>),
}

impl State {
    /// Takes the record that the store holds now, which another process or nobody has changed.
    pub(super) fn take(&mut self, bytes: Option<SecretBytes>, record: Record) {
        self.stamp = Stamp {
            // Whatever is under way has to show that it is newer.
            sequence: self.sent,
            answered_at: record.answered_at,
            updated_at: record.client.as_ref().and_then(|client| client.updated_at),
        };
        self.bytes = bytes;
        self.record = Arc::new(record);
    }

    /// How many requests have left.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// A request leaves.
    pub(super) fn leave(&mut self) -> Ticket {
        self.sent += 1;
        Ticket {
            sequence: self.sent,
            token: self.record.token.clone(),
            client: self.record.client.as_ref().map(|client| client.id.clone()),
        }
    }

    /// What an answer changes.
    pub(super) fn judge(&self, ticket: &Ticket, learned: &Learned, now: Timestamp) -> Verdict {
        let old = &self.record;
        if old.token != ticket.token {
            return Verdict::Outdated;
        }
        let mut stamp = Stamp {
            sequence: ticket.sequence,
            answered_at: learned.answered_at,
            updated_at: learned.client.as_ref().and_then(|client| client.updated_at),
        };
        let mut record = Record::clone(old);
        let mut changed = false;
        match &learned.token {
            TokenNews::Kept => {}
            TokenNews::Cleared => {
                record.token = None;
                record.client = None;
                changed = old.token.is_some() || old.client.is_some();
            }
            TokenNews::Rotated(token) => {
                changed = old.token.as_ref() != Some(token);
                record.token = Some(token.clone());
            }
        }
        let is_cleared = learned.token == TokenNews::Cleared;
        // A token that is taken up is that of the client beside it, however old the answer is.
        let is_other = |client: &types::Client| {
            let is_rotated = matches!(learned.token, TokenNews::Rotated(_));
            old.client.as_ref().is_none_or(|known| is_rotated && known.id != client.id)
        };
        match &learned.client {
            Some(client) if !is_cleared && (is_other(client) || stamp.is_newer_than(&self.stamp)) => {
                if !is_other(client) {
                    stamp = stamp.and(self.stamp);
                }
                // Who signed out while Clerk could not be told is signed out.
                let gone = client.sessions.iter().map(|session| &session.id).filter(|id| old.is_leaving(id));
                let client = gone.fold(client.clone(), |client, id| Record::without_session(&client, id));
                record.client = Some(client);
                record.learned_at = Some(now);
                record.answered_at = stamp.answered_at;
                changed = true;
            }
            _ if is_cleared => {}
            _ => stamp = self.stamp,
        }
        if let Some((id, _)) = &learned.ended
            && let Some(client) = &record.client
            && client.sessions.iter().any(|session| session.id == *id)
        {
            record.client = Some(Record::without_session(client, id));
            changed = true;
        }
        if changed { Verdict::Changed(Box::new((record, stamp))) } else { Verdict::Nothing }
    }

    /// Takes what was judged to be so and is in the store now.
    pub(super) fn settle(&mut self, bytes: Option<SecretBytes>, record: Record, stamp: Stamp) {
        self.bytes = bytes;
        self.record = Arc::new(record);
        self.stamp = stamp;
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
