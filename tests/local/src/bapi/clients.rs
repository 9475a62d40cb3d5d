//! Clients, and what a handshake left for a back end to fetch.

use clerk_bapi::types;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    fapi::caller,
    rules::{sessions, tokens},
    views::bapi::session as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("GetClientList", list),
    ("GetClient", get),
    ("VerifyClient", verify),
    ("GetHandshakePayload", handshake_payload),
];

fn list(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let clients = &call.state.tables.clients;
    let page = window.of(clients.iter().rev());
    let views: Vec<types::Client> =
        page.into_iter().map(|client| views::client(call.state, client, call.now)).collect();
    list::answer(call, &views, clients.len())
}

fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("client_id");
    let client = call.state.tables.clients.get(id).ok_or_else(|| Failure::not_found("client", id))?;
    Ok(Answer::json(&views::client(call.state, client, call.now)))
}

/// The client of a `__client` cookie, or of a session token.
fn verify(call: &mut Call<'_>) -> Outcome {
    let token = call.input.required_text("token")?;
    let by_session = || {
        let (_, claims) = tokens::verified_session(call.state, token)?;
        let session = call.state.tables.sessions.get(claims.get("sid")?.as_str()?)?;
        Some(session.client_id.clone())
    };
    let id = caller::client_of(call.state, token).or_else(by_session);
    let client = id.and_then(|id| call.state.tables.clients.get(&id)).ok_or_else(|| {
        Failure::new(400, "cookie_invalid", "invalid cookie")
            .explained("the token is not that of a client of this instance")
            .param("token")
    })?;
    if sessions::last_active(call.state, client, call.now).is_none() {
        return Err(Failure::not_found("client", client.id.as_str()));
    }
    Ok(Answer::json(&views::client(call.state, client, call.now)))
}

/// The cookies of a handshake by nonce; they are given out once.
fn handshake_payload(call: &mut Call<'_>) -> Outcome {
    let nonce = call.input.query("nonce").unwrap_or_default();
    let kept = call.state.tables.handshakes.remove(nonce).filter(|kept| kept.expire_at > call.now);
    let kept = kept.ok_or_else(|| {
        Failure::new(404, "resource_not_found", "handshake not found")
            .explained("there is no handshake of this nonce: it was fetched already, or has run out")
    })?;
    let mut view = types::HandshakePayload::new();
    view.directives = kept.directives.into_iter().map(Into::into).collect();
    Ok(Answer::json(&view))
}
