//! The password of the user.

use super::{notify, proven_lately, updated};
use crate::{
    answer::Outcome,
    crypto::password::PasswordDigest,
    failure::Failure,
    fapi::Call,
    model::{
        session::Status,
        user::{Password, User},
    },
    rules::{passwords, sessions},
};

pub(super) fn change(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    if !call.state.settings().attributes.password.enabled {
        return Err(Failure::unknown("new_password"));
    }
    if user.password.is_some() {
        match call.input.text("current_password").filter(|text| !text.is_empty()) {
            Some(current) => verify(user, current)?,
            None => proven_lately(call)?,
        }
    }
    let new = call.input.required_text("new_password")?;
    passwords::check(&call.state.settings().password, new, "new_password")?;
    let names = user.email_addresses.iter().map(|email| &email.email_address);
    let names = names.chain(user.phone_numbers.iter().map(|phone| &phone.phone_number)).chain(&user.username);
    if names.into_iter().any(|name| name.eq_ignore_ascii_case(new)) {
        return Err(Failure::new(422, "form_password_matches_identifier", "is an identifier")
            .explained("a password is something other than what the user goes by")
            .param("new_password"));
    }
    if user.password.as_ref().is_some_and(|password| password.digest.verify(new) == Some(true)) {
        return Err(Failure::new(422, "form_new_password_matches_current", "is the current one")
            .explained("the new password has to differ from the current one")
            .param("new_password"));
    }
    let digest = PasswordDigest::of(new);
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.password = Some(Box::new(Password { digest, updated_at: call.now, compromised: false }));
    }
    if call.input.flag("sign_out_of_other_sessions") == Some(true) {
        let current = call.session_id()?;
        for session in sessions::active_of(call.state, &id, call.now) {
            if session != current {
                sessions::finish(call.state, &session, Status::Revoked, call.now);
            }
        }
    }
    notify(call, &id, "password_changed");
    updated(call, &id)
}

pub(super) fn remove(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    if user.password.is_none() {
        return Err(Failure::new(400, "no_password_set", "no password set").explained("this user has no password"));
    }
    verify(user, call.input.required_text("current_password")?)?;
    if call.state.settings().attributes.password.required {
        return Err(Failure::new(400, "password_required", "a password is required")
            .explained("everyone here has to have a password: it can only be changed"));
    }
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.password = None;
    }
    notify(call, &id, "password_removed");
    updated(call, &id)
}

fn verify(user: &User, current: &str) -> Result<(), Failure> {
    if user.password.as_ref().is_some_and(|password| password.digest.verify(current) == Some(true)) {
        return Ok(());
    }
    Err(Failure::new(422, "form_password_incorrect", "is incorrect")
        .explained("this is not the current password of this user")
        .param("current_password"))
}
