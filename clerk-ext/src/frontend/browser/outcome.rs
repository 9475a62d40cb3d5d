use clerk_core::{Error, ErrorCode, ErrorKind, Json, SessionId};
use clerk_fapi::types::{self, VerificationStatus};
use serde::{Deserialize, Serialize};

use super::failure::{BrowserFailure, refused};
use crate::frontend::{device::Device, session::Session, sign_in::SignIn, sign_up::SignUp};

/// How far somebody got who was in the browser.
///
/// What began as a sign-in may go on as a sign-up, and the other way round: see
/// [`without_transfer`](super::OauthStart::without_transfer).
///
/// ```
/// use clerk_ext::frontend::{BrowserOutcome, Provider};
/// # use clerk_local::ProviderAccount;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let local = clerk_local::LocalClerk::builder().configure(|it| it.attributes.password.required = false).start().await?;
/// # local.provider().add(&ProviderAccount::new("google", "bob@example.com"));
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// let pending = clerk.sign_in().oauth(Provider::GOOGLE, "com.example.app://callback").start().await?;
/// # let came_back = local.provider().approve(pending.url()).await?;
/// let session = match pending.finish(&came_back).await? {
///     BrowserOutcome::SignIn(state) => state.session()?,
///     // He had no account, and has one now.
///     BrowserOutcome::SignUp(state) => state.session()?,
///     other => other.session()?,
/// };
/// assert!(session.is_signed_in());
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "there is one of it, and patterns do not see into a box")]
pub enum BrowserOutcome {
    /// It is a sign-in now.
    SignIn(SignIn),
    /// It is a sign-up now.
    SignUp(SignUp),
}

impl BrowserOutcome {
    /// The session, if nothing is left to do.
    ///
    /// # Errors
    ///
    /// The sign-in or sign-up is not complete: the error says what it waits for.
    pub fn session(self) -> Result<Session, Error> {
        match self {
            Self::SignIn(sign_in) => sign_in.session(),
            Self::SignUp(sign_up) => sign_up.session(),
        }
    }
}

/// What somebody who signs up agreed to and brings along.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Terms {
    /// Whether a sign-in may become a sign-up and the other way round.
    pub(super) transfers: bool,
    pub(super) legal_accepted: Option<bool>,
    pub(super) unsafe_metadata: Option<Json>,
}

/// What a round trip was for, as Clerk tells it afterwards.
pub(super) enum Attempt {
    SignIn(Box<types::SignIn>),
    SignUp(Box<types::SignUp>),
}

/// What a callback said, for when the attempt does not say more.
pub(super) struct Told {
    /// What it said went wrong.
    pub(super) error: Option<Error>,
    /// Whether it brought something to redeem.
    pub(super) has_nonce: bool,
}

impl Told {
    /// Why nothing has changed.
    fn of_nothing(self) -> Error {
        let of_another = if self.has_nonce { BrowserFailure::Foreign } else { BrowserFailure::Cancelled };
        self.error.unwrap_or_else(|| of_another.into())
    }
}

impl Attempt {
    /// Whether the round trip has left any trace.
    pub(super) fn has_moved(&self) -> bool {
        let proof = self.proof();
        let status = proof.and_then(|proof| proof.status.as_ref());
        let is_unproven = matches!(status, None | Some(VerificationStatus::Unverified));
        self.created_session().is_some() || !is_unproven || proof.is_some_and(|proof| proof.error.is_some())
    }

    pub(super) fn created_session(&self) -> Option<&SessionId> {
        match self {
            Self::SignIn(sign_in) => sign_in.created_session_id.as_ref(),
            Self::SignUp(sign_up) => sign_up.created_session_id.as_ref(),
        }
    }

    fn proof(&self) -> Option<&types::Verification> {
        match self {
            Self::SignIn(sign_in) => sign_in.first_factor_verification.as_ref(),
            Self::SignUp(sign_up) => sign_up.verifications.as_ref()?.external_account.as_ref(),
        }
    }

    /// What follows from it.
    pub(super) async fn settle(self, device: &Device, told: Told, terms: &Terms) -> Result<BrowserOutcome, Error> {
        let proof = self.proof();
        let status = proof.and_then(|proof| proof.status.as_ref());
        if !self.is_done() && !self.waits_for_a_check() && status != Some(&VerificationStatus::Transferable) {
            if let Some(error) = proof.and_then(|proof| proof.error.as_ref()) {
                return match already(&error.code, error.meta.get("session_id")) {
                    Some(session) => Ok(BrowserOutcome::SignIn(SignIn::Complete(device.entered(session).await?))),
                    None => Err(refused(error)),
                };
            }
            match status {
                Some(VerificationStatus::Expired) => return Err(BrowserFailure::Late.into()),
                Some(VerificationStatus::Failed) => return Err(told.of_nothing()),
                _ if !self.has_moved() => return Err(told.of_nothing()),
                _ => {}
            }
        }
        let outcome = match self {
            Self::SignIn(sign_in) => BrowserOutcome::SignIn(SignIn::of(device, *sign_in).await?),
            Self::SignUp(sign_up) => BrowserOutcome::SignUp(SignUp::of(device, *sign_up).await?),
        };
        if terms.transfers { transferred(device, outcome, terms).await } else { Ok(outcome) }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::SignIn(sign_in) => sign_in.status == types::SignInStatus::Complete,
            Self::SignUp(sign_up) => sign_up.status == types::SignUpStatus::Complete,
        }
    }

    /// Whether Clerk wants to see more of the browser first.
    fn waits_for_a_check(&self) -> bool {
        match self {
            Self::SignIn(sign_in) => sign_in.status == types::SignInStatus::NeedsProtectCheck,
            Self::SignUp(sign_up) => sign_up.missing_fields.iter().any(|field| field == "protect_check"),
        }
    }
}

/// Goes on as the other one where it has to, with what the provider vouched for.
async fn transferred(device: &Device, outcome: BrowserOutcome, terms: &Terms) -> Result<BrowserOutcome, Error> {
    let transferred = match outcome {
        BrowserOutcome::SignIn(SignIn::Transfer(mut step)) => {
            if let Some(accepted) = terms.legal_accepted {
                step = step.legal_accepted(accepted);
            }
            if let Some(metadata) = &terms.unsafe_metadata {
                step = step.unsafe_metadata(metadata)?;
            }
            step.sign_up().await.map(BrowserOutcome::SignUp).map_err(Error::from)
        }
        BrowserOutcome::SignUp(SignUp::Transfer(step)) => {
            step.sign_in().await.map(BrowserOutcome::SignIn).map_err(Error::from)
        }
        other => return Ok(other),
    };
    match transferred {
        Err(error) => match already_in(&error) {
            Some(session) => Ok(BrowserOutcome::SignIn(SignIn::Complete(device.entered(session).await?))),
            None => Err(error),
        },
        done => done,
    }
}

/// The session of somebody who turned out to be signed in already.
///
/// `session_exists` says no more than that a device with room for one session holds one: perhaps somebody else's.
fn already(code: &str, session: Option<&Json>) -> Option<SessionId> {
    let is_signed_in = ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN == *code;
    session.filter(|_| is_signed_in).and_then(Json::as_str).map(SessionId::from)
}

fn already_in(error: &Error) -> Option<SessionId> {
    error.errors().iter().find_map(|error| already(error.code.as_str(), error.meta.as_ref()?.get("session_id")))
}

/// What is said where an answer lacks the page to open.
pub(super) fn no_page() -> Error {
    Error::new(ErrorKind::Unexpected, "the answer names no page to open in a browser; nothing was begun")
}
