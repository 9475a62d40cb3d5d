//! The client.

use clerk_core::{ClientId, Timestamp};
use clerk_fapi::types;

use super::{session, sign_in, sign_up};
use crate::{rules::sessions, state::State};

/// The client with its sessions and what is in progress on it.
pub(crate) fn client(state: &State, id: &ClientId, now: Timestamp) -> Option<types::Client> {
    let client = state.tables.clients.get(id)?;
    let mut view = types::Client::new(id);
    view.object = Some("client".to_owned());
    view.sessions = client.session_ids.iter().filter_map(|id| session::of_client(state, id, now)).collect();
    view.sign_in = client.sign_in_id.as_ref().and_then(|id| sign_in::sign_in(state, id, now));
    view.sign_up = client.sign_up_id.as_ref().and_then(|id| sign_up::sign_up(state, id, now));
    view.last_active_session_id = sessions::last_active(state, client, now).cloned();
    view.last_authentication_strategy = client.last_authentication_strategy.clone();
    view.cookie_expires_at = client.cookie_expires_at;
    view.captcha_bypass = client.captcha_bypass;
    view.created_at = Some(client.created_at);
    view.updated_at = Some(client.updated_at);
    Some(view)
}
