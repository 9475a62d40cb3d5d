use clerk_core::{Error, SessionId};
use clerk_fapi::types;

use crate::{
    frontend::{client::Frontend, device::Device},
    metadata::Metadata,
};

/// The devices that the user in the foreground is signed in on, this one included.
#[derive(Clone, Debug)]
pub struct Devices(Device);

impl<M: Metadata> Frontend<M> {
    /// The devices that the user is signed in on.
    #[must_use]
    pub fn devices(&self) -> Devices {
        Devices(self.device().clone())
    }
}

impl Devices {
    /// Where the user is signed in, with what is known of the device and its place.
    ///
    /// # Errors
    ///
    /// Nobody is signed in, or Clerk cannot be reached.
    pub async fn list(&self) -> Result<Vec<types::ActiveSession>, Error> {
        self.0.raw().get_active_sessions().send().await
    }

    /// Every session that the user has or had, those that are over included.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn history(&self) -> Result<Vec<types::Session>, Error> {
        self.0.raw().get_user_sessions().send().await
    }

    /// Signs the user out elsewhere.
    ///
    /// # Errors
    ///
    /// There is no such session or it is over already, the user has to prove who they are first
    /// ([`reverification::required_by`](super::super::reverification::required_by)), or Clerk cannot be reached.
    pub async fn revoke(&self, session: impl Into<SessionId>) -> Result<(), Error> {
        self.0.raw().revoke_session(session).send().await.map(drop)
    }
}
