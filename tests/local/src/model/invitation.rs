//! Who may come in: invitations, waitlist, allow- and blocklist.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) email_address: String,
    pub(crate) status: String,
    pub(crate) ticket: String,
    pub(crate) redirect_url: Option<String>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for Invitation {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("email:{}", self.email_address.to_lowercase()), format!("ticket:{}", self.ticket)]
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WaitlistEntry {
    pub(crate) id: String,
    pub(crate) email_address: String,
    pub(crate) status: String,
    pub(crate) invitation_id: Option<String>,
    pub(crate) is_locked: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for WaitlistEntry {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("email:{}", self.email_address.to_lowercase())]
    }
}

/// An entry of the allowlist or the blocklist.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ListedIdentifier {
    pub(crate) id: String,
    pub(crate) blocked: bool,
    pub(crate) identifier: String,
    pub(crate) identifier_type: String,
    pub(crate) invitation_id: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Record for ListedIdentifier {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("identifier:{}", self.identifier)]
    }
}
