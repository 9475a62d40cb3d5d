use std::{fmt, time::Duration};

use clerk_core::{ErrorCode, Secret, Timestamp};

use super::contact::{Asked, Contact, Open, SavedContact, Unverified, is_verified};
use crate::frontend::{cool_down, step::StepError};

/// A code is on its way to an address or number that its user has to prove.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let mut tries = vec!["000000".to_owned()];
/// # let mut ask_for = |_: &str| tries.pop().or_else(|| local.inbox().latest_code("ann@work.example.com")).unwrap();
/// use clerk_core::ErrorCode;
///
/// let addresses = clerk.me().email_addresses();
/// let mut sent = addresses.add("ann@work.example.com").await?.verify_by_code().await?;
/// let address = loop {
///     match sent.attempt(ask_for("the code in the mail")).await {
///         Ok(address) => break address,
///         Err(failed) if failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT) => sent = failed.into_step(),
///         Err(failed) => return Err(failed.into()),
///     }
/// };
/// addresses.make_primary(&address.id).await?;
/// # Ok(()) }
/// ```
pub struct CodeSent<T: Contact> {
    pub(super) open: Open<T>,
}

impl<T: Contact> CodeSent<T> {
    /// The address or number that it went to.
    #[must_use]
    pub fn contact(&self) -> &T {
        &self.open.contact
    }

    /// By which way it went to a phone, such as `sms`.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        let told = self.open.contact.proof().and_then(|proof| proof.channel.as_deref());
        told.or(self.open.asked.channel.as_deref())
    }

    /// Until when it is taken.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.open.expires_at()
    }

    /// Tries the code.
    ///
    /// # Errors
    ///
    /// It is wrong (`form_code_incorrect`), has expired (`verification_expired`), or too many wrong ones were tried
    /// (`verification_failed`): [`resend`](Self::resend) sends another one.
    pub async fn attempt(self, code: impl Into<Secret> + Send) -> Result<T, StepError<Self>> {
        let code = code.into();
        let Open { acting, contact, .. } = &self.open;
        match acting.ask(|raw| T::attempt(raw, contact.id_text(), code)).await {
            Ok(answer) => Ok(answer.response),
            Err(error) => {
                // An earlier try may have been taken, and its answer lost.
                if error.has_code(ErrorCode::VERIFICATION_ALREADY_VERIFIED)
                    && let Ok(contact) = self.open.look().await
                    && is_verified(&contact)
                {
                    return Ok(contact);
                }
                Err(StepError::new(self, error))
            }
        }
    }

    /// How long to wait before another code can be sent; no time, where it is not known when this one was.
    #[must_use]
    pub fn resend_after(&self) -> Duration {
        resend_after(&self.open.asked, self.open.acting.device.core().now())
    }

    /// Sends another code by the same way; the one before is not taken any more.
    ///
    /// It is never done unasked.
    ///
    /// # Errors
    ///
    /// It is too early: `verification_code_too_many_requests`, and
    /// [`Error::retry_after`](clerk_core::Error::retry_after) says how long to wait.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        match self.open.send().await {
            Ok(open) => Ok(Self { open }),
            Err(failed) => Err(failed.map(|open| Self { open })),
        }
    }

    /// Leaves it, to prove it in another way; the code counts all the same.
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

pub(super) fn resend_after(asked: &Asked, now: Timestamp) -> Duration {
    cool_down::left(asked.at, now)
}

impl<T: Contact> fmt::Debug for CodeSent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CodeSent").field(&self.open.contact.id_text()).finish()
    }
}
