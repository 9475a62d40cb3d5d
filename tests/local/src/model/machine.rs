//! Machines, their tokens, and API keys.

use clerk_core::{Json, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret_key: String,
    pub(crate) previous_secret_key: Option<(String, Timestamp)>,
    /// In seconds.
    pub(crate) default_token_ttl: i64,
    /// The machines that its tokens are for.
    pub(crate) scopes: Vec<MachineScope>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// That one machine may call another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MachineScope {
    pub(crate) to: String,
    pub(crate) created_at: Timestamp,
}

impl Record for Machine {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("secret:{}", self.secret_key)]
    }
}

/// An opaque token of a machine; those that are JWTs say everything themselves and are not kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MachineToken {
    pub(crate) id: String,
    pub(crate) machine_id: String,
    pub(crate) token: String,
    pub(crate) claims: Option<Json>,
    pub(crate) scopes: Vec<String>,
    pub(crate) revoked: bool,
    pub(crate) revocation_reason: Option<String>,
    pub(crate) expiration: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for MachineToken {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("token:{}", self.token), format!("machine:{}", self.machine_id)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// The id of a user, an organization or a machine.
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) secret: String,
    pub(crate) claims: Option<Json>,
    pub(crate) scopes: Vec<String>,
    pub(crate) revoked: bool,
    pub(crate) revocation_reason: Option<String>,
    pub(crate) expiration: Option<Timestamp>,
    pub(crate) created_by: Option<String>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for ApiKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("secret:{}", self.secret), format!("subject:{}", self.subject)]
    }
}

impl MachineToken {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expiration.is_some_and(|end| end <= now)
    }
}

impl ApiKey {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        self.expiration.is_some_and(|end| end <= now)
    }
}
