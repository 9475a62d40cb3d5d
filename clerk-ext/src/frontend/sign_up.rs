use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

use super::{client::Frontend, device::Device, session::Session};
use crate::metadata::Metadata;

/// The ways to begin a sign-up, and to go on with one.
#[derive(Clone, Debug)]
pub struct SignUps {
    pub(super) device: Device,
}

impl<M: Metadata> Frontend<M> {
    /// Signing up.
    #[must_use]
    pub fn sign_up(&self) -> SignUps {
        SignUps { device: self.device().clone() }
    }
}

/// How far a sign-up has got.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignUp {
    /// Somebody signed up and is signed in.
    Complete(Session),
}

impl SignUp {
    /// What an answer says.
    pub(super) async fn of(device: &Device, raw: types::SignUp) -> Result<Self, Error> {
        match (raw.status, raw.created_session_id) {
            (types::SignUpStatus::Complete, Some(session)) => Ok(Self::Complete(device.entered(session).await?)),
            _ => Err(Error::new(ErrorKind::Unexpected, "the sign-up is not complete")),
        }
    }
}
