//! Users who are locked out, for a while, after too many wrong passwords and codes.

use clerk_core::{Timestamp, UserId};

use super::users;
use crate::{clock::Later, failure::Failure, model::user::User, state::State};

/// When the lock of a user ends, while there is one.
pub(crate) fn locked_until(state: &State, user: &User, now: Timestamp) -> Option<Timestamp> {
    let end = user.locked_at?.after(state.settings().lockout);
    (end > now).then_some(end)
}

/// How long a user stays locked, in whole seconds.
pub(crate) fn remaining_seconds(state: &State, user: &User, now: Timestamp) -> Option<i64> {
    let end = locked_until(state, user, now)?;
    Some(end.as_millis().saturating_sub(now.as_millis()).saturating_add(999).div_euclid(1000))
}

/// How many more wrong tries a user has.
pub(crate) fn remaining_attempts(state: &State, user: &User) -> Option<u32> {
    state.settings().max_failed_attempts.map(|max| max.saturating_sub(user.failed_attempts))
}

/// Lets a user through who is neither banned, deactivated nor locked.
///
/// # Errors
///
/// The user is one of these.
pub(crate) fn check(state: &State, user: &User, now: Timestamp) -> Result<(), Failure> {
    if user.banned {
        return Err(Failure::new(403, "user_banned", "banned")
            .explained("this account is banned; ask for help to use it again"));
    }
    if user.deprovisioned {
        return Err(Failure::new(403, "user_deactivated", "deactivated")
            .explained("this account was deactivated; ask for help to use it again"));
    }
    match remaining_seconds(state, user, now) {
        Some(seconds) => Err(Failure::new(403, "user_locked", "locked")
            .explained(format!("this account is locked; try again in {seconds} s"))
            .with("lockout_expires_in_seconds", seconds)),
        None => Ok(()),
    }
}

/// Counts a wrong password or code, and says why there is no other try, if there is none.
pub(crate) fn failed(state: &mut State, id: &UserId, now: Timestamp) -> Option<Failure> {
    let max = state.settings().max_failed_attempts?;
    // A lock that has run out is forgotten, with what led to it.
    let over = state
        .tables
        .users
        .get(id)
        .is_some_and(|user| user.locked_at.is_some() && locked_until(state, user, now).is_none());
    let mut user = state.tables.users.edit(id)?;
    if over {
        user.locked_at = None;
        user.failed_attempts = 0;
    }
    user.failed_attempts = user.failed_attempts.saturating_add(1);
    if user.failed_attempts < max {
        return None;
    }
    user.locked_at = Some(now);
    drop(user);
    users::updated(state, id, now);
    state.tables.users.get(id).and_then(|user| check(state, user, now).err())
}
