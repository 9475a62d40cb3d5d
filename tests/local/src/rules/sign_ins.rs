//! Attempts to sign in: what they wait for, and how they end.

use std::time::Duration;

use clerk_core::{SessionId, SignInId, Timestamp, UserId};

use super::{factors, lockout, sessions};
use crate::{
    failure::Failure,
    inbound::Inbound,
    model::{session, sign_in::SignIn, user::User},
    state::State,
};

/// What an attempt waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Abandoned,
    NeedsIdentifier,
    NeedsFirstFactor,
    NeedsNewPassword,
    NeedsSecondFactor,
    NeedsClientTrust,
    Complete,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Abandoned => "abandoned",
            Self::NeedsIdentifier => "needs_identifier",
            Self::NeedsFirstFactor => "needs_first_factor",
            Self::NeedsNewPassword => "needs_new_password",
            Self::NeedsSecondFactor => "needs_second_factor",
            Self::NeedsClientTrust => "needs_client_trust",
            Self::Complete => "complete",
        }
    }
}

/// What an attempt waits for now.
pub(crate) fn status(state: &State, sign_in: &SignIn, now: Timestamp) -> Status {
    let first = sign_in.first.as_ref().is_some_and(|first| first.is_verified());
    let second = sign_in.second.as_ref().is_some_and(|second| second.is_verified());
    let user = user(state, sign_in);
    if sign_in.created_session_id.is_some() {
        Status::Complete
    } else if sign_in.abandon_at <= now {
        Status::Abandoned
    } else if user.is_none() && sign_in.identifier.is_none() {
        Status::NeedsIdentifier
    } else if !first || user.is_none() {
        Status::NeedsFirstFactor
    } else if sign_in.needs_new_password {
        Status::NeedsNewPassword
    } else if !second && needs_second_factor(state, sign_in) {
        Status::NeedsSecondFactor
    } else if !second && sign_in.needs_client_trust {
        Status::NeedsClientTrust
    } else {
        Status::Complete
    }
}

/// The user who is signing in.
pub(crate) fn user<'a>(state: &'a State, sign_in: &SignIn) -> Option<&'a User> {
    sign_in.user_id.as_ref().and_then(|id| state.tables.users.get(id))
}

/// Whether the user has a second factor that the first one does not stand in for.
fn needs_second_factor(state: &State, sign_in: &SignIn) -> bool {
    let passkey = sign_in.first.as_ref().is_some_and(|first| first.strategy == "passkey");
    !passkey && user(state, sign_in).is_some_and(|user| !factors::second(state, user).is_empty())
}

/// Whether a password given on this client has to be followed by a code, since the user was never seen there.
fn is_untrusted(state: &State, sign_in: &SignIn) -> bool {
    let password = sign_in.first.as_ref().is_some_and(|first| first.strategy == "password");
    let Some(user) = user(state, sign_in) else { return false };
    state.settings().client_trust
        && password
        && !user.bypass_client_trust
        && !knows_client(user, sign_in)
        && !factors::client_trust(state, user).is_empty()
}

/// Whether the user has signed in on the client of the attempt before.
pub(crate) fn knows_client(user: &User, sign_in: &SignIn) -> bool {
    user.known_clients.iter().any(|known| known == sign_in.client_id.as_str())
}

/// The session that a client has open for a user.
pub(crate) fn session_of(
    state: &State,
    client: &clerk_core::ClientId,
    user: &UserId,
    now: Timestamp,
) -> Option<SessionId> {
    let of_client = state.tables.sessions.find(&format!("client:{client}"));
    let mut open = of_client
        .filter(|session| session.user_id == *user && sessions::status(session, now) == session::Status::Active);
    open.next().map(|session| session.id.clone())
}

/// The failure for a user who is signed in on the client already.
pub(crate) fn already_signed_in(session: &SessionId) -> Failure {
    Failure::new(400, "identifier_already_signed_in", "already signed in")
        .explained("this account is signed in on this client already; use its session")
        .with("session_id", session.as_str())
}

/// Goes on after something was proven: completes the attempt and opens its session where nothing is left to prove.
///
/// Gives the session that was opened now.
///
/// # Errors
///
/// The user may not sign in, or is signed in on the client already.
pub(crate) fn proceed(
    state: &mut State,
    id: &SignInId,
    inbound: Option<&Inbound>,
    now: Timestamp,
) -> Result<Option<SessionId>, Failure> {
    let Some(sign_in) = state.tables.sign_ins.get(id) else { return Ok(None) };
    let proven = sign_in.first.as_ref().is_some_and(|first| first.is_verified());
    let Some(user) = user(state, sign_in).filter(|_| proven && sign_in.created_session_id.is_none()) else {
        return Ok(None);
    };
    lockout::check(state, user, now)?;
    if let Some(session) = session_of(state, &sign_in.client_id, &user.id, now) {
        return Err(already_signed_in(&session));
    }
    let user_id = user.id.clone();
    if is_untrusted(state, sign_in)
        && let Some(mut sign_in) = state.tables.sign_ins.edit(id)
    {
        sign_in.needs_client_trust = true;
    }
    let Some(sign_in) = state.tables.sign_ins.get(id) else { return Ok(None) };
    if status(state, sign_in, now) != Status::Complete {
        return Ok(None);
    }
    let strategy = sign_in.first.as_ref().map(|first| first.strategy.clone());
    let opening = sessions::Opening {
        actor: sign_in.actor.clone(),
        second_factor: strategy.as_deref() == Some("passkey")
            || sign_in.second.as_ref().is_some_and(|second| second.is_verified()),
        strategy,
        organization_id: sign_in.organization_id.clone(),
        max_duration: sign_in.session_seconds.map(Duration::from_secs),
    };
    let client = sign_in.client_id.clone();
    let session = sessions::create(state, &client, &user_id, opening, inbound, now);
    if let Some(mut sign_in) = state.tables.sign_ins.edit(id) {
        sign_in.created_session_id = Some(session.clone());
    }
    // What is done is no longer in progress: only the session is left on the client.
    if let Some(mut client) = state.tables.clients.edit(&client)
        && client.sign_in_id.as_ref() == Some(id)
    {
        client.sign_in_id = None;
    }
    Ok(Some(session))
}
