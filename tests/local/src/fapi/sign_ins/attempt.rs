//! Trying the first factor.

use clerk_core::SignInId;

use super::{
    super::Call, advance, count_failure, first_factors, passkey, set_first, strategy_invalid, ticket, trusted_device,
    waiting,
};
use crate::{
    answer::Outcome,
    failure::Failure,
    model::verification::{Status as Proof, Verification},
    rules::{lockout, sign_ins, sign_ins::Status, verification},
};

pub(super) fn first(call: &mut Call<'_>) -> Outcome {
    let strategy = call.input.required_text("strategy")?.to_owned();
    let sign_in = waiting(call, &[Status::NeedsIdentifier, Status::NeedsFirstFactor])?;
    if sign_in.first.as_ref().is_some_and(|first| first.is_verified()) {
        return Err(verification::already_verified());
    }
    let id = sign_in.id.clone();
    if let Some(user) = sign_ins::user(call.state, sign_in) {
        lockout::check(call.state, user, call.now)?;
    }
    match strategy.as_str() {
        "password" => {
            let given = call.input.required_text("password")?.to_owned();
            password(call, &id, &given)?;
        }
        "email_code" | "phone_code" | "reset_password_email_code" | "reset_password_phone_code" => {
            code(call, &id, &strategy)?;
        }
        "passkey" | "trusted_device" => {
            let owner =
                if strategy == "passkey" { passkey::attempt(call, &id) } else { trusted_device::attempt(call, &id) };
            let user = match owner {
                Ok(user) => user,
                Err(failure) => {
                    count_try(call, &id);
                    return Err(failure);
                }
            };
            if let Some(mut sign_in) = call.state.tables.sign_ins.edit(&id) {
                sign_in.user_id = Some(user);
                if let Some(first) = &mut sign_in.first {
                    verify(first, call.now);
                }
            }
        }
        "ticket" => return ticket::attempt(call, &id),
        // Whatever else there is ends elsewhere: links and providers in the browser.
        other => {
            first_factors(call, sign_in, other)?;
            return Err(Failure::new(400, "verification_strategy_invalid", "nothing to attempt")
                .explained(format!("{other} is not completed by this request"))
                .param("strategy"));
        }
    }
    advance(call, &id)
}

fn verify(verification: &mut Verification, now: clerk_core::Timestamp) {
    verification.status = Proof::Verified;
    verification.verified_at = Some(now);
    verification.attempts = Some(verification.attempts.unwrap_or(0).saturating_add(1));
}

fn count_try(call: &mut Call<'_>, id: &SignInId) {
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(id)
        && let Some(first) = &mut sign_in.first
    {
        first.attempts = Some(first.attempts.unwrap_or(0).saturating_add(1));
    }
}

/// Tries the password; a leaked one is right and still not taken.
pub(super) fn password(call: &mut Call<'_>, id: &SignInId, given: &str) -> Result<(), Failure> {
    let sign_in =
        call.state.tables.sign_ins.get(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    first_factors(call, sign_in, "password")?;
    let user = sign_ins::user(call.state, sign_in).ok_or_else(|| strategy_invalid("password"))?;
    let tries = sign_in.first.as_ref().filter(|first| first.strategy == "password").and_then(|first| first.attempts);
    let tries = tries.unwrap_or(0).saturating_add(1);
    let kept = user.password.as_deref().ok_or_else(|| strategy_invalid("password"))?;
    // A digest of a hasher that cannot be computed here fits no password.
    let correct = kept.digest.verify(given).unwrap_or(false);
    let rules = &call.state.settings().password;
    let leaked = rules.enforce_on_sign_in && rules.compromised.iter().any(|known| known == given);
    let refused = if !correct {
        Some(
            Failure::new(422, "form_password_incorrect", "is incorrect")
                .explained("the password is not the right one; try again, or use another of the account's factors")
                .param("password"),
        )
    } else if kept.compromised {
        Some(
            Failure::new(422, "form_password_compromised", "may be known to others")
                .explained("this password is marked as compromised; sign in by other means and set another one")
                .param("password"),
        )
    } else if leaked {
        Some(
            Failure::new(422, "form_password_pwned", "was found in a data breach")
                .explained("this password was found in a data breach; reset it to go on")
                .param("password"),
        )
    } else {
        None
    };
    let status = if refused.is_none() { Proof::Verified } else { Proof::Unverified };
    let verified_at = refused.is_none().then_some(call.now);
    let strategy = "password".to_owned();
    let verification = Verification { status, strategy, attempts: Some(tries), verified_at, ..Verification::default() };
    set_first(call, id, verification);
    refused.map_or(Ok(()), |failure| Err(count_failure(call, id, failure)))
}

/// Tries the code that was sent.
fn code(call: &mut Call<'_>, id: &SignInId, strategy: &str) -> Result<(), Failure> {
    let given = call.input.required_text("code")?;
    let now = call.now;
    let mut sign_in =
        call.state.tables.sign_ins.edit(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    let missing = sign_in.sign_up_if_missing && sign_in.user_id.is_none();
    let tried = attempt(sign_in.first.as_deref_mut(), strategy, given, now);
    if tried.is_ok() && missing {
        if let Some(first) = &mut sign_in.first {
            first.status = Proof::Transferable;
        }
        return Err(Failure::new(404, "sign_up_if_missing_transfer", "no account yet").explained(
            "the identifier is proven and nobody has it: create a sign-up with transfer to make the account",
        ));
    }
    if tried.is_ok() && strategy.starts_with("reset_password_") {
        sign_in.needs_new_password = true;
    }
    drop(sign_in);
    tried.map_err(|failure| count_failure(call, id, failure))
}

/// Tries a code against the proof that was prepared, if it was for this strategy.
pub(super) fn attempt(
    prepared: Option<&mut Verification>,
    strategy: &str,
    given: &str,
    now: clerk_core::Timestamp,
) -> Result<(), Failure> {
    match prepared {
        None => Err(Failure::new(400, "verification_missing", "nothing was prepared")
            .explained("a code has to be sent before one can be attempted")),
        Some(prepared) if prepared.strategy != strategy => {
            Err(Failure::new(400, "verification_strategy_invalid", "another strategy was prepared")
                .explained(format!("{} was prepared, so {strategy} cannot be attempted", prepared.strategy))
                .param("strategy"))
        }
        Some(prepared) => verification::attempt_code(prepared, given, now),
    }
}
