use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

use super::{client::Frontend, device::Device, session::Session};
use crate::metadata::Metadata;

/// The ways to begin a sign-in, and to go on with one.
#[derive(Clone, Debug)]
pub struct SignIns {
    pub(super) device: Device,
}

impl<M: Metadata> Frontend<M> {
    /// Signing in.
    #[must_use]
    pub fn sign_in(&self) -> SignIns {
        SignIns { device: self.device().clone() }
    }
}

/// How far a sign-in has got.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// Somebody is signed in.
    Complete(Session),
}

impl SignIn {
    /// What an answer says.
    pub(super) async fn of(device: &Device, raw: types::SignIn) -> Result<Self, Error> {
        match (raw.status, raw.created_session_id) {
            (types::SignInStatus::Complete, Some(session)) => Ok(Self::Complete(device.entered(session).await?)),
            _ => Err(Error::new(ErrorKind::Unexpected, "the sign-in is not complete")),
        }
    }
}
