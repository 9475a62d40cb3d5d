use clerk_core::SignInId;
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

use super::attempt::Asked;

/// A sign-in under way, to be gone on with by another run of the program.
///
/// It holds the id of the sign-in and what was sent where: no secret, but addresses as far as the person typed them.
/// [`SignIns::resume_from`](super::SignIns::resume_from) takes it. The device has to be the same: its
/// [store](crate::frontend::CredentialStore) must have been kept too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedSignIn {
    id: SignInId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
}

impl SavedSignIn {
    pub(super) fn of(raw: &types::SignIn, asked: Option<&Asked>) -> Self {
        Self { id: raw.id.clone(), asked: asked.cloned() }
    }

    /// Which sign-in it is.
    #[must_use]
    pub fn id(&self) -> &SignInId {
        &self.id
    }

    pub(super) fn into_parts(self) -> (SignInId, Option<Asked>) {
        (self.id, self.asked)
    }
}
