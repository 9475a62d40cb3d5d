use std::{fmt, time::Duration};

use clerk_core::{
    Bytes, Error, ErrorCode, ErrorKind, Timestamp,
    http::{Response, StatusCode},
};
use clerk_fapi::types;

use super::{
    SavedSignIn, SignIn,
    attempt::{Asked, Attempt, Stage, elsewhere},
};
use crate::frontend::step::StepError;

/// How often Clerk is asked whether a link was opened.
const PERIOD: Duration = Duration::from_secs(1);

/// A sign-in that waits for a link to be opened, which was sent by email.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// use std::time::Duration;
///
/// use clerk_ext::frontend::SignIn;
///
/// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else { return Ok(()) };
/// let sent = step.email_link_polling("https://example.com/you-may-close-this").await?;
/// println!("open the link in the mail to {}", sent.safe_identifier().unwrap_or("you"));
/// # let link = local.inbox().latest_link("ann@example.com").unwrap();
/// # clerk_core::reqwest::Client::builder().redirect(clerk_core::reqwest::redirect::Policy::none()).build()?.get(link).send().await?;
/// let opened = sent.wait(Duration::from_secs(600)).await?;
/// let session = opened.next.session()?;
/// # _ = session;
/// # Ok(()) }
/// ```
pub struct SignInLink {
    pub(in crate::frontend) attempt: Attempt,
    stage: Stage,
    asked: Asked,
}

/// What came of a link that was opened.
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::frontend::SignIn;
/// # use clerk_ext::{Bytes, http::Request};
/// # use tower_service::Service as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? else {
///     return Err("she has nothing to prove".into());
/// };
/// let mailed = step.email_link_polling("https://example.com/verified").await?;
/// # let link = local.inbox().latest_link("ann@example.com").ok_or("nothing was mailed")?;
/// # local.transport().call(Request::get(link).body(Bytes::new())?).await?;
/// // She opens it, on this device or on another.
/// let opened = mailed.wait(Duration::from_secs(300)).await?;
/// assert!(opened.next.session()?.is_signed_in() && opened.elsewhere);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct LinkOpened<S = SignIn> {
    /// Where the sign-in, or the sign-up, stands now.
    pub next: S,
    /// Whether it was opened in a browser or on a device that is another client of Clerk than this one, as it is where
    /// this is a program and the mail is read in a browser.
    pub elsewhere: bool,
}

impl<S> LinkOpened<S> {
    pub(in crate::frontend) fn new(next: S, elsewhere: bool) -> Self {
        Self { next, elsewhere }
    }
}

impl SignInLink {
    pub(super) fn new(attempt: Attempt, stage: Stage, asked: Asked) -> Self {
        Self { attempt, stage, asked }
    }

    /// Where it was sent, so that its owner knows it again; nothing where Clerk does not tell.
    #[must_use]
    pub fn safe_identifier(&self) -> Option<&str> {
        self.asked.factor.as_ref()?.safe_identifier.as_deref()
    }

    /// Until when the link is taken.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.attempt.verification(self.stage)?.expire_at
    }

    /// Asks Clerk every second until the link was opened.
    ///
    /// A network that is away for a while does not end the wait. Dropping the future does, and nothing is lost then.
    ///
    /// # Errors
    ///
    /// It was not opened in time ([`ErrorKind::Timeout`]: wait again if you like), it has expired
    /// (`verification_expired`) or does not count (`verification_failed`), or Clerk refuses to say.
    pub async fn wait(self, at_most: Duration) -> Result<LinkOpened, StepError<Self>> {
        let clock = self.attempt.device.core().clock.clone();
        let end = clock.monotonic().saturating_add(at_most);
        loop {
            let looked = match self.attempt.look().await {
                Ok(now) => self.outcome(now).await,
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
                let error =
                    Error::new(ErrorKind::Timeout, "the link was not opened in time; wait again or send another");
                return Err(StepError::new(self, error));
            }
            clock.sleep(PERIOD.min(left)).await;
        }
    }

    /// What has become of the link; nothing while it was not opened.
    async fn outcome(&self, now: Attempt) -> Result<Option<LinkOpened>, Error> {
        let verification = now.verification(self.stage);
        let at = verification.and_then(|verification| verification.verified_at_client.clone());
        let here = now.device.snapshot().client().map(|client| client.id.as_str().to_owned());
        let elsewhere = at.is_some() && at != here;
        match verification.and_then(|verification| verification.status.as_ref()) {
            Some(types::VerificationStatus::Expired) => Err(over(ErrorCode::VERIFICATION_EXPIRED, "expired")),
            Some(types::VerificationStatus::Failed) => {
                Err(over(ErrorCode::VERIFICATION_FAILED, "is not taken any more"))
            }
            Some(types::VerificationStatus::Unverified) | None if now.raw.status == self.attempt.raw.status => Ok(None),
            _ => Ok(Some(LinkOpened { next: SignIn::after(now, None).await?, elsewhere })),
        }
    }

    /// Sends another link; the one before leads nowhere any more.
    ///
    /// # Errors
    ///
    /// It is too early (`verification_code_too_many_requests`), or the step was [resumed](super::SignIns::resume)
    /// without what was saved of it, and nobody knows where the link is to lead.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        let asked = Asked { at: Some(self.attempt.device.core().now()), ..self.asked.clone() };
        match self.attempt.prepare(self.stage, asked).await {
            Ok(SignIn::NeedsLink(sent)) => Ok(sent),
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

/// The error for a link that will not be opened any more, with the code that a code of the same fate is refused with.
pub(in crate::frontend) fn over(code: ErrorCode, what: &str) -> Error {
    let body = serde_json::json!({ "errors": [{
        "code": code.as_str(),
        "message": what,
        "long_message": format!("the link {what}; send another one"),
    }]});
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    Error::from_response("getSignIn", answer)
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SignInLink").field(self.attempt.id()).finish()
    }
}
