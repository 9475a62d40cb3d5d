//! Who may sign in at all: bans and locks.

use clerk_core::UserId;

use super::{change, named, shown};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    rules, views,
};

/// How many users one call bans.
const MOST: usize = 100;

pub(super) fn ban(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    rules::users::set_banned(call.state, &id, true, call.now);
    shown(call, &id)
}

pub(super) fn unban(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id.clone();
    rules::users::set_banned(call.state, &id, false, call.now);
    shown(call, &id)
}

pub(super) fn ban_all(call: &mut Call<'_>) -> Outcome {
    all(call, true)
}

pub(super) fn unban_all(call: &mut Call<'_>) -> Outcome {
    all(call, false)
}

pub(super) fn lock(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, call| {
        user.locked_at = Some(call.now);
        Ok(())
    })?;
    shown(call, &id)
}

pub(super) fn unlock(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, _| {
        user.locked_at = None;
        user.failed_attempts = 0;
        Ok(())
    })?;
    shown(call, &id)
}

/// All or none: an id that nobody has leaves everyone as they were.
fn all(call: &mut Call<'_>, banned: bool) -> Outcome {
    let given = call.input.texts("user_ids");
    if given.is_empty() {
        return Err(Failure::nil("user_ids"));
    }
    if given.len() > MOST {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "has too many items")
            .explained(format!("user_ids takes at most {MOST} ids"))
            .param("user_ids"));
    }
    let mut ids: Vec<UserId> = Vec::with_capacity(given.len());
    for id in given {
        let user = call.state.tables.users.get(id).ok_or_else(|| Failure::not_found("user", id))?;
        if !ids.contains(&user.id) {
            ids.push(user.id.clone());
        }
    }
    for id in &ids {
        rules::users::set_banned(call.state, id, banned, call.now);
    }
    let users = ids.iter().filter_map(|id| call.state.tables.users.get(id));
    let users: Vec<_> = users.map(|user| views::bapi::user::user(call.state, user, call.now)).collect();
    Ok(Answer::json(&users))
}
