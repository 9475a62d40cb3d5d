use std::fmt;

use clerk_core::Secret;

use super::{Requirements, SavedSignUp, SignUp, requirements::Way};
use crate::frontend::step::StepError;

/// A wallet has to sign, to prove whose it is.
pub struct SignUpWallet {
    step: Requirements,
    way: Way,
}

impl SignUpWallet {
    pub(super) fn new(step: Requirements, way: Way) -> Self {
        Self { step, way }
    }

    /// The text to be signed.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.step.verification(&self.way)?.message.as_deref()
    }

    /// The number in it that is used once, for wallets that make the text themselves.
    #[must_use]
    pub fn nonce(&self) -> Option<&Secret> {
        self.step.verification(&self.way)?.nonce.as_ref()
    }

    /// Hands in the signature.
    ///
    /// # Errors
    ///
    /// It is not one of that wallet over that text (`form_incorrect_signature`), or Clerk was not reached.
    pub async fn attempt(self, signature: impl Into<Secret> + Send) -> Result<SignUp, StepError<Self>> {
        let attempt = self.step.device.raw().attempt_sign_up_verification(self.step.id(), self.way.strategy.as_str());
        let answer = attempt.signature(signature).send().await;
        let Self { step, way } = self;
        step.answered(answer, None).await.map_err(|failed| failed.map(|step| Self { step, way }))
    }

    /// Leaves it.
    #[must_use]
    pub fn back(self) -> Requirements {
        self.step
    }

    /// What to keep in order to go on in another run.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }
}

impl fmt::Debug for SignUpWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpWallet").field("id", self.step.id()).field("strategy", &self.way.strategy).finish()
    }
}
