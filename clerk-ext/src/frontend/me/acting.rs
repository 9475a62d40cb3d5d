//! As whom requests are sent.

use clerk_core::{Error, Prepared, SessionId};
use clerk_fapi::types;

use crate::frontend::device::Device;

/// The device, and the session whose user is meant; without one, that in the foreground when a request is sent.
#[derive(Clone, Debug)]
pub(super) struct Acting {
    pub(super) device: Device,
    session: Option<SessionId>,
}

impl Acting {
    pub(super) fn in_foreground(device: &Device) -> Self {
        Self::in_session(device, None)
    }

    pub(super) fn in_session(device: &Device, session: Option<SessionId>) -> Self {
        Self { device: device.clone(), session }
    }

    pub(super) fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The same for the session that is in the foreground now: what begins there is to end there too.
    pub(super) async fn pinned(&self) -> Result<Self, Error> {
        if self.session.is_some() {
            return Ok(self.clone());
        }
        self.device.core().sync().await?;
        let session = self.device.snapshot().session().map(|session| session.id.clone());
        Ok(Self::in_session(&self.device, session))
    }

    /// A call for this user.
    pub(super) fn ask<C: Prepared>(&self, make: impl FnOnce(&clerk_fapi::Client) -> C) -> C {
        let mut call = make(self.device.raw());
        if let Some(session) = &self.session {
            call.call().with_query("_clerk_session_id", session.as_str());
        }
        call
    }

    /// The user as this device knows them.
    pub(super) fn known(&self) -> Option<types::User> {
        let snapshot = self.device.snapshot();
        match &self.session {
            Some(id) => snapshot.session_by_id(id)?.user.clone(),
            None => snapshot.user().cloned(),
        }
    }

    /// The user as Clerk knows them.
    pub(super) async fn fetch(&self) -> Result<types::User, Error> {
        Ok(self.ask(clerk_fapi::Client::get_user).send().await?.response)
    }
}
