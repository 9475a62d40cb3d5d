//! Email addresses of users.

use clerk_core::{EmailAddressId, UserId};

use super::{
    by_hand, keep,
    proofs::{self, Subject},
    standing,
};
use crate::{
    answer::{Answer, Outcome},
    bapi::{
        Call,
        users::{tell_of_new_primary, unverified},
    },
    failure::Failure,
    model::{
        user::{EmailAddress, User},
        verification::Verification,
    },
    rules, views,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let mut user = owner(call, call.input.required_text("user_id")?)?;
    let address = rules::users::email(call.input.required_text("email_address")?, "email_address")?;
    if user.email_addresses.iter().any(|known| known.email_address == address) {
        return Err(Failure::new(422, "form_already_exists", "is there already")
            .explained("the user has this address already")
            .param("email_address"));
    }
    if rules::users::email_taken(call.state, &address, None) {
        return Err(rules::users::exists("email_address"));
    }
    let verified = call.input.flag("verified").unwrap_or(false);
    let email =
        rules::users::new_email(&address, verified.then(|| Verification::verified("admin", call.now)), call.now);
    let id = email.id.clone();
    user.email_addresses.push(email);
    finish(call, user, &id)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let (user, id) = of_path(call)?;
    show(call, &user.id, &id)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (mut user, id) = of_path(call)?;
    let address = user.email(&id).map(|email| email.email_address.clone()).unwrap_or_default();
    let verified = call.input.flag("verified");
    if verified == Some(true) && rules::users::email_taken(call.state, &address, Some(&user.id)) {
        return Err(rules::identifications::claimed());
    }
    if let Some(email) = user.email_mut(&id) {
        if let Some(verified) = verified {
            by_hand(&mut email.verification, verified, call.now);
        }
        email.updated_at = call.now;
    }
    finish(call, user, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (mut user, id) = of_path(call)?;
    if user.email(&id).is_some_and(|email| !email.linked_to.is_empty()) {
        return Err(Failure::new(400, "delete_linked_identification_disallowed", "cannot be deleted")
            .explained("the address belongs to an external account: delete that first"));
    }
    let before = user.clone();
    user.email_addresses.retain(|email| email.id != id);
    rules::users::check_reachable(call.state.settings(), &before, &user)?;
    keep(call.state, user, call.now);
    Ok(Answer::deleted("email_address", id.as_str()))
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let subject = subject(call)?;
    proofs::prepare(call, &subject)
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let subject = subject(call)?;
    proofs::attempt(call, &subject, rules::users::email_taken)
}

fn subject(call: &Call<'_>) -> Result<Subject, Failure> {
    let (user, id) = of_path(call)?;
    let email = user.email(&id).ok_or_else(|| Failure::not_found("email address", id.as_str()))?;
    Ok(Subject {
        user_id: user.id.clone(),
        id: id.into_string(),
        identifier: email.email_address.clone(),
        strategy: "email_code",
        proof: email.verification.clone(),
    })
}

/// Puts an address in the place of all that the user has.
pub(super) fn replace(call: &mut Call<'_>) -> Outcome {
    let mut user = owner(call, call.input.path("user_id"))?;
    let address = rules::users::email(call.input.required_text("email_address")?, "email_address")?;
    if rules::users::email_taken(call.state, &address, Some(&user.id)) {
        return Err(rules::users::exists("email_address"));
    }
    let former = user.primary_email().map(|email| email.email_address.clone());
    let (proof, reserved) = standing(call.input.text("identification_status"), call.now);
    let known = user.email_addresses.iter().position(|known| known.email_address == address);
    let mut email = match known {
        Some(place) => user.email_addresses.swap_remove(place),
        None => rules::users::new_email(&address, None, call.now),
    };
    email.verification = proof.map(Box::new);
    email.reserved = reserved;
    email.updated_at = call.now;
    let id = email.id.clone();
    user.email_addresses = vec![email];
    user.primary_email_address_id = Some(id.clone());
    let user_id = keep(call.state, user, call.now);
    if let Some(former) = former.filter(|former| *former != address)
        && call.input.flag("notify_primary_email_address_changed").unwrap_or(false)
    {
        tell_of_new_primary(call, &former, user_id.as_str());
    }
    show(call, &user_id, &id)
}

/// Makes an address the primary one where that is asked for, and keeps the user.
fn finish(call: &mut Call<'_>, mut user: User, id: &EmailAddressId) -> Outcome {
    let former = user.primary_email().filter(|email| email.id != *id).map(|email| email.email_address.clone());
    let primary = call.input.flag("primary").unwrap_or(false);
    if primary {
        if !user.email(id).is_some_and(EmailAddress::is_verified) {
            return Err(unverified("primary"));
        }
        user.primary_email_address_id = Some(id.clone());
    }
    let user_id = keep(call.state, user, call.now);
    if let Some(former) = former.filter(|_| primary)
        && call.input.flag("notify_primary_email_address_changed").unwrap_or(false)
    {
        tell_of_new_primary(call, &former, user_id.as_str());
    }
    show(call, &user_id, id)
}

fn owner(call: &Call<'_>, id: &str) -> Result<User, Failure> {
    call.state.tables.users.get(id).cloned().ok_or_else(|| Failure::not_found("user", id))
}

fn of_path(call: &Call<'_>) -> Result<(User, EmailAddressId), Failure> {
    let id = call.input.path("email_address_id");
    // The table also finds users by the ids of their addresses.
    let found = call.state.tables.users.find(id).find_map(|user| Some((user, user.email(id)?.id.clone())));
    let (user, id) = found.ok_or_else(|| Failure::not_found("email address", id))?;
    Ok((user.clone(), id))
}

fn show(call: &Call<'_>, user: &UserId, id: &EmailAddressId) -> Outcome {
    let email = call.state.tables.users.get(user).and_then(|user| user.email(id));
    let email = email.ok_or_else(|| Failure::not_found("email address", id.as_str()))?;
    Ok(Answer::json(&views::bapi::user::email_address(email, call.now)))
}
