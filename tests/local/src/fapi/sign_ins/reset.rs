//! Another password for whoever has proven that the account is theirs.

use super::{super::Call, advance, waiting};
use crate::{
    answer::Outcome,
    crypto::password::PasswordDigest,
    failure::Failure,
    model::{session, user::Password},
    rules::{passwords, sessions, sign_ins::Status, users},
};

pub(super) fn reset(call: &mut Call<'_>) -> Outcome {
    let password = call.input.required_text("password")?;
    let sign_in = waiting(call, &[Status::NeedsNewPassword])?;
    let id = sign_in.id.clone();
    let user_id = sign_in.user_id.clone().ok_or_else(|| {
        Failure::new(400, "sign_in_identification_or_user_deleted", "user deleted")
            .explained("the account that this sign-in is for was deleted")
    })?;
    passwords::check(&call.state.settings().password, password, "password")?;
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        let digest = PasswordDigest::of(password);
        user.password = Some(Box::new(Password { digest, updated_at: now, compromised: false }));
    }
    users::updated(call.state, &user_id, now);
    if call.input.flag("sign_out_of_other_sessions") == Some(true) {
        for open in sessions::active_of(call.state, &user_id, now) {
            sessions::finish(call.state, &open, session::Status::Revoked, now);
        }
    }
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(&id) {
        sign_in.needs_new_password = false;
    }
    advance(call, &id)
}
