//! The numbers of the user, which may also serve as second factors.

use clerk_core::UserId;

use super::{asked_for, linked, wrong_strategy};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    fapi::{Call, me},
    rules::{
        identifications::{self, Kind},
        restrictions, second_factors, users, verification,
    },
    views::fapi::user::phone_number,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let phones = user.phone_numbers.iter().map(|phone| phone_number(phone, call.now));
    Ok(Answer::json(&phones.collect::<Vec<_>>()))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    let id = known(call)?;
    reply(call, &user, &id, Vec::new())
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    identifications::changeable(call.state.settings(), user, Kind::Phone)?;
    me::proven_lately(call)?;
    let number = users::phone(call.input.required_text("phone_number")?, "phone_number")?;
    if call.input.flag("reserved_for_second_factor") == Some(true) {
        return Err(unverified("identification_create_second_factor_unverified"));
    }
    if user.phone_numbers.iter().any(|phone| phone.phone_number == number)
        || users::phone_taken(call.state, &number, Some(&id))
    {
        return Err(users::exists("phone_number"));
    }
    restrictions::check_blocked(call.state, &number)?;
    identifications::may_add_unverified(user)?;
    let phone = users::new_phone(&number, None, call.now);
    let phone_id = phone.id.clone();
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.phone_numbers.push(phone);
    }
    users::updated(call.state, &id, call.now);
    reply(call, &id, phone_id.as_str(), Vec::new())
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let user_id = user.id.clone();
    let mut changed = user.clone();
    let before = user.two_factor_enabled();
    me::proven_lately(call)?;
    let settings = call.state.settings();
    let reserve = call.input.flag("reserved_for_second_factor");
    let default = call.input.flag("default_second_factor");
    let phone = changed.phone_mut(&id).ok_or_else(|| Failure::not_found("phone number", &id))?;
    if reserve.or(default) == Some(true) && !phone.is_verified() {
        return Err(unverified("identification_update_second_factor_unverified"));
    }
    match reserve {
        Some(true) if !phone.reserved_for_second_factor => {
            if !settings.attributes.phone_number.second_factors.iter().any(|strategy| strategy == "phone_code") {
                return Err(Failure::new(403, "feature_not_enabled", "not enabled")
                    .explained("numbers do not serve as second factors in this instance"));
            }
            phone.reserved_for_second_factor = true;
            // A second factor does not say who somebody is.
            if !identifications::has_other_than(&changed, "") {
                return Err(Failure::new(400, "identification_update_failed", "is the only identification")
                    .explained("the number is all that this user can sign in with: add something else first"));
            }
        }
        Some(false) if phone.reserved_for_second_factor => {
            phone.reserved_for_second_factor = false;
            phone.default_second_factor = false;
            second_factors::may_give_up_one(call.state, &user_id)?;
        }
        _ => {}
    }
    match default {
        Some(true) => {
            let reserved = changed.phone(&id).is_some_and(|phone| phone.reserved_for_second_factor);
            if !reserved {
                return Err(Failure::new(400, "identification_update_failed", "is no second factor")
                    .explained("only a number that is reserved for the second factor can be the default one"));
            }
            for phone in &mut changed.phone_numbers {
                phone.default_second_factor = phone.id.as_str() == id;
            }
        }
        Some(false) if changed.phone(&id).is_some_and(|phone| phone.default_second_factor) => {
            return Err(Failure::new(422, "form_disable_default_second_factor_not_allowed", "is the default one")
                .explained("another second factor has to be made the default one instead")
                .param("default_second_factor"));
        }
        _ => {}
    }
    if let Some(phone) = changed.phone_mut(&id) {
        phone.updated_at = call.now;
    }
    second_factors::changed(&mut changed, before, call.now);
    let settings = settings.clone();
    let codes = match reserve {
        Some(true) => second_factors::first_backup_codes(&settings, &mut changed),
        _ => Vec::new(),
    };
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        *user = changed;
    }
    users::updated(call.state, &user_id, call.now);
    reply(call, &user_id, &id, codes)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let (user_id, before, now) = (user.id.clone(), user.two_factor_enabled(), call.now);
    if call.state.settings().attributes.phone_number.immutable {
        return Err(identifications::immutable("phone_number"));
    }
    me::proven_lately(call)?;
    if user.phone(&id).is_some_and(|phone| !phone.linked_to.is_empty()) {
        return Err(linked());
    }
    identifications::may_remove(call.state.settings(), user, Kind::Phone, &id)?;
    if user.phone(&id).is_some_and(|phone| phone.reserved_for_second_factor) {
        second_factors::may_give_up_one(call.state, &user_id)?;
    }
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        user.phone_numbers.retain(|phone| phone.id.as_str() != id);
        second_factors::changed(&mut user, before, now);
    }
    users::updated(call.state, &user_id, now);
    me::deleted(call, "phone_number", &id)
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let user_id = user.id.clone();
    let phone = user.phone(&id).ok_or_else(|| Failure::not_found("phone number", &id))?;
    let (number, previous) = (phone.phone_number.clone(), phone.verification.clone());
    if phone.is_verified() {
        return Err(crate::rules::verification::already_verified());
    }
    let strategy = call.input.required_text("strategy")?.to_owned();
    if !call.state.settings().attributes.phone_number.verifications.contains(&strategy) {
        return Err(wrong_strategy());
    }
    let (user, previous) = (Some(user_id.as_str()), previous.as_deref());
    let verification = verification::send_code(call.state, &strategy, &id, &number, user, previous, call.now)?;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(phone) = user.phone_mut(&id)
    {
        phone.verification = Some(Box::new(verification));
        phone.updated_at = call.now;
    }
    reply(call, &user_id, &id, Vec::new())
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user_id = call.user_id()?;
    let code = call.input.required_text("code")?;
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(phone) = user.phone_mut(&id)
    {
        verification::attempt_code(asked_for(phone.verification.as_mut())?, code, now)?;
    }
    identifications::proven_phone(call.state, &user_id, &id, now)?;
    reply(call, &user_id, &id, Vec::new())
}

fn unverified(code: &str) -> Failure {
    Failure::new(400, code, "is not verified").explained("a number has to be verified before it is a second factor")
}

/// The number of the path, which has to be one of the user.
fn known(call: &Call<'_>) -> Result<String, Failure> {
    let id = call.input.path("phone_number_id");
    let known = call.user()?.phone(id).map(|phone| phone.id.as_str().to_owned());
    known.ok_or_else(|| Failure::not_found("phone number", id))
}

/// Shows a number; codes on paper are shown this once.
fn reply(call: &mut Call<'_>, user: &UserId, id: &str, codes: Vec<String>) -> Outcome {
    let user = call.state.tables.users.get(user);
    let view = user.and_then(|user| user.phone(id)).map(|phone| phone_number(phone, call.now));
    let mut view = view.ok_or_else(|| Failure::not_found("phone number", id))?;
    view.backup_codes = codes.into_iter().map(Into::into).collect();
    call.reply(&view)
}
