//! What the steps of a sign-in have in common: the attempt as Clerk told it last, and how it is moved on.

use std::fmt;

use clerk_core::{Error, ErrorCode, ErrorKind, Prepared, Secret, SessionId, SignInId, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

use super::{
    SignIn, code::SignInCode, link::SignInLink, passkey::SignInPasskey, transfer::TransferToSignUp,
    wallet::SignInWallet,
};
use crate::frontend::{device::Device, strategy::Strategy};

/// An attempt to sign in, and the device that it belongs to.
#[derive(Clone)]
pub(in crate::frontend) struct Attempt {
    pub(in crate::frontend) device: Device,
    pub(in crate::frontend) raw: Box<types::SignIn>,
}

/// Which of the two proofs a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    First,
    /// The second factor, and what tells that a device is the user's.
    Second,
}

/// What was asked for when something was prepared: what it takes to ask again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) strategy: Strategy,
    #[serde(default)]
    pub(super) factor: Option<types::SignInFactor>,
    #[serde(default)]
    pub(super) channel: Option<types::PhoneCodeChannel>,
    #[serde(default)]
    pub(super) redirect_url: Option<String>,
    /// Nothing where it is only known that it was asked for.
    #[serde(default)]
    pub(super) at: Option<Timestamp>,
}

impl Asked {
    pub(super) fn new(strategy: impl Into<Strategy>, at: Timestamp) -> Self {
        Self { strategy: strategy.into(), factor: None, channel: None, redirect_url: None, at: Some(at) }
    }

    pub(super) fn of_factor(mut self, factor: Option<&types::SignInFactor>) -> Self {
        self.factor = factor.cloned();
        self
    }
}

/// The strategy of a factor, as the API spells it.
pub(super) fn strategy_of(factor: &types::SignInFactor) -> &str {
    factor.strategy.as_ref().map_or("", types::SignInFactorStrategy::as_str)
}

/// The session of whoever is signed in on this device already, where that is why a request was refused.
pub(super) fn already_signed_in(error: &Error, code: &ErrorCode) -> Option<SessionId> {
    let refused = error.errors().iter().find(|one| one.code == *code)?;
    let of = |meta: Option<&serde_json::Value>| {
        let id = meta?.get("session_id")?.as_str().filter(|id| !id.is_empty())?;
        Some(SessionId::from(id))
    };
    of(refused.meta.as_ref()).or_else(|| of(error.meta()))
}

impl Attempt {
    pub(in crate::frontend) fn new(device: &Device, raw: types::SignIn) -> Self {
        Self { device: device.clone(), raw: Box::new(raw) }
    }

    pub(super) fn id(&self) -> &SignInId {
        &self.raw.id
    }

    pub(super) fn client(&self) -> &clerk_fapi::Client {
        self.device.raw()
    }

    pub(super) fn factors(&self, stage: Stage) -> &[types::SignInFactor] {
        match stage {
            Stage::First => &self.raw.supported_first_factors,
            Stage::Second => &self.raw.supported_second_factors,
        }
    }

    pub(super) fn verification(&self, stage: Stage) -> Option<&types::Verification> {
        match stage {
            Stage::First => self.raw.first_factor_verification.as_ref(),
            Stage::Second => self.raw.second_factor_verification.as_ref(),
        }
    }

    /// Whether the proof holds, but of somebody who has no account.
    pub(super) fn is_transferable(&self) -> bool {
        let status = self.verification(Stage::First).and_then(|first| first.status.as_ref());
        status == Some(&types::VerificationStatus::Transferable)
    }

    /// Which of the ways of a strategy to take: that of the address or number that was typed, or else the one to offer
    /// first.
    ///
    /// Where Clerk does not tell what an account has, the server chooses.
    pub(super) fn choose(&self, stage: Stage, strategy: &Strategy) -> Result<Option<&types::SignInFactor>, Error> {
        let factors = self.factors(stage);
        let mut of_strategy = factors.iter().filter(|factor| strategy_of(factor) == strategy.as_str());
        let typed = |factor: &&types::SignInFactor| {
            let identifier = self.raw.identifier.as_deref();
            factor.safe_identifier.as_deref().zip(identifier).is_some_and(|(safe, it)| safe.eq_ignore_ascii_case(it))
        };
        let chosen = of_strategy
            .clone()
            .find(typed)
            .or_else(|| of_strategy.clone().find(|factor| factor.default))
            .or_else(|| of_strategy.next());
        if chosen.is_none() && !factors.is_empty() {
            let offered: Vec<_> = factors.iter().map(strategy_of).collect();
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("{strategy} is no way to go on with this sign-in, but one of these is: {}", offered.join(", ")),
            ));
        }
        Ok(chosen)
    }

    /// Sets out to prove something, and says which step comes of it.
    pub(super) async fn prepare(&self, stage: Stage, asked: Asked) -> Result<SignIn, Error> {
        SignIn::after(self.ask(stage, &asked).await?, Some(asked)).await
    }

    /// Has a code or link sent, or asks for what is to be signed.
    pub(super) async fn ask(&self, stage: Stage, asked: &Asked) -> Result<Self, Error> {
        let factor = asked.factor.clone().unwrap_or_default();
        let raw = match stage {
            Stage::First => {
                let mut call = self.client().prepare_sign_in_factor_one(self.id(), asked.strategy.as_str());
                if let Some(id) = factor.email_address_id {
                    call = call.email_address_id(id);
                }
                if let Some(id) = factor.phone_number_id {
                    call = call.phone_number_id(id);
                }
                if let Some(id) = factor.web3_wallet_id {
                    call = call.web3_wallet_id(id);
                }
                if let Some(id) = factor.trusted_device_id {
                    call = call.trusted_device_id(id);
                }
                if let Some(channel) = &asked.channel {
                    call = call.channel(channel.clone());
                }
                if let Some(url) = &asked.redirect_url {
                    call = call.redirect_url(url);
                }
                call.send().await?.response
            }
            Stage::Second => {
                let mut call = self.client().prepare_sign_in_factor_two(self.id(), asked.strategy.as_str());
                if let Some(id) = factor.email_address_id {
                    call = call.email_address_id(id);
                }
                if let Some(id) = factor.phone_number_id {
                    call = call.phone_number_id(id);
                }
                if let Some(url) = &asked.redirect_url {
                    call = call.redirect_url(url);
                }
                call.send().await?.response
            }
        };
        Ok(Self::new(&self.device, raw))
    }

    /// Tries a code.
    pub(super) async fn attempt_code(&self, stage: Stage, strategy: &Strategy, code: Secret) -> Result<SignIn, Error> {
        match stage {
            Stage::First => {
                self.go_on(self.client().attempt_sign_in_factor_one(self.id(), strategy.as_str()).code(code)).await
            }
            Stage::Second => {
                self.go_on(self.client().attempt_sign_in_factor_two(self.id(), strategy.as_str(), code)).await
            }
        }
    }

    /// Sends a request that moves the attempt on, and says where it stands then.
    pub(super) async fn go_on<P>(&self, call: P) -> Result<SignIn, Error>
    where
        P: Prepared<Answer = types::Enveloped<types::SignIn>>,
    {
        match call.into_future().await {
            Ok(answer) => SignIn::of(&self.device, answer.response).await,
            Err(error) => self.refused(error).await,
        }
    }

    /// Some refusals say where the attempt stands.
    async fn refused(&self, error: Error) -> Result<SignIn, Error> {
        if let Some(session) = already_signed_in(&error, &ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN) {
            return Ok(SignIn::Complete(self.device.entered(session).await?));
        }
        if error.has_code(ErrorCode::SIGN_UP_IF_MISSING_TRANSFER) {
            return Ok(SignIn::Transfer(TransferToSignUp::of_attempt(self.clone())));
        }
        let moved_on =
            error.has_code(ErrorCode::VERIFICATION_ALREADY_VERIFIED) || error.has_code(ErrorCode::CLIENT_STATE_INVALID);
        if moved_on
            && let Ok(now) = self.look().await
            && now.raw.status != self.raw.status
        {
            // An earlier try was taken, and its answer lost.
            return SignIn::after(now, None).await;
        }
        Err(error)
    }

    /// The attempt as it is now.
    pub(super) async fn look(&self) -> Result<Self, Error> {
        let answer = self.client().get_sign_in(self.id()).send().await?;
        Ok(Self::new(&self.device, answer.response))
    }

    /// The step that waits for what was prepared, if something was and still can be answered.
    pub(super) fn prompt(self, stage: Stage, asked: Option<Asked>) -> Result<SignIn, Self> {
        let waits = matches!(
            self.raw.status,
            types::SignInStatus::NeedsIdentifier
                | types::SignInStatus::NeedsFirstFactor
                | types::SignInStatus::NeedsSecondFactor
                | types::SignInStatus::NeedsClientTrust
        );
        let asked = match self.verification(stage) {
            Some(verification) if is_open(verification) => {
                let strategy = verification.strategy.as_ref().map(|strategy| Strategy::from(strategy.as_str()));
                match asked.filter(|asked| strategy.as_ref().is_none_or(|strategy| *strategy == asked.strategy)) {
                    Some(asked) => Some(asked),
                    None => strategy.map(|strategy| self.was_asked(stage, strategy, verification)),
                }
            }
            Some(_) => None,
            // Clerk does not tell everything of an account that it does not want to be guessed.
            None => asked,
        };
        let Some(asked) = asked.filter(|_| waits) else { return Err(self) };
        match asked.strategy.as_str() {
            _ if is_code(&asked.strategy) => Ok(SignIn::NeedsCode(SignInCode::new(self, stage, asked))),
            "email_link" => Ok(SignIn::NeedsLink(SignInLink::new(self, stage, asked))),
            "passkey" => SignInPasskey::of(self).map(SignIn::NeedsPasskey),
            _ if asked.strategy.is_web3() => SignInWallet::of(self, asked).map(SignIn::NeedsSignature),
            _ => Err(self),
        }
    }

    /// What must have been asked for, where only the answer is known.
    fn was_asked(&self, stage: Stage, strategy: Strategy, verification: &types::Verification) -> Asked {
        let factor = self.choose(stage, &strategy).ok().flatten().cloned();
        let channel = verification.channel.as_deref().map(types::PhoneCodeChannel::from);
        Asked { strategy, factor, channel, redirect_url: None, at: None }
    }
}

/// Whether a code is sent.
pub(super) fn is_code(strategy: &Strategy) -> bool {
    [
        Strategy::EMAIL_CODE,
        Strategy::PHONE_CODE,
        Strategy::RESET_PASSWORD_EMAIL_CODE,
        Strategy::RESET_PASSWORD_PHONE_CODE,
    ]
    .contains(strategy)
}

/// For a factor that is none of a code.
pub(super) fn no_code(strategy: &Strategy) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        format!("{strategy} is proven by no code that could be sent; take its own step"),
    )
}

fn is_open(verification: &types::Verification) -> bool {
    matches!(verification.status, None | Some(types::VerificationStatus::Unverified))
}

/// For an answer to a preparation that leads to another step than it should.
pub(super) fn elsewhere(state: &SignIn) -> Error {
    Error::new(
        ErrorKind::Unexpected,
        format!(
            "this was prepared, but the sign-in is now at SignIn::{}; resume it and go on from there",
            state.name()
        ),
    )
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("id", self.id()).field("status", &self.raw.status).finish_non_exhaustive()
    }
}
