//! Sessions and clients.

use clerk_bapi::types;
use clerk_core::{Secret, SessionId, Timestamp};

use crate::{
    model::{client::Client, session::Session},
    rules::{sessions, tasks},
    state::State,
    user_agent,
};

pub(crate) fn session(state: &State, id: &SessionId, now: Timestamp) -> Option<types::Session> {
    let session = state.tables.sessions.get(id)?;
    let mut view = types::Session::new(&session.id, &session.user_id, sessions::status_name(state, session, now));
    view.object = Some("session".to_owned());
    view.client_id = Some(session.client_id.clone());
    view.actor = session.actor.clone().unwrap_or_default();
    view.last_active_organization_id = session.last_active_organization_id.clone();
    view.last_active_at = Some(session.last_active_at);
    view.latest_activity = Some(activity(session));
    view.expire_at = Some(session.expire_at);
    view.abandon_at = Some(session.abandon_at);
    view.updated_at = Some(session.updated_at);
    view.created_at = Some(session.created_at);
    view.tasks = tasks::of(state, session).into_iter().map(types::SessionTask::new).collect();
    Some(view)
}

/// A session as events carry it: with its user.
pub(crate) fn event(state: &State, id: &SessionId, now: Timestamp) -> Option<types::SessionEventPayload> {
    let session = session(state, id, now)?;
    let mut view = types::SessionEventPayload::new(session.id, session.user_id.clone(), session.status);
    view.object = session.object;
    view.client_id = session.client_id;
    view.actor = session.actor;
    view.last_active_organization_id = session.last_active_organization_id;
    view.last_active_at = session.last_active_at;
    view.latest_activity = session.latest_activity;
    view.expire_at = session.expire_at;
    view.abandon_at = session.abandon_at;
    view.updated_at = session.updated_at;
    view.created_at = session.created_at;
    view.user = state.tables.users.get(&session.user_id).map(|user| super::user::user(state, user, now));
    Some(view)
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

pub(crate) fn client(state: &State, client: &Client, now: Timestamp) -> types::Client {
    let mut view = types::Client::new(&client.id);
    view.object = Some("client".to_owned());
    view.session_ids = client.session_ids.clone();
    view.sessions = client.session_ids.iter().filter_map(|id| session(state, id, now)).collect();
    view.sign_in_id = client.sign_in_id.clone();
    view.sign_up_id = client.sign_up_id.clone();
    view.last_active_session_id = sessions::last_active(state, client, now).cloned();
    view.last_authentication_strategy = client.last_authentication_strategy.clone();
    view.updated_at = Some(client.updated_at);
    view.created_at = Some(client.created_at);
    view
}

/// A token as every operation that makes one answers it.
pub(crate) fn token(jwt: impl Into<Secret>) -> types::Token {
    let mut view = types::Token::new(jwt);
    view.object = Some("token".to_owned());
    view
}
