//! Sessions.

use clerk_core::{SessionId, Timestamp};
use clerk_fapi::types;

use crate::state::State;

/// A session as the client's list shows it, where it is one that the client still shows.
pub(crate) fn of_client(state: &State, id: &SessionId, now: Timestamp) -> Option<types::Session> {
    session(state, id, now)
}

pub(crate) fn session(state: &State, id: &SessionId, _now: Timestamp) -> Option<types::Session> {
    let session = state.tables.sessions.get(id)?;
    Some(types::Session::new(&session.id, "active"))
}
