use std::fmt;

use clerk_core::{Error, Json};
use serde::Serialize;

use super::{SavedSignIn, SignIn, attempt::Attempt};
use crate::frontend::step::StepError;

/// A sign-in that waits for a passkey to sign.
///
/// The signing is the system's or another crate's: it takes the [`options`](Self::options) and gives a credential, both
/// in the JSON form of WebAuthn.
///
/// ```
/// use clerk_ext::frontend::SignIn;
/// # // A passkey in software.
/// # mod passkey { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frontend/sign_in/authenticator.rs")); }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let mut system = passkey::Authenticator::new();
/// # let new = clerk.me().passkeys().create().await?;
/// # let credential = system.register(new.options());
/// # new.attempt(&credential).await?;
/// # clerk.sign_out().await?;
/// let SignIn::NeedsPasskey(step) = clerk.sign_in().passkey().await? else { return Err("there are none".into()) };
/// // The system signs, or a crate for WebAuthn: JSON in, JSON out.
/// let credential = system.answer(step.options());
/// assert!(step.attempt(&credential).await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
pub struct SignInPasskey {
    pub(in crate::frontend) attempt: Attempt,
    options: Json,
}

impl SignInPasskey {
    /// The step for an attempt that holds options; gives it back otherwise.
    pub(super) fn of(attempt: Attempt) -> Result<Self, Attempt> {
        let nonce = attempt.raw.first_factor_verification.as_ref().and_then(|first| first.nonce.as_ref());
        match nonce.and_then(|nonce| serde_json::from_str(nonce.expose()).ok()) {
            Some(options) => Ok(Self { attempt, options }),
            None => Err(attempt),
        }
    }

    /// What the authenticator is asked: the options of `navigator.credentials.get`, as JSON.
    #[must_use]
    pub fn options(&self) -> &Json {
        &self.options
    }

    /// Hands in what the authenticator answered: a credential as JSON, as text of JSON, or as the type of a crate for
    /// WebAuthn.
    ///
    /// # Errors
    ///
    /// It is not of this account, was not made for these options, or Clerk cannot be asked. Options are good for one
    /// answer: after a refusal, go [`back`](Self::back) and ask for others.
    pub async fn attempt(self, credential: &(impl Serialize + ?Sized + Sync)) -> Result<SignIn, StepError<Self>> {
        let text = match serde_json::to_value(credential) {
            Ok(Json::String(text)) => text,
            Ok(value) => value.to_string(),
            Err(error) => {
                let error =
                    Error::invalid_request("attemptSignInFactorOne", "the credential cannot be written as JSON")
                        .with_source(error);
                return Err(StepError::new(self, error));
            }
        };
        let call = self.attempt.client().attempt_sign_in_factor_one(self.attempt.id(), "passkey");
        self.attempt.go_on(call.public_key_credential(text)).await.map_err(|error| StepError::new(self, error))
    }

    /// Back to the choice of ways, to take another one.
    #[must_use]
    pub fn back(self) -> SignIn {
        SignIn::bare(self.attempt)
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, None)
    }
}

impl fmt::Debug for SignInPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignInPasskey").field(self.attempt.id()).finish()
    }
}
