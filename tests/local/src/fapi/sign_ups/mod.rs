//! Sign-ups: begun, filled, proven, and at last a user.

mod begin;
mod fields;
mod gate;
mod prove;
mod ticket;

use clerk_core::SignUpId;
use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::Outcome,
    failure::Failure,
    model::sign_up::SignUp,
    rules::{
        nonces,
        sign_ups::{self, Status},
    },
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("createSignUps", begin::create),
    ("getSignUps", get),
    ("updateSignUps", update),
    ("prepareSignUpsVerification", prove::prepare),
    ("attemptSignUpsVerification", prove::attempt),
    ("getSignUpEnterpriseConnections", enterprise_connections),
];

fn get(call: &mut Call<'_>) -> Outcome {
    // What a browser did for this device is handed over together with the client.
    if let Some(nonce) = call.input.query("rotating_token_nonce").map(str::to_owned) {
        nonces::redeem(call, &nonce, None)?;
    }
    let id = of_client(call)?.id.clone();
    answer(call, &id)
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut sign_up = open(call)?.clone();
    let id = sign_up.id.clone();
    gate::check_legal(call)?;
    if let Some(ticket) = call.input.text("ticket").filter(|ticket| !ticket.is_empty()) {
        ticket::redeem(call, &mut sign_up, ticket)?;
    }
    fields::fill(call, &mut sign_up)?;
    call.state.tables.sign_ups.insert(sign_up);
    prove::begin(call, &id)?;
    settle(call, &id)?;
    answer(call, &id)
}

fn enterprise_connections(call: &mut Call<'_>) -> Outcome {
    let sign_up = of_client(call)?;
    let domain = sign_up.email_address.as_deref().and_then(|address| address.rsplit_once('@'));
    let domain = domain.map(|(_, domain)| domain.to_owned());
    let connections = call.state.tables.enterprise_connections.iter().filter(|connection| {
        connection.active && domain.as_ref().is_some_and(|domain| connection.domains.contains(domain))
    });
    let views: Vec<types::SignUpEnterpriseConnection> = connections
        .map(|connection| {
            let mut view = types::SignUpEnterpriseConnection::new(connection.id.as_str());
            view.provider = Some(connection.provider.clone());
            view
        })
        .collect();
    call.reply(&views)
}

/// The sign-up of the path, which is one of the client's.
fn of_client<'a>(call: &'a Call<'_>) -> Result<&'a SignUp, Failure> {
    let id = call.input.path("sign_up_id");
    let found = call.state.tables.sign_ups.get(id).filter(|sign_up| Some(&sign_up.client_id) == call.client_id());
    found.ok_or_else(|| Failure::not_found("sign up", id))
}

/// The same, where it can still go on.
fn open<'a>(call: &'a Call<'_>) -> Result<&'a SignUp, Failure> {
    let sign_up = of_client(call)?;
    let why = match sign_ups::status(sign_up, call.now) {
        Status::MissingRequirements => return Ok(sign_up),
        Status::Complete => "this sign-up is complete already",
        Status::Abandoned => "this sign-up was abandoned; begin another one",
    };
    Err(Failure::new(400, "client_state_invalid", "invalid action").explained(why))
}

/// Completes a sign-up that has everything, and gives the client another token then.
fn settle(call: &mut Call<'_>, id: &SignUpId) -> Result<(), Failure> {
    if sign_ups::settle(call.state, id, Some(call.inbound), call.now)?.is_some() {
        call.rotate();
    }
    Ok(())
}

fn answer(call: &mut Call<'_>, id: &SignUpId) -> Outcome {
    let view = views::fapi::sign_up::sign_up(call.state, id, call.now);
    let view = view.ok_or_else(|| Failure::not_found("sign up", id.as_str()))?;
    call.reply(&view)
}
