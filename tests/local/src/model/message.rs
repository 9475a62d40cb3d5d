//! Mails and text messages that would have been sent.

use clerk_core::{JsonMap, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::Record;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) kind: MessageKind,
    pub(crate) to: String,
    pub(crate) slug: String,
    pub(crate) subject: Option<String>,
    pub(crate) body: String,
    pub(crate) code: Option<String>,
    pub(crate) link: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) created_at: Timestamp,
}

impl Record for Message {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![format!("to:{}", self.to.to_lowercase())]
    }
}

/// How a message went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MessageKind {
    Email,
    Sms,
}
