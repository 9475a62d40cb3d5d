use std::fmt;

use clerk_core::{Bytes, Error, Timestamp, decode};
use serde::de::DeserializeOwned;

use super::Webhook;

/// A webhook whose signature was checked: what it says comes from Clerk.
///
/// It may still have come before: messages are delivered at least once. [`once`](Self::once) handles each a single time.
///
/// ```
/// use clerk_ext::{Timestamp, webhooks::Webhook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let webhook = Webhook::new("whsec_dGVzdCBzZWNyZXQ=")?;
/// # let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
/// # let headers = webhook.sign("msg_1", Timestamp::now(), body)?;
/// let message = webhook.verify(&headers, body)?;
/// let event: serde_json::Value = message.json()?;
/// assert_eq!((message.id(), event["data"]["id"].as_str()), ("msg_1", Some("user_1")));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Verified {
    pub(super) webhook: Webhook,
    pub(super) id: String,
    pub(super) timestamp: Timestamp,
    pub(super) body: Bytes,
}

impl Verified {
    /// The id of the message: each attempt to deliver it has the same, and so has each endpoint it goes to.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When this attempt was signed, to the second; a later attempt has a later time.
    ///
    /// When the event happened stands in the event.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The body, byte for byte as it was signed.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body read as a type of your own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](clerk_core::ErrorKind::Decode): the body is not JSON or does not have the shape of the type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        decode("webhook", &self.body)
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("id", &self.id)
            .field("timestamp", &self.timestamp)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
