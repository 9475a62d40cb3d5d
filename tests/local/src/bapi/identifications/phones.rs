//! Phone numbers of users.

use clerk_core::{PhoneNumberId, UserId};

use super::{
    by_hand, keep,
    proofs::{self, Subject},
    standing,
};
use crate::{
    answer::{Answer, Outcome},
    bapi::{Call, users::unverified},
    failure::Failure,
    model::{
        user::{PhoneNumber, User},
        verification::Verification,
    },
    rules, views,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let mut user = owner(call, call.input.required_text("user_id")?)?;
    let number = rules::users::phone(call.input.required_text("phone_number")?, "phone_number")?;
    if user.phone_numbers.iter().any(|known| known.phone_number == number) {
        return Err(Failure::new(422, "form_already_exists", "is there already")
            .explained("the user has this number already")
            .param("phone_number"));
    }
    if rules::users::phone_taken(call.state, &number, None) {
        return Err(rules::users::exists("phone_number"));
    }
    let verified = call.input.flag("verified").unwrap_or(false);
    if !verified && call.input.flag("reserved_for_second_factor").unwrap_or(false) {
        return Err(Failure::new(400, "identification_create_second_factor_unverified", "is not verified")
            .explained("only a verified number can serve as a second factor"));
    }
    let phone = rules::users::new_phone(&number, verified.then(|| Verification::verified("admin", call.now)), call.now);
    let id = phone.id.clone();
    user.phone_numbers.push(phone);
    finish(call, user, &id)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let (user, id) = of_path(call)?;
    show(call, &user.id, &id)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (mut user, id) = of_path(call)?;
    let number = user.phone(&id).map(|phone| phone.phone_number.clone()).unwrap_or_default();
    let verified = call.input.flag("verified");
    if verified == Some(true) && rules::users::phone_taken(call.state, &number, Some(&user.id)) {
        return Err(rules::identifications::claimed());
    }
    if let Some(phone) = user.phone_mut(&id) {
        if let Some(verified) = verified {
            by_hand(&mut phone.verification, verified, call.now);
        }
        if !phone.is_verified() {
            if call.input.flag("reserved_for_second_factor").unwrap_or(false) {
                return Err(Failure::new(400, "identification_update_second_factor_unverified", "is not verified")
                    .explained("only a verified number can serve as a second factor"));
            }
            phone.reserved_for_second_factor = false;
        }
        phone.updated_at = call.now;
    }
    finish(call, user, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (mut user, id) = of_path(call)?;
    if user.phone(&id).is_some_and(|phone| !phone.linked_to.is_empty()) {
        return Err(Failure::new(400, "delete_linked_identification_disallowed", "cannot be deleted")
            .explained("the number belongs to an external account: delete that first"));
    }
    let before = user.clone();
    user.phone_numbers.retain(|phone| phone.id != id);
    rules::users::check_reachable(call.state.settings(), &before, &user)?;
    rules::users::second_factors_changed(&mut user, call.now);
    keep(call.state, user, call.now);
    Ok(Answer::deleted("phone_number", id.as_str()))
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let subject = subject(call)?;
    proofs::prepare(call, &subject)
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let subject = subject(call)?;
    proofs::attempt(call, &subject, rules::users::phone_taken)
}

fn subject(call: &Call<'_>) -> Result<Subject, Failure> {
    let (user, id) = of_path(call)?;
    let phone = user.phone(&id).ok_or_else(|| Failure::not_found("phone number", id.as_str()))?;
    Ok(Subject {
        user_id: user.id.clone(),
        id: id.into_string(),
        identifier: phone.phone_number.clone(),
        strategy: "phone_code",
        proof: phone.verification.clone(),
    })
}

/// Puts a number in the place of all that the user has.
pub(super) fn replace(call: &mut Call<'_>) -> Outcome {
    let mut user = owner(call, call.input.path("user_id"))?;
    let number = rules::users::phone(call.input.required_text("phone_number")?, "phone_number")?;
    if rules::users::phone_taken(call.state, &number, Some(&user.id)) {
        return Err(rules::users::exists("phone_number"));
    }
    let (proof, reserved) = standing(call.input.text("identification_status"), call.now);
    let known = user.phone_numbers.iter().position(|known| known.phone_number == number);
    let mut phone = match known {
        Some(place) => user.phone_numbers.swap_remove(place),
        None => rules::users::new_phone(&number, None, call.now),
    };
    phone.verification = proof.map(Box::new);
    phone.reserved = reserved;
    phone.updated_at = call.now;
    if !phone.is_verified() {
        phone.reserved_for_second_factor = false;
        phone.default_second_factor = false;
    }
    let id = phone.id.clone();
    user.phone_numbers = vec![phone];
    user.primary_phone_number_id = Some(id.clone());
    rules::users::second_factors_changed(&mut user, call.now);
    let user_id = keep(call.state, user, call.now);
    show(call, &user_id, &id)
}

/// Makes a number the primary one and a second factor where that is asked for, and keeps the user.
fn finish(call: &mut Call<'_>, mut user: User, id: &PhoneNumberId) -> Outcome {
    if call.input.flag("primary").unwrap_or(false) {
        if !user.phone(id).is_some_and(PhoneNumber::is_verified) {
            return Err(unverified("primary"));
        }
        user.primary_phone_number_id = Some(id.clone());
    }
    if let Some(reserved) = call.input.flag("reserved_for_second_factor")
        && let Some(phone) = user.phone_mut(id)
    {
        phone.reserved_for_second_factor = reserved;
        phone.default_second_factor &= reserved;
    }
    rules::users::second_factors_changed(&mut user, call.now);
    let user_id = keep(call.state, user, call.now);
    show(call, &user_id, id)
}

fn owner(call: &Call<'_>, id: &str) -> Result<User, Failure> {
    call.state.tables.users.get(id).cloned().ok_or_else(|| Failure::not_found("user", id))
}

fn of_path(call: &Call<'_>) -> Result<(User, PhoneNumberId), Failure> {
    let id = call.input.path("phone_number_id");
    // The table also finds users by the ids of their numbers.
    let found = call.state.tables.users.find(id).find_map(|user| Some((user, user.phone(id)?.id.clone())));
    let (user, id) = found.ok_or_else(|| Failure::not_found("phone number", id))?;
    Ok((user.clone(), id))
}

fn show(call: &Call<'_>, user: &UserId, id: &PhoneNumberId) -> Outcome {
    let phone = call.state.tables.users.get(user).and_then(|user| user.phone(id));
    let phone = phone.ok_or_else(|| Failure::not_found("phone number", id.as_str()))?;
    Ok(Answer::json(&views::bapi::user::phone_number(phone, call.now)))
}
