use std::{fmt, time::Duration};

use clerk_core::{ApiError, Error, ErrorCode, ErrorKind, Timestamp};
use clerk_fapi::types::VerificationStatus;

use super::{
    code::resend_after,
    contact::{Contact, Open, SavedContact, Unverified},
};
use crate::frontend::step::StepError;

/// How often Clerk is asked whether a link was opened.
const PERIOD: Duration = Duration::from_secs(1);

/// A link is on its way to an address that its user has to prove.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// use std::time::Duration;
///
/// let added = clerk.me().email_addresses().add("ann@work.example.com").await?;
/// let sent = added.verify_by_link("https://example.com/you-may-close-this").await?;
/// # let link = local.inbox().latest_link("ann@work.example.com").unwrap();
/// # clerk_core::reqwest::Client::builder().redirect(clerk_core::reqwest::redirect::Policy::none()).build()?.get(link).send().await?;
/// let address = sent.wait(Duration::from_secs(600)).await?;
/// # assert_eq!(address.email_address, "ann@work.example.com");
/// # Ok(()) }
/// ```
pub struct LinkSent<T: Contact> {
    pub(super) open: Open<T>,
}

impl<T: Contact> LinkSent<T> {
    /// The address that it went to.
    #[must_use]
    pub fn contact(&self) -> &T {
        &self.open.contact
    }

    /// Until when it is taken.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.open.expires_at()
    }

    /// Asks Clerk every second until the link was opened.
    ///
    /// A network that is away for a while does not end the wait. Dropping the future does, and nothing is lost then.
    ///
    /// # Errors
    ///
    /// It was not opened in time ([`ErrorKind::Timeout`]: wait again if you like), it has expired
    /// (`verification_expired`) or does not count (`verification_failed`), or Clerk refuses to say.
    pub async fn wait(self, at_most: Duration) -> Result<T, StepError<Self>> {
        let clock = self.open.acting.device.core().clock.clone();
        let end = clock.monotonic().saturating_add(at_most);
        loop {
            match self.open.look().await.and_then(outcome) {
                Ok(Some(contact)) => return Ok(contact),
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

    /// How long to wait before another link can be sent; no time, where it is not known when this one was.
    #[must_use]
    pub fn resend_after(&self) -> Duration {
        resend_after(&self.open.asked, self.open.acting.device.core().now())
    }

    /// Sends another link; the one before leads nowhere any more.
    ///
    /// # Errors
    ///
    /// It is too early (`verification_code_too_many_requests`), or the step was resumed without what was saved of it, and
    /// nobody knows where the link is to lead.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        match self.open.send().await {
            Ok(open) => Ok(Self { open }),
            Err(failed) => Err(failed.map(|open| Self { open })),
        }
    }

    /// Leaves it, to prove the address in another way; the link counts all the same.
    #[must_use]
    pub fn back(self) -> Unverified<T> {
        Unverified::back(self.open)
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedContact<T> {
        self.open.save()
    }
}

/// What has become of the link; nothing while it was not opened.
fn outcome<T: Contact>(contact: T) -> Result<Option<T>, Error> {
    let over = |code: ErrorCode, what: &'static str| {
        Err(Error::new(ErrorKind::InvalidRequest, what).with_errors([ApiError::new(code, what)]))
    };
    match contact.proof().and_then(|proof| proof.status.as_ref()) {
        Some(VerificationStatus::Verified) => Ok(Some(contact)),
        Some(VerificationStatus::Expired) => {
            over(ErrorCode::VERIFICATION_EXPIRED, "the link has expired; send another one")
        }
        Some(VerificationStatus::Failed) => {
            over(ErrorCode::VERIFICATION_FAILED, "the link is not taken any more; send another one")
        }
        _ => Ok(None),
    }
}

impl<T: Contact> fmt::Debug for LinkSent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkSent").field(&self.open.contact.id_text()).finish()
    }
}
