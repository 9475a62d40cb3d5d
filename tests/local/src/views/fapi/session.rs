//! Sessions.

use clerk_core::{Secret, SessionId, Timestamp};
use clerk_fapi::types;

use super::user;
use crate::{
    model::session::{Session, Status},
    rules::{sessions, tasks, tokens},
    state::State,
    user_agent,
};

/// A session as the client's list shows it, where it is one that the client still shows.
pub(crate) fn of_client(state: &State, id: &SessionId, now: Timestamp) -> Option<types::Session> {
    let known = state.tables.sessions.get(id)?;
    if sessions::status(known, now) == Status::Active { session(state, id, now) } else { None }
}

pub(crate) fn session(state: &State, id: &SessionId, now: Timestamp) -> Option<types::Session> {
    let session = state.tables.sessions.get(id)?;
    let mut view = types::Session::new(&session.id, sessions::status_name(state, session, now));
    view.object = Some("session".to_owned());
    view.expire_at = Some(session.expire_at);
    view.abandon_at = Some(session.abandon_at);
    view.last_active_at = Some(session.last_active_at);
    view.last_active_token = last_active_token(state, session, now);
    view.actor = session.actor.clone().unwrap_or_default();
    view.last_active_organization_id = session.last_active_organization_id.clone();
    view.factor_verification_age = tokens::factor_age(session, now).to_vec();
    view.created_at = Some(session.created_at);
    view.updated_at = Some(session.updated_at);
    view.tasks = tasks_of(state, session);
    if let Some(user) = state.tables.users.get(&session.user_id) {
        let user_view = user::user(state, user, now);
        let mut public = types::PublicUserData::new();
        public.first_name = user.first_name.clone();
        public.last_name = user.last_name.clone();
        public.image_url = user_view.image_url.clone();
        public.has_image = user_view.has_image;
        public.identifier = Some(user.identifier());
        public.user_id = Some(user.id.clone());
        public.username = user.username.clone();
        public.banned = user.banned;
        public.deprovisioned = user.deprovisioned;
        view.public_user_data = Some(public);
        view.user = Some(user_view);
    }
    Some(view)
}

/// The short form that a reverification has.
pub(crate) fn base(state: &State, session: &Session, now: Timestamp) -> types::SessionBase {
    let mut view = types::SessionBase::new(&session.id, sessions::status_name(state, session, now));
    view.object = Some("session".to_owned());
    view.expire_at = Some(session.expire_at);
    view.abandon_at = Some(session.abandon_at);
    view.last_active_at = Some(session.last_active_at);
    view.last_active_token = last_active_token(state, session, now);
    view.actor = session.actor.clone().unwrap_or_default();
    view.tasks = tasks_of(state, session);
    view
}

/// The form with the device, for the user's own list.
pub(crate) fn active(state: &State, session: &Session, now: Timestamp) -> types::ActiveSession {
    let mut view = types::ActiveSession::new(&session.id, sessions::status_name(state, session, now));
    view.object = Some("session".to_owned());
    view.expire_at = Some(session.expire_at);
    view.abandon_at = Some(session.abandon_at);
    view.last_active_at = Some(session.last_active_at);
    view.actor = session.actor.clone().unwrap_or_default();
    view.tasks = tasks_of(state, session);
    view.latest_activity = Some(activity(session));
    view
}

fn activity(session: &Session) -> types::SessionActivity {
    let device = user_agent::parse(session.activity.user_agent.as_deref());
    let mut view = types::SessionActivity::new(session.activity.id.as_str());
    view.object = Some("session_activity".to_owned());
    view.device_type = device.device_type;
    view.is_mobile = device.is_mobile;
    view.browser_name = device.browser_name;
    view.browser_version = device.browser_version;
    view.ip_address = session.activity.ip_address.clone();
    view
}

fn tasks_of(state: &State, session: &Session) -> Vec<types::SessionTask> {
    tasks::of(state, session).into_iter().map(types::SessionTask::new).collect()
}

/// Nothing for a session that is over.
fn last_active_token(state: &State, session: &Session, now: Timestamp) -> Option<types::Token> {
    if sessions::status(session, now) != Status::Active {
        return None;
    }
    Some(token(tokens::session_token(state, session, sessions::organization(session), now)))
}

/// A token as every operation that makes one answers it.
pub(crate) fn token(jwt: impl Into<Secret>) -> types::Token {
    let mut view = types::Token::new(jwt);
    view.object = Some("token".to_owned());
    view
}
