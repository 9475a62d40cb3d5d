use std::{fmt, time::Duration};

use clerk_core::{Secret, Timestamp};

use super::{
    SavedSignIn, SignIn,
    attempt::{Asked, Attempt, Stage, elsewhere},
};
use crate::frontend::{cool_down, step::StepError, strategy::Strategy};

/// A sign-in that waits for a code, which was sent by email or to a phone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let mut tries = vec![local.inbox().latest_code("ann@example.com"), Some("000000".to_owned())];
/// # let mut ask_for = |_: &str| tries.pop().flatten().or_else(|| local.inbox().latest_code("ann@example.com")).unwrap();
/// use clerk_core::ErrorCode;
/// use clerk_ext::frontend::SignIn;
///
/// let SignIn::NeedsCode(mut sent) = clerk.sign_in().email_code("ann@example.com").await? else { return Ok(()) };
/// let session = loop {
///     let code = ask_for("the code in the mail");
///     match sent.attempt(code).await {
///         Ok(state) => break state.session()?,
///         Err(failed) if failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT) => sent = failed.into_step(),
///         Err(failed) => return Err(failed.into()),
///     }
/// };
/// # _ = session;
/// # Ok(()) }
/// ```
pub struct SignInCode {
    pub(in crate::frontend) attempt: Attempt,
    stage: Stage,
    asked: Asked,
}

impl SignInCode {
    pub(super) fn new(attempt: Attempt, stage: Stage, asked: Asked) -> Self {
        Self { attempt, stage, asked }
    }

    /// What the code is for, such as [`Strategy::EMAIL_CODE`] or [`Strategy::RESET_PASSWORD_PHONE_CODE`].
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.asked.strategy
    }

    /// Where it was sent, so that its owner knows it again; nothing where Clerk does not tell.
    #[must_use]
    pub fn safe_identifier(&self) -> Option<&str> {
        self.asked.factor.as_ref()?.safe_identifier.as_deref()
    }

    /// Until when the code is taken.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.attempt.verification(self.stage)?.expire_at
    }

    /// Tries the code.
    ///
    /// # Errors
    ///
    /// It is wrong (`form_code_incorrect`), has expired (`verification_expired`), or too many wrong ones were tried
    /// (`verification_failed`): [`resend`](Self::resend) sends another one. Or the account is locked.
    pub async fn attempt(self, code: impl Into<Secret>) -> Result<SignIn, StepError<Self>> {
        let tried = self.attempt.attempt_code(self.stage, &self.asked.strategy, code.into()).await;
        tried.map_err(|error| StepError::new(self, error))
    }

    /// How long to wait before another code can be sent.
    #[must_use]
    pub fn resend_after(&self) -> Duration {
        cool_down::left(self.asked.at, self.attempt.device.core().now())
    }

    /// Sends another code; the one before is not taken any more.
    ///
    /// It is never done unasked.
    ///
    /// # Errors
    ///
    /// It is too early: `verification_code_too_many_requests`, and
    /// [`Error::retry_after`](clerk_core::Error::retry_after) says how long to wait.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        let asked = Asked { at: Some(self.attempt.device.core().now()), ..self.asked.clone() };
        match self.attempt.prepare(self.stage, asked).await {
            Ok(SignIn::NeedsCode(sent)) => Ok(sent),
            Ok(state) => Err(StepError::new(self, elsewhere(&state))),
            Err(error) => Err(StepError::new(self, error)),
        }
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

impl fmt::Debug for SignInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInCode").field("id", self.attempt.id()).field("strategy", &self.asked.strategy).finish()
    }
}
