use std::sync::Arc;

use clerk_core::{JsonMap, Secret, SessionId, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

/// What a device remembers between runs, as it lies in the store.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Names this device to Clerk; nothing before the first sign-in and after it was given up.
    pub(super) token: Option<Secret>,
    /// What Clerk said last of this device.
    pub(super) client: Option<Arc<types::Client>>,
    /// When that was, by the clock of this machine.
    pub(super) learned_at: Option<Timestamp>,
    /// When that was, by Clerk's.
    pub(super) answered_at: Option<Timestamp>,
    /// Names this device to people who look at the list of their devices; it stays when they sign out.
    pub(super) device_id: Option<String>,
    /// Which process is changing who is signed in right now.
    pub(super) busy: Option<Lease>,
    /// Who signed out here while Clerk could not be told.
    pub(super) leaving: Vec<Leaving>,
    /// What a newer version of this crate keeps here.
    #[serde(flatten)]
    pub(super) rest: JsonMap,
}

/// That one process changes who is signed in, and the others wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lease {
    pub(super) holder: String,
    /// When it is void, because a process may end at any time.
    pub(super) until: Timestamp,
}

/// A sign-out that Clerk has yet to hear of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Leaving {
    /// The device that it is to be done as; the one that is there where others stay signed in.
    pub(super) token: Option<Secret>,
    /// The session that ends; all of the device when it is `None`.
    pub(super) session: Option<SessionId>,
}

impl Record {
    /// What can be read of a record whose client cannot: it was written by a version that knew another one, or is
    /// damaged there. The device's name outlasts that.
    pub(super) fn without_client(bytes: &[u8]) -> Option<Self> {
        let mut fields: JsonMap = serde_json::from_slice(bytes).ok()?;
        fields.remove("client")?;
        let record = serde_json::from_value(fields.into()).ok()?;
        Some(Self { learned_at: None, answered_at: None, ..record })
    }

    pub(super) fn written(&self) -> Vec<u8> {
        // Everything in it can be written as JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether somebody is changing who is signed in.
    pub(super) fn is_busy(&self, now: Timestamp) -> bool {
        self.busy.as_ref().is_some_and(|lease| now < lease.until)
    }

    /// Whether a session was ended here, and Clerk has not heard of it yet.
    pub(super) fn is_leaving(&self, id: &SessionId) -> bool {
        self.leaving.iter().any(|leaving| leaving.session.as_ref() == Some(id))
    }

    /// The client without a session, which is over.
    pub(super) fn without_session(client: &types::Client, id: &SessionId) -> Arc<types::Client> {
        let mut client = client.clone();
        client.sessions.retain(|session| session.id != *id);
        if client.last_active_session_id.as_ref() == Some(id) {
            client.last_active_session_id =
                client.sessions.iter().find(|one| is_signed_in(one)).map(|one| one.id.clone());
        }
        Arc::new(client)
    }
}

/// Whether a session counts: it is active, or would be but for a task that is left.
pub(super) fn is_signed_in(session: &types::Session) -> bool {
    matches!(session.status, types::SessionStatus::Active | types::SessionStatus::Pending)
}
