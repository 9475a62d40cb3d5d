//! What happened, where it is delivered to, and how that went.

use clerk_core::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) data: Json,
    pub(crate) client_ip: Option<String>,
    pub(crate) user_agent: Option<String>,
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
    pub(crate) updated_at: Timestamp,
}

impl Record for Endpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) event_id: String,
    pub(crate) endpoint_id: String,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) delivered: bool,
    pub(crate) created_at: Timestamp,
}

impl Record for Delivery {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("event:{}", self.event_id), format!("endpoint:{}", self.endpoint_id)]
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
