//! The client itself: looked up, made, emptied, given up.

use clerk_core::{ClientId, SessionId};

use super::{Call, Handlers, caller::Presented};
use crate::{
    answer::Outcome,
    failure::Failure,
    model::session::Status,
    rules::{nonces, sessions},
};

pub(crate) const HANDLERS: Handlers = &[
    ("getClient", get),
    ("postClient", create),
    ("putClient", create),
    ("deleteClientSessions", delete),
    ("removeClientSessionsAndRetainCookie", remove_sessions),
];

/// Whoever has no token gets no client from looking for one.
fn get(call: &mut Call<'_>) -> Outcome {
    if let Some(nonce) = call.input.query("rotating_token_nonce").map(str::to_owned) {
        nonces::redeem(call, &nonce, None)?;
    }
    if call.caller.client == Presented::Stale {
        call.client_or_new();
    }
    call.reply_client()
}

/// A client for whoever has none; a nonce with its verifier leads to the one that a browser signed in.
fn create(call: &mut Call<'_>) -> Outcome {
    if let Some(nonce) = call.input.text("rotating_token_nonce").filter(|nonce| !nonce.is_empty()) {
        let (nonce, verifier) = (nonce.to_owned(), call.input.text("code_verifier").map(str::to_owned));
        nonces::redeem(call, &nonce, verifier.as_deref())?;
        return call.reply_client();
    }
    call.client_or_new();
    call.reply_client()
}

/// Gives up the client with its sessions, and tells the device to forget the token.
fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.client_id().cloned().ok_or_else(|| Failure::not_found("client", "of this token"))?;
    end_all(call, &id);
    call.state.tables.clients.remove(&id);
    call.caller.client = Presented::Nobody;
    call.caller.token_changed = true;
    call.reply_client()
}

/// Signs everyone out; the client stays, and with it what is known of the device.
fn remove_sessions(call: &mut Call<'_>) -> Outcome {
    let id = call.client_id().cloned().ok_or_else(Failure::signed_out)?;
    end_all(call, &id);
    call.reply_client()
}

fn end_all(call: &mut Call<'_>, id: &ClientId) {
    let now = call.now;
    let sessions = call.state.tables.sessions.find(&format!("client:{id}"));
    let open: Vec<SessionId> = sessions
        .filter(|session| sessions::status(session, now) == Status::Active)
        .map(|session| session.id.clone())
        .collect();
    for session in open {
        sessions::finish(call.state, &session, Status::Removed, now);
    }
    if let Some(mut client) = call.state.tables.clients.edit(id) {
        client.session_ids.clear();
        client.last_active_session_id = None;
        client.updated_at = now;
    }
}
