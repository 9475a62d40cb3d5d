//! Machines, their tokens, and API keys.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret_key: String,
    pub(crate) previous_secret_key: Option<(String, Timestamp)>,
    pub(crate) default_token_ttl: i64,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Machine {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("secret:{}", self.secret_key)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct MachineToken {
    pub(crate) id: String,
    pub(crate) machine_id: String,
    pub(crate) token: String,
    pub(crate) jwt: bool,
    pub(crate) claims: Option<JsonMap>,
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
    pub(crate) subject: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) secret: String,
    pub(crate) claims: Option<JsonMap>,
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
