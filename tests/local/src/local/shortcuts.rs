//! What tests do without going through a flow.

use std::{io, sync::Arc};

use clerk_core::{ClientId, OrganizationId, Secret, SessionId, Timestamp, UserId};

use super::LocalClerk;
use crate::{
    crypto::{ids, signing::SigningKey, totp},
    fapi::caller,
    model::client::Client,
    rules::{organizations, sessions, tokens, users},
    state::State,
};

/// Somebody who was signed in without a flow.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The token of a client that is theirs alone, as a device keeps it and a browser has it in `__client`.
    pub client_token: Secret,
    /// Their session on it.
    pub session_id: SessionId,
    /// A session token as of now, as a back end is sent it.
    pub session_token: Secret,
}

impl LocalClerk {
    /// Signs a user in on a new client, as if they had just proven their first factor: by their id, address, number or name.
    ///
    /// Nobody is asked anything, so locked and banned users get in too; `None` where there is no such user.
    #[must_use]
    pub fn sign_in_as(&self, user: &str) -> Option<SignedIn> {
        self.app.with(|state| sign_in(state, user, None, self.app.clock.now()))
    }

    /// The same in an organization of theirs, by its id or slug: the token says what their role is there.
    ///
    /// `None` also where there is no such organization, or they do not belong to it.
    #[must_use]
    pub fn sign_in_to(&self, organization: &str, user: &str) -> Option<SignedIn> {
        self.app.with(|state| sign_in(state, user, Some(organization), self.app.clock.now()))
    }

    /// The code that a user's authenticator app shows now: by their id, address, number or name.
    ///
    /// `None` where there is no such user, or they have no app. A code is taken once: for another one move the clock by 30
    /// seconds.
    #[must_use]
    pub fn totp_code(&self, user: &str) -> Option<String> {
        self.app.read(|state| totp_code(state, user, self.app.clock.now()))
    }

    /// The same on a client that is there already, by its token: it has one more session then.
    #[must_use]
    pub fn sign_in_on(&self, client_token: &str, user: &str) -> Option<SignedIn> {
        let now = self.app.clock.now();
        self.app.with(|state| {
            let client_id = caller::client_of(state, client_token)?;
            let user_id = find(state, user)?;
            open(state, &client_id, &user_id, None, now)
        })
    }

    /// Signs with a new key from now on; the old ones stay in the key set.
    ///
    /// # Errors
    ///
    /// No key can be generated.
    pub fn rotate_signing_key(&self) -> io::Result<()> {
        let key = SigningKey::generate().map_err(|error| io::Error::other(error.to_string()))?;
        self.app.with(|state| state.signing_keys.insert(0, Arc::new(key)));
        Ok(())
    }

    /// Takes all keys but the one that signs out of the key set: tokens signed with them are void.
    pub fn forget_old_signing_keys(&self) {
        self.app.with(|state| state.signing_keys.truncate(1));
    }
}

/// Signs somebody in on a new client, in an organization of theirs where one is given.
pub(crate) fn sign_in(state: &mut State, user: &str, organization: Option<&str>, now: Timestamp) -> Option<SignedIn> {
    let user_id = find(state, user)?;
    let organization = match organization {
        None => None,
        Some(organization) => {
            let organization = organizations::by_id_or_slug(state, organization)?;
            organizations::membership(state, organization.as_str(), &user_id)?;
            Some(organization)
        }
    };
    let client_id = new_client(state, now);
    open(state, &client_id, &user_id, organization, now)
}

/// What a user's authenticator app shows.
pub(crate) fn totp_code(state: &State, user: &str, now: Timestamp) -> Option<String> {
    let user = state.tables.users.get(&find(state, user)?)?;
    totp::code_at(&user.totp.as_ref()?.secret, now)
}

fn find(state: &State, user: &str) -> Option<UserId> {
    let known = state.tables.users.get(user).or_else(|| users::by_identifier(state, user));
    known.map(|user| user.id.clone())
}

fn new_client(state: &mut State, now: Timestamp) -> ClientId {
    let id = ClientId::from(State::id("client", now));
    state.tables.clients.insert(Client::new(id.clone(), ids::random_text(24), now));
    id
}

fn open(
    state: &mut State,
    client_id: &ClientId,
    user_id: &UserId,
    organization_id: Option<OrganizationId>,
    now: Timestamp,
) -> Option<SignedIn> {
    let opening = sessions::Opening { organization_id, ..sessions::Opening::default() };
    let session_id = sessions::create(state, client_id, user_id, opening, None, now);
    let session = state.tables.sessions.get(&session_id)?;
    let session_token = tokens::session_token(state, session, sessions::organization(session), now);
    Some(SignedIn {
        client_token: caller::token(state, client_id)?.into(),
        session_token: session_token.into(),
        session_id,
    })
}
