//! Addresses and numbers of a sign-up: a code or a link is sent, and comes back.

use clerk_core::SignUpId;

use super::{answer, of_client, open, settle};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    model::{oauth::Purpose, sign_up::SignUp, verification::Verification},
    rules::{
        external,
        verification::{self, LinkFor, LinkTarget},
    },
    settings::Attribute,
};

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let id = open(call)?.id.clone();
    call.input.required_text("strategy")?;
    begin(call, &id)?;
    answer(call, &id)
}

/// Begins the proof that a request's `strategy` names; nothing where it names none that is to be begun.
pub(super) fn begin(call: &mut Call<'_>, id: &SignUpId) -> Result<(), Failure> {
    let input = call.input;
    let Some(strategy) = input.text("strategy").filter(|strategy| !strategy.is_empty()) else { return Ok(()) };
    let Some(sign_up) = call.state.tables.sign_ups.get(id).cloned() else { return Ok(()) };
    match strategy {
        // What comes with a password or a ticket is proven by that.
        "password" | "ticket" => Ok(()),
        "email_code" | "email_link" => email(call, &sign_up, strategy),
        "phone_code" => phone(call, &sign_up),
        "enterprise_sso" | "saml" => provider(call, id, strategy),
        _ if strategy.starts_with("oauth_token_") => Err(not_supported(call)),
        _ if strategy.starts_with("oauth_") => provider(call, id, strategy),
        "google_one_tap" => Err(not_supported(call)),
        _ if strategy.starts_with("web3_") => Err(not_supported(call)),
        _ => Err(Failure::value("strategy")),
    }
}

fn not_supported(call: &Call<'_>) -> Failure {
    Failure::not_implemented(call.operation.id)
}

fn email(call: &mut Call<'_>, sign_up: &SignUp, strategy: &str) -> Result<(), Failure> {
    check_strategy(&call.state.settings().attributes.email_address, strategy)?;
    let address = sign_up.email_address.as_deref().ok_or_else(|| Failure::missing("email_address"))?;
    check_unverified(sign_up.email_verification.as_deref())?;
    let previous = sign_up.email_verification.as_deref();
    let proof = if strategy == "email_code" {
        verification::send_code(call.state, strategy, address, address, None, previous, call.now)?
    } else {
        let target = LinkTarget::of(call)?;
        let link = LinkFor { owner: sign_up.id.as_str(), identification_id: address, to: address, user_id: None };
        verification::send_link(call.state, link, target, previous, call.now)?
    };
    if let Some(mut sign_up) = call.state.tables.sign_ups.edit(&sign_up.id) {
        sign_up.email_verification = Some(Box::new(proof));
    }
    Ok(())
}

fn phone(call: &mut Call<'_>, sign_up: &SignUp) -> Result<(), Failure> {
    check_strategy(&call.state.settings().attributes.phone_number, "phone_code")?;
    let number = sign_up.phone_number.as_deref().ok_or_else(|| Failure::missing("phone_number"))?;
    check_unverified(sign_up.phone_verification.as_deref())?;
    let previous = sign_up.phone_verification.as_deref();
    let mut proof = verification::send_code(call.state, "phone_code", number, number, None, previous, call.now)?;
    if let Some(channel) = call.input.text("channel").filter(|it| !it.is_empty()) {
        proof.channel = Some(channel.to_owned());
    }
    if let Some(mut sign_up) = call.state.tables.sign_ups.edit(&sign_up.id) {
        sign_up.phone_verification = Some(Box::new(proof));
    }
    Ok(())
}

fn provider(call: &mut Call<'_>, id: &SignUpId, strategy: &str) -> Result<(), Failure> {
    let input = call.input;
    let (back, done) = (input.text("redirect_url"), input.text("action_complete_redirect_url"));
    let proof = external::begin(call, strategy, Purpose::SignUp(id.clone()), back, done)?;
    if let Some(mut sign_up) = call.state.tables.sign_ups.edit(id) {
        sign_up.external_verification = Some(Box::new(proof));
        sign_up.external = None;
    }
    Ok(())
}

/// A proof has to be one of those that the settings name.
fn check_strategy(attribute: &Attribute, strategy: &str) -> Result<(), Failure> {
    if attribute.verifications.iter().any(|known| known == strategy) {
        return Ok(());
    }
    Err(Failure::new(400, "verification_strategy_invalid", "invalid verification strategy")
        .explained(format!("{strategy} does not verify anything on this instance"))
        .param("strategy"))
}

fn check_unverified(proof: Option<&Verification>) -> Result<(), Failure> {
    if proof.is_some_and(Verification::is_verified) {
        return Err(Failure::new(400, "verification_already_verified", "already verified")
            .explained("this was verified already"));
    }
    Ok(())
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let id = of_client(call)?.id.clone();
    open(call)?;
    let input = call.input;
    let strategy = input.required_text("strategy")?;
    let on_phone = match strategy {
        "email_code" => false,
        "phone_code" => true,
        // A link is opened, not tried.
        "email_link" => return Err(other_strategy()),
        _ => return Err(not_supported(call)),
    };
    let code = input.required_text("code")?;
    let now = call.now;
    let Some(mut sign_up) = call.state.tables.sign_ups.edit(&id) else {
        return Err(Failure::not_found("sign up", id.as_str()));
    };
    let proof = if on_phone { &mut sign_up.phone_verification } else { &mut sign_up.email_verification };
    let tried = match proof.as_deref_mut() {
        None => Err(Failure::new(400, "verification_not_sent", "nothing was sent")
            .explained("a code has to be sent before one can be tried")),
        Some(proof) if proof.strategy != strategy && !proof.is_verified() => Err(other_strategy()),
        Some(proof) => verification::attempt_code(proof, code, now),
    };
    drop(sign_up);
    tried?;
    settle(call, &id)?;
    answer(call, &id)
}

fn other_strategy() -> Failure {
    Failure::new(400, "verification_strategy_invalid", "invalid verification strategy")
        .explained("another kind of proof was begun; prepare this one first")
        .param("strategy")
}
