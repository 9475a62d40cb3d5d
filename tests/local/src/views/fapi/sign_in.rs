//! Attempts to sign in.

use clerk_core::{SignInId, Timestamp};
use clerk_fapi::types;

use crate::state::State;

pub(crate) fn sign_in(state: &State, id: &SignInId, _now: Timestamp) -> Option<types::SignIn> {
    let sign_in = state.tables.sign_ins.get(id)?;
    Some(types::SignIn::new(&sign_in.id, "needs_identifier"))
}
