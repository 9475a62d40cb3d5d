//! What the user goes by: names, and which address, number and wallet come first.

use clerk_core::{JsonMap, UserId};

use super::{notify, proven_lately, updated};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    model::user::User,
    rules::{
        identifications::{self, immutable},
        metadata, users,
    },
    settings::Attribute,
};

const MAX_NAME: usize = 256;

/// The version of the API in which metadata got an operation of its own.
const METADATA_LEFT: &str = "2026-05-12";

pub(super) fn patch(call: &mut Call<'_>) -> Outcome {
    let id = call.user_id()?;
    let mut changed = call.user()?.clone();
    let username = username(call, &mut changed)?;
    let attributes = call.state.settings().attributes.clone();
    name(call, &attributes.first_name, "first_name", &mut changed.first_name)?;
    name(call, &attributes.last_name, "last_name", &mut changed.last_name)?;
    let email_before = changed.primary_email_address_id.clone();
    primaries(call, &mut changed)?;
    unsafe_metadata(call, &mut changed)?;
    if username {
        proven_lately(call)?;
    }
    let another_email = changed.primary_email_address_id != email_before;
    keep(call, &id, changed);
    if another_email {
        notify(call, &id, "primary_email_address_changed");
    }
    updated(call, &id)
}

fn keep(call: &mut Call<'_>, id: &UserId, changed: User) {
    if let Some(mut user) = call.state.tables.users.edit(id) {
        *user = changed;
    }
}

/// Takes in another user name, and says whether there is one.
fn username(call: &Call<'_>, user: &mut User) -> Result<bool, Failure> {
    let Some(wanted) = call.input.change("username") else { return Ok(false) };
    let attribute = &call.state.settings().attributes.username;
    if !attribute.enabled {
        return Err(Failure::unknown("username"));
    }
    if wanted == user.username.as_deref() {
        return Ok(false);
    }
    if attribute.immutable && user.username.is_some() {
        return Err(immutable("username"));
    }
    match wanted {
        None if attribute.required => return Err(Failure::nil("username")),
        None => {
            user.username = None;
            identifications::still_known(user)?;
        }
        Some(text) => {
            let name = users::username(text)?;
            if users::username_taken(call.state, &name, Some(&user.id)) {
                return Err(users::exists("username"));
            }
            user.username = Some(name);
        }
    }
    Ok(true)
}

fn name(call: &Call<'_>, attribute: &Attribute, param: &str, kept: &mut Option<String>) -> Result<(), Failure> {
    let Some(wanted) = call.input.change(param) else { return Ok(()) };
    if !attribute.enabled {
        return Err(Failure::unknown(param));
    }
    let wanted = wanted.map(str::trim).filter(|text| !text.is_empty());
    if wanted == kept.as_deref() {
        return Ok(());
    }
    if attribute.immutable && kept.is_some() {
        return Err(immutable(param));
    }
    if wanted.is_none() && attribute.required {
        return Err(Failure::nil(param));
    }
    if wanted.is_some_and(|text| text.chars().count() > MAX_NAME) {
        return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
            .explained(format!("{param} has at most {MAX_NAME} characters"))
            .param(param));
    }
    *kept = wanted.map(str::to_owned);
    Ok(())
}

/// Takes in metadata as a whole, which only older versions of the API have here.
fn unsafe_metadata(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    const PARAM: &str = "unsafe_metadata";
    let Some(given) = call.input.body.get(PARAM) else { return Ok(()) };
    if call.inbound.api_version().is_some_and(|version| version >= METADATA_LEFT) {
        return Err(Failure::unknown(PARAM));
    }
    // The newest document does not say what it is, so that a form leaves it a text.
    let parsed = match given.as_str() {
        Some(text) => serde_json::from_str(text).ok(),
        None => given.as_object().cloned(),
    };
    let parsed: JsonMap = parsed.ok_or_else(|| Failure::wrong_type(PARAM, "a JSON object"))?;
    metadata::check(&parsed, PARAM)?;
    user.unsafe_metadata = parsed;
    Ok(())
}

/// Takes in which of the user's verified addresses, numbers and wallets come first.
fn primaries(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let attributes = &call.state.settings().attributes;
    if let Some(Some(id)) = call.input.change("primary_email_address_id") {
        let email = user.email(id).map(|email| (email.id.clone(), email.is_verified()));
        let chosen = choose("primary_email_address_id", id, email)?;
        if user.primary_email_address_id.as_ref() != Some(&chosen) {
            if attributes.email_address.immutable && user.primary_email_address_id.is_some() {
                return Err(immutable("primary_email_address_id"));
            }
            user.primary_email_address_id = Some(chosen);
        }
    }
    if let Some(Some(id)) = call.input.change("primary_phone_number_id") {
        let phone = user.phone(id).map(|phone| (phone.id.clone(), phone.is_verified()));
        let chosen = choose("primary_phone_number_id", id, phone)?;
        if user.primary_phone_number_id.as_ref() != Some(&chosen) {
            if attributes.phone_number.immutable && user.primary_phone_number_id.is_some() {
                return Err(immutable("primary_phone_number_id"));
            }
            user.primary_phone_number_id = Some(chosen);
        }
    }
    if let Some(Some(id)) = call.input.change("primary_web3_wallet_id") {
        let wallet = user.web3_wallets.iter().find(|wallet| wallet.id.as_str() == id);
        let wallet =
            wallet.map(|wallet| (wallet.id.clone(), wallet.verification.as_ref().is_some_and(|it| it.is_verified())));
        user.primary_web3_wallet_id = Some(choose("primary_web3_wallet_id", id, wallet)?);
    }
    Ok(())
}

fn choose<T>(param: &str, id: &str, found: Option<(T, bool)>) -> Result<T, Failure> {
    match found {
        Some((chosen, true)) => Ok(chosen),
        Some((_, false)) => Err(Failure::new(422, "form_verification_needed", "has to be verified")
            .explained("only what is verified can come first")
            .param(param)),
        None => Err(Failure::new(422, "form_resource_not_found", "was not found")
            .explained(format!("this user has nothing with id {id}"))
            .param(param)),
    }
}
