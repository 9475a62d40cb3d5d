//! Signing in.

use clerk_core::SignInId;

use super::{Call, Handlers};
use crate::{
    answer::Outcome,
    failure::Failure,
    model::{sign_in::SignIn, verification::Verification},
    rules::{
        factors::{self, Factor},
        lockout, nonces,
        sign_ins::{self, Status},
    },
    views,
};

mod attempt;
mod create;
mod links;
mod passkey;
mod prepare;
mod reset;
mod second;
mod ticket;
mod trusted_device;

pub(crate) const HANDLERS: Handlers = &[
    ("createSignIn", create::create),
    ("getSignIn", get),
    ("prepareSignInFactorOne", prepare::first),
    ("attemptSignInFactorOne", attempt::first),
    ("prepareSignInFactorTwo", second::prepare),
    ("attemptSignInFactorTwo", second::attempt),
    ("resetPassword", reset::reset),
    ("completeMagicLink", links::complete),
    ("acceptTicket", ticket::accept),
    ("verify", links::open),
];

fn get(call: &mut Call<'_>) -> Outcome {
    if let Some(nonce) = call.input.query("rotating_token_nonce").map(str::to_owned) {
        nonces::redeem(call, &nonce, None)?;
    }
    let id = named(call)?.id.clone();
    reply(call, &id)
}

/// The attempt of the path, if it is one of the client.
fn named<'a>(call: &'a Call<'_>) -> Result<&'a SignIn, Failure> {
    let id = call.input.path("sign_in_id");
    let found = call.state.tables.sign_ins.get(id).filter(|sign_in| call.client_id() == Some(&sign_in.client_id));
    found.ok_or_else(|| Failure::not_found("sign in attempt", id))
}

/// The attempt of the path, if it waits for one of these.
fn waiting<'a>(call: &'a Call<'_>, for_one_of: &[Status]) -> Result<&'a SignIn, Failure> {
    let sign_in = named(call)?;
    let status = sign_ins::status(call.state, sign_in, call.now);
    if for_one_of.contains(&status) {
        return Ok(sign_in);
    }
    Err(Failure::new(400, "client_state_invalid", "this is not the next step")
        .explained(format!("the sign-in attempt is at {}, which this request does not go on from", status.name())))
}

/// The ways of a strategy to be the first factor of whoever the attempt is about.
fn first_factors(call: &Call<'_>, sign_in: &SignIn, strategy: &str) -> Result<Vec<Factor>, Failure> {
    let identifier = sign_in.identifier.as_deref();
    let mut found = match sign_ins::user(call.state, sign_in) {
        Some(user) => factors::first(call.state, user, identifier),
        None => identifier.and_then(|identifier| factors::connection(call.state, identifier)).into_iter().collect(),
    };
    found.retain(|factor| factor.strategy == strategy);
    if found.is_empty() { Err(strategy_invalid(strategy)) } else { Ok(found) }
}

/// The failure for a strategy that the user does not have.
fn strategy_invalid(strategy: &str) -> Failure {
    Failure::new(400, "strategy_for_user_invalid", "invalid strategy")
        .explained(format!("{strategy} is not a way for this account to be verified; use one of its supported factors"))
        .param("strategy")
}

/// Chooses among the ways of a strategy: the address or number of the request, the one that was typed, the primary.
fn choose(factors: Vec<Factor>, named: Option<&str>, param: &str, identifier: Option<&str>) -> Result<Factor, Failure> {
    let wanted = |factor: &&Factor| match named {
        Some(id) => factor.identification() == Some(id),
        None => factor.safe_identifier.as_deref() == identifier && identifier.is_some(),
    };
    if let Some(factor) = factors.iter().find(wanted) {
        return Ok(factor.clone());
    }
    if named.is_some() {
        return Err(Failure::value(param));
    }
    let fallback =
        factors.iter().find(|factor| factor.default).or_else(|| factors.iter().find(|factor| factor.primary));
    fallback.or(factors.first()).cloned().ok_or_else(|| Failure::missing(param))
}

/// The address or number that a factor goes to.
fn address_of(call: &Call<'_>, sign_in: &SignIn, factor: &Factor) -> Option<String> {
    let user = sign_ins::user(call.state, sign_in)?;
    let id = factor.identification()?;
    let email = user.email(id).map(|email| email.email_address.clone());
    email.or_else(|| user.phone(id).map(|phone| phone.phone_number.clone()))
}

/// Counts a wrong password or code against the user; where that locks the account, the answer says so.
fn count_failure(call: &mut Call<'_>, id: &SignInId, failure: Failure) -> Failure {
    let wrong = matches!(failure.code(), "form_password_incorrect" | "form_code_incorrect" | "verification_failed");
    let user = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_in.user_id.clone());
    match user.filter(|_| wrong) {
        Some(user) => lockout::failed(call.state, &user, call.now).unwrap_or(failure),
        None => failure,
    }
}

fn set_first(call: &mut Call<'_>, id: &SignInId, verification: Verification) {
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) {
        sign_in.first = Some(Box::new(verification));
    }
}

/// Goes on after something was proven, and answers with the attempt.
fn advance(call: &mut Call<'_>, id: &SignInId) -> Outcome {
    if sign_ins::proceed(call.state, id, Some(call.inbound), call.now)?.is_some() {
        call.rotate();
    }
    reply(call, id)
}

fn reply(call: &mut Call<'_>, id: &SignInId) -> Outcome {
    let view = views::fapi::sign_in::sign_in(call.state, id, call.now);
    let view = view.ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    call.reply(&view)
}

/// A text of the body that is given and not empty.
fn text(call: &Call<'_>, name: &str) -> Option<String> {
    call.input.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
}
