//! Tickets: signed texts that stand for an invitation or a token of a back end, as `__clerk_ticket` carries them.

use clerk_core::{Json, JsonMap, Timestamp};

use crate::{clock::Later, crypto::signing::SigningKey, failure::Failure, state::State};

/// What a ticket stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketKind {
    Invitation,
    OrganizationInvitation,
    SignInToken,
    ActorToken,
    AgentTask,
}

impl TicketKind {
    const ALL: [Self; 5] =
        [Self::Invitation, Self::OrganizationInvitation, Self::SignInToken, Self::ActorToken, Self::AgentTask];

    /// The claim that tells the kinds apart.
    fn claim(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::OrganizationInvitation => "organization_invitation",
            Self::SignInToken => "sign_in_token",
            Self::ActorToken => "actor_token",
            Self::AgentTask => "agent_task",
        }
    }
}

/// What a genuine ticket says; whether its record is there and still open is for the caller to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) kind: TicketKind,
    /// The record that it stands for.
    pub(crate) id: String,
}

/// The ticket of a record.
pub(crate) fn issue(
    state: &State,
    kind: TicketKind,
    id: &str,
    expires_at: Option<Timestamp>,
    _now: Timestamp,
) -> String {
    let mut claims = JsonMap::new();
    claims.insert("iid".to_owned(), state.keys.instance_id.clone().into());
    claims.insert("sid".to_owned(), id.into());
    claims.insert("st".to_owned(), kind.claim().into());
    if let Some(end) = expires_at {
        claims.insert("exp".to_owned(), end.seconds().into());
    }
    state.signing_key().map(|key| key.sign(&JsonMap::new(), &claims)).unwrap_or_default()
}

/// What a ticket stands for.
///
/// # Errors
///
/// It is not one of this instance, or it has run out.
pub(crate) fn read(state: &State, ticket: &str, now: Timestamp) -> Result<Ticket, Failure> {
    let claims = claims(state, ticket).ok_or_else(invalid)?;
    let text = |name: &str| claims.get(name).and_then(Json::as_str);
    let kind = text("st").and_then(|st| TicketKind::ALL.into_iter().find(|kind| kind.claim() == st));
    let (Some(kind), Some(id)) = (kind, text("sid")) else { return Err(invalid()) };
    if claims.get("exp").and_then(Json::as_i64).is_some_and(|end| end <= now.seconds()) {
        return Err(expired());
    }
    Ok(Ticket { kind, id: id.to_owned() })
}

fn claims(state: &State, ticket: &str) -> Option<JsonMap> {
    let verified = |key: &std::sync::Arc<SigningKey>| key.verify(ticket);
    let (_, claims) = state.signing_keys.iter().find_map(verified)?;
    Some(claims)
}

/// The page that takes a ticket, and leads on to where its record says.
pub(crate) fn url(state: &State, ticket: &str) -> String {
    // A ticket is three base64url texts with dots between: nothing that a query has to encode.
    format!("{}/v1/tickets/accept?ticket={ticket}", state.addresses.frontend)
}

/// The failure for a ticket that is none, or whose record is gone.
pub(crate) fn invalid() -> Failure {
    Failure::new(400, "ticket_invalid_code", "the ticket is invalid")
        .explained("this ticket is not one of this instance; ask for another one")
        .param("ticket")
}

/// The failure for a ticket that came too late.
pub(crate) fn expired() -> Failure {
    Failure::new(400, "ticket_expired_code", "the ticket has expired")
        .explained("this ticket has run out; ask for another one")
        .param("ticket")
}
