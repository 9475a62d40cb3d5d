use clerk_core::{SignUpId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::frontend::strategy::Strategy;

/// Which sign-up it is and when something was sent for it, to go on with it in another run of the program.
///
/// There is nothing secret in it: it is of use on the device that the sign-up was begun on, and on no other.
/// [`SignUps::resume_from`](super::SignUps::resume_from) takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSignUp {
    pub(super) id: SignUpId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Sent>,
}

impl SavedSignUp {
    /// Which sign-up it is.
    #[must_use]
    pub fn id(&self) -> &SignUpId {
        &self.id
    }
}

/// What was sent last, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) strategy: Strategy,
    pub(super) at: Timestamp,
}
