//! Mails and text messages that would have been sent.

use clerk_core::Timestamp;
use serde::{Deserialize, Serialize};

use crate::table::Record;

/// A mail or a text message that would have been sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// `ema_…` or `sms_…`.
    pub id: String,
    /// How it would have gone out.
    pub kind: MessageKind,
    /// The address or the number.
    pub to: String,
    /// What it is for, such as `verification_code` or `organization_invitation`.
    pub slug: String,
    /// Of a mail.
    pub subject: Option<String>,
    /// What it says.
    pub body: String,
    /// The code in it.
    pub code: Option<String>,
    /// The link in it.
    pub link: Option<String>,
    /// The user that it is for, where that is one already.
    pub user_id: Option<String>,
    /// When it would have gone out.
    pub created_at: Timestamp,
}

impl Record for Message {
    fn id(&self) -> &str {
        &self.id
    }

    fn keys(&self) -> Vec<String> {
        vec![recipient_key(&self.to)]
    }
}

/// What the messages to an address or a number are found by, however it is written.
pub(crate) fn recipient_key(to: &str) -> String {
    format!("to:{}", to.trim().to_lowercase())
}

/// How a message goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// As a mail.
    Email,
    /// As a text message.
    Sms,
}
