//! A session of a user on a client.

use clerk_core::{ClientId, JsonMap, OrganizationId, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::verification::Verification;
use crate::table::Record;

/// Where a session stands; whether an active one is pending follows from its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Active,
    Ended,
    Removed,
    Replaced,
    Revoked,
    Expired,
    Abandoned,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) client_id: ClientId,
    pub(crate) user_id: UserId,
    /// As it was last changed; [`crate::rules::sessions::status`] says what it is now.
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) last_active_at: Timestamp,
    pub(crate) expire_at: Timestamp,
    pub(crate) abandon_at: Timestamp,
    pub(crate) last_active_organization_id: Option<OrganizationId>,
    /// Who is really acting.
    pub(crate) actor: Option<JsonMap>,
    pub(crate) first_factor_at: Option<Timestamp>,
    pub(crate) second_factor_at: Option<Timestamp>,
    pub(crate) activity: Activity,
    pub(crate) reverification: Option<Box<Reverification>>,
    /// What `__refresh` has to carry.
    pub(crate) refresh_token: Option<String>,
    /// Whether an expired token was already traded in; `jti` or signature of the last one.
    pub(crate) consumed: Vec<String>,
}

/// What is shown of the device.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Activity {
    pub(crate) id: String,
    pub(crate) user_agent: Option<String>,
    pub(crate) ip_address: Option<String>,
}

/// The factors being proven again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Reverification {
    /// `first_factor`, `second_factor` or `multi_factor`.
    pub(crate) level: String,
    pub(crate) first: Option<Verification>,
    pub(crate) second: Option<Verification>,
    pub(crate) started_at: Timestamp,
}

impl Record for Session {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("user:{}", self.user_id.as_str()), format!("client:{}", self.client_id.as_str())]
    }
}
