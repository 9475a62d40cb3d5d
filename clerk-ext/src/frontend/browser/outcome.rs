use clerk_core::{Error, ErrorCode, ErrorKind, Json, SessionId};
use clerk_fapi::types::{self, SignInStatus, VerificationStatus};
use serde::{Deserialize, Serialize};

use super::failure::{BrowserFailure, refused};
use crate::frontend::{device::Device, session::Session, sign_in::SignIn, sign_up::SignUp};

/// How far somebody got who was in the browser.
///
/// What began as a sign-in may go on as a sign-up, and the other way round: see
/// [`without_transfer`](super::OauthStart::without_transfer).
#[derive(Debug)]
#[non_exhaustive]
pub enum BrowserOutcome {
    /// It is a sign-in now.
    SignIn(SignIn),
    /// It is a sign-up now.
    SignUp(SignUp),
}

impl BrowserOutcome {
    /// The session, where somebody is signed in.
    #[must_use]
    pub fn session(self) -> Option<Session> {
        match self {
            Self::SignIn(SignIn::Complete(session)) | Self::SignUp(SignUp::Complete(session)) => Some(session),
            _ => None,
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
        let has_moved = self.has_moved();
        let is_done = match &self {
            Self::SignIn(sign_in) => sign_in.status == SignInStatus::Complete,
            Self::SignUp(sign_up) => sign_up.status == types::SignUpStatus::Complete,
        };
        let has_check = match &self {
            Self::SignIn(it) => it.status == SignInStatus::NeedsProtectCheck || it.protect_check.is_some(),
            Self::SignUp(it) => it.missing_fields.iter().any(|field| field == "protect_check"),
        };
        if is_done || has_check {
            return self.goes_on(device).await;
        }
        let proof = self.proof();
        let status = proof.and_then(|proof| proof.status.clone());
        let error = proof.and_then(|proof| proof.error.clone());
        let is_elsewhere = error.as_ref().is_some_and(|error| error.code == self.elsewhere());
        if is_elsewhere || status == Some(VerificationStatus::Transferable) {
            return match (terms.transfers, error) {
                (true, _) => self.transfer(device, terms).await,
                (false, Some(error)) => Err(refused(&error)),
                (false, None) => Err(told.of_nothing()),
            };
        }
        if let Some(error) = error {
            return match already(&error.code, error.meta.get("session_id")) {
                Some(session) => Ok(BrowserOutcome::SignIn(SignIn::Complete(device.entered(session).await?))),
                None => Err(refused(&error)),
            };
        }
        match status {
            Some(VerificationStatus::Expired) => Err(BrowserFailure::Late.into()),
            Some(VerificationStatus::Failed) => Err(told.of_nothing()),
            _ if !has_moved => Err(told.of_nothing()),
            _ => self.goes_on(device).await,
        }
    }

    /// What Clerk says where somebody signs in who has yet to sign up, or the other way round.
    fn elsewhere(&self) -> &'static str {
        match self {
            Self::SignIn(_) => "external_account_not_found",
            Self::SignUp(_) => "external_account_exists",
        }
    }

    async fn goes_on(self, device: &Device) -> Result<BrowserOutcome, Error> {
        Ok(match self {
            Self::SignIn(sign_in) => BrowserOutcome::SignIn(SignIn::of(device, *sign_in).await?),
            Self::SignUp(sign_up) => BrowserOutcome::SignUp(SignUp::of(device, *sign_up).await?),
        })
    }

    /// Goes on as the other one, with what the provider vouched for.
    async fn transfer(self, device: &Device, terms: &Terms) -> Result<BrowserOutcome, Error> {
        let locale = device.core().locale.as_deref();
        let sent = match self {
            Self::SignIn(_) => {
                let mut call = device.raw().create_sign_up().transfer(true);
                if let Some(locale) = locale {
                    call = call.locale(locale);
                }
                if let Some(accepted) = terms.legal_accepted {
                    call = call.legal_accepted(accepted);
                }
                if let Some(metadata) = &terms.unsafe_metadata {
                    call = call.unsafe_metadata(metadata.clone());
                }
                call.send().await.map(|answer| Self::SignUp(Box::new(answer.response)))
            }
            Self::SignUp(_) => {
                let mut call = device.raw().create_sign_in().transfer(true);
                if let Some(locale) = locale {
                    call = call.locale(locale);
                }
                call.send().await.map(|answer| Self::SignIn(Box::new(answer.response)))
            }
        };
        match sent {
            Ok(attempt) => attempt.goes_on(device).await,
            Err(error) => match already_in(&error) {
                Some(session) => Ok(BrowserOutcome::SignIn(SignIn::Complete(device.entered(session).await?))),
                None => Err(error),
            },
        }
    }
}

/// The session of somebody who turned out to be signed in already.
fn already(code: &str, session: Option<&Json>) -> Option<SessionId> {
    let is_signed_in =
        [ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN, ErrorCode::SESSION_EXISTS].iter().any(|one| *one == *code);
    session.filter(|_| is_signed_in).and_then(Json::as_str).map(SessionId::from)
}

fn already_in(error: &Error) -> Option<SessionId> {
    error.errors().iter().find_map(|error| already(error.code.as_str(), error.meta.as_ref()?.get("session_id")))
}

/// What is said where an answer lacks the page to open.
pub(super) fn no_page() -> Error {
    Error::new(ErrorKind::Unexpected, "the answer names no page to open in a browser; nothing was begun")
}
