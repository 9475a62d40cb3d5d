use std::fmt;

use clerk_core::Secret;
use clerk_fapi::types;

use super::{Requirements, SavedSignUp, SignUp};
use crate::frontend::step::StepError;

/// A sign-up that Clerk Protect wants to see a browser for.
///
/// The check is a script. A program that can run it, in a web view, hands in [what it gives](Self::submit); any other
/// goes on in a browser by hosted authentication.
pub struct SignUpProtectCheck {
    step: Requirements,
}

impl SignUpProtectCheck {
    pub(super) fn new(step: Requirements) -> Self {
        Self { step }
    }

    /// The script, what it is handed, and until when it counts.
    #[must_use]
    pub fn check(&self) -> Option<&types::ProtectCheck> {
        self.step.raw().protect_check.as_ref()
    }

    /// Hands in what the script gave.
    ///
    /// # Errors
    ///
    /// Clerk does not take it, or was not reached.
    pub async fn submit(self, proof: impl Into<Secret>) -> Result<SignUp, StepError<Self>> {
        let submit = self.step.device.raw().submit_sign_up_protect_check(self.step.id(), proof);
        let answer = submit.send().await;
        self.step.answered(answer, None).await.map_err(|failed| failed.map(Self::new))
    }

    /// What else the sign-up asks for.
    #[must_use]
    pub fn into_requirements(self) -> Requirements {
        self.step
    }

    /// What to keep in order to go on in another run.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }
}

impl fmt::Debug for SignUpProtectCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpProtectCheck").field("id", self.step.id()).finish_non_exhaustive()
    }
}
