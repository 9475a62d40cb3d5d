//! Sessions.

use clerk_bapi::types;
use clerk_core::{SessionId, Timestamp};

use crate::state::State;

pub(crate) fn session(state: &State, id: &SessionId, _now: Timestamp) -> Option<types::Session> {
    let session = state.tables.sessions.get(id)?;
    Some(types::Session::new(&session.id, &session.user_id, "active"))
}
