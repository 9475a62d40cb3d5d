//! Tickets that a back end hands out: sign-in tokens and actor tokens.

use clerk_bapi::types;
use clerk_core::{JsonMap, Timestamp};

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    failure::Failure,
    model::access::Ticket,
    rules::tickets::{self, TicketKind},
    state::State,
};

pub(crate) const HANDLERS: Handlers = &[
    ("CreateSignInToken", create_sign_in_token),
    ("RevokeSignInToken", revoke_sign_in_token),
    ("CreateActorToken", create_actor_token),
    ("RevokeActorToken", revoke_actor_token),
];

const SIGN_IN_TOKEN: &str = "sign_in_token";
const ACTOR_TOKEN: &str = "actor_token";

/// 30 days.
const SIGN_IN_TOKEN_SECONDS: i64 = 2_592_000;
const ACTOR_TOKEN_SECONDS: i64 = 3600;
const IMPERSONATION_SECONDS: i64 = 1800;

fn create_sign_in_token(call: &mut Call<'_>) -> Outcome {
    let user_id = known_user(call)?;
    let organization_id = call.input.text("org_id").filter(|id| !id.is_empty()).map(str::to_owned);
    if let Some(id) = &organization_id
        && !call.state.tables.organizations.contains(id)
    {
        return Err(Failure::not_found("organization", id));
    }
    let expires_at = expiry(call, "expires_in_seconds", SIGN_IN_TOKEN_SECONDS)?;
    let id = State::id("sit", call.now);
    let token = tickets::issue(call.state, TicketKind::SignInToken, &id, Some(expires_at), call.now);
    let mut ticket = Ticket::new(SIGN_IN_TOKEN, id, &user_id, token, expires_at, call.now);
    ticket.organization_id = organization_id;
    let answer = Answer::json(&sign_in_token(call.state, &ticket, true));
    call.state.tables.tickets.insert(ticket);
    Ok(answer)
}

fn create_actor_token(call: &mut Call<'_>) -> Outcome {
    let user_id = known_user(call)?;
    let actor: JsonMap = call.input.object("actor").ok_or_else(|| Failure::missing("actor"))?.clone();
    if actor.get("sub").and_then(|sub| sub.as_str()).is_none_or(str::is_empty) {
        return Err(Failure::missing("actor[sub]"));
    }
    let expires_at = expiry(call, "expires_in_seconds", ACTOR_TOKEN_SECONDS)?;
    let session = call.input.integer("session_max_duration_in_seconds").unwrap_or(IMPERSONATION_SECONDS);
    if session < 1 {
        return Err(Failure::value("session_max_duration_in_seconds"));
    }
    let id = State::id("act", call.now);
    let token = tickets::issue(call.state, TicketKind::ActorToken, &id, Some(expires_at), call.now);
    let mut ticket = Ticket::new(ACTOR_TOKEN, id, &user_id, token, expires_at, call.now);
    ticket.actor = Some(actor);
    ticket.session_max_duration_in_seconds = Some(session);
    let answer = Answer::json(&actor_token(call.state, &ticket, true));
    call.state.tables.tickets.insert(ticket);
    Ok(answer)
}

fn known_user(call: &Call<'_>) -> Result<String, Failure> {
    let id = call.input.required_text("user_id")?;
    if call.state.tables.users.contains(id) { Ok(id.to_owned()) } else { Err(Failure::not_found("user", id)) }
}

fn expiry(call: &Call<'_>, name: &str, default: i64) -> Result<Timestamp, Failure> {
    let seconds = call.input.integer(name).unwrap_or(default);
    match u64::try_from(seconds) {
        Ok(seconds) if seconds > 0 => Ok(call.now.after(std::time::Duration::from_secs(seconds))),
        _ => Err(Failure::value(name)),
    }
}

fn revoke_sign_in_token(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("sign_in_token_id").to_owned();
    revoke(call, &id, SIGN_IN_TOKEN, "sign_in_token_cannot_be_revoked_code")?;
    let ticket = call.state.tables.tickets.get(&id).ok_or_else(|| Failure::not_found("sign-in token", &id))?;
    Ok(Answer::json(&sign_in_token(call.state, ticket, false)))
}

fn revoke_actor_token(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("actor_token_id").to_owned();
    revoke(call, &id, ACTOR_TOKEN, "actor_token_cannot_be_revoked_code")?;
    let ticket = call.state.tables.tickets.get(&id).ok_or_else(|| Failure::not_found("actor token", &id))?;
    Ok(Answer::json(&actor_token(call.state, ticket, false)))
}

/// Only a token that nobody has used or revoked can be revoked.
fn revoke(call: &mut Call<'_>, id: &str, kind: &str, code: &str) -> Result<(), Failure> {
    let now = call.now;
    let name = kind.replace('_', " ");
    let mut ticket = call.state.tables.tickets.edit(id).ok_or_else(|| Failure::not_found(&name, id))?;
    if ticket.kind != kind {
        return Err(Failure::not_found(&name, id));
    }
    if ticket.status != "pending" {
        return Err(Failure::new(400, code, "cannot be revoked")
            .explained(format!("this token is {}, and only a pending one can be revoked", ticket.status)));
    }
    "revoked".clone_into(&mut ticket.status);
    ticket.updated_at = now;
    Ok(())
}

/// The text of the token is given out once, when it is made.
fn sign_in_token(state: &State, ticket: &Ticket, fresh: bool) -> types::SignInToken {
    let mut view = types::SignInToken::new(ticket.id.as_str(), ticket.status.as_str(), ticket.user_id.as_str());
    view.object = Some(SIGN_IN_TOKEN.to_owned());
    if fresh {
        view.token = Some(ticket.token.as_str().into());
        view.url = Some(tickets::url(state, &ticket.token).into());
    }
    view.created_at = Some(ticket.created_at);
    view.updated_at = Some(ticket.updated_at);
    view
}

fn actor_token(state: &State, ticket: &Ticket, fresh: bool) -> types::ActorToken {
    let mut view = types::ActorToken::new(ticket.id.as_str(), ticket.status.as_str(), ticket.user_id.as_str());
    view.object = Some(ACTOR_TOKEN.to_owned());
    view.actor = ticket.actor.clone().unwrap_or_default();
    if fresh {
        view.token = Some(ticket.token.as_str().into());
        view.url = Some(tickets::url(state, &ticket.token).into());
    }
    view.created_at = Some(ticket.created_at);
    view.updated_at = Some(ticket.updated_at);
    view
}
