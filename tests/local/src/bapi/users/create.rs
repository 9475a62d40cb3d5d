//! Making users.

use clerk_core::{Json, Timestamp, UserId, Web3WalletId};

use super::{factors, metadata, passwords, shown};
use crate::{
    answer::Outcome,
    bapi::Call,
    failure::Failure,
    model::{
        user::{User, Web3Wallet},
        verification::Verification,
    },
    rfc3339, rules,
    settings::Attribute,
    state::State,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let now = call.now;
    let mut user = User::new(UserId::from(State::id("user", now)), now);
    let flag = |name: &str| call.input.flag(name).unwrap_or(false);
    email_addresses(call, &mut user)?;
    phone_numbers(call, &mut user)?;
    wallets(call, &mut user)?;
    names(call, &mut user)?;
    passwords::take(call, &mut user)?;
    factors::take(call, &mut user)?;
    rules::users::second_factors_changed(&mut user, now);
    metadata::take(call, &mut user)?;
    options(call, &mut user)?;
    if !flag("skip_user_requirement") {
        required(call, &user)?;
    }
    if call.state.settings().sign_up.legal_consent_required
        && !flag("skip_legal_checks")
        && user.legal_accepted_at.is_none()
    {
        return Err(Failure::missing("legal_accepted_at"));
    }
    if let Some(created_at) = moment(call, "created_at")? {
        user.created_at = created_at;
    }
    user.banned = flag("banned");
    user.locked_at = flag("locked").then_some(now);
    let id = rules::users::insert(call.state, user, now);
    shown(call, &id)
}

fn email_addresses(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let given = call.input.texts("email_address");
    let statuses = statuses(call, "email_address", given.len())?;
    enabled(&call.state.settings().attributes.email_address, "email_address", !given.is_empty())?;
    for (text, reserved) in given.into_iter().zip(statuses) {
        let address = rules::users::email(text, "email_address")?;
        if user.email_addresses.iter().any(|known| known.email_address == address) {
            return Err(duplicate("email_address"));
        }
        if rules::users::email_taken(call.state, &address, None) {
            return Err(rules::users::exists("email_address"));
        }
        let proof = (!reserved).then(|| Verification::verified("admin", call.now));
        let mut email = rules::users::new_email(&address, proof, call.now);
        email.reserved = reserved;
        user.email_addresses.push(email);
    }
    user.primary_email_address_id = user.email_addresses.first().map(|email| email.id.clone());
    Ok(())
}

fn phone_numbers(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let given = call.input.texts("phone_number");
    let statuses = statuses(call, "phone_number", given.len())?;
    enabled(&call.state.settings().attributes.phone_number, "phone_number", !given.is_empty())?;
    for (text, reserved) in given.into_iter().zip(statuses) {
        let number = rules::users::phone(text, "phone_number")?;
        if user.phone_numbers.iter().any(|known| known.phone_number == number) {
            return Err(duplicate("phone_number"));
        }
        if rules::users::phone_taken(call.state, &number, None) {
            return Err(rules::users::exists("phone_number"));
        }
        let proof = (!reserved).then(|| Verification::verified("admin", call.now));
        let mut phone = rules::users::new_phone(&number, proof, call.now);
        phone.reserved = reserved;
        user.phone_numbers.push(phone);
    }
    user.primary_phone_number_id = user.phone_numbers.first().map(|phone| phone.id.clone());
    Ok(())
}

/// Of each identifier whether it is only reserved; all count as verified where nothing is said.
fn statuses(call: &Call<'_>, of: &str, count: usize) -> Result<Vec<bool>, Failure> {
    let name = format!("{of}_identification_status");
    let given = call.input.texts(&name);
    if given.is_empty() {
        return Ok(vec![false; count]);
    }
    if given.len() != count {
        return Err(Failure::new(422, "form_param_array_length_mismatch", "has another length")
            .explained(format!("{name} must have one item for each of {of}"))
            .param(&name));
    }
    Ok(given.into_iter().map(|status| status == "reserved").collect())
}

fn wallets(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    let given = call.input.texts("web3_wallet");
    enabled(&call.state.settings().attributes.web3_wallet, "web3_wallet", !given.is_empty())?;
    for text in given {
        let address = text.trim();
        if address.is_empty() || address.len() > 128 || !address.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Failure::format("web3_wallet"));
        }
        if user.web3_wallets.iter().any(|known| known.web3_wallet == address) {
            return Err(duplicate("web3_wallet"));
        }
        if call.state.tables.users.find_one(&format!("wallet:{address}")).is_some() {
            return Err(rules::users::exists("web3_wallet"));
        }
        user.web3_wallets.push(Web3Wallet {
            id: Web3WalletId::from(State::id("idn", call.now)),
            web3_wallet: address.to_owned(),
            verification: Some(Box::new(Verification::verified("admin", call.now))),
            created_at: call.now,
            updated_at: call.now,
        });
    }
    user.primary_web3_wallet_id = user.web3_wallets.first().map(|wallet| wallet.id.clone());
    Ok(())
}

fn names(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    super::update::names(call, user)?;
    // A new user has no name that a null could clear.
    user.external_id = call.input.text("external_id").filter(|id| !id.is_empty()).map(str::to_owned);
    Ok(())
}

/// What creating and changing a user have in common beside names.
pub(super) fn options(call: &Call<'_>, user: &mut User) -> Result<(), Failure> {
    if let Some(enabled) = call.input.flag("delete_self_enabled") {
        user.delete_self_enabled = enabled;
    }
    if call.input.given("create_organization_enabled") {
        user.create_organization_enabled = call.input.flag("create_organization_enabled");
    }
    if call.input.given("create_organizations_limit") {
        let limit = call.input.integer("create_organizations_limit");
        if limit.is_some_and(|limit| limit < 0) {
            return Err(Failure::value("create_organizations_limit"));
        }
        user.create_organizations_limit = limit;
    }
    if let Some(bypass) = call.input.flag("bypass_client_trust") {
        user.bypass_client_trust = bypass;
    }
    if let Some(accepted) = moment(call, "legal_accepted_at")? {
        user.legal_accepted_at = Some(accepted);
    }
    Ok(())
}

/// A moment of the past, in RFC 3339.
pub(super) fn moment(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = call.input.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let Some(moment) = rfc3339::parse(text) else {
        return Err(Failure::new(422, "form_param_invalid_time", "is no time")
            .explained(format!("{name} must be an RFC 3339 time such as 2024-01-31T12:00:00Z"))
            .param(name));
    };
    if moment > call.now {
        return Err(Failure::new(422, "form_disallow_future_date", "is in the future")
            .explained(format!("{name} must not be in the future"))
            .param(name));
    }
    Ok(Some(moment))
}

/// Checks that an attribute that is given is one that the instance has.
pub(super) fn enabled(attribute: &Attribute, name: &str, given: bool) -> Result<(), Failure> {
    if given && !attribute.enabled { Err(Failure::unknown(name)) } else { Ok(()) }
}

fn duplicate(name: &str) -> Failure {
    Failure::new(422, "form_param_duplicate", "is given twice")
        .explained(format!("the values of {name} must differ"))
        .param(name)
}

/// Checks that there is all that the instance asks of its users.
fn required(call: &Call<'_>, user: &User) -> Result<(), Failure> {
    let attributes = &call.state.settings().attributes;
    let skip_password = call.input.flag("skip_password_requirement").unwrap_or(false);
    let wanted = [
        ("email_address", &attributes.email_address, user.email_addresses.is_empty()),
        ("phone_number", &attributes.phone_number, user.phone_numbers.is_empty()),
        ("web3_wallet", &attributes.web3_wallet, user.web3_wallets.is_empty()),
        ("username", &attributes.username, user.username.is_none()),
        ("first_name", &attributes.first_name, user.first_name.is_none()),
        ("last_name", &attributes.last_name, user.last_name.is_none()),
        ("password", &attributes.password, user.password.is_none() && !skip_password),
    ];
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|(_, attribute, absent)| attribute.enabled && attribute.required && *absent)
        .map(|(name, ..)| name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<Json> = missing.iter().map(|name| Json::from(*name)).collect();
    Err(Failure::new(422, "form_data_missing", "data is missing")
        .explained(format!("this instance asks for {} of every user", missing.join(", ")))
        .with("param_names", names))
}
