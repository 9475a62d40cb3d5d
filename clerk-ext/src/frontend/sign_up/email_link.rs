use std::{fmt, time::Duration};

use clerk_core::{Error, ErrorCode, ErrorKind, Timestamp};
use clerk_fapi::types::{self, SignUpStatus, VerificationStatus};

use super::{Requirements, SavedSignUp, SignUp, requirements::Way};
use crate::frontend::{
    sign_in::{LinkOpened, over},
    step::StepError,
};

/// How often Clerk is asked whether the link was opened.
const PERIOD: Duration = Duration::from_secs(1);

/// A link is on its way to the person who signs up.
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::frontend::SignUp;
/// # use clerk_ext::{Bytes, http::Request};
/// # use tower_service::Service as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let begun = clerk.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await?;
/// let SignUp::MissingRequirements(step) = begun else { return Err("nothing is missing".into()) };
/// let mailed = step.verify_email_by_link_polling("https://example.com/you-may-close-this").await?;
/// # let link = local.inbox().latest_link("bob@example.com").ok_or("nothing was mailed")?;
/// # local.transport().call(Request::get(link).body(Bytes::new())?).await?;
/// // He opens it, on this device or on another.
/// let opened = mailed.wait(Duration::from_secs(300)).await?;
/// assert!(opened.next.session()?.is_signed_in());
/// # Ok(()) }
/// ```
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
    /// A network that is away for a while does not end the wait. Dropping the future does, and nothing is lost then.
    ///
    /// # Errors
    ///
    /// It was not opened in time ([`ErrorKind::Timeout`]: wait again if you like), it has expired
    /// (`verification_expired`) or does not count (`verification_failed`), or Clerk refuses to say.
    pub async fn wait(self, at_most: Duration) -> Result<LinkOpened<SignUp>, StepError<Self>> {
        let clock = self.step.device.core().clock.clone();
        let end = clock.monotonic().saturating_add(at_most);
        loop {
            let looked = match self.step.device.raw().get_sign_up(self.step.id()).send().await {
                Ok(answer) => self.outcome(answer.response).await,
                Err(error) => Err(error),
            };
            match looked {
                Ok(Some(opened)) => return Ok(opened),
                Ok(None) => {}
                Err(error) if error.is_retryable() => {}
                Err(error) => return Err(StepError::new(self, error)),
            }
            let left = end.saturating_sub(clock.monotonic());
            if left.is_zero() {
                let late = "the link was not opened in time; wait again or send another";
                return Err(StepError::new(self, Error::new(ErrorKind::Timeout, late)));
            }
            clock.sleep(PERIOD.min(left)).await;
        }
    }

    /// What has become of the link; nothing while it was not opened.
    async fn outcome(&self, now: types::SignUp) -> Result<Option<LinkOpened<SignUp>>, Error> {
        let proof = super::next_step::verification(&now, &self.way.field);
        let at = proof.and_then(|proof| proof.verified_at_client.clone());
        let device = &self.step.device;
        let here = device.snapshot().client().map(|client| client.id.as_str().to_owned());
        let elsewhere = at.is_some() && at != here;
        let is_open = now.status == SignUpStatus::MissingRequirements;
        match proof.and_then(|proof| proof.status.as_ref()) {
            Some(VerificationStatus::Expired) if is_open => Err(over(ErrorCode::VERIFICATION_EXPIRED, "expired")),
            Some(VerificationStatus::Failed) if is_open => {
                Err(over(ErrorCode::VERIFICATION_FAILED, "is not taken any more"))
            }
            Some(VerificationStatus::Unverified) | None if is_open => Ok(None),
            _ => Ok(Some(LinkOpened::new(SignUp::of(device, now).await?, elsewhere))),
        }
        .map_err(|error| error.with_operation("getSignUps"))
    }

    /// Until when it counts.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.step.verification(&self.way)?.expire_at
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
        f.debug_tuple("SignUpLink").field(self.step.id()).finish()
    }
}
