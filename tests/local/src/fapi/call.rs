//! A request to the Frontend API, and what its handlers ask of it.

use clerk_core::{ClientId, Json, SessionId, Timestamp, UserId};
use serde::Serialize;

use super::{
    browser,
    caller::{self, Caller, Presented},
};
use crate::{
    answer::{Answer, Outcome},
    crypto::ids,
    failure::Failure,
    inbound::Inbound,
    input::Input,
    model::{
        client::Client,
        session::{Session, Status},
        user::User,
    },
    operation::Operation,
    rules::sessions,
    state::State,
    views,
};

/// A request whose client is known, if it has one.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) now: Timestamp,
    pub(crate) input: &'a Input,
    pub(crate) inbound: &'a Inbound,
    pub(crate) operation: &'static Operation,
    pub(crate) caller: Caller,
}

impl Call<'_> {
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        match &self.caller.client {
            Presented::Known(id) => Some(id),
            Presented::Nobody | Presented::Stale => None,
        }
    }

    pub(crate) fn client(&self) -> Option<&Client> {
        self.client_id().and_then(|id| self.state.tables.clients.get(id))
    }

    /// The client, or a new one for whoever has none; the answer carries its token.
    pub(crate) fn client_or_new(&mut self) -> ClientId {
        if let Some(id) = self.client_id() {
            return id.clone();
        }
        let id = ClientId::from(State::id("client", self.now));
        self.state.tables.clients.insert(Client::new(id.clone(), ids::random_text(24), self.now));
        self.adopt(id.clone());
        self.note_origin();
        id
    }

    /// Keeps the origin of the page, which tokens made from here on name as the party they are for.
    pub(super) fn note_origin(&mut self) {
        let Some(id) = self.client_id().cloned() else { return };
        let origin = if self.caller.native { None } else { self.inbound.header("origin") };
        let Some(client) = self.state.tables.clients.get(&id) else { return };
        // Links that are opened have no origin, and change nothing.
        if client.origin.as_deref() == origin || (origin.is_none() && !self.caller.native) {
            return;
        }
        let origin = origin.map(str::to_owned);
        if let Some(mut client) = self.state.tables.clients.edit(&id) {
            client.origin = origin;
        }
    }

    /// From now on the request is one of this client; the answer carries its token.
    pub(crate) fn adopt(&mut self, id: ClientId) {
        if let Some(token) = self.caller.dev_browser.clone() {
            browser::link(self.state, &id, &token);
        }
        self.caller.client = Presented::Known(id);
        self.caller.token_changed = true;
    }

    /// Gives the client another token; the old one is stale from now on.
    pub(crate) fn rotate(&mut self) {
        let Some(id) = self.client_id().cloned() else { return };
        if let Some(mut client) = self.state.tables.clients.edit(&id) {
            client.secret = ids::random_text(24);
            client.updated_at = self.now;
        }
        self.caller.token_changed = true;
    }

    /// The session that the request names, or the one in the foreground; it may have tasks left.
    ///
    /// # Errors
    ///
    /// Nobody is signed in with it.
    pub(crate) fn session(&self) -> Result<&Session, Failure> {
        let client = self.client().ok_or_else(Failure::signed_out)?;
        let named = self.inbound.query("_clerk_session_id");
        let id = match named {
            Some(id) => client.session_ids.iter().find(|known| known.as_str() == id),
            None => client.last_active_session_id.as_ref(),
        };
        let session = id.and_then(|id| self.state.tables.sessions.get(id)).ok_or_else(Failure::signed_out)?;
        match sessions::status(session, self.now) {
            Status::Active => Ok(session),
            _ => Err(Failure::authentication_invalid()),
        }
    }

    /// The session of a path that belongs to the client.
    ///
    /// # Errors
    ///
    /// The client has no such session.
    pub(crate) fn session_of_client(&self, id: &str) -> Result<&Session, Failure> {
        let client = self.client().ok_or_else(Failure::signed_out)?;
        let known = client.session_ids.iter().any(|known| known.as_str() == id);
        known.then(|| self.state.tables.sessions.get(id)).flatten().ok_or_else(|| Failure::not_found("session", id))
    }

    /// Who is signed in.
    ///
    /// # Errors
    ///
    /// Nobody is.
    pub(crate) fn user(&self) -> Result<&User, Failure> {
        let id = &self.session()?.user_id;
        self.state.tables.users.get(id).ok_or_else(Failure::authentication_invalid)
    }

    pub(crate) fn user_id(&self) -> Result<UserId, Failure> {
        self.user().map(|user| user.id.clone())
    }

    pub(crate) fn session_id(&self) -> Result<SessionId, Failure> {
        self.session().map(|session| session.id.clone())
    }

    /// An answer with the client beside it, as everything but the operations on the client itself has.
    pub(crate) fn reply(&mut self, response: &impl Serialize) -> Outcome {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            response: &'a T,
            client: Option<Json>,
        }
        let client = self.client_view();
        Ok(Answer::json(&Envelope { response, client }))
    }

    /// The answer of an operation on the client itself: it is the response, and nothing beside it.
    pub(crate) fn reply_client(&mut self) -> Outcome {
        #[derive(Serialize)]
        struct Envelope {
            response: Option<Json>,
            client: Option<Json>,
        }
        let response = self.client_view();
        Ok(Answer::json(&Envelope { response, client: None }))
    }

    /// The client as it is now.
    pub(crate) fn client_view(&mut self) -> Option<Json> {
        let id = self.client_id()?.clone();
        let view = views::fapi::client::client(self.state, &id, self.now)?;
        serde_json::to_value(view).ok()
    }

    /// What goes out: the outcome, and the client's token where it changed.
    pub(crate) fn finish(mut self, outcome: Outcome) -> Outcome {
        // Whoever comes with an outdated token is somebody new, and is told so without an error.
        if self.caller.client == Presented::Stale {
            self.client_or_new();
        }
        let mut headers = Vec::new();
        let token = self.client_id().and_then(|id| caller::token(self.state, id));
        if !self.caller.native {
            headers.extend(browser::cookies(&self, token));
        } else if self.caller.token_changed {
            // An empty token tells the device to forget the one it has.
            headers.push(("authorization", token.unwrap_or_default()));
        }
        match outcome {
            Ok(mut answer) => {
                answer.headers.extend(headers);
                Ok(answer)
            }
            Err(mut failure) => {
                failure.headers.extend(headers);
                Err(failure)
            }
        }
    }
}
