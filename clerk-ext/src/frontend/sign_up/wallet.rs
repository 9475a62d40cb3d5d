use std::fmt;

use clerk_core::{Error, ErrorKind, Secret};

use super::{Requirements, SavedSignUp, SignUp, requirements::Way};
use crate::frontend::{step::StepError, strategy::Strategy};

/// A wallet has to sign, to prove whose it is.
///
/// ```
/// use clerk_ext::{Error, frontend::{Frontend, Session, SignUp, Strategy}};
///
/// /// With a wallet, which is handed a text and gives its signature.
/// async fn with_wallet(clerk: &Frontend, address: &str, sign: impl Fn(&str) -> String) -> Result<Session, Error> {
///     match clerk.sign_up().web3(address).await? {
///         SignUp::MissingRequirements(step) => {
///             let wallet = step.verify_wallet(Strategy::WEB3_METAMASK).await?;
///             let signature = sign(wallet.message());
///             wallet.attempt(signature).await?.session()
///         }
///         other => other.session(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// // An instance that takes no wallets says so.
/// let address = "0x52908400098527886e0f7030069857d2e4169ee7";
/// let refused = with_wallet(&clerk, address, |_| "test-signature".to_owned()).await.expect_err("wallets are off");
/// assert!(refused.status().is_some(), "{refused}");
/// # Ok(()) }
/// ```
pub struct SignUpWallet {
    step: Requirements,
    way: Way,
    message: Secret,
}

impl SignUpWallet {
    /// The step for a sign-up that holds something to sign.
    pub(super) fn of(step: Requirements, way: Way) -> Result<Self, StepError<Requirements>> {
        let proof = step.verification(&way);
        let message = proof.and_then(|proof| proof.message.as_deref().filter(|text| !text.is_empty()));
        let nonce = || proof.and_then(|proof| proof.nonce.clone());
        match message.map(Secret::from).or_else(nonce) {
            Some(message) => Ok(Self { step, way, message }),
            None => {
                Err(StepError::new(step, Error::new(ErrorKind::Unexpected, "there is nothing for a wallet to sign")))
            }
        }
    }

    /// Which kind of wallet it is, such as `web3_metamask_signature`.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.way.strategy
    }

    /// The text that the wallet has to sign.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message.expose()
    }

    /// Hands in the signature.
    ///
    /// # Errors
    ///
    /// It is not one of that wallet over that text (`form_incorrect_signature`), or Clerk was not reached.
    pub async fn attempt(self, signature: impl Into<Secret> + Send) -> Result<SignUp, StepError<Self>> {
        let attempt = self.step.device.raw().attempt_sign_up_verification(self.step.id(), self.way.strategy.as_str());
        let answer = attempt.signature(signature).send().await;
        let Self { step, way, message } = self;
        step.answered(answer, None).await.map_err(|failed| failed.map(|step| Self { step, way, message }))
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
