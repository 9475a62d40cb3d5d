use std::fmt;

use clerk_core::Secret;

use super::{
    SavedSignIn, SignIn,
    attempt::{Asked, Attempt},
};
use crate::frontend::{step::StepError, strategy::Strategy};

/// A sign-in that waits for a wallet to sign.
///
/// [`SignIns::web3`](super::SignIns::web3) has an example.
pub struct SignInWallet {
    pub(in crate::frontend) attempt: Attempt,
    asked: Asked,
    message: Secret,
}

impl SignInWallet {
    /// The step for an attempt that holds something to sign; gives it back otherwise.
    pub(super) fn of(attempt: Attempt, asked: Asked) -> Result<Self, Attempt> {
        let first = attempt.raw.first_factor_verification.as_ref();
        let message = first.and_then(|first| first.message.as_deref().filter(|text| !text.is_empty()));
        let nonce = || first.and_then(|first| first.nonce.clone());
        match message.map(Secret::from).or_else(nonce) {
            Some(message) => Ok(Self { attempt, asked, message }),
            None => Err(attempt),
        }
    }

    /// Which kind of wallet it is, such as [`Strategy::WEB3_METAMASK`].
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.asked.strategy
    }

    /// The text that the wallet has to sign.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message.expose()
    }

    /// Hands in the signature, as the wallet writes it.
    ///
    /// # Errors
    ///
    /// It is not of this wallet and text, or Clerk cannot be asked.
    pub async fn attempt(self, signature: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        let call = self.attempt.client().attempt_sign_in_factor_one(self.attempt.id(), self.strategy().as_str());
        self.attempt.go_on(call.signature(signature)).await.map_err(|error| StepError::new(self, error))
    }

    /// Back to the choice of ways, to take another one.
    #[must_use]
    pub fn back(self) -> SignIn {
        SignIn::bare(self.attempt)
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, Some(&self.asked))
    }
}

impl fmt::Debug for SignInWallet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInWallet").field("id", self.attempt.id()).field("strategy", &self.asked.strategy).finish()
    }
}
