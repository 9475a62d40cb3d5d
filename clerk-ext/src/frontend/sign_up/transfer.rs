use std::fmt;

use super::{Requirements, SavedSignUp};
use crate::frontend::{sign_in::SignIn, step::StepError};

/// A sign-up of somebody who has an account: the same account of the provider signs them in.
pub struct TransferToSignIn {
    step: Requirements,
}

impl TransferToSignIn {
    pub(super) fn new(step: Requirements) -> Self {
        Self { step }
    }

    /// Signs in with what the sign-up has proven.
    ///
    /// # Errors
    ///
    /// Clerk refuses, such as with `user_locked`, or was not reached.
    pub async fn sign_in(self) -> Result<SignIn, StepError<Self>> {
        let mut transfer = self.step.device.raw().create_sign_in().transfer(true);
        if let Some(locale) = &self.step.device.core().locale {
            transfer = transfer.locale(locale);
        }
        let signed_in = match transfer.send().await {
            Ok(answer) => SignIn::of(&self.step.device, answer.response).await,
            Err(error) => Err(error),
        };
        signed_in.map_err(|error| StepError::new(self, error))
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }

    /// All that Clerk says of the sign-up.
    #[must_use]
    pub fn raw(&self) -> &clerk_fapi::types::SignUp {
        self.step.raw()
    }
}

impl fmt::Debug for TransferToSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferToSignIn").field("id", self.step.id()).finish_non_exhaustive()
    }
}
