use std::fmt;

use clerk_core::{EmailAddressId, Error, ErrorKind, PhoneNumberId, Secret, Timestamp};
use clerk_fapi::types::{
    self, PrepareReverificationFirstFactorStrategy as Prepared, ReverificationFirstFactorStrategy as Strategy,
    SignInFactorStrategy,
};

use super::{Level, Reverification, Step, usual};
use crate::frontend::step::StepError;

/// A first factor is to be proven.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// let Reverification::FirstFactor(step) = session.reverify(Level::FirstFactor).await? else {
///     return Err("there is nothing to prove".into());
/// };
/// let failed = step.password("test-of-a-wrong-one").await.expect_err("it is wrong");
/// // Another way, with the step that came back.
/// let sent = failed.into_step().email_code().await?;
/// # let typed = local.inbox().latest_code("ann@example.com").ok_or("nothing was mailed")?;
/// assert!(sent.attempt(typed).await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct FirstFactor(pub(super) Step);

/// A code was sent, and is to be given.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// # let Reverification::FirstFactor(step) = session.reverify(Level::FirstFactor).await? else { return Err("no first factor".into()) };
/// let sent = step.email_code().await?;
/// let failed = sent.attempt("000000").await.expect_err("it is another one");
/// # let typed = local.inbox().latest_code("ann@example.com").ok_or("nothing was mailed")?;
/// assert!(failed.into_step().attempt(typed).await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct FirstCode {
    step: Step,
    to: To,
}

/// Where a code goes.
#[derive(Clone, Debug)]
enum To {
    Email(Option<EmailAddressId>),
    Phone(Option<PhoneNumberId>),
}

/// A passkey is to sign.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
/// # // A passkey in software.
/// # mod passkey { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frontend/sign_in/authenticator.rs")); }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let mut system = passkey::Authenticator::new();
/// # let new = clerk.me().passkeys().create().await?;
/// # let credential = system.register(new.options());
/// # new.attempt(&credential).await?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// # let Reverification::FirstFactor(step) = session.reverify(Level::FirstFactor).await? else { return Err("no first factor".into()) };
/// let step = step.passkey().await?;
/// // The system signs, or a crate for WebAuthn: JSON in, JSON out.
/// let credential = system.answer(&serde_json::from_str(step.options().expose())?).to_string();
/// assert!(step.attempt(credential).await?.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Passkey {
    step: Step,
    options: Secret,
}

/// A browser is to be sent to an identity provider.
///
/// ```
/// use clerk_ext::frontend::reverification::{Level, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # local.clock().advance(std::time::Duration::from_secs(3600));
/// # let Reverification::FirstFactor(step) = session.reverify(Level::FirstFactor).await? else { return Err("no first factor".into()) };
/// let proven = match step.enterprise_sso("com.example.app://callback").await {
///     Ok(redirect) => {
///         println!("open {}", redirect.url());
///         redirect.finish().await? // when the browser is back
///     }
///     // Ann does not sign in with a company.
///     Err(failed) => failed.into_step().password("test-hunter2-and-more").await?,
/// };
/// assert!(proven.session()?.is_signed_in());
/// # Ok(()) }
/// ```
#[must_use]
pub struct Redirect {
    step: Step,
    url: String,
    begun_at: Timestamp,
}

impl FirstFactor {
    /// The ways that there are.
    #[must_use]
    pub fn factors(&self) -> &[types::SignInFactor] {
        &self.0.raw.supported_first_factors
    }

    /// What Clerk said.
    #[must_use]
    pub fn raw(&self) -> &types::SessionReverification {
        &self.0.raw
    }

    /// With the password.
    ///
    /// # Errors
    ///
    /// It is wrong, or Clerk cannot be reached; the step comes back.
    pub async fn password(self, password: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        let call = attempt(&self.0, Strategy::Password).password(password);
        match call.send().await {
            Ok(answer) => Ok(Reverification::of(&self.0.session, answer.response)),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends a code to the user's primary email address.
    ///
    /// # Errors
    ///
    /// There is none, one was sent a moment ago, or Clerk cannot be reached; the step comes back.
    pub async fn email_code(self) -> Result<FirstCode, StepError<Self>> {
        let usual = usual(self.factors(), &SignInFactorStrategy::EmailCode);
        let id = usual.and_then(|factor| factor.email_address_id.clone());
        self.send(To::Email(id)).await
    }

    /// Sends a code to one of the email addresses.
    ///
    /// # Errors
    ///
    /// As for [`email_code`](Self::email_code).
    pub async fn email_code_to(self, id: impl Into<EmailAddressId>) -> Result<FirstCode, StepError<Self>> {
        self.send(To::Email(Some(id.into()))).await
    }

    /// Sends a code to the user's primary phone number.
    ///
    /// # Errors
    ///
    /// As for [`email_code`](Self::email_code).
    pub async fn phone_code(self) -> Result<FirstCode, StepError<Self>> {
        let usual = usual(self.factors(), &SignInFactorStrategy::PhoneCode);
        let id = usual.and_then(|factor| factor.phone_number_id.clone());
        self.send(To::Phone(id)).await
    }

    /// Sends a code to one of the phone numbers.
    ///
    /// # Errors
    ///
    /// As for [`email_code`](Self::email_code).
    pub async fn phone_code_to(self, id: impl Into<PhoneNumberId>) -> Result<FirstCode, StepError<Self>> {
        self.send(To::Phone(Some(id.into()))).await
    }

    async fn send(self, to: To) -> Result<FirstCode, StepError<Self>> {
        match sent(&self.0, &to).await {
            Ok(raw) => Ok(FirstCode { step: self.0.with(raw), to }),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Asks for what a passkey has to sign.
    ///
    /// # Errors
    ///
    /// The user has none, or Clerk cannot be reached; the step comes back.
    pub async fn passkey(self) -> Result<Passkey, StepError<Self>> {
        let call = prepare(&self.0, Prepared::Passkey);
        let raw = match call.send().await {
            Ok(answer) => answer.response,
            Err(error) => return Err(StepError::new(self, error)),
        };
        match raw.first_factor_verification.as_ref().and_then(|verification| verification.nonce.clone()) {
            Some(options) => Ok(Passkey { step: self.0.with(raw), options }),
            None => Err(StepError::new(self, missing("what the passkey has to sign"))),
        }
    }

    /// Asks for where to send the browser, for users who sign in with their company. It comes back to `redirect_url`.
    ///
    /// # Errors
    ///
    /// The user has no such connection, or Clerk cannot be reached; the step comes back.
    pub async fn enterprise_sso(self, redirect_url: impl Into<String>) -> Result<Redirect, StepError<Self>> {
        let begun_at = self.0.session.device.core().now();
        let factor = usual(self.factors(), &SignInFactorStrategy::EnterpriseSso);
        let connection = factor.and_then(|factor| factor.enterprise_connection_id.clone());
        let mut call = prepare(&self.0, Prepared::EnterpriseSso).redirect_url(redirect_url);
        if let Some(connection) = connection {
            call = call.enterprise_connection_id(connection);
        }
        let raw = match call.send().await {
            Ok(answer) => answer.response,
            Err(error) => return Err(StepError::new(self, error)),
        };
        let verification = raw.first_factor_verification.as_ref();
        match verification.and_then(|verification| verification.external_verification_redirect_url.clone()) {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                Ok(Redirect { step: self.0.with(raw), url, begun_at })
            }
            _ => Err(StepError::new(self, missing("where the browser has to go"))),
        }
    }
}

impl FirstCode {
    /// Gives the code.
    ///
    /// # Errors
    ///
    /// It is wrong or too old, or Clerk cannot be reached; the step comes back.
    pub async fn attempt(self, code: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        let strategy = match &self.to {
            To::Email(_) => Strategy::EmailCode,
            To::Phone(_) => Strategy::PhoneCode,
        };
        match attempt(&self.step, strategy).code(code).send().await {
            Ok(answer) => Ok(Reverification::of(&self.step.session, answer.response)),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Sends another code to the same place.
    ///
    /// # Errors
    ///
    /// One was sent a moment ago, or Clerk cannot be reached; the step comes back.
    pub async fn resend(self) -> Result<Self, StepError<Self>> {
        match sent(&self.step, &self.to).await {
            Ok(raw) => Ok(Self { step: self.step.with(raw), to: self.to }),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Chooses another factor.
    pub fn another_way(self) -> FirstFactor {
        FirstFactor(self.step)
    }
}

impl Passkey {
    /// What the passkey has to sign: the request options of WebAuthn, as JSON.
    #[must_use]
    pub fn options(&self) -> &Secret {
        &self.options
    }

    /// Gives what the passkey signed: the credential of WebAuthn, as JSON.
    ///
    /// # Errors
    ///
    /// It is not what was asked for, or Clerk cannot be reached; the step comes back.
    pub async fn attempt(self, credential: impl Into<Secret>) -> Result<Reverification, StepError<Self>> {
        match attempt(&self.step, Strategy::Passkey).public_key_credential(credential).send().await {
            Ok(answer) => Ok(Reverification::of(&self.step.session, answer.response)),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// Chooses another factor.
    pub fn another_way(self) -> FirstFactor {
        FirstFactor(self.step)
    }
}

/// Without the URL, whose query is the provider's business.
impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("step", &self.step).finish_non_exhaustive()
    }
}

impl Redirect {
    /// Where to send the browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Goes on after the browser has come back: whatever it brought, Clerk is asked whether the factor was proven.
    ///
    /// # Errors
    ///
    /// It was not ([`Forbidden`](ErrorKind::Forbidden)), or Clerk cannot be reached; the step comes back.
    pub async fn finish(self) -> Result<Reverification, StepError<Self>> {
        match self.proven().await {
            Ok(next) => Ok(next),
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    async fn proven(&self) -> Result<Reverification, Error> {
        let session = &self.step.session;
        let clerk = session.device.raw();
        let now = clerk.get_session(session.id()).send().await?.response;
        // No operation tells of a reverification; the session tells when its factors were proven.
        let minutes = now.factor_verification_age.first().and_then(|minutes| u64::try_from(*minutes).ok());
        let since = session.device.core().now().as_millis().saturating_sub(self.begun_at.as_millis());
        let since = u64::try_from(since).unwrap_or_default();
        if minutes.is_none_or(|minutes| minutes.saturating_mul(60_000) > since) {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "the identity provider has not confirmed who the user is; open the URL again",
            ));
        }
        if self.step.raw.level.as_deref() == Some(Level::MultiFactor.as_str()) {
            return session.reverify(Level::SecondFactor).await;
        }
        Ok(Reverification::complete(session))
    }

    /// Chooses another factor.
    pub fn another_way(self) -> FirstFactor {
        FirstFactor(self.step)
    }
}

fn prepare(step: &Step, strategy: Prepared) -> clerk_fapi::sessions::PrepareSessionReverificationFirstFactor {
    step.session.device.raw().prepare_session_reverification_first_factor(step.session.id(), strategy)
}

fn attempt(step: &Step, strategy: Strategy) -> clerk_fapi::sessions::AttemptSessionReverificationFirstFactor {
    step.session.device.raw().attempt_session_reverification_first_factor(step.session.id(), strategy)
}

async fn sent(step: &Step, to: &To) -> Result<types::SessionReverification, Error> {
    let call = match to {
        To::Email(id) => {
            let call = prepare(step, Prepared::EmailCode);
            id.iter().fold(call, |call, id| call.email_address_id(id))
        }
        To::Phone(id) => {
            let call = prepare(step, Prepared::PhoneCode);
            id.iter().fold(call, |call, id| call.phone_number_id(id))
        }
    };
    Ok(call.send().await?.response)
}

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::Unexpected, format!("Clerk did not say {what}; choose another factor"))
}
