use std::{fmt, time::Duration};

use clerk_core::{Error, ErrorCode, Secret, Timestamp};
use clerk_fapi::types::VerificationStatus;

use super::{Requirements, SavedSignUp, SignUp, requirements::Way};
use crate::frontend::{field_name::FieldName, step::StepError, strategy::Strategy};

/// A code is on its way to the person who signs up.
///
/// ```
/// use clerk_ext::frontend::SignUp;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let begun = clerk.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await?;
/// let SignUp::MissingRequirements(step) = begun else { return Err("nothing is missing".into()) };
/// let sent = step.verify_email_by_code().await?;
/// println!("type the code that {} got", sent.to().unwrap_or("you"));
///
/// let failed = sent.attempt("000000").await.expect_err("it is another one");
/// assert!(failed.error().has_code("form_code_incorrect"), "{failed}");
/// # let typed = local.inbox().latest_code("bob@example.com").ok_or("nothing was mailed")?;
/// let session = failed.into_step().attempt(typed).await?.session()?;
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
pub struct SignUpCode {
    step: Requirements,
    way: Way,
}

impl SignUpCode {
    pub(super) fn new(step: Requirements, way: Way) -> Self {
        Self { step, way }
    }

    /// Tries a code; it counts as given once Clerk has taken it, also where the answer that said so was lost.
    ///
    /// # Errors
    ///
    /// With the codes of Clerk: `form_code_incorrect` for a wrong one, `verification_expired` and `verification_failed`
    /// where it is too late or was wrong too often and only [`resend`](Self::resend) helps.
    pub async fn attempt(self, code: impl Into<Secret> + Send) -> Result<SignUp, StepError<Self>> {
        let attempt = self.step.device.raw().attempt_sign_up_verification(self.step.id(), self.way.strategy.as_str());
        let answer = attempt.code(code).send().await;
        let answer = match answer {
            Err(error) if is_over(&error) => self.step.read_if_verified(&self.way, error).await,
            answer => answer,
        };
        let Self { step, way } = self;
        step.answered(answer, None).await.map_err(|failed| failed.map(|step| Self { step, way }))
    }

    /// Sends another code; the one before counts no more.
    ///
    /// Clerk takes that once [`resend_after`](Self::resend_after) is over. It is never done unasked.
    ///
    /// # Errors
    ///
    /// It is too early: `verification_code_too_many_requests`, and [`Error::retry_after`] says how long to wait. Or Clerk
    /// was not reached.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        let Self { step, way } = self;
        match step.prepare(&way).await {
            Ok(step) => Ok(Self { step, way }),
            Err(failed) => Err(failed.map(|step| Self { step, way })),
        }
    }

    /// How long to wait before another code can be sent; no time, where it is not known when this one was.
    #[must_use]
    pub fn resend_after(&self) -> Duration {
        self.step.resend_after(&self.way)
    }

    /// What it is, such as `email_code`.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.way.strategy
    }

    /// Where it went: the address or the number.
    #[must_use]
    pub fn to(&self) -> Option<&str> {
        let raw = self.step.raw();
        let to = if self.way.field == FieldName::PhoneNumber { &raw.phone_number } else { &raw.email_address };
        to.as_deref()
    }

    /// By which way it went to a phone, such as `sms`.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        self.step.verification(&self.way)?.channel.as_deref()
    }

    /// Until when it counts.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.step.verification(&self.way)?.expire_at
    }

    /// Leaves it, to change the address or to prove something else first; the code counts all the same.
    #[must_use]
    pub fn back(self) -> Requirements {
        self.step
    }

    /// What to keep in order to go on in another run: asked to verify the same thing, it sends no other code.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }
}

impl fmt::Debug for SignUpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpCode").field("id", self.step.id()).field("strategy", &self.way.strategy).finish()
    }
}

/// Whether an attempt was refused because there is nothing left to prove.
fn is_over(error: &Error) -> bool {
    error.has_code(ErrorCode::VERIFICATION_ALREADY_VERIFIED) || error.has_code(ErrorCode::CLIENT_STATE_INVALID)
}

impl Requirements {
    /// The sign-up, where an earlier attempt was taken and only its answer was lost; otherwise the refusal.
    pub(super) async fn read_if_verified(
        &self,
        way: &Way,
        refusal: Error,
    ) -> Result<clerk_fapi::types::Enveloped<clerk_fapi::types::SignUp>, Error> {
        let answer = self.device.raw().get_sign_up(self.id()).send().await?;
        let proof = super::next_step::verification(&answer.response, &way.field);
        let is_verified = proof.is_some_and(|proof| proof.status == Some(VerificationStatus::Verified));
        if is_verified { Ok(answer) } else { Err(refusal) }
    }
}
