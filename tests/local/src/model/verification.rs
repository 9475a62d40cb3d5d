//! How an address, a number or a factor is proven.

use clerk_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a proof stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    #[default]
    Unverified,
    Verified,
    Transferable,
    Failed,
    Expired,
}

/// One proof: asked for, tried, and at last done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Verification {
    pub(crate) status: Status,
    pub(crate) strategy: String,
    /// `None` where tries are not counted.
    pub(crate) attempts: Option<u32>,
    pub(crate) expire_at: Option<Timestamp>,
    /// The code that was sent.
    pub(crate) code: Option<String>,
    /// What an email link, a provider's `state` or a native magic link carries back.
    pub(crate) token: Option<String>,
    /// The address or number that the code or link went to: its id.
    pub(crate) identification_id: Option<String>,
    /// For a passkey the options as JSON text, for a wallet a number used once.
    pub(crate) nonce: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) external_redirect_url: Option<String>,
    /// Where the browser goes after a link or a provider.
    pub(crate) redirect_url: Option<String>,
    pub(crate) action_complete_redirect_url: Option<String>,
    pub(crate) code_challenge: Option<String>,
    /// Why it failed or has to be transferred: a code and a message.
    pub(crate) error: Option<(String, String)>,
    pub(crate) verified_at: Option<Timestamp>,
    /// The client on which a link was opened.
    pub(crate) verified_at_client: Option<String>,
    /// When the code was last sent.
    pub(crate) sent_at: Option<Timestamp>,
    /// What a device that is trusted has to sign.
    pub(crate) challenge: Option<Box<TrustedDeviceChallenge>>,
    /// Of a native email link: what the app has to bring back, once the link was opened.
    pub(crate) approval: Option<Approval>,
}

/// What the app of a native email link is handed when the link is opened, to be traded in once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) token: String,
    pub(crate) expire_at: Timestamp,
    pub(crate) consumed: bool,
}

/// What a trusted device has to sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrustedDeviceChallenge {
    pub(crate) id: String,
    pub(crate) trusted_device_id: String,
    pub(crate) challenge: String,
    /// The exact text to be signed.
    pub(crate) client_data: String,
    pub(crate) expires_at: Timestamp,
}

impl Verification {
    /// A proof that is done already, such as by an admin.
    pub(crate) fn verified(strategy: &str, now: Timestamp) -> Self {
        Self { status: Status::Verified, strategy: strategy.to_owned(), verified_at: Some(now), ..Self::default() }
    }

    pub(crate) fn is_verified(&self) -> bool {
        self.status == Status::Verified
    }

    /// The status as of now: what was not done in time is expired.
    pub(crate) fn status_at(&self, now: Timestamp) -> Status {
        match (self.status, self.expire_at) {
            (Status::Unverified, Some(end)) if end <= now => Status::Expired,
            (status, _) => status,
        }
    }
}
