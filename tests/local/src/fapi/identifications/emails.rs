//! The addresses of the user.

use clerk_core::UserId;

use super::{asked_for, linked, wrong_strategy};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    fapi::{Call, me},
    rules::{
        identifications::{self, Kind},
        restrictions, users,
        verification::{self, LinkFor, LinkTarget},
    },
    views::fapi::user::email_address,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let emails = user.email_addresses.iter().map(|email| email_address(call.state, email, call.now));
    Ok(Answer::json(&emails.collect::<Vec<_>>()))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    let id = known(call)?;
    reply(call, &user, &id)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    identifications::changeable(call.state.settings(), user, Kind::Email)?;
    me::proven_lately(call)?;
    let address = users::email(call.input.required_text("email_address")?, "email_address")?;
    if user.email_addresses.iter().any(|email| email.email_address == address)
        || users::email_taken(call.state, &address, Some(&id))
    {
        return Err(users::exists("email_address"));
    }
    restrictions::check_blocked(call.state, &address)?;
    identifications::may_add_unverified(user)?;
    let email = users::new_email(&address, None, call.now);
    let email_id = email.id.clone();
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.email_addresses.push(email);
    }
    users::updated(call.state, &id, call.now);
    reply(call, &id, email_id.as_str())
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let user_id = user.id.clone();
    if call.state.settings().attributes.email_address.immutable {
        return Err(identifications::immutable("email_address"));
    }
    me::proven_lately(call)?;
    if user.email(&id).is_some_and(|email| !email.linked_to.is_empty()) {
        return Err(linked());
    }
    identifications::may_remove(call.state.settings(), user, Kind::Email, &id)?;
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        user.email_addresses.retain(|email| email.id.as_str() != id);
    }
    users::updated(call.state, &user_id, call.now);
    me::deleted(call, "email_address", &id)
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user = call.user()?;
    let user_id = user.id.clone();
    let email = user.email(&id).ok_or_else(|| Failure::not_found("email address", &id))?;
    let (address, previous) = (email.email_address.clone(), email.verification.clone());
    if email.is_verified() {
        return Err(verification::already_verified());
    }
    let strategy = call.input.required_text("strategy")?.to_owned();
    let known = &call.state.settings().attributes.email_address.verifications;
    let verification = match strategy.as_str() {
        "email_code" if known.contains(&strategy) => {
            let (user, previous) = (Some(user_id.as_str()), previous.as_deref());
            verification::send_code(call.state, &strategy, &id, &address, user, previous, call.now)?
        }
        "email_link" if known.contains(&strategy) => {
            let target = LinkTarget::of(call)?;
            let link = LinkFor { owner: &id, identification_id: &id, to: &address, user_id: Some(user_id.as_str()) };
            verification::send_link(call.state, link, target, previous.as_deref(), call.now)?
        }
        "enterprise_sso" => return Err(no_connection(call, &address)),
        _ => return Err(wrong_strategy()),
    };
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(email) = user.email_mut(&id)
    {
        email.verification = Some(Box::new(verification));
        email.updated_at = call.now;
    }
    reply(call, &user_id, &id)
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let id = known(call)?;
    let user_id = call.user_id()?;
    let code = call.input.required_text("code")?;
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(email) = user.email_mut(&id)
    {
        verification::attempt_code(asked_for(email.verification.as_mut())?, code, now)?;
    }
    identifications::proven_email(call.state, &user_id, &id, now)?;
    reply(call, &user_id, &id)
}

/// Nobody is sent to an identity provider for an address alone: who has one there signs in through it.
fn no_connection(call: &Call<'_>, address: &str) -> Failure {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mut connections = call.state.tables.enterprise_connections.find(&format!("domain:{domain}"));
    if connections.any(|connection| connection.active) {
        return wrong_strategy();
    }
    Failure::new(422, "enterprise_sso_verification_connection_missing", "no connection")
        .explained("there is no enterprise connection for the domain of this address")
        .param("strategy")
}

/// The address of the path, which has to be one of the user.
fn known(call: &Call<'_>) -> Result<String, Failure> {
    let id = call.input.path("email_id");
    let known = call.user()?.email(id).map(|email| email.id.as_str().to_owned());
    known.ok_or_else(|| Failure::not_found("email address", id))
}

fn reply(call: &mut Call<'_>, user: &UserId, id: &str) -> Outcome {
    let user = call.state.tables.users.get(user);
    let view = user.and_then(|user| user.email(id)).map(|email| email_address(call.state, email, call.now));
    let view = view.ok_or_else(|| Failure::not_found("email address", id))?;
    call.reply(&view)
}
