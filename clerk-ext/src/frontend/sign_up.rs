mod code;
mod email_link;
mod form;
mod next_step;
mod protect_check;
mod requirements;
mod saved;
mod ticket_link;
mod transfer;
mod unfinished;
mod wallet;

use clerk_core::{Error, ErrorCode, ErrorKind, Secret, SignUpId};
use clerk_fapi::types;

use self::saved::Sent;
pub use self::{
    code::SignUpCode,
    email_link::SignUpLink,
    form::SignUpForm,
    next_step::{Field, NextStep, Proof},
    protect_check::SignUpProtectCheck,
    requirements::Requirements,
    saved::SavedSignUp,
    ticket_link::TicketLink,
    transfer::TransferToSignIn,
    unfinished::UnfinishedSignUp,
    wallet::SignUpWallet,
};
use super::{
    client::Frontend, device::Device, field_name::FieldName, session::Session, sign_in::IdToken, strategy::Strategy,
};
use crate::metadata::Metadata;

/// The ways to begin a sign-up, and to go on with one.
///
/// What is known of the person goes in with the first request; [`Requirements::next_step`] says what is left to ask for
/// and to prove.
///
/// ```
/// use clerk_ext::frontend::{Frontend, SignUp};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = Frontend::new(&local.publishable_key())?;
/// let begun = clerk.sign_up().email_address("ann@example.com").password("test-hunter2-and-more").await?;
/// let SignUp::MissingRequirements(ann) = begun else { panic!("the address is proven?") };
/// let mailed = ann.verify_email_by_code().await?;
/// # let typed = local.inbox().latest_code("ann@example.com").unwrap();
/// let session = mailed.attempt(typed).await?.session()?;
/// assert_eq!(clerk.session().map(|session| session.id().clone()), Some(session.id().clone()));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SignUps {
    pub(super) device: Device,
}

impl<M: Metadata> Frontend<M> {
    /// The ways to make somebody an account on this device.
    #[must_use]
    pub fn sign_up(&self) -> SignUps {
        SignUps { device: self.device().clone() }
    }
}

impl SignUps {
    /// Begins a sign-up with whatever is known of the person, which may be nothing.
    ///
    /// It takes the place of one that is under way on this device.
    pub fn create(&self) -> SignUpForm<Self> {
        SignUpForm::new(self.clone())
    }

    /// Begins one with an email address.
    pub fn email_address(&self, address: impl Into<String>) -> SignUpForm<Self> {
        self.create().email_address(address)
    }

    /// Begins one with an invitation: [`TicketLink`] takes its ticket out of the link.
    ///
    /// The address that was invited counts as proven; what else the instance asks for can be given along.
    ///
    /// ```
    /// use clerk_ext::frontend::{Frontend, SignUp, TicketLink};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = Frontend::new(&local.publishable_key())?;
    /// # let back_end = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url());
    /// # let invitation = back_end.build()?.invitations().create("ben@example.com").await?;
    /// # let url = invitation.url.as_ref().unwrap().expose();
    /// # let ticket = url.split_once("ticket=").unwrap().1;
    /// # let link = format!("myapp://welcome?__clerk_ticket={ticket}&__clerk_status=sign_up");
    /// let Some(TicketLink::SignUp(ticket)) = TicketLink::from_url(&link) else { panic!("not an invitation") };
    /// let ben = clerk.sign_up().ticket(ticket).password("test-hunter2-and-more").await?.session()?;
    /// # _ = ben;
    /// # Ok(()) }
    /// ```
    pub fn ticket(&self, ticket: impl Into<Secret>) -> SignUpForm<Self> {
        self.create().field(FieldName::Ticket, ticket).strategy(&Strategy::TICKET)
    }

    /// Begins one with a token in which another service says who somebody is.
    ///
    /// Whoever has an account comes out as [`SignUp::Transfer`].
    pub fn id_token(&self, token: &IdToken) -> SignUpForm<Self> {
        let form = self.create().strategy(token.strategy()).secret("token", token.token());
        match token.secret_code() {
            Some(code) => form.secret("code", code),
            None => form,
        }
    }

    /// Begins one with the address of a wallet, which is proven by
    /// [`verify_wallet`](Requirements::verify_wallet).
    pub fn web3(&self, address: impl Into<String>) -> SignUpForm<Self> {
        self.create().field(FieldName::Web3Wallet, address.into())
    }

    /// The sign-up that is under way on this device, as Clerk has it now; nothing where there is none.
    ///
    /// It is how a program goes on after it was closed, where it has a store that lasts. One whose last answer was lost
    /// may turn out to be complete.
    ///
    /// # Errors
    ///
    /// The store fails, or Clerk cannot be asked.
    pub async fn resume(&self) -> Result<Option<SignUp>, Error> {
        self.device.core().sync().await?;
        let under_way = |device: &Device| device.snapshot().sign_up().map(|sign_up| sign_up.id.clone());
        let id = match under_way(&self.device) {
            Some(id) => id,
            None => {
                self.device.raw().get_client().send().await?;
                let Some(id) = under_way(&self.device) else { return Ok(None) };
                id
            }
        };
        match self.read(&id, None).await {
            Err(error) if error.has_code(ErrorCode::RESOURCE_NOT_FOUND) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Goes on with a sign-up that was [saved](Requirements::save).
    ///
    /// # Errors
    ///
    /// This device has no such sign-up any more, or Clerk cannot be asked.
    pub async fn resume_from(&self, saved: SavedSignUp) -> Result<SignUp, Error> {
        self.device.core().sync().await?;
        self.read(&saved.id, saved.sent).await
    }

    async fn read(&self, id: &SignUpId, sent: Option<Sent>) -> Result<SignUp, Error> {
        let raw = self.device.raw().get_sign_up(id).send().await?.response;
        SignUp::with_sent(&self.device, raw, sent).await
    }
}

/// How far a sign-up has got.
///
/// ```
/// use clerk_ext::frontend::{NextStep, SignUp};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let mailed = || local.inbox().latest_code("bob@example.com").ok_or("nothing was mailed");
/// let session = match clerk.sign_up().email_address("bob@example.com").password("test-hunter2-and-more").await? {
///     SignUp::Complete(session) => session,
///     SignUp::MissingRequirements(step) => {
///         assert!(matches!(step.next_step(), NextStep::Prepare(_)));
///         step.verify_email_by_code().await?.attempt(mailed()?).await?.session()?
///     }
///     other => other.session()?, // says what is missing
/// };
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SignUp {
    /// Somebody signed up and is signed in.
    ///
    /// The session may have [tasks](Session::tasks) left, such as choosing an organization.
    Complete(Session),
    /// Something has to be given or proven yet.
    MissingRequirements(Requirements),
    /// Whoever came with an account of a provider has an account here: it goes on as a sign-in.
    Transfer(TransferToSignIn),
    /// Clerk wants to see a person or a genuine device first, which takes a browser.
    NeedsProtectCheck(SignUpProtectCheck),
    /// It was given up, or left alone for too long: another one has to be begun.
    Abandoned(UnfinishedSignUp),
    /// It is in a state that this version does not know.
    Unknown(UnfinishedSignUp),
}

impl SignUp {
    /// What an answer says.
    pub(super) async fn of(device: &Device, raw: types::SignUp) -> Result<Self, Error> {
        Self::with_sent(device, raw, None).await
    }

    /// The same, where it is known when something was sent last.
    async fn with_sent(device: &Device, raw: types::SignUp, sent: Option<Sent>) -> Result<Self, Error> {
        Ok(match (&raw.status, &raw.created_session_id) {
            (types::SignUpStatus::Complete, Some(session)) => Self::Complete(device.entered(session.clone()).await?),
            (types::SignUpStatus::MissingRequirements, _) => {
                let step = Requirements::new(device, raw, sent);
                if step.is_transferable() {
                    Self::Transfer(TransferToSignIn::new(step))
                } else if step.lacks(&FieldName::ProtectCheck) {
                    Self::NeedsProtectCheck(SignUpProtectCheck::of_step(step))
                } else {
                    Self::MissingRequirements(step)
                }
            }
            (types::SignUpStatus::Abandoned, _) => Self::Abandoned(UnfinishedSignUp::new(raw)),
            _ => Self::Unknown(UnfinishedSignUp::new(raw)),
        })
    }

    /// The session of a complete sign-up.
    ///
    /// # Errors
    ///
    /// It is not complete: the error says what it is instead.
    pub fn session(self) -> Result<Session, Error> {
        let instead = match self {
            Self::Complete(session) => return Ok(session),
            Self::MissingRequirements(step) => format!("the sign-up is not complete: {}", step.what_is_left()),
            Self::Transfer(_) => "whoever signs up has an account already; go on with the transfer".to_owned(),
            Self::NeedsProtectCheck(_) => "Clerk asks for a check that takes a browser; sign up in one".to_owned(),
            Self::Abandoned(_) => "the sign-up was abandoned; begin another one".to_owned(),
            Self::Unknown(unknown) => {
                format!("the sign-up is in the unknown state {:?}", unknown.raw().status.as_str())
            }
        };
        Err(Error::new(ErrorKind::Unexpected, instead))
    }

    /// What another run of the program needs to go on; nothing where there is nothing to go on with.
    #[must_use]
    pub fn save(&self) -> Option<SavedSignUp> {
        match self {
            Self::MissingRequirements(step) => Some(step.save()),
            Self::Transfer(step) => Some(step.save()),
            Self::NeedsProtectCheck(step) => step.save(),
            Self::Unknown(unknown) => Some(SavedSignUp { id: unknown.raw().id.clone(), sent: None }),
            Self::Complete(_) | Self::Abandoned(_) => None,
        }
    }
}
