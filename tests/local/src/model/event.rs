//! What happened, where it is delivered to, and how that went.

use clerk_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// What every delivery of it carries, to the byte.
    pub(crate) body: String,
    pub(crate) created_at: Timestamp,
}

impl Record for Event {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Where events are delivered to; no event types means all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) secret: String,
    pub(crate) event_types: Vec<String>,
    pub(crate) disabled: bool,
    pub(crate) created_at: Timestamp,
}

impl Endpoint {
    pub(crate) fn wants(&self, kind: &str) -> bool {
        !self.disabled && (self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == kind))
    }
}

impl Record for Endpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The key of the deliveries that are to be attempted, now or later.
pub(crate) const PENDING: &str = "pending";

/// One event on its way to one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) event_id: String,
    pub(crate) endpoint_id: String,
    pub(crate) attempts: Vec<Attempt>,
    /// How many attempts of this round have failed; sending an event again begins a round.
    pub(crate) failures: usize,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) delivered: bool,
    pub(crate) created_at: Timestamp,
}

impl Record for Delivery {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        let mut keys = vec![format!("event:{}", self.event_id), format!("endpoint:{}", self.endpoint_id)];
        if self.next_attempt_at.is_some() {
            keys.push(PENDING.to_owned());
        }
        keys
    }
}

/// One try to deliver.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    /// `None` where no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
}
