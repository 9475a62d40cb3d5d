//! Users, as back ends see them.

use clerk_bapi::types;
use clerk_core::Timestamp;

use crate::{model::user::User, state::State};

pub(crate) fn user(_state: &State, user: &User, _now: Timestamp) -> types::User {
    types::User::new(&user.id)
}
