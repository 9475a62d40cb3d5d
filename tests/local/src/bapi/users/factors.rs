//! Second factors, passkeys and trusted devices.

use clerk_bapi::types;
use clerk_core::UserId;

use super::{change, named};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    crypto::totp,
    failure::Failure,
    model::user::{BackupCode, Totp, User},
    rules,
    state::State,
    views,
};

/// Takes the secret of an authenticator app and backup codes, where the request has them.
pub(super) fn take(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    match call.input.change("totp_secret") {
        None => {}
        Some(None) => user.totp = None,
        Some(Some(secret)) => {
            if totp::code_at(secret, call.now).is_none() {
                return Err(Failure::new(422, "invalid_totp_secret_code", "is invalid")
                    .explained("totp_secret must be base32")
                    .param("totp_secret"));
            }
            user.totp = Some(Box::new(Totp {
                id: State::id("totp", call.now),
                secret: secret.to_owned(),
                verified: true,
                last_step: None,
                created_at: call.now,
                updated_at: call.now,
            }));
        }
    }
    if call.input.given("backup_codes") {
        let codes = call.input.texts("backup_codes").into_iter().filter(|code| !code.is_empty());
        user.backup_codes = codes.map(|code| BackupCode { code: code.to_owned(), used: false }).collect();
    }
    Ok(())
}

pub(super) fn verify_totp(call: &mut Call<'_>) -> Outcome {
    let given = call.input.required_text("code")?.to_owned();
    let user = named(call)?;
    if !user.totp_enabled() && !user.backup_codes_enabled() {
        return Err(Failure::new(400, "totp_disabled", "no authenticator app")
            .explained("the user has neither an authenticator app nor backup codes"));
    }
    let id = user.id.clone();
    let step = user.totp.as_ref().filter(|totp| totp.verified).and_then(|totp| {
        let step = totp::verify(&totp.secret, &given, call.now)?;
        totp.last_step.is_none_or(|last| step > last).then_some(step)
    });
    let mut view = types::TotpVerification::new();
    let Some(mut user) = call.state.tables.users.edit(&id) else { return Err(Failure::not_found("user", id.as_str())) };
    if let (Some(step), Some(totp)) = (step, user.totp.as_mut()) {
        totp.last_step = Some(step);
        view.code_type = Some(types::TotpCodeType::Totp);
    } else if rules::users::spend_backup_code(&mut user, &given) {
        view.code_type = Some(types::TotpCodeType::BackupCode);
    } else if user.totp_enabled() && !user.backup_codes_enabled() && given.len() != 6 {
        return Err(Failure::new(422, "totp_invalid_length", "has the wrong length")
            .explained("a code of an authenticator app has six digits")
            .param("code"));
    } else {
        return Err(Failure::new(422, "totp_incorrect_code", "is incorrect")
            .explained("the code is neither that of the authenticator app nor an unused backup code")
            .param("code"));
    }
    view.verified = true;
    Ok(Answer::json(&view))
}

pub(super) fn disable(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, call| {
        user.totp = None;
        user.backup_codes.clear();
        for phone in &mut user.phone_numbers {
            phone.reserved_for_second_factor = false;
            phone.default_second_factor = false;
        }
        rules::users::second_factors_changed(user, call.now);
        Ok(())
    })?;
    Ok(reference(id))
}

pub(super) fn delete_totp(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, call| {
        if user.totp.take().is_none() {
            return Err(Failure::not_found("authenticator app", user.id.as_str()));
        }
        rules::users::second_factors_changed(user, call.now);
        Ok(())
    })?;
    Ok(reference(id))
}

pub(super) fn delete_backup_codes(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, _| {
        if user.backup_codes.is_empty() {
            return Err(Failure::not_found("backup code", user.id.as_str()));
        }
        user.backup_codes.clear();
        Ok(())
    })?;
    Ok(reference(id))
}

pub(super) fn delete_passkey(call: &mut Call<'_>) -> Outcome {
    let given = call.input.path("passkey_identification_id").to_owned();
    change(call, |user, _| {
        let before = user.passkeys.len();
        user.passkeys.retain(|passkey| passkey.id.as_str() != given);
        if user.passkeys.len() == before {
            return Err(Failure::not_found("passkey", &given));
        }
        Ok(())
    })?;
    Ok(Answer::deleted("passkey", &given))
}

pub(super) fn trusted_devices(call: &mut Call<'_>) -> Outcome {
    let devices = named(call)?.trusted_devices.iter().filter(|device| device.is_enrolled());
    let devices: Vec<_> = devices.map(|device| views::bapi::user::trusted_device(device, None)).collect();
    Ok(Answer::page(&devices, devices.len()))
}

pub(super) fn revoke_trusted_device(call: &mut Call<'_>) -> Outcome {
    let given = call.input.path("trusted_device_id").to_owned();
    let mut revoked = None;
    change(call, |user, call| {
        let place = user.trusted_devices.iter().position(|device| device.id == given && device.is_enrolled());
        let place = place.ok_or_else(|| Failure::not_found("trusted device", &given))?;
        let device = user.trusted_devices.remove(place);
        revoked = Some(views::bapi::user::trusted_device(&device, Some(call.now)));
        Ok(())
    })?;
    Ok(Answer::json(&revoked))
}

fn reference(id: UserId) -> Answer {
    let mut view = types::UserReference::new();
    view.user_id = Some(id);
    Answer::json(&view)
}
