use std::{fmt, time::Duration};

use clerk_core::{Error, ErrorKind, SignUpId};
use clerk_fapi::types::{self, PhoneCodeChannel, VerificationNextAction, VerificationStatus, VerificationStrategy};

use super::{
    NextStep, SavedSignUp, SignUp, SignUpCode, SignUpForm, SignUpLink, SignUpWallet, next_step::verification,
    saved::Sent,
};
use crate::frontend::{cool_down, device::Device, field_name::FieldName, step::StepError, strategy::Strategy};

/// A sign-up with something left to be given or proven.
///
/// [`next_step`](Self::next_step) says what, in a good order to ask for it; a form that follows it to the end serves
/// every instance, however it is set up.
///
/// ```
/// use clerk_ext::frontend::{FieldName, Frontend, NextStep, SignUp};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = Frontend::new(&local.publishable_key())?;
/// # let ask = |name: &FieldName| if *name == FieldName::Password { "test-hunter2-and-more" } else { "ann@example.com" };
/// # let mailed = || local.inbox().latest_code("ann@example.com").unwrap();
/// let mut sign_up = clerk.sign_up().create().await?;
/// let session = loop {
///     let step = match sign_up {
///         SignUp::Complete(session) => break session,
///         SignUp::MissingRequirements(step) => step,
///         other => panic!("{other:?}"),
///     };
///     sign_up = match step.next_step() {
///         NextStep::Collect(fields) => {
///             let mut form = step.update();
///             for field in fields.iter().filter(|field| field.required) {
///                 form = form.field(field.name.clone(), ask(&field.name));
///             }
///             form.await?
///         }
///         NextStep::Prepare(proof) | NextStep::Attempt(proof) if proof.field == FieldName::EmailAddress => {
///             step.verify_email_by_code().await?.attempt(mailed()).await?
///         }
///         other => panic!("{other:?}"),
///     };
/// };
/// # _ = session;
/// # Ok(()) }
/// ```
pub struct Requirements {
    pub(in crate::frontend) device: Device,
    pub(in crate::frontend) raw: Box<types::SignUp>,
    /// What was sent last, as far as this device knows.
    sent: Option<Sent>,
    /// Whether an answer was lost, so that Clerk may know more than this says.
    is_doubtful: bool,
}

/// How something is to be proven.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) field: FieldName,
    pub(super) strategy: Strategy,
    pub(super) channel: Option<PhoneCodeChannel>,
    pub(super) redirect_url: Option<String>,
}

impl Way {
    fn new(field: FieldName, strategy: Strategy) -> Self {
        Self { field, strategy, channel: None, redirect_url: None }
    }
}

impl Requirements {
    pub(super) fn new(device: &Device, raw: types::SignUp, sent: Option<Sent>) -> Self {
        Self { device: device.clone(), raw: Box::new(raw), sent, is_doubtful: false }
    }

    /// The id of the sign-up.
    #[must_use]
    pub fn id(&self) -> &SignUpId {
        &self.raw.id
    }

    /// All that Clerk says of it: what was given so far, what is required, until when it can go on.
    #[must_use]
    pub fn raw(&self) -> &types::SignUp {
        &self.raw
    }

    /// What to ask for, or to have proven, next.
    #[must_use]
    pub fn next_step(&self) -> NextStep {
        NextStep::of(&self.raw)
    }

    /// Gives more, or something else than before; a changed address or number has to be proven anew.
    ///
    /// ```
    /// # use clerk_ext::frontend::{Frontend, SignUp};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = Frontend::new(&local.publishable_key())?;
    /// # let begun = clerk.sign_up().email_address("ann@example.com").await?;
    /// # let SignUp::MissingRequirements(step) = begun else { panic!() };
    /// let refused = step.update().password("short").await.expect_err("it is too short");
    /// assert_eq!(refused.error().param(), Some("password"));
    /// let step = refused.into_step();
    /// let sign_up = step.update().password("test-hunter2-and-more").first_name("Ann").await?;
    /// # _ = sign_up;
    /// # Ok(()) }
    /// ```
    pub fn update(self) -> SignUpForm<Self> {
        SignUpForm::new(self)
    }

    /// Mails a code, unless one is out that can still be given.
    ///
    /// # Errors
    ///
    /// Nothing can be sent to the address, it was sent to a moment ago, or Clerk was not reached; asked again, no second
    /// code goes out if the first one did.
    pub async fn verify_email_by_code(self) -> Result<SignUpCode, StepError<Self>> {
        self.code(Way::new(FieldName::EmailAddress, Strategy::EMAIL_CODE)).await
    }

    /// Sends a code to the phone, unless one is out that can still be given; by text message unless a channel is named.
    ///
    /// ```
    /// # use clerk_ext::frontend::{Frontend, SignUp};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder();
    /// # let local = local.configure(|it| it.attributes.email_address.required = false).start().await?;
    /// # let clerk = Frontend::new(&local.publishable_key())?;
    /// let form = clerk.sign_up().create().phone_number("+15551234567").password("test-hunter2-and-more");
    /// let SignUp::MissingRequirements(step) = form.await? else { panic!("nothing to prove?") };
    /// let sent = step.verify_phone_by_code(None).await?;
    /// # let typed = local.inbox().latest_code("+15551234567").unwrap();
    /// let session = sent.attempt(typed).await?.session()?;
    /// # _ = session;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`verify_email_by_code`](Self::verify_email_by_code).
    pub async fn verify_phone_by_code(
        self,
        channel: impl Into<Option<PhoneCodeChannel>> + Send,
    ) -> Result<SignUpCode, StepError<Self>> {
        let mut way = Way::new(FieldName::PhoneNumber, Strategy::PHONE_CODE);
        way.channel = channel.into();
        self.code(way).await
    }

    /// Mails a link, unless one is out that can still be opened; it may be opened on any device, and leads on to
    /// `redirect_url` there.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use clerk_ext::frontend::{Frontend, SignUp};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = Frontend::new(&local.publishable_key())?;
    /// # let form = clerk.sign_up().email_address("ann@example.com").password("test-hunter2-and-more");
    /// # let SignUp::MissingRequirements(step) = form.await? else { panic!() };
    /// let mailed = step.verify_email_by_link_polling("https://app.example.com/opened").await?;
    /// # let link = local.inbox().latest_link("ann@example.com").unwrap();
    /// # let open = clerk_ext::http::Request::get(link).body(clerk_ext::Bytes::new())?;
    /// # tower_service::Service::call(&mut local.transport(), open).await.map_err(|error| error.to_string())?;
    /// let session = mailed.wait(Duration::from_secs(300)).await?.next.session()?;
    /// # _ = session;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`verify_email_by_code`](Self::verify_email_by_code).
    pub async fn verify_email_by_link_polling(
        self,
        redirect_url: impl Into<String> + Send,
    ) -> Result<SignUpLink, StepError<Self>> {
        let mut way = Way::new(FieldName::EmailAddress, Strategy::EMAIL_LINK);
        way.redirect_url = Some(redirect_url.into());
        let step = self.prepared(&way).await?;
        Ok(SignUpLink::new(step, way))
    }

    /// Asks what the wallet has to sign, by a strategy such as `web3_metamask_signature`.
    ///
    /// # Errors
    ///
    /// The instance takes no such wallets, or none that gives something to sign, or Clerk was not reached.
    pub async fn verify_wallet(self, strategy: impl Into<Strategy> + Send) -> Result<SignUpWallet, StepError<Self>> {
        let way = Way::new(FieldName::Web3Wallet, strategy.into());
        SignUpWallet::of(self.prepared(&way).await?, way)
    }

    /// Asks Clerk how far it is, after something happened elsewhere.
    ///
    /// # Errors
    ///
    /// This device has no such sign-up any more, or Clerk was not reached.
    pub async fn refresh(self) -> Result<SignUp, StepError<Self>> {
        let answer = self.device.raw().get_sign_up(self.id()).send().await;
        self.answered(answer, None).await
    }

    /// What to keep in order to go on in another run.
    #[must_use]
    pub fn save(&self) -> SavedSignUp {
        SavedSignUp { id: self.id().clone(), sent: self.sent.clone() }
    }

    async fn code(self, way: Way) -> Result<SignUpCode, StepError<Self>> {
        let step = self.prepared(&way).await?;
        Ok(SignUpCode::new(step, way))
    }

    /// Sees to it that a proof is begun, and begins none twice.
    async fn prepared(mut self, way: &Way) -> Result<Self, StepError<Self>> {
        if self.is_doubtful {
            match self.device.raw().get_sign_up(self.id()).send().await {
                Ok(answer) => self.raw = Box::new(answer.response),
                Err(error) => return Err(StepError::new(self, error)),
            }
            self.is_doubtful = false;
            if self.raw.status != types::SignUpStatus::MissingRequirements {
                let moved = "the sign-up has moved on, though the answer that said so was lost; refresh it";
                return Err(StepError::new(self, Error::new(ErrorKind::Unexpected, moved)));
            }
        }
        if self.is_under_way(way) { Ok(self) } else { self.prepare(way).await }
    }

    /// Begins a proof, anew where there was one.
    pub(super) async fn prepare(mut self, way: &Way) -> Result<Self, StepError<Self>> {
        let mut prepare = self.device.raw().prepare_sign_up_verification(self.id(), way.strategy.as_str());
        if let Some(channel) = &way.channel {
            prepare = prepare.channel(channel.clone());
        }
        if let Some(url) = &way.redirect_url {
            prepare = prepare.redirect_url(url);
        }
        match prepare.send().await {
            Ok(answer) => {
                self.raw = Box::new(answer.response);
                self.sent = Some(Sent { strategy: way.strategy.clone(), at: self.device.core().now() });
                Ok(self)
            }
            Err(error) => {
                self.is_doubtful = may_have_taken_effect(&error);
                Err(StepError::new(self, error))
            }
        }
    }

    /// What an answer about this sign-up makes of it; `sends` is what the request sent to the person by itself.
    pub(super) async fn answered(
        self,
        answer: Result<types::Enveloped<types::SignUp>, Error>,
        sends: Option<Strategy>,
    ) -> Result<SignUp, StepError<Self>> {
        let answered = match answer {
            Ok(answer) => {
                let now = self.device.core().now();
                let sent = sends.map(|strategy| Sent { strategy, at: now }).or_else(|| self.sent.clone());
                SignUp::with_sent(&self.device, answer.response, sent).await
            }
            Err(error) => Err(error),
        };
        answered.map_err(|error| self.failed(error))
    }

    fn failed(mut self, error: Error) -> StepError<Self> {
        self.is_doubtful = self.is_doubtful || may_have_taken_effect(&error);
        StepError::new(self, error)
    }

    pub(super) fn lacks(&self, field: &FieldName) -> bool {
        self.raw.missing_fields.iter().any(|missing| missing == field.as_str())
    }

    pub(super) fn verification(&self, way: &Way) -> Option<&types::Verification> {
        verification(&self.raw, &way.field)
    }

    /// Whether the account at a provider belongs to somebody who is a user already.
    pub(super) fn is_transferable(&self) -> bool {
        let external = self.raw.verifications.as_ref().and_then(|all| all.external_account.as_ref());
        external.is_some_and(|external| external.status == Some(VerificationStatus::Transferable))
    }

    /// Whether something was sent that can still be given.
    fn is_under_way(&self, way: &Way) -> bool {
        let Some(verification) = self.verification(way) else { return false };
        let channel = way.channel.as_ref().map(PhoneCodeChannel::as_str);
        verification.next_action == Some(VerificationNextAction::NeedsAttempt)
            && matches!(verification.status, None | Some(VerificationStatus::Unverified))
            && verification.strategy.as_ref().map(VerificationStrategy::as_str) == Some(way.strategy.as_str())
            && verification.expire_at.is_none_or(|end| end > self.device.core().now())
            && channel.is_none_or(|channel| verification.channel.as_deref() == Some(channel))
    }

    /// How long Clerk will not send another one.
    pub(super) fn resend_after(&self, way: &Way) -> Duration {
        let sent = self.sent.as_ref().filter(|sent| sent.strategy == way.strategy);
        cool_down::left(sent.map(|sent| sent.at), self.device.core().now())
    }

    /// What is left, in words: names of fields, nothing that somebody typed.
    pub(super) fn what_is_left(&self) -> String {
        let list = |names: &[String]| names.join(", ");
        match (self.raw.missing_fields.as_slice(), self.raw.unverified_fields.as_slice()) {
            ([], []) => "Clerk does not say what is left".to_owned(),
            (missing, []) => format!("missing are {}", list(missing)),
            ([], unverified) => format!("to be verified are {}", list(unverified)),
            (missing, unverified) => format!("missing are {}, to be verified {}", list(missing), list(unverified)),
        }
    }
}

/// Whether the request may have been carried out all the same.
fn may_have_taken_effect(error: &Error) -> bool {
    let unknown = matches!(
        error.kind(),
        ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Offline | ErrorKind::Decode | ErrorKind::Server
    );
    unknown && !error.is_unsent()
}

impl fmt::Debug for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requirements")
            .field("id", self.id())
            .field("missing", &self.raw.missing_fields)
            .field("unverified", &self.raw.unverified_fields)
            .finish_non_exhaustive()
    }
}
