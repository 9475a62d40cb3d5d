//! Sessions: opened, used, over.

use clerk_core::{ClientId, JsonMap, OrganizationId, SessionId, Timestamp, UserId};

use crate::{
    clock::Later,
    inbound::Inbound,
    model::{
        client::Client,
        session::{Activity, Session, Status},
    },
    rules::tasks,
    state::State,
    views,
};

/// On how many of the latest clients a user is known.
const KNOWN_CLIENTS: usize = 1000;

/// What a session is now: one that nobody ended may have run out.
pub(crate) fn status(session: &Session, now: Timestamp) -> Status {
    match session.status {
        Status::Active if session.expire_at <= now => Status::Expired,
        Status::Active if session.abandon_at <= now => Status::Abandoned,
        status => status,
    }
}

/// The status by the name that both APIs show: an active session with tasks left is pending.
pub(crate) fn status_name(state: &State, session: &Session, now: Timestamp) -> &'static str {
    match status(session, now) {
        Status::Active if tasks::of(state, session).is_empty() => "active",
        Status::Active => "pending",
        Status::Ended => "ended",
        Status::Removed => "removed",
        Status::Replaced => "replaced",
        Status::Revoked => "revoked",
        Status::Expired => "expired",
        Status::Abandoned => "abandoned",
    }
}

/// The organization that the tokens of a session are for unless another is asked for.
pub(crate) fn organization(session: &Session) -> Option<&str> {
    session.last_active_organization_id.as_ref().map(OrganizationId::as_str)
}

/// The session in the foreground of a client, unless it is over.
pub(crate) fn last_active<'a>(state: &State, client: &'a Client, now: Timestamp) -> Option<&'a SessionId> {
    client
        .last_active_session_id
        .as_ref()
        .filter(|id| state.tables.sessions.get(id).is_some_and(|session| status(session, now) == Status::Active))
}

/// When somebody last signed in or out on a client, in seconds; 0 while nobody is signed in.
///
/// Tokens from before it are outdated, so whatever else happens must not move it.
pub(crate) fn client_uat(state: &State, client: &Client, now: Timestamp) -> i64 {
    let sessions = state.tables.sessions.find(&format!("client:{}", client.id));
    if !sessions.clone().any(|session| status(session, now) == Status::Active) {
        return 0;
    }
    let changed = sessions.map(|session| match session.status {
        Status::Active => session.created_at,
        _ => session.updated_at,
    });
    changed.max().map_or(0, Later::seconds)
}

/// Notes that a session is used, which puts off its being abandoned.
pub(crate) fn used(state: &mut State, id: &SessionId, now: Timestamp) {
    let lifetimes = state.settings().lifetimes.clone();
    let Some(mut session) = state.tables.sessions.edit(id) else { return };
    session.last_active_at = now;
    if let Some(idle) = lifetimes.session_inactivity {
        session.abandon_at = now.after(idle);
    }
    let (user_id, organization) = (session.user_id.clone(), session.last_active_organization_id.clone());
    drop(session);
    if let Some(mut user) = state.tables.users.edit(&user_id) {
        user.last_active_at = Some(now);
    }
    if let Some(organization) = organization
        && let Some(mut organization) = state.tables.organizations.edit(&organization)
    {
        organization.last_active_at = Some(now);
    }
}

/// What a new session starts with.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    pub(crate) actor: Option<JsonMap>,
    pub(crate) second_factor: bool,
    /// How the person signed in, such as `oauth_google`.
    pub(crate) strategy: Option<String>,
    pub(crate) organization_id: Option<OrganizationId>,
    /// Shorter than the instance's lifetime of sessions, where a ticket says so.
    pub(crate) max_duration: Option<std::time::Duration>,
}

/// Opens a session of a user on a client, and puts it in the foreground.
pub(crate) fn create(
    state: &mut State,
    client_id: &ClientId,
    user_id: &UserId,
    opening: Opening,
    inbound: Option<&Inbound>,
    now: Timestamp,
) -> SessionId {
    let id = SessionId::from(State::id("sess", now));
    let settings = state.settings().clone();
    if settings.single_session {
        replace_others(state, client_id, now);
    }
    let lifetime = opening.max_duration.map_or(settings.lifetimes.session, |max| max.min(settings.lifetimes.session));
    let expire_at = now.after(lifetime);
    let session = Session {
        id: id.clone(),
        client_id: client_id.clone(),
        user_id: user_id.clone(),
        status: Status::Active,
        created_at: now,
        updated_at: now,
        last_active_at: now,
        expire_at,
        abandon_at: settings
            .lifetimes
            .session_inactivity
            .map_or(now.after(lifetime.saturating_mul(30)), |idle| now.after(idle)),
        last_active_organization_id: opening.organization_id,
        actor: opening.actor,
        first_factor_at: Some(now),
        second_factor_at: opening.second_factor.then_some(now),
        activity: Activity {
            id: State::id("sess_activity", now),
            user_agent: inbound.and_then(Inbound::user_agent).map(str::to_owned),
            ip_address: inbound.and_then(|inbound| inbound.peer).map(|peer| peer.to_string()),
        },
        reverification: None,
        refresh_token: None,
        consumed: Vec::new(),
    };
    state.tables.sessions.insert(session);
    if let Some(mut client) = state.tables.clients.edit(client_id) {
        client.session_ids.push(id.clone());
        client.last_active_session_id = Some(id.clone());
        client.last_authentication_strategy = opening.strategy.or(client.last_authentication_strategy.take());
        client.updated_at = now;
    }
    if let Some(mut user) = state.tables.users.edit(user_id) {
        user.last_sign_in_at = Some(now);
        user.last_active_at = Some(now);
        user.failed_attempts = 0;
        if !user.known_clients.iter().any(|known| known == client_id.as_str()) {
            user.known_clients.push(client_id.as_str().to_owned());
            // Somebody who never keeps a token is on another client each time.
            let surplus = user.known_clients.len().saturating_sub(KNOWN_CLIENTS);
            user.known_clients.drain(..surplus);
        }
    }
    emit(state, "session.created", &id, now);
    if state.tables.sessions.get(&id).is_some_and(|session| !tasks::of(state, session).is_empty()) {
        emit(state, "session.pending", &id, now);
    }
    id
}

fn replace_others(state: &mut State, client_id: &ClientId, now: Timestamp) {
    let open = state.tables.sessions.find(&format!("client:{client_id}"));
    let open: Vec<SessionId> =
        open.filter(|session| status(session, now) == Status::Active).map(|session| session.id.clone()).collect();
    for id in open {
        finish(state, &id, Status::Replaced, now);
    }
}

/// Ends a session in one way or another; one that is over already stays as it is.
pub(crate) fn finish(state: &mut State, id: &SessionId, how: Status, now: Timestamp) {
    let Some(mut session) = state.tables.sessions.edit(id) else { return };
    if status(&session, now) != Status::Active {
        return;
    }
    session.status = how;
    session.updated_at = now;
    let client_id = session.client_id.clone();
    drop(session);
    let remaining = state.tables.clients.get(&client_id).map(|client| client.session_ids.clone()).unwrap_or_default();
    let next = remaining.into_iter().rev().find(|other| {
        other != id && state.tables.sessions.get(other).is_some_and(|other| status(other, now) == Status::Active)
    });
    if let Some(mut client) = state.tables.clients.edit(&client_id)
        && client.last_active_session_id.as_ref() == Some(id)
    {
        client.last_active_session_id = next;
        client.updated_at = now;
    }
    let kind = match how {
        Status::Ended => "session.ended",
        Status::Removed | Status::Replaced => "session.removed",
        Status::Revoked => "session.revoked",
        Status::Active | Status::Expired | Status::Abandoned => return,
    };
    emit(state, kind, id, now);
}

/// The sessions of a user that are not over.
pub(crate) fn active_of(state: &State, user_id: &UserId, now: Timestamp) -> Vec<SessionId> {
    let sessions = state.tables.sessions.find(&format!("user:{user_id}"));
    sessions.filter(|session| status(session, now) == Status::Active).map(|session| session.id.clone()).collect()
}

fn emit(state: &mut State, kind: &str, id: &SessionId, now: Timestamp) {
    if let Some(view) = views::bapi::session::event(state, id, now) {
        state.emit(kind, &view, now);
    }
}
