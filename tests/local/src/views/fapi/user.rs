//! Users, as they see themselves.

use clerk_core::Timestamp;
use clerk_fapi::types;

use crate::{model::user::User, state::State};

pub(crate) fn user(_state: &State, user: &User, _now: Timestamp) -> types::User {
    types::User::new(&user.id)
}
