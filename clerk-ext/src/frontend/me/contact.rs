use std::{fmt, marker::PhantomData};

use clerk_core::{Error, ErrorCode, Prepared, Secret, SessionId, Timestamp};
use clerk_fapi::{
    email_addresses::{CreateEmailAddress, GetEmailAddress, SendVerificationEmail, VerifyEmailAddress},
    phone_numbers::{CreatePhoneNumber, GetPhoneNumber, SendVerificationSms, VerifyPhoneNumber},
    types::{EmailAddress, Enveloped, PhoneCodeChannel, PhoneNumber, User, Verification, VerificationStatus},
};
use serde::{Deserialize, Serialize};

use super::{acting::Acting, code::CodeSent, link::LinkSent};
use crate::{
    frontend::{device::Device, step::StepError},
    sealed::Sealed,
};

/// An email address or a phone number: where a user can be reached, once they have proven it.
///
/// Implemented for these two types, and not to be implemented elsewhere.
pub trait Contact: Sealed + Clone + fmt::Debug + Send + Sync + Sized + 'static {
    /// How it goes by code.
    #[doc(hidden)]
    const CODE: &'static str;
    #[doc(hidden)]
    type Create: Prepared<Answer = Enveloped<Self>> + 'static;
    #[doc(hidden)]
    type Get: Prepared<Answer = Enveloped<Self>> + 'static;
    #[doc(hidden)]
    type Prepare: Prepared<Answer = Enveloped<Self>> + 'static;
    #[doc(hidden)]
    type Attempt: Prepared<Answer = Enveloped<Self>> + 'static;

    #[doc(hidden)]
    fn create(client: &clerk_fapi::Client, text: &str) -> Self::Create;
    #[doc(hidden)]
    fn get(client: &clerk_fapi::Client, id: &str) -> Self::Get;
    #[doc(hidden)]
    fn prepare(client: &clerk_fapi::Client, id: &str, strategy: &str) -> Self::Prepare;
    #[doc(hidden)]
    fn attempt(client: &clerk_fapi::Client, id: &str, code: Secret) -> Self::Attempt;
    #[doc(hidden)]
    fn among(user: User) -> Vec<Self>;

    #[doc(hidden)]
    fn id_text(&self) -> &str;
    #[doc(hidden)]
    fn is(&self, text: &str) -> bool;
    #[doc(hidden)]
    fn proof(&self) -> Option<&Verification>;
}

impl Sealed for EmailAddress {}

impl Contact for EmailAddress {
    const CODE: &'static str = "email_code";
    type Create = CreateEmailAddress;
    type Get = GetEmailAddress;
    type Prepare = SendVerificationEmail;
    type Attempt = VerifyEmailAddress;

    fn create(client: &clerk_fapi::Client, text: &str) -> Self::Create {
        client.create_email_address(text)
    }

    fn get(client: &clerk_fapi::Client, id: &str) -> Self::Get {
        client.get_email_address(id)
    }

    fn prepare(client: &clerk_fapi::Client, id: &str, strategy: &str) -> Self::Prepare {
        client.send_verification_email(id, strategy)
    }

    fn attempt(client: &clerk_fapi::Client, id: &str, code: Secret) -> Self::Attempt {
        client.verify_email_address(id, code)
    }

    fn among(user: User) -> Vec<Self> {
        user.email_addresses
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    fn is(&self, text: &str) -> bool {
        self.email_address.eq_ignore_ascii_case(text.trim())
    }

    fn proof(&self) -> Option<&Verification> {
        self.verification.as_ref()
    }
}

impl Sealed for PhoneNumber {}

impl Contact for PhoneNumber {
    const CODE: &'static str = "phone_code";
    type Create = CreatePhoneNumber;
    type Get = GetPhoneNumber;
    type Prepare = SendVerificationSms;
    type Attempt = VerifyPhoneNumber;

    fn create(client: &clerk_fapi::Client, text: &str) -> Self::Create {
        client.create_phone_number(text)
    }

    fn get(client: &clerk_fapi::Client, id: &str) -> Self::Get {
        client.get_phone_number(id)
    }

    fn prepare(client: &clerk_fapi::Client, id: &str, strategy: &str) -> Self::Prepare {
        client.send_verification_sms(id, strategy)
    }

    fn attempt(client: &clerk_fapi::Client, id: &str, code: Secret) -> Self::Attempt {
        client.verify_phone_number(id, code)
    }

    fn among(user: User) -> Vec<Self> {
        user.phone_numbers
    }

    fn id_text(&self) -> &str {
        self.id.as_str()
    }

    fn is(&self, text: &str) -> bool {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        digits(&self.phone_number) == digits(text)
    }

    fn proof(&self) -> Option<&Verification> {
        self.verification.as_ref()
    }
}

/// How far the proof of an address or number has got, and with it what can be done next.
///
/// ```
/// use clerk_ext::frontend::ContactState;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let addresses = clerk.me().email_addresses();
/// let added = addresses.add("ann@example.org").await?;
/// let sent = added.verify_by_code().await?;
/// let kept = sent.save(); // for another run of the program
/// # drop(sent);
///
/// # let typed = local.inbox().latest_code("ann@example.org").ok_or("nothing was mailed")?;
/// match addresses.resume_from(kept).await? {
///     ContactState::CodeSent(sent) => assert_eq!(sent.attempt(typed).await?.email_address, "ann@example.org"),
///     other => return Err(format!("{other:?}").into()),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ContactState<T: Contact> {
    /// It is proven.
    Verified(T),
    /// Nothing was sent, or what was sent is taken no more.
    Unverified(Unverified<T>),
    /// A code was sent.
    CodeSent(CodeSent<T>),
    /// A link was sent; never to a phone.
    LinkSent(LinkSent<T>),
}

impl<T: Contact> ContactState<T> {
    /// What an answer says, where it may be known what was asked for.
    pub(super) fn of(acting: Acting, contact: T, asked: Option<Asked>) -> Self {
        let proof = contact.proof();
        let strategy = proof.and_then(|proof| proof.strategy.as_ref()).map_or("", |strategy| strategy.as_str());
        let status = proof.and_then(|proof| proof.status.clone());
        let asked = match asked.filter(|asked| asked.strategy == strategy) {
            Some(asked) => asked,
            None => Asked {
                strategy: strategy.to_owned(),
                channel: proof.and_then(|proof| proof.channel.clone()),
                ..Asked::default()
            },
        };
        match (status, asked.strategy.as_str()) {
            (Some(VerificationStatus::Verified), _) => Self::Verified(contact),
            (Some(VerificationStatus::Unverified), code) if code == T::CODE => {
                Self::CodeSent(CodeSent { open: Open { acting, contact: Box::new(contact), asked } })
            }
            (Some(VerificationStatus::Unverified), "email_link") => {
                Self::LinkSent(LinkSent { open: Open { acting, contact: Box::new(contact), asked } })
            }
            _ => Self::Unverified(Unverified { acting, contact: Box::new(contact) }),
        }
    }

    /// What Clerk says of it now.
    pub(super) async fn fetch(acting: Acting, id: &str, asked: Option<Asked>) -> Result<Self, Error> {
        let contact = acting.ask(|raw| T::get(raw, id)).await?.response;
        Ok(Self::of(acting, contact, asked))
    }

    /// What was saved, as it stands now.
    pub(super) async fn resumed(device: &Device, saved: SavedContact<T>) -> Result<Self, Error> {
        Self::fetch(Acting::in_session(device, saved.session), &saved.id, saved.asked).await
    }
}

/// An address or number that the user has not proven yet.
///
/// Clerk keeps it with the user all the same, but it does not count for anything.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let added = clerk.me().phone_numbers().add("+15555550123").await?;
/// let sent = added.verify_by_code().await?;
/// # let code = local.inbox().latest_code("+15555550123").unwrap();
/// let number = sent.attempt(code).await?;
/// # assert_eq!(number.phone_number, "+15555550123");
/// # Ok(()) }
/// ```
pub struct Unverified<T: Contact> {
    acting: Acting,
    contact: Box<T>,
}

impl<T: Contact> Unverified<T> {
    /// Adds one; where an earlier try has added it and its answer was lost, it is that one.
    pub(super) async fn add(acting: &Acting, text: &str) -> Result<Self, Error> {
        let acting = acting.pinned().await?;
        let contact = match acting.ask(|raw| T::create(raw, text)).await {
            Ok(answer) => answer.response,
            Err(error) if error.has_code(ErrorCode::FORM_IDENTIFIER_EXISTS) => {
                let known = T::among(acting.fetch().await?);
                known.into_iter().find(|one| one.is(text) && !is_verified(one)).ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        Ok(Self { acting, contact: Box::new(contact) })
    }

    pub(super) fn back(open: Open<T>) -> Self {
        Self { acting: open.acting, contact: open.contact }
    }

    /// The address or number as Clerk knows it.
    #[must_use]
    pub fn contact(&self) -> &T {
        &self.contact
    }

    /// Sends a code to it.
    ///
    /// # Errors
    ///
    /// One was sent a moment ago (`verification_code_too_many_requests`), or the instance does not verify by code.
    pub async fn verify_by_code(self) -> Result<CodeSent<T>, StepError<Self>> {
        self.code(None).await
    }

    async fn code(self, channel: Option<String>) -> Result<CodeSent<T>, StepError<Self>> {
        let asked = Asked { strategy: T::CODE.to_owned(), channel, ..Asked::default() };
        Ok(CodeSent { open: self.open(asked).await? })
    }

    async fn open(self, asked: Asked) -> Result<Open<T>, StepError<Self>> {
        let Self { acting, contact } = self;
        match (Open { acting, contact, asked }).send().await {
            Ok(open) => Ok(open),
            Err(failed) => Err(failed.map(Self::back)),
        }
    }

    /// What another run of the program needs to go on.
    #[must_use]
    pub fn save(&self) -> SavedContact<T> {
        SavedContact::of(&self.acting, self.contact.as_ref(), None)
    }
}

impl Unverified<PhoneNumber> {
    /// Sends a code to it by this way, such as WhatsApp, in place of the one that the instance prefers.
    ///
    /// # Errors
    ///
    /// As of [`verify_by_code`](Self::verify_by_code), or the instance does not send in this way.
    pub async fn verify_by_code_over(
        self,
        channel: impl Into<PhoneCodeChannel> + Send,
    ) -> Result<CodeSent<PhoneNumber>, StepError<Self>> {
        let channel = channel.into().as_str().to_owned();
        self.code(Some(channel)).await
    }
}

impl Unverified<EmailAddress> {
    /// Sends a link to it, which leads to this page once it was opened, on whichever device that is.
    ///
    /// # Errors
    ///
    /// One was sent a moment ago (`verification_code_too_many_requests`), the instance does not verify by link, or the
    /// page is none that Clerk leads to.
    pub async fn verify_by_link(
        self,
        redirect_url: impl Into<String> + Send,
    ) -> Result<LinkSent<EmailAddress>, StepError<Self>> {
        let asked =
            Asked { strategy: "email_link".to_owned(), redirect_url: Some(redirect_url.into()), ..Asked::default() };
        Ok(LinkSent { open: self.open(asked).await? })
    }
}

impl<T: Contact> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unverified").field(&self.contact.id_text()).finish()
    }
}

pub(super) fn is_verified(contact: &impl Contact) -> bool {
    contact.proof().is_some_and(|proof| proof.status == Some(VerificationStatus::Verified))
}

/// What was asked for when something was sent: what it takes to ask again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) strategy: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) redirect_url: Option<String>,
    /// Nothing where it is only known that it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

/// A proof under way: something was sent.
pub(super) struct Open<T> {
    pub(super) acting: Acting,
    pub(super) contact: Box<T>,
    pub(super) asked: Asked,
}

impl<T: Contact> Open<T> {
    /// Sends what was asked for, once.
    pub(super) async fn send(mut self) -> Result<Self, StepError<Self>> {
        let mut call = self.acting.ask(|raw| T::prepare(raw, self.contact.id_text(), &self.asked.strategy));
        // The document of the API says nothing of the channel.
        for (name, value) in [("channel", &self.asked.channel), ("redirect_url", &self.asked.redirect_url)] {
            if let Some(value) = value {
                call.call().with_field(name, value.as_str().into());
            }
        }
        match call.await {
            Ok(answer) => {
                *self.contact = answer.response;
                self.asked.at = Some(self.acting.device.core().now());
                Ok(self)
            }
            Err(error) => Err(StepError::new(self, error)),
        }
    }

    /// What Clerk says of it now.
    pub(super) async fn look(&self) -> Result<T, Error> {
        Ok(self.acting.ask(|raw| T::get(raw, self.contact.id_text())).await?.response)
    }

    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.contact.proof()?.expire_at
    }

    pub(super) fn save(&self) -> SavedContact<T> {
        SavedContact::of(&self.acting, self.contact.as_ref(), Some(&self.asked))
    }
}

/// An address or number that is being proven, to be gone on with by another run of the program.
///
/// It holds ids and what was sent when: no secret. The device has to be the same, and its
/// [store](crate::frontend::CredentialStore) must have been kept too.
///
/// It is kept and taken up again as [`SavedSignIn`](crate::frontend::SavedSignIn) is, which has an example.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct SavedContact<T: Contact> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Asked>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T: Contact> SavedContact<T> {
    fn of(acting: &Acting, contact: &T, asked: Option<&Asked>) -> Self {
        Self {
            session: acting.session().cloned(),
            id: contact.id_text().to_owned(),
            asked: asked.cloned(),
            of: PhantomData,
        }
    }
}
