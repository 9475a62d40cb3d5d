//! Sending a code or a link, or setting out for what else proves who somebody is.

use clerk_core::SignInId;

use super::{
    super::Call, address_of, choose, create, first_factors, passkey, reply, set_first, text, trusted_device, waiting,
};
use crate::{
    answer::Outcome,
    failure::Failure,
    model::verification::Verification,
    rules::{
        factors::{Factor, Target},
        sign_ins::Status,
        users,
        verification::{self, LinkFor, LinkTarget},
    },
};

pub(super) fn first(call: &mut Call<'_>) -> Outcome {
    let strategy = call.input.required_text("strategy")?.to_owned();
    let sign_in = waiting(call, &[Status::NeedsIdentifier, Status::NeedsFirstFactor])?;
    if sign_in.first.as_ref().is_some_and(|first| first.is_verified()) {
        return Err(verification::already_verified());
    }
    let id = sign_in.id.clone();
    prepare(call, &id, &strategy)?;
    reply(call, &id)
}

/// Begins the proof by a strategy, and keeps it as that of the first factor.
pub(super) fn prepare(call: &mut Call<'_>, id: &SignInId, strategy: &str) -> Result<(), Failure> {
    let verification = match strategy {
        "passkey" => passkey::options(call, id)?,
        "trusted_device" => {
            let user = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_in.user_id.clone());
            trusted_device::challenge(call, user.as_ref())?
        }
        "email_code" | "reset_password_email_code" => code(call, id, strategy, "email_address_id")?,
        "phone_code" | "reset_password_phone_code" => code(call, id, strategy, "phone_number_id")?,
        "email_link" => {
            let factor = factor(call, id, strategy, "email_address_id")?;
            let previous = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_in.first.clone());
            link(call, id, &factor, previous.as_deref())?
        }
        external if create::is_external(external) => create::leave_for(call, external, id)?,
        // What needs no preparation is there or is not; either way there is nothing to be done.
        other => {
            let sign_in = waiting(call, &[Status::NeedsIdentifier, Status::NeedsFirstFactor])?;
            first_factors(call, sign_in, other)?;
            return Err(Failure::new(400, "verification_strategy_invalid", "nothing to prepare")
                .explained(format!("{other} needs no preparation; attempt it"))
                .param("strategy"));
        }
    };
    set_first(call, id, verification);
    Ok(())
}

fn factor(call: &Call<'_>, id: &SignInId, strategy: &str, param: &str) -> Result<Factor, Failure> {
    let sign_in =
        call.state.tables.sign_ins.get(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    let factors = first_factors(call, sign_in, strategy)?;
    let identifier = sign_in
        .identifier
        .as_deref()
        .map(|identifier| users::normal_phone(identifier).unwrap_or_else(|| identifier.to_lowercase()));
    choose(factors, text(call, param).as_deref(), param, identifier.as_deref())
}

/// Sends a code to an address or number of the user, or to the identifier that nobody has yet.
fn code(call: &mut Call<'_>, id: &SignInId, strategy: &str, param: &str) -> Result<Verification, Failure> {
    let Some(sign_in) = call.state.tables.sign_ins.get(id) else {
        return Err(Failure::not_found("sign in attempt", id.as_str()));
    };
    let previous = sign_in.first.clone();
    let user_id = sign_in.user_id.clone();
    let (target, to) = if sign_in.sign_up_if_missing && sign_in.user_id.is_none() {
        let identifier = sign_in.identifier.clone().unwrap_or_default();
        let fits = identifier.contains('@') == (strategy == "email_code");
        if !fits || strategy.starts_with("reset_password_") {
            return Err(super::strategy_invalid(strategy));
        }
        let to = users::normal_phone(&identifier).unwrap_or_else(|| identifier.to_lowercase());
        (to.clone(), to)
    } else {
        let factor = factor(call, id, strategy, param)?;
        let to = address_of(call, sign_in, &factor).ok_or_else(|| Failure::value(param))?;
        (factor.identification().unwrap_or_default().to_owned(), to)
    };
    let user_id = user_id.as_ref().map(|id| id.as_str());
    let previous = previous.as_deref();
    let mut proof = verification::send_code(call.state, strategy, &target, &to, user_id, previous, call.now)?;
    if let Some(channel) = text(call, "channel").filter(|_| proof.channel.is_some()) {
        proof.channel = Some(channel);
    }
    Ok(proof)
}

/// Sends an email link.
pub(super) fn link(
    call: &mut Call<'_>,
    id: &SignInId,
    factor: &Factor,
    previous: Option<&Verification>,
) -> Result<Verification, Failure> {
    let target = LinkTarget::of(call)?;
    let sign_in =
        call.state.tables.sign_ins.get(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    let to = address_of(call, sign_in, factor).ok_or_else(|| Failure::value("email_address_id"))?;
    let user_id = sign_in.user_id.clone();
    let Target::Email(identification_id) = &factor.target else { return Err(Failure::value("email_address_id")) };
    let user_id = user_id.as_ref().map(|id| id.as_str());
    let link = LinkFor { owner: id.as_str(), identification_id, to: &to, user_id };
    verification::send_link(call.state, link, target, previous, call.now)
}
