//! Changing users.

use super::{change, create, factors, passwords, shown};
use crate::{
    answer::Outcome,
    bapi::Call,
    failure::Failure,
    inbox::{self, Outgoing},
    model::user::User,
    rules,
};

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let mut new_password = false;
    let mut former = None;
    let id = change(call, |user, call| {
        let before = user.primary_email_address_id.clone();
        names(call, user)?;
        primaries(call, user)?;
        image(call, user)?;
        new_password = passwords::take(call, user)?;
        factors::take(call, user)?;
        rules::users::second_factors_changed(user, call.now);
        create::options(call, user)?;
        if let Some(created_at) = create::moment(call, "created_at")? {
            user.created_at = created_at;
        }
        if user.primary_email_address_id != before {
            former = before.and_then(|id| user.email(id)).map(|email| email.email_address.clone());
        }
        Ok(())
    })?;
    if new_password && call.input.flag("sign_out_of_other_sessions").unwrap_or(false) {
        rules::users::revoke_sessions(call.state, &id, call.now);
    }
    if let Some(former) = former
        && call.input.flag("notify_primary_email_address_changed").unwrap_or(false)
    {
        tell_of_new_primary(call, &former, id.as_str());
    }
    shown(call, &id)
}

/// Tells the one who read the former address.
pub(in crate::bapi) fn tell_of_new_primary(call: &mut Call<'_>, former: &str, user_id: &str) {
    let slug = "primary_email_address_changed";
    let message = Outgoing { to: former, slug, code: None, link: None, user_id: Some(user_id) };
    inbox::send(call.state, message, call.now);
}

/// Names and what else is only text: a null clears, what is not there stays.
pub(super) fn names(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let attributes = &call.state.settings().attributes;
    let input = call.input;
    if let Some(name) = input.change("username") {
        create::enabled(&attributes.username, "username", name.is_some())?;
        user.username = match name {
            Some(name) => {
                let name = rules::users::username(name)?;
                if rules::users::username_taken(call.state, &name, Some(&user.id)) {
                    return Err(rules::users::exists("username"));
                }
                Some(name)
            }
            None if attributes.username.enabled && attributes.username.required && user.username.is_some() => {
                return Err(Failure::nil("username"));
            }
            None => None,
        };
    }
    if let Some(id) = input.change("external_id") {
        if let Some(id) = id {
            let taken = call.state.tables.users.find(&format!("external:{id}")).any(|known| known.id != user.id);
            if taken {
                return Err(rules::users::exists("external_id"));
            }
        }
        user.external_id = id.map(str::to_owned);
    }
    for (name, field) in
        [("first_name", &mut user.first_name), ("last_name", &mut user.last_name), ("locale", &mut user.locale)]
    {
        if let Some(text) = input.change(name) {
            if text.is_some_and(|text| text.chars().count() > 256) {
                return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
                    .explained(format!("{name} has at most 256 characters"))
                    .param(name));
            }
            *field = text.map(str::to_owned);
        }
    }
    Ok(())
}

fn primaries(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let given = |name: &'static str| call.input.text(name).filter(|id| !id.is_empty()).map(|id| (name, id));
    if let Some((name, id)) = given("primary_email_address_id") {
        let email = user.email(id).ok_or_else(|| nowhere(name, id))?;
        if !email.is_verified() {
            return Err(unverified(name));
        }
        user.primary_email_address_id = Some(email.id.clone());
    }
    if let Some((name, id)) = given("primary_phone_number_id") {
        let phone = user.phone(id).ok_or_else(|| nowhere(name, id))?;
        if !phone.is_verified() {
            return Err(unverified(name));
        }
        user.primary_phone_number_id = Some(phone.id.clone());
    }
    if let Some((name, id)) = given("primary_web3_wallet_id") {
        let wallet =
            user.web3_wallets.iter().find(|wallet| wallet.id.as_str() == id).ok_or_else(|| nowhere(name, id))?;
        if !wallet.verification.as_ref().is_some_and(|proof| proof.is_verified()) {
            return Err(unverified(name));
        }
        user.primary_web3_wallet_id = Some(wallet.id.clone());
    }
    Ok(())
}

fn image(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    match call.input.change("profile_image_id") {
        None => {}
        Some(None) => user.image = None,
        Some(Some(id)) if call.state.tables.images.contains(id) => user.image = Some(id.to_owned()),
        Some(Some(id)) => return Err(nowhere("profile_image_id", id)),
    }
    Ok(())
}

fn nowhere(name: &str, id: &str) -> Failure {
    Failure::new(422, "form_resource_not_found", "is not there")
        .explained(format!("{id} is not one of this user's"))
        .param(name)
}

/// Only what is verified can be primary.
pub(in crate::bapi) fn unverified(name: &str) -> Failure {
    Failure::new(422, "form_verification_needed", "is not verified")
        .explained("only what is verified can be primary")
        .param(name)
}
