//! Tickets and keys that a back end hands out.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

/// A sign-in token, an actor token or an agent task; `kind` says which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) user_id: String,
    pub(crate) actor: Option<JsonMap>,
    pub(crate) status: String,
    pub(crate) token: String,
    /// The organization that the session is to be in.
    pub(crate) organization_id: Option<String>,
    pub(crate) session_max_duration_in_seconds: Option<i64>,
    /// What an agent is to do, where it is for one.
    pub(crate) task: Option<Box<AgentTask>>,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// What an agent does on behalf of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AgentTask {
    /// The same for all tasks of the same agent.
    pub(crate) agent_id: String,
    pub(crate) description: String,
    /// Where the agent goes once it is signed in.
    pub(crate) redirect_url: String,
}

impl Ticket {
    /// One that nobody has used yet.
    pub(crate) fn new(
        kind: &str,
        id: String,
        user_id: &str,
        token: String,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            kind: kind.to_owned(),
            user_id: user_id.to_owned(),
            actor: None,
            status: "pending".to_owned(),
            token,
            organization_id: None,
            session_max_duration_in_seconds: None,
            task: None,
            expires_at,
            created_at: now,
            updated_at: now,
        }
    }
}

impl Record for Ticket {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("ticket:{}", self.token)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TestingToken {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) expires_at: Timestamp,
}

impl Record for TestingToken {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("token:{}", self.token)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RedirectUrl {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for RedirectUrl {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("url:{}", self.url)]
    }
}

/// A domain of the instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_satellite: bool,
    pub(crate) proxy_url: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Domain {
    fn id(&self) -> &str {
        &self.id
    }
}
