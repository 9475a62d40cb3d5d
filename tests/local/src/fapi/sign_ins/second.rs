//! The second factor, and what proves that an unknown device is the user's.

use clerk_core::{SignInId, Timestamp, UserId};

use super::{super::Call, address_of, advance, attempt, choose, count_failure, prepare as first, reply, text};
use crate::{
    answer::Outcome,
    crypto::totp,
    failure::Failure,
    model::{
        sign_in::SignIn,
        verification::{Status as Proof, Verification},
    },
    rules::{
        factors::{self, Factor},
        lockout,
        sign_ins::{self, Status},
        users, verification,
    },
    state::State,
};

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let strategy = call.input.required_text("strategy")?.to_owned();
    let sign_in = waiting(call)?;
    let id = sign_in.id.clone();
    let previous = sign_in.second.clone();
    let param = if strategy == "phone_code" { "phone_number_id" } else { "email_address_id" };
    let factor = choose(of_strategy(call, sign_in, &strategy)?, text(call, param).as_deref(), param, None)?;
    let verification = if strategy == "email_link" {
        first::link(call, &id, &factor, previous.as_deref())?
    } else {
        let to = address_of(call, sign_in, &factor).ok_or_else(|| Failure::value(param))?;
        let user_id = sign_in.user_id.clone();
        let user_id = user_id.as_ref().map(|id| id.as_str());
        let target = factor.identification().unwrap_or_default();
        verification::send_code(call.state, &strategy, target, &to, user_id, previous.as_deref(), call.now)?
    };
    set(call, &id, verification);
    reply(call, &id)
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let strategy = call.input.required_text("strategy")?.to_owned();
    let code = call.input.required_text("code")?.to_owned();
    let sign_in = waiting(call)?;
    let id = sign_in.id.clone();
    let user = sign_ins::user(call.state, sign_in).ok_or_else(|| super::strategy_invalid(&strategy))?;
    lockout::check(call.state, user, call.now)?;
    let user_id = user.id.clone();
    of_strategy(call, sign_in, &strategy)?;
    let now = call.now;
    let tried = match strategy.as_str() {
        "totp" | "backup_code" => {
            let taken = if strategy == "totp" {
                take_totp(call.state, &user_id, &code, now)
            } else {
                take_backup_code(call.state, &user_id, &code, now)
            };
            let tries = sign_in_tries(call, &id, &strategy).saturating_add(1);
            let status = if taken { Proof::Verified } else { Proof::Unverified };
            let verified_at = taken.then_some(now);
            let verification =
                Verification { status, strategy, attempts: Some(tries), verified_at, ..Verification::default() };
            set(call, &id, verification);
            if taken { Ok(()) } else { Err(verification::incorrect_code()) }
        }
        _ => {
            let mut sign_in = call.state.tables.sign_ins.edit(&id);
            let prepared = sign_in.as_mut().and_then(|sign_in| sign_in.second.as_deref_mut());
            attempt::attempt(prepared, &strategy, &code, now)
        }
    };
    if let Err(failure) = tried {
        return Err(count_failure(call, &id, failure));
    }
    advance(call, &id)
}

/// The attempt of the path, if it waits for a second factor.
fn waiting<'a>(call: &'a Call<'_>) -> Result<&'a SignIn, Failure> {
    let sign_in = super::named(call)?;
    let status = sign_ins::status(call.state, sign_in, call.now);
    let proven = sign_in.first.as_ref().is_some_and(|first| first.is_verified());
    let user = sign_ins::user(call.state, sign_in);
    if status == Status::Complete && proven && user.is_some_and(|user| factors::second(call.state, user).is_empty()) {
        return Err(Failure::new(400, "no_second_factors", "no second factor")
            .explained("this account has no second factor, and the sign-in is complete without one"));
    }
    super::waiting(call, &[Status::NeedsSecondFactor, Status::NeedsClientTrust])
}

/// The ways of a strategy that the attempt takes now.
fn of_strategy(call: &Call<'_>, sign_in: &SignIn, strategy: &str) -> Result<Vec<Factor>, Failure> {
    let trust = sign_ins::status(call.state, sign_in, call.now) == Status::NeedsClientTrust;
    let mut found = sign_ins::user(call.state, sign_in).map_or_else(Vec::new, |user| {
        if trust { factors::client_trust(call.state, user) } else { factors::second(call.state, user) }
    });
    found.retain(|factor| factor.strategy == strategy);
    if found.is_empty() { Err(super::strategy_invalid(strategy)) } else { Ok(found) }
}

fn sign_in_tries(call: &Call<'_>, id: &SignInId, strategy: &str) -> u32 {
    let second = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_in.second.as_ref());
    second.filter(|second| second.strategy == strategy).and_then(|second| second.attempts).unwrap_or(0)
}

fn set(call: &mut Call<'_>, id: &SignInId, verification: Verification) {
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) {
        sign_in.second = Some(Box::new(verification));
    }
}

/// Takes a code of the authenticator app, unless it or a later one was taken before.
fn take_totp(state: &mut State, id: &UserId, code: &str, now: Timestamp) -> bool {
    let Some(mut user) = state.tables.users.edit(id) else { return false };
    let Some(totp) = user.totp.as_mut().filter(|totp| totp.verified) else { return false };
    let Some(step) = totp::verify(&totp.secret, code, now) else { return false };
    if totp.last_step.is_some_and(|last| step <= last) {
        return false;
    }
    totp.last_step = Some(step);
    true
}

/// Takes a code on paper, and crosses it out.
fn take_backup_code(state: &mut State, id: &UserId, code: &str, now: Timestamp) -> bool {
    let Some(mut user) = state.tables.users.edit(id) else { return false };
    let taken = users::spend_backup_code(&mut user, code.trim());
    if taken {
        user.updated_at = now;
    }
    taken
}
