//! Webhooks: what happened, told to whoever wants to know.

use clerk_core::{Json, Timestamp};

use crate::{model::event::Event, state::State};

/// Notes an event in the log.
pub(crate) fn emit(state: &mut State, kind: &str, data: Json, now: Timestamp) {
    let id = State::id("msg", now);
    let event = Event { id, kind: kind.to_owned(), data, client_ip: None, user_agent: None, created_at: now };
    state.tables.events.insert(event);
}
