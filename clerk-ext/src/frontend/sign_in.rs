mod attempt;
mod begin;
mod code;
mod first_factor;
mod identifier;
mod link;
mod new_password;
mod passkey;
mod protect_check;
mod saved;
mod second_factor;
mod transfer;
mod trusted_device;
mod unfinished;
mod wallet;

use clerk_core::{Error, ErrorKind};
use clerk_fapi::types;

use self::attempt::{Asked, Attempt, Stage};
pub(super) use self::link::over;
pub(super) use self::trusted_device::fixed_signature;
pub use self::{
    begin::IdToken,
    code::SignInCode,
    first_factor::FirstFactor,
    identifier::NeedsIdentifier,
    link::{LinkOpened, SignInLink},
    new_password::NewPassword,
    passkey::SignInPasskey,
    protect_check::{SignInProtectCheck, SignInProtection},
    saved::SavedSignIn,
    second_factor::SecondFactor,
    transfer::TransferToSignUp,
    unfinished::UnfinishedSignIn,
    wallet::SignInWallet,
};
use super::{client::Frontend, device::Device, session::Session};
use crate::metadata::Metadata;

/// The ways to begin a sign-in, and to go on with one.
///
/// A device has one sign-in at a time: beginning another one takes the place of the one before.
///
/// ```
/// use clerk_ext::frontend::SignIn;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// // Who it is, and then what they can prove it with.
/// let session = match clerk.sign_in().identifier("ann@example.com").await? {
///     SignIn::NeedsFirstFactor(step) => {
///         let mut ways = step.factors().iter().filter_map(|factor| factor.strategy.as_ref());
///         assert!(ways.any(|way| way.as_str() == "password"));
///         step.password("test-hunter2-and-more").await?.session()?
///     }
///     other => other.session()?, // says what is missing
/// };
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SignIns {
    pub(super) device: Device,
    sign_up_if_missing: bool,
}

impl<M: Metadata> Frontend<M> {
    /// The ways to sign somebody in on this device.
    #[must_use]
    pub fn sign_in(&self) -> SignIns {
        SignIns { device: self.device().clone(), sign_up_if_missing: false }
    }
}

/// How far a sign-in has got, and with it what can be done next.
///
/// Each state holds the steps that exist in it. A step is used up by success only: what fails gives it back in its
/// [`StepError`](super::StepError). A future that is dropped half-way takes its step with it, but not the sign-in:
/// [`SignIns::resume`] finds it again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.backup_codes = vec!["test-backup-1".to_owned()];
/// # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// use clerk_ext::frontend::SignIn;
///
/// let session = match clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await? {
///     SignIn::Complete(session) => session,
///     SignIn::NeedsSecondFactor(step) => step.backup_code("test-backup-1").await?.session()?,
///     other => other.session()?, // says what is missing
/// };
/// println!("signed in: {}", session.id());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum SignIn {
    /// Somebody is signed in, and their session is in the foreground.
    Complete(Session),
    /// Nobody has said yet who they are.
    NeedsIdentifier(NeedsIdentifier),
    /// They have to prove it: by a password, a code, a key.
    NeedsFirstFactor(FirstFactor),
    /// A code was sent, as the first or the second factor.
    NeedsCode(SignInCode),
    /// A link was sent by email.
    NeedsLink(SignInLink),
    /// A passkey has to sign.
    NeedsPasskey(SignInPasskey),
    /// A wallet has to sign.
    NeedsSignature(SignInWallet),
    /// The first factor is proven, and the account has a second one.
    NeedsSecondFactor(SecondFactor),
    /// The password was right, but this device is new to the account: a code or link says that it is theirs.
    ///
    /// It is proven by the same steps as a second factor.
    NeedsClientTrust(SecondFactor),
    /// Who they are is proven; the account has to have another password.
    NeedsNewPassword(NewPassword),
    /// Clerk wants to see a person or a genuine device first, which takes a browser.
    NeedsProtectCheck(SignInProtectCheck),
    /// What was proven belongs to nobody yet: an account can be made of it.
    Transfer(TransferToSignUp),
    /// It took too long; another one has to be begun.
    Abandoned(UnfinishedSignIn),
    /// It is in a state that this version does not know.
    Unknown(UnfinishedSignIn),
}

impl SignIn {
    /// The session, if nothing is left to do.
    ///
    /// # Errors
    ///
    /// The sign-in is not complete: the error says what it waits for.
    pub fn session(self) -> Result<Session, Error> {
        match self {
            Self::Complete(session) => Ok(session),
            other => Err(Error::new(
                ErrorKind::Unexpected,
                format!("the sign-in is not complete: it is at SignIn::{}, go on from there", other.name()),
            )),
        }
    }

    /// What another run of the program needs to go on; nothing where there is nothing to go on with.
    #[must_use]
    pub fn save(&self) -> Option<SavedSignIn> {
        match self {
            Self::NeedsIdentifier(step) => Some(step.save()),
            Self::NeedsFirstFactor(step) => Some(step.save()),
            Self::NeedsCode(step) => Some(step.save()),
            Self::NeedsLink(step) => Some(step.save()),
            Self::NeedsPasskey(step) => Some(step.save()),
            Self::NeedsSignature(step) => Some(step.save()),
            Self::NeedsSecondFactor(step) | Self::NeedsClientTrust(step) => Some(step.save()),
            Self::NeedsNewPassword(step) => Some(step.save()),
            Self::NeedsProtectCheck(step) => step.save(),
            Self::Transfer(step) => step.save(),
            Self::Unknown(step) => Some(SavedSignIn::of(step.raw(), None)),
            Self::Complete(_) | Self::Abandoned(_) => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Complete(_) => "Complete",
            Self::NeedsIdentifier(_) => "NeedsIdentifier",
            Self::NeedsFirstFactor(_) => "NeedsFirstFactor",
            Self::NeedsCode(_) => "NeedsCode",
            Self::NeedsLink(_) => "NeedsLink",
            Self::NeedsPasskey(_) => "NeedsPasskey",
            Self::NeedsSignature(_) => "NeedsSignature",
            Self::NeedsSecondFactor(_) => "NeedsSecondFactor",
            Self::NeedsClientTrust(_) => "NeedsClientTrust",
            Self::NeedsNewPassword(_) => "NeedsNewPassword",
            Self::NeedsProtectCheck(_) => "NeedsProtectCheck",
            Self::Transfer(_) => "Transfer",
            Self::Abandoned(_) => "Abandoned",
            Self::Unknown(_) => "Unknown",
        }
    }

    /// What an answer says.
    pub(super) async fn of(device: &Device, raw: types::SignIn) -> Result<Self, Error> {
        Self::after(Attempt::new(device, raw), None).await
    }

    /// What an answer says, where it is known what was asked for.
    async fn after(attempt: Attempt, asked: Option<Asked>) -> Result<Self, Error> {
        match (&attempt.raw.status, &attempt.raw.created_session_id) {
            (types::SignInStatus::Complete, Some(session)) => {
                Ok(Self::Complete(attempt.device.entered(session.clone()).await?))
            }
            _ => Ok(Self::standing(attempt, asked)),
        }
    }

    /// Where an attempt stands that is not complete; nobody is asked.
    fn standing(attempt: Attempt, asked: Option<Asked>) -> Self {
        let stage = match attempt.raw.status {
            types::SignInStatus::NeedsIdentifier | types::SignInStatus::NeedsFirstFactor => Stage::First,
            _ => Stage::Second,
        };
        if stage == Stage::First && attempt.is_transferable() {
            return Self::Transfer(TransferToSignUp::of_attempt(attempt));
        }
        match attempt.prompt(stage, asked) {
            Ok(prompt) => prompt,
            Err(attempt) => Self::bare(attempt),
        }
    }

    /// The same, whatever was prepared in it.
    fn bare(attempt: Attempt) -> Self {
        match attempt.raw.status {
            types::SignInStatus::NeedsIdentifier => Self::NeedsIdentifier(NeedsIdentifier::new(attempt)),
            types::SignInStatus::NeedsFirstFactor => Self::NeedsFirstFactor(FirstFactor::new(attempt)),
            types::SignInStatus::NeedsSecondFactor => Self::NeedsSecondFactor(SecondFactor::new(attempt)),
            types::SignInStatus::NeedsClientTrust => Self::NeedsClientTrust(SecondFactor::new(attempt)),
            types::SignInStatus::NeedsNewPassword => Self::NeedsNewPassword(NewPassword::new(attempt)),
            types::SignInStatus::NeedsProtectCheck => Self::NeedsProtectCheck(SignInProtectCheck::of_attempt(attempt)),
            types::SignInStatus::Abandoned => Self::Abandoned(UnfinishedSignIn::new(attempt)),
            _ => Self::Unknown(UnfinishedSignIn::new(attempt)),
        }
    }
}
