use clerk_core::{PhoneNumberId, Secret};
use clerk_fapi::types::{self, ReverificationSecondFactorStrategy as Strategy, SignInFactorStrategy};

use super::{Reverification, Step, usual};
use crate::frontend::step::StepError;

/// A second factor is to be proven.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.backup_codes = vec!["test-backup-1".to_owned(), "test-backup-2".to_owned()];
/// # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let clerk_ext::frontend::SignIn::NeedsSecondFactor(step) = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await? else { return Err("no second factor".into()) };
/// # let session = step.backup_code("test-backup-1").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// let Reverification::SecondFactor(step) = session.reverify(Level::SecondFactor).await? else {
///     return Err("there is no second factor".into());
/// };
/// assert!(step.backup_code("test-backup-2").await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct SecondFactor(pub(super) Step);

/// A code was sent to a phone, and is to be given.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.phone_numbers = vec!["+15555550199".to_owned()];
/// # ann.second_factor_phone_numbers = vec!["+15555550199".to_owned()];
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let typed = || local.inbox().latest_code("+15555550199").ok_or("nothing was sent");
/// # let clerk_ext::frontend::SignIn::NeedsSecondFactor(step) = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await? else { return Err("no second factor".into()) };
/// # let session = step.phone_code().await?.attempt(typed()?).await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// # let Reverification::SecondFactor(step) = session.reverify(Level::SecondFactor).await? else { return Err("no second factor".into()) };
/// let sent = step.phone_code().await?;
/// assert!(sent.attempt(typed()?).await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct SecondCode {
    step: Step,
    to: Option<PhoneNumberId>,
}

impl SecondFactor {
    /// The ways that there are.
    #[must_use]
    pub fn factors(&self) -> &[types::SignInFactor] {
        &self.0.raw.supported_second_factors
    }

    /// What Clerk said.
    #[must_use]
    pub fn raw(&self) -> &types::SessionReverification {
        &self.0.raw
    }

    /// With a code from an authenticator app.
    ///
    /// # Errors
    ///
    /// It is wrong, or Clerk cannot be reached; the step comes back.
    pub async fn totp(self, code: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        match self.0.attempt_second(Strategy::Totp, code.into()).await {
            Ok(next) => Ok(next),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// With one of the codes that were written down. It is spent then.
    ///
    /// # Errors
    ///
    /// As for [`totp`](Self::totp).
    pub async fn backup_code(self, code: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        match self.0.attempt_second(Strategy::BackupCode, code.into()).await {
            Ok(next) => Ok(next),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends a code to the usual one of the phones that serve as second factor.
    ///
    /// # Errors
    ///
    /// There is none, a code was sent a moment ago, or Clerk cannot be reached; the step comes back.
    pub async fn phone_code(self) -> Result<SecondCode, StepError<Self>> {
        let usual = usual(self.factors(), &SignInFactorStrategy::PhoneCode);
        let id = usual.and_then(|factor| factor.phone_number_id.clone());
        self.send(id).await
    }

    /// Sends a code to one of these phones.
    ///
    /// # Errors
    ///
    /// As for [`phone_code`](Self::phone_code).
    pub async fn phone_code_to(self, id: impl Into<PhoneNumberId>) -> Result<SecondCode, StepError<Self>> {
        self.send(Some(id.into())).await
    }

    async fn send(self, to: Option<PhoneNumberId>) -> Result<SecondCode, StepError<Self>> {
        match self.0.send_second(to.as_ref()).await {
            Ok(raw) => Ok(SecondCode { step: self.0.with(raw), to }),
            Err(error) => Err(StepError::new(self, error)),
        }
    }
}

impl SecondCode {
    /// Gives the code.
    ///
    /// # Errors
    ///
    /// It is wrong or too old, or Clerk cannot be reached; the step comes back.
    pub async fn attempt(self, code: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        match self.step.attempt_second(Strategy::PhoneCode, code.into()).await {
            Ok(next) => Ok(next),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends another code to the same phone.
    ///
    /// # Errors
    ///
    /// One was sent a moment ago, or Clerk cannot be reached; the step comes back.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        match self.step.send_second(self.to.as_ref()).await {
            Ok(raw) => Ok(Self { step: self.step.with(raw), to: self.to }),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Chooses another factor.
    pub fn another_way(self) -> SecondFactor {
        SecondFactor(self.step)
    }
}

impl Step {
    async fn attempt_second(&self, strategy: Strategy, code: Secret) -> Result<Reverification, clerk_core::Error> {
        let clerk = self.session.device.raw();
        let call = clerk.attempt_session_reverification_second_factor(self.session.id(), strategy, code);
        Ok(Reverification::of(&self.session, call.send().await?.response))
    }

    async fn send_second(&self, to: Option<&PhoneNumberId>) -> Result<types::SessionReverification, clerk_core::Error> {
        let clerk = self.session.device.raw();
        let call = clerk.prepare_session_reverification_second_factor(self.session.id()).strategy("phone_code");
        let call = to.into_iter().fold(call, |call, id| call.phone_number_id(id));
        Ok(call.send().await?.response)
    }
}
