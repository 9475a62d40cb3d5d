use std::fmt;

use clerk_core::Secret;
use clerk_fapi::types;

use super::{
    SavedSignIn, SignIn, SignInCode, SignInLink,
    attempt::{Asked, Attempt, Stage, elsewhere, is_code, no_code, strategy_of},
};
use crate::frontend::{step::StepError, strategy::Strategy};

/// A sign-in of somebody who has a second factor, or whose password was given on a device that is new to the account.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.phone_numbers = vec!["+15555550100".to_owned()];
/// # ann.second_factor_phone_numbers = ann.phone_numbers.clone();
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let ask_for = |_: &str| "424242";
/// use clerk_ext::frontend::SignIn;
///
/// let state = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?;
/// if let SignIn::NeedsSecondFactor(step) = state {
///     let sent = step.phone_code().await?;
///     let code = ask_for("the code that was sent to your phone");
///     let session = sent.attempt(code).await?.session()?;
///     println!("signed in: {}", session.id());
/// }
/// # Ok(()) }
/// ```
pub struct SecondFactor {
    pub(in crate::frontend) attempt: Attempt,
}

impl SecondFactor {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// The ways to prove it, those included that this version does not know.
    #[must_use]
    pub fn factors(&self) -> &[types::SignInFactor] {
        self.attempt.factors(Stage::Second)
    }

    /// The way to offer first.
    #[must_use]
    pub fn preferred(&self) -> Option<&types::SignInFactor> {
        self.factors().iter().find(|factor| factor.default).or_else(|| self.factors().first())
    }

    /// Tries the code that an authenticator app shows.
    ///
    /// # Errors
    ///
    /// It is wrong or was used already, the account has no such app, or is locked.
    pub async fn totp(self, code: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        self.attempt_code(&Strategy::TOTP, code.into()).await
    }

    /// Tries one of the codes that the account keeps for when all else is lost; it is used up then.
    ///
    /// # Errors
    ///
    /// It is wrong or was used already, or the account has none.
    pub async fn backup_code(self, code: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        self.attempt_code(&Strategy::BACKUP_CODE, code.into()).await
    }

    async fn attempt_code(self, strategy: &Strategy, code: Secret) -> Result<SignIn, StepError<Self>> {
        let tried = match self.attempt.choose(Stage::Second, strategy) {
            Ok(_) => self.attempt.attempt_code(Stage::Second, strategy, code).await,
            Err(error) => Err(error),
        };
        tried.map_err(|error| StepError::new(self, error))
    }

    /// Sends a code to a phone.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn phone_code(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::PHONE_CODE).await
    }

    /// Sends a code by email.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn email_code(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::EMAIL_CODE).await
    }

    /// Sends a code to where one of the [`factors`](Self::factors) says.
    ///
    /// # Errors
    ///
    /// The factor is not one of a code, or a code was sent a moment ago.
    pub async fn send_code(self, factor: &types::SignInFactor) -> Result<SignInCode, StepError<Self>> {
        let asked = self.asked(strategy_of(factor), Some(factor));
        self.sent_code(asked).await
    }

    async fn code(self, strategy: &Strategy) -> Result<SignInCode, StepError<Self>> {
        match self.attempt.choose(Stage::Second, strategy) {
            Ok(factor) => {
                let asked = self.asked(strategy.clone(), factor);
                self.sent_code(asked).await
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn sent_code(self, asked: Asked) -> Result<SignInCode, StepError<Self>> {
        if !is_code(&asked.strategy) {
            return Err(StepError::new(self, no_code(&asked.strategy)));
        }
        match self.attempt.prepare(Stage::Second, asked).await {
            Ok(SignIn::NeedsCode(code)) => Ok(code),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends a link by email, and waits for it to be opened: see
    /// [`FirstFactor::email_link_polling`](super::FirstFactor::email_link_polling).
    ///
    /// # Errors
    ///
    /// The account has no such way, or a link was sent a moment ago.
    pub async fn email_link_polling(self, redirect_url: impl Into<String>) -> Result<SignInLink, StepError<Self>> {
        let asked = match self.attempt.choose(Stage::Second, &Strategy::EMAIL_LINK) {
            Ok(factor) => Asked { redirect_url: Some(redirect_url.into()), ..self.asked(Strategy::EMAIL_LINK, factor) },
            Err(error) => return Err(StepError::new(self, error)),
        };
        match self.attempt.prepare(Stage::Second, asked).await {
            Ok(SignIn::NeedsLink(link)) => Ok(link),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, None)
    }

    fn asked(&self, strategy: impl Into<Strategy>, factor: Option<&types::SignInFactor>) -> Asked {
        Asked::new(strategy, self.attempt.device.core().now()).of_factor(factor)
    }
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategies: Vec<_> = self.factors().iter().map(strategy_of).collect();
        f.debug_struct("SecondFactor").field("id", self.attempt.id()).field("factors", &strategies).finish()
    }
}
