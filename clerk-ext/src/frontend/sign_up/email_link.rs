use std::{fmt, time::Duration};

use clerk_core::{Error, ErrorKind};
use clerk_fapi::types::{SignUpStatus, VerificationStatus};

use super::{Requirements, SavedSignUp, SignUp, requirements::Way};
use crate::frontend::step::StepError;

/// How often Clerk is asked whether the link was opened.
const EVERY: Duration = Duration::from_secs(1);

/// A link is on its way to the person who signs up.
pub struct SignUpLink {
    step: Requirements,
    way: Way,
}

impl SignUpLink {
    pub(super) fn new(step: Requirements, way: Way) -> Self {
        Self { step, way }
    }

    /// Waits until the link was opened, on whichever device that is, asking once a second.
    ///
    /// Dropped, it can be begun again.
    ///
    /// # Errors
    ///
    /// It was not opened in time ([`ErrorKind::Timeout`]: wait again), or does not count any more:
    /// [`status`](Self::status) of the step says whether it expired or failed, and [`resend`](Self::resend) sends
    /// another one.
    pub async fn wait(mut self, at_most: Duration) -> Result<SignUp, StepError<Self>> {
        let clock = self.step.device.core().clock.clone();
        let end = clock.monotonic().saturating_add(at_most);
        loop {
            match self.step.device.raw().get_sign_up(self.step.id()).send().await {
                Ok(answer) => *self.step.raw = answer.response,
                // What does not last is waited out.
                Err(error) if error.is_retryable() && clock.monotonic() < end => {}
                Err(error) => return Err(StepError::new(self, error)),
            }
            if self.is_settled() {
                let opened = SignUp::of(&self.step.device, (*self.step.raw).clone()).await;
                return opened.map_err(|error| StepError::new(self, error));
            }
            let over = match self.status() {
                Some(VerificationStatus::Expired) => Some("the link has expired; send another one"),
                Some(VerificationStatus::Failed) => {
                    Some("the link was opened where it does not count; send another one")
                }
                _ => None,
            };
            if let Some(why) = over {
                return Err(StepError::new(self, Error::new(ErrorKind::Forbidden, why)));
            }
            if clock.monotonic() >= end {
                let late = "the link was not opened in time; wait again, or send another one";
                return Err(StepError::new(self, Error::new(ErrorKind::Timeout, late)));
            }
            clock.sleep(EVERY).await;
        }
    }

    /// Whether there is nothing to wait for any more.
    fn is_settled(&self) -> bool {
        let is_verified = matches!(self.status(), None | Some(VerificationStatus::Verified));
        is_verified || self.step.raw.status != SignUpStatus::MissingRequirements
    }

    /// How far it is, as was seen last.
    #[must_use]
    pub fn status(&self) -> Option<&VerificationStatus> {
        self.step.verification(&self.way)?.status.as_ref()
    }

    /// Mails another link; the one before counts no more. When that is taken, [`resend_after`](Self::resend_after) says.
    ///
    /// # Errors
    ///
    /// It is too early, or Clerk was not reached.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        let Self { step, way } = self;
        match step.prepare(&way).await {
            Ok(step) => Ok(Self { step, way }),
            Err(failed) => Err(failed.map(|step| Self { step, way })),
        }
    }

    /// How long to wait before another link can be sent; no time, where it is not known when this one was.
    #[must_use]
    pub fn resend_after(&self) -> Duration {
        self.step.resend_after(&self.way)
    }

    /// Leaves it; the link counts all the same.
    #[must_use]
    pub fn back(self) -> Requirements {
        self.step
    }

    /// What to keep in order to go on in another run: asked to verify the same address, it sends no other link.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        self.step.save()
    }
}

impl fmt::Debug for SignUpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignUpLink").field("id", self.step.id()).field("status", &self.status()).finish()
    }
}
