//! What a person says of themselves when signing up.

use crate::{
    crypto::password::PasswordDigest,
    failure::Failure,
    fapi::Call,
    input::Input,
    model::sign_up::SignUp,
    rules::{metadata, passwords, restrictions, users},
    settings::Attribute,
    state::State,
};

/// The most characters of a name.
const MAX_NAME: usize = 256;

/// Fills a sign-up with what a request says.
///
/// # Errors
///
/// Everything that is wrong with it at once; who is kept out hears only that.
pub(super) fn fill(call: &Call<'_>, sign_up: &mut SignUp) -> Result<(), Failure> {
    let (state, input) = (&*call.state, call.input);
    let mut failures = Vec::new();
    let mut keep = |outcome: Result<(), Failure>| failures.extend(outcome.err());
    keep(email(state, input, "email_address", sign_up));
    keep(phone(state, input, "phone_number", sign_up));
    if let Some(either) = input.text("email_address_or_phone_number").filter(|it| !it.is_empty()) {
        let param = "email_address_or_phone_number";
        keep(if either.contains('@') {
            email(state, input, param, sign_up)
        } else {
            phone(state, input, param, sign_up)
        });
    }
    keep(username(state, input, sign_up));
    keep(password(state, input, sign_up));
    let attributes = &state.settings().attributes;
    keep(name(input, "first_name", &attributes.first_name, &mut sign_up.first_name));
    keep(name(input, "last_name", &attributes.last_name, &mut sign_up.last_name));
    keep(wallet(call));
    if let Some(metadata) = input.object("unsafe_metadata") {
        keep(metadata::check(metadata, "unsafe_metadata"));
        sign_up.unsafe_metadata = metadata.clone();
    }
    if input.flag("legal_accepted") == Some(true) {
        sign_up.legal_accepted_at = sign_up.legal_accepted_at.or(Some(call.now));
    }
    if let Some(locale) = input.change("locale") {
        sign_up.locale = locale.map(str::to_owned);
    }
    failures.into_iter().reduce(Failure::and).map_or(Ok(()), Err)?;
    check_restrictions(state, sign_up)
}

/// A parameter for something that the instance does not have is as unknown as a misspelt one.
fn known(attribute: &Attribute, param: &str) -> Result<(), Failure> {
    if attribute.enabled { Ok(()) } else { Err(Failure::unknown(param)) }
}

fn email(state: &State, input: &Input, param: &str, sign_up: &mut SignUp) -> Result<(), Failure> {
    let Some(change) = input.change(param) else { return Ok(()) };
    let given = change.map(|text| {
        known(&state.settings().attributes.email_address, param)?;
        let address = users::email(text, param)?;
        if users::email_taken(state, &address, None) { Err(users::exists(param)) } else { Ok(address) }
    });
    let address = given.transpose()?;
    if address == sign_up.email_address {
        return Ok(());
    }
    // An invitation is for one address.
    if sign_up.is_invited() {
        return if address.is_some() { Err(Failure::value(param)) } else { Ok(()) };
    }
    sign_up.email_address = address;
    sign_up.email_verification = None;
    Ok(())
}

fn phone(state: &State, input: &Input, param: &str, sign_up: &mut SignUp) -> Result<(), Failure> {
    let Some(change) = input.change(param) else { return Ok(()) };
    let given = change.map(|text| {
        known(&state.settings().attributes.phone_number, param)?;
        let number = users::phone(text, param)?;
        if users::phone_taken(state, &number, None) { Err(users::exists(param)) } else { Ok(number) }
    });
    let number = given.transpose()?;
    if number != sign_up.phone_number {
        sign_up.phone_number = number;
        sign_up.phone_verification = None;
    }
    Ok(())
}

fn username(state: &State, input: &Input, sign_up: &mut SignUp) -> Result<(), Failure> {
    let Some(change) = input.change("username") else { return Ok(()) };
    let given = change.map(|text| {
        known(&state.settings().attributes.username, "username")?;
        let name = users::username(text)?;
        if users::username_taken(state, &name, None) { Err(users::exists("username")) } else { Ok(name) }
    });
    sign_up.username = given.transpose()?;
    Ok(())
}

fn password(state: &State, input: &Input, sign_up: &mut SignUp) -> Result<(), Failure> {
    let Some(change) = input.change("password") else { return Ok(()) };
    let Some(password) = change else {
        sign_up.password = None;
        return Ok(());
    };
    known(&state.settings().attributes.password, "password")?;
    passwords::check(&state.settings().password, password, "password")?;
    let names = [&sign_up.email_address, &sign_up.phone_number, &sign_up.username];
    if names.into_iter().flatten().any(|name| name.eq_ignore_ascii_case(password)) {
        return Err(Failure::new(422, "form_password_matches_identifier", "is the same as the identifier")
            .explained("a password is not the address, number or name that one signs in with")
            .param("password"));
    }
    sign_up.password = Some(PasswordDigest::of(password));
    Ok(())
}

fn name(input: &Input, param: &str, attribute: &Attribute, place: &mut Option<String>) -> Result<(), Failure> {
    let Some(change) = input.change(param) else { return Ok(()) };
    if let Some(name) = change {
        known(attribute, param)?;
        if name.chars().count() > MAX_NAME {
            return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
                .explained(format!("{param} has at most {MAX_NAME} characters"))
                .param(param));
        }
    }
    *place = change.map(str::to_owned);
    Ok(())
}

fn wallet(call: &Call<'_>) -> Result<(), Failure> {
    match call.input.change("web3_wallet").flatten() {
        None => Ok(()),
        Some(_) if call.state.settings().attributes.web3_wallet.enabled => {
            Err(Failure::not_implemented(call.operation.id))
        }
        Some(_) => Err(Failure::unknown("web3_wallet")),
    }
}

fn check_restrictions(state: &State, sign_up: &SignUp) -> Result<(), Failure> {
    let invited = sign_up.is_invited();
    if let Some(address) = &sign_up.email_address {
        restrictions::check_sign_up(state, address, invited, "email_address")?;
    }
    if let Some(number) = &sign_up.phone_number {
        restrictions::check_sign_up(state, number, invited, "phone_number")?;
    }
    Ok(())
}
