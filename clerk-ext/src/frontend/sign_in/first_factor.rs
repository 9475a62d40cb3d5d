use std::fmt;

use clerk_core::{Error, Secret};
use clerk_fapi::types;

use super::{
    SavedSignIn, SignIn, SignInCode, SignInLink, SignInPasskey, SignInWallet,
    attempt::{Asked, Attempt, Stage, elsewhere, is_code, no_code, strategy_of},
};
use crate::frontend::{step::StepError, strategy::Strategy};

/// A sign-in of somebody who has yet to prove who they are.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// use clerk_ext::frontend::SignIn;
///
/// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else { return Ok(()) };
/// for factor in step.factors() {
///     println!("{:?} {:?}", factor.strategy, factor.safe_identifier);
/// }
///
/// // What fails gives the step back, for another try or another way.
/// let failed = step.password("test-wrong").await.unwrap_err();
/// println!("{}", failed.error());
/// let session = failed.into_step().password("test-hunter2-and-more").await?.session()?;
/// # _ = session;
/// # Ok(()) }
/// ```
pub struct FirstFactor {
    pub(in crate::frontend) attempt: Attempt,
}

impl FirstFactor {
    pub(super) fn new(attempt: Attempt) -> Self {
        Self { attempt }
    }

    /// What they said they are called.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        self.attempt.raw.identifier.as_deref()
    }

    /// Name and picture, for a greeting; nothing where Clerk does not tell who has an account.
    #[must_use]
    pub fn user_data(&self) -> Option<&types::SignInUserData> {
        self.attempt.raw.user_data.as_ref()
    }

    /// The ways to prove it, those included that this version does not know.
    ///
    /// There are none where Clerk does not tell what an account has; each way can be tried then.
    #[must_use]
    pub fn factors(&self) -> &[types::SignInFactor] {
        self.attempt.factors(Stage::First)
    }

    /// The way to offer first.
    ///
    /// It is the enterprise connection of an address that belongs to one, then what the account says, then what the
    /// instance prefers, as far as the [environment](crate::frontend::Frontend::environment) was loaded.
    #[must_use]
    pub fn preferred(&self) -> Option<&types::SignInFactor> {
        let find = |strategies: &[&str]| {
            let of = |wanted: &&str| self.factors().iter().find(|factor| strategy_of(factor) == *wanted);
            strategies.iter().find_map(of)
        };
        const CODES: [&str; 3] = ["email_code", "phone_code", "email_link"];
        let environment = self.attempt.device.core().known_environment();
        let preferred = environment.and_then(|environment| environment.preferred_strategy());
        let prefers_codes = preferred == Some(types::PreferredSignInStrategy::Otp);
        find(&["enterprise_sso", "saml"])
            .or_else(|| self.factors().iter().find(|factor| factor.default))
            .or_else(|| if prefers_codes { find(&CODES) } else { None })
            .or_else(|| find(&["password"]))
            .or_else(|| find(&CODES))
            .or_else(|| self.factors().first())
    }

    /// Tries a password.
    ///
    /// A right one that was leaked or has to be changed is refused with the code `form_password_pwned`,
    /// `form_password_compromised` or `password_reset_required`: go on with
    /// [`reset_password_by_email`](Self::reset_password_by_email).
    ///
    /// # Errors
    ///
    /// It is wrong, the account is locked, or Clerk cannot be asked.
    pub async fn password(self, password: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        let tried = match self.attempt.choose(Stage::First, &Strategy::PASSWORD) {
            Ok(_) => {
                let call = self.attempt.client().attempt_sign_in_factor_one(self.attempt.id(), "password");
                self.attempt.go_on(call.password(password)).await
            }
            Err(error) => Err(error),
        };
        tried.map_err(|error| StepError::new(self, error))
    }

    /// Sends a code by email: to the address that was typed, or else to one of the account.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn email_code(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::EMAIL_CODE, None).await
    }

    /// Sends a code to a phone.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn phone_code(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::PHONE_CODE, None).await
    }

    /// The same by another channel, such as WhatsApp.
    ///
    /// # Errors
    ///
    /// As for [`phone_code`](Self::phone_code), or the instance does not have the channel.
    pub async fn phone_code_by(
        self,
        channel: impl Into<types::PhoneCodeChannel>,
    ) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::PHONE_CODE, Some(channel.into())).await
    }

    /// Sends a code by email that lets them set another password.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn reset_password_by_email(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::RESET_PASSWORD_EMAIL_CODE, None).await
    }

    /// Sends a code to a phone that lets them set another password.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a code was sent a moment ago.
    pub async fn reset_password_by_phone(self) -> Result<SignInCode, StepError<Self>> {
        self.code(&Strategy::RESET_PASSWORD_PHONE_CODE, None).await
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

    async fn code(
        self,
        strategy: &Strategy,
        channel: Option<types::PhoneCodeChannel>,
    ) -> Result<SignInCode, StepError<Self>> {
        match self.attempt.choose(Stage::First, strategy) {
            Ok(factor) => {
                let asked = Asked { channel, ..self.asked(strategy.clone(), factor) };
                self.sent_code(asked).await
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn sent_code(self, asked: Asked) -> Result<SignInCode, StepError<Self>> {
        if !is_code(&asked.strategy) {
            return Err(StepError::new(self, no_code(&asked.strategy)));
        }
        match self.attempt.prepare(Stage::First, asked).await {
            Ok(SignIn::NeedsCode(code)) => Ok(code),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends a link by email, and waits for it to be opened wherever the mail is read.
    ///
    /// `redirect_url` is the page that whoever opens the link is shown. Nothing comes back from there: the step asks
    /// Clerk until the link was opened.
    ///
    /// # Errors
    ///
    /// The account has no such way, or a link was sent a moment ago.
    pub async fn email_link_polling(self, redirect_url: impl Into<String>) -> Result<SignInLink, StepError<Self>> {
        let asked = match self.attempt.choose(Stage::First, &Strategy::EMAIL_LINK) {
            Ok(factor) => Asked { redirect_url: Some(redirect_url.into()), ..self.asked(Strategy::EMAIL_LINK, factor) },
            Err(error) => return Err(StepError::new(self, error)),
        };
        match self.attempt.prepare(Stage::First, asked).await {
            Ok(SignIn::NeedsLink(link)) => Ok(link),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Asks for what a passkey of the account has to sign.
    ///
    /// # Errors
    ///
    /// The account has none.
    pub async fn passkey(self) -> Result<SignInPasskey, StepError<Self>> {
        match self.attempt.choose(Stage::First, &Strategy::PASSKEY) {
            Ok(_) => {}
            Err(error) => return Err(StepError::new(self, error)),
        }
        match self.attempt.prepare(Stage::First, self.asked(Strategy::PASSKEY, None)).await {
            Ok(SignIn::NeedsPasskey(passkey)) => Ok(passkey),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Asks for what a wallet of the account has to sign, such as one of [`Strategy::WEB3_METAMASK`].
    ///
    /// # Errors
    ///
    /// The account has no such wallet.
    pub async fn web3(self, strategy: impl Into<Strategy>) -> Result<SignInWallet, StepError<Self>> {
        let strategy = strategy.into();
        let asked = match self.attempt.choose(Stage::First, &strategy) {
            Ok(factor) => self.asked(strategy.clone(), factor),
            Err(error) => return Err(StepError::new(self, error)),
        };
        match self.attempt.prepare(Stage::First, asked).await {
            Ok(SignIn::NeedsSignature(wallet)) => Ok(wallet),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedSignIn {
        SavedSignIn::of(&self.attempt.raw, None)
    }

    pub(super) fn asked(&self, strategy: impl Into<Strategy>, factor: Option<&types::SignInFactor>) -> Asked {
        Asked::new(strategy, self.attempt.device.core().now()).of_factor(factor)
    }

    pub(super) fn failed<T>(self, error: Error) -> Result<T, StepError<Self>> {
        Err(StepError::new(self, error))
    }
}

impl fmt::Debug for FirstFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategies: Vec<_> = self.factors().iter().map(strategy_of).collect();
        f.debug_struct("FirstFactor").field("id", self.attempt.id()).field("factors", &strategies).finish()
    }
}
