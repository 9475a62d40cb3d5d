//! Codes on paper, for whoever has lost their other second factors.

use clerk_fapi::types;

use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::{Call, me},
    rules::{second_factors, users},
    state::State,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    if !second_factors::backup_codes_available(call.state.settings(), user) {
        return Err(Failure::new(400, "backup_codes_not_available", "not available")
            .explained("backup codes stand in for another second factor, which this user has not set up"));
    }
    me::proven_lately(call)?;
    let mut view = types::BackupCodes::new();
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        view.codes = second_factors::new_backup_codes(&mut user).into_iter().map(Into::into).collect();
    }
    users::updated(call.state, &id, call.now);
    view.object = Some("backup_code".to_owned());
    view.id = Some(State::id("bcode", call.now));
    view.created_at = Some(call.now);
    view.updated_at = Some(call.now);
    call.reply(&view)
}
