//! Attempts to sign up.

use clerk_core::{SignUpId, Timestamp};
use clerk_fapi::types;

use crate::state::State;

pub(crate) fn sign_up(state: &State, id: &SignUpId, _now: Timestamp) -> Option<types::SignUp> {
    let sign_up = state.tables.sign_ups.get(id)?;
    Some(types::SignUp::new(&sign_up.id, "missing_requirements"))
}
