//! The authenticator app of the user.

use clerk_core::Timestamp;
use clerk_fapi::types;

use crate::{
    answer::Outcome,
    crypto,
    failure::Failure,
    fapi::{Call, me},
    model::user::Totp,
    rules::{second_factors, users, verification},
    state::State,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    let settings = call.state.settings();
    let attribute = &settings.attributes.authenticator_app;
    if !attribute.enabled || attribute.second_factors.is_empty() {
        return Err(Failure::new(403, "feature_not_enabled", "not enabled")
            .explained("authenticator apps are switched off in the settings of this instance"));
    }
    me::proven_lately(call)?;
    if user.totp_enabled() {
        return Err(already_enabled());
    }
    let totp = Totp {
        id: State::id("totp", call.now),
        secret: crypto::totp::new_secret(),
        verified: false,
        last_step: None,
        created_at: call.now,
        updated_at: call.now,
    };
    let mut view = view(&totp, totp.updated_at);
    view.uri = Some(crypto::totp::uri(&settings.application_name, &user.identifier(), &totp.secret).into());
    view.secret = Some(totp.secret.as_str().into());
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.totp = Some(Box::new(totp));
    }
    users::updated(call.state, &id, call.now);
    call.reply(&view)
}

pub(super) fn verify(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let (id, before) = (user.id.clone(), user.two_factor_enabled());
    let totp = user.totp.as_ref().ok_or_else(missing)?;
    if totp.verified {
        return Err(already_enabled());
    }
    let code = call.input.required_text("code")?;
    let step = crypto::totp::verify(&totp.secret, code, call.now).ok_or_else(verification::incorrect_code)?;
    let mut totp = totp.clone();
    totp.verified = true;
    totp.last_step = Some(step);
    totp.updated_at = call.now;
    let mut view = view(&totp, call.now);
    let (settings, now) = (call.state.settings().clone(), call.now);
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.totp = Some(totp);
        second_factors::changed(&mut user, before, now);
        let codes = second_factors::first_backup_codes(&settings, &mut user);
        view.backup_codes = codes.into_iter().map(Into::into).collect();
    }
    users::updated(call.state, &id, now);
    call.reply(&view)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let (id, before, now) = (user.id.clone(), user.two_factor_enabled(), call.now);
    let totp = user.totp.as_ref().ok_or_else(missing)?;
    let (totp_id, enabled) = (totp.id.clone(), totp.verified);
    me::proven_lately(call)?;
    if enabled {
        second_factors::may_give_up_one(call.state, &id)?;
    }
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.totp = None;
        second_factors::changed(&mut user, before, now);
    }
    users::updated(call.state, &id, now);
    me::deleted(call, "totp", &totp_id)
}

/// An app without its secret, which is told once.
fn view(totp: &Totp, updated_at: Timestamp) -> types::Totp {
    let mut view = types::Totp::new(&totp.id);
    view.object = Some("totp".to_owned());
    view.verified = totp.verified;
    view.created_at = Some(totp.created_at);
    view.updated_at = Some(updated_at);
    view
}

fn already_enabled() -> Failure {
    Failure::new(400, "totp_already_enabled", "already enabled")
        .explained("this user has an authenticator app: remove it before another one is set up")
}

fn missing() -> Failure {
    Failure::new(404, "resource_not_found", "authenticator app not found")
        .explained("this user has no authenticator app")
}
