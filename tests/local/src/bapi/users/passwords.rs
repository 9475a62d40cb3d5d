//! Passwords of users: set, tried, taken away.

use clerk_bapi::types;

use super::{change, named, shown};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    crypto::password::{ImportError, PasswordDigest},
    failure::Failure,
    model::user::{Password, User},
    rules,
};

/// Takes a password or the digest of one, where the request has either; tells whether it had.
pub(super) fn take(call: &Call<'_>, user: &mut User) -> Result<bool, Failure> {
    let input = call.input;
    let digest = match (input.text("password"), input.text("password_digest")) {
        (None, None) => return Ok(false),
        (Some(_), Some(_)) => {
            return Err(Failure::new(422, "form_conditional_param_disallowed", "is not allowed here")
                .explained("password_digest is not allowed beside password")
                .param("password_digest"));
        }
        (Some(password), None) => {
            if !input.flag("skip_password_checks").unwrap_or(false) {
                rules::passwords::check(&call.state.settings().password, password, "password")?;
            }
            PasswordDigest::of(password)
        }
        (None, Some(digest)) => imported(input.text("password_hasher"), digest)?,
    };
    user.password = Some(Box::new(Password { digest, updated_at: call.now, compromised: false }));
    Ok(true)
}

fn imported(hasher: Option<&str>, digest: &str) -> Result<PasswordDigest, Failure> {
    let Some(hasher) = hasher else {
        return Err(Failure::new(422, "form_conditional_param_missing", "is missing")
            .explained("password_hasher must be included when password_digest is")
            .param("password_hasher"));
    };
    match PasswordDigest::import(hasher, digest) {
        // One that cannot be checked here is kept like the others, and accepts nothing.
        Ok(digest) | Err(ImportError::Unsupported(digest)) => Ok(digest),
        Err(error @ ImportError::UnknownHasher) => Err(Failure::value("password_hasher").explained(error.to_string())),
        Err(error @ (ImportError::Malformed | ImportError::TooCostly)) => {
            Err(Failure::new(422, "form_password_digest_invalid_code", "is invalid")
                .explained(error.to_string())
                .param("password_digest"))
        }
    }
}

pub(super) fn verify(call: &mut Call<'_>) -> Outcome {
    let user = named(call)?;
    let given = call.input.required_text("password")?;
    let password = user.password.as_ref().ok_or_else(none)?;
    if password.digest.verify(given) != Some(true) {
        return Err(Failure::new(422, "incorrect_password", "is incorrect")
            .explained("this is not the password of the user")
            .param("password"));
    }
    let mut view = types::PasswordVerification::new();
    view.verified = true;
    Ok(Answer::json(&view))
}

pub(super) fn remove(call: &mut Call<'_>) -> Outcome {
    let id = change(call, |user, _| user.password.take().map(drop).ok_or_else(none))?;
    if call.input.flag("sign_out_of_other_sessions").unwrap_or(false) {
        rules::users::revoke_sessions(call.state, &id, call.now);
    }
    shown(call, &id)
}

pub(super) fn set_compromised(call: &mut Call<'_>) -> Outcome {
    let id = mark(call, true)?;
    if call.input.flag("revoke_all_sessions").unwrap_or(false) {
        rules::users::revoke_sessions(call.state, &id, call.now);
    }
    shown(call, &id)
}

pub(super) fn unset_compromised(call: &mut Call<'_>) -> Outcome {
    let id = mark(call, false)?;
    shown(call, &id)
}

fn mark(call: &mut Call<'_>, compromised: bool) -> Result<clerk_core::UserId, Failure> {
    change(call, |user, _| {
        user.password.as_mut().ok_or_else(none)?.compromised = compromised;
        Ok(())
    })
}

fn none() -> Failure {
    Failure::new(400, "no_password_set", "no password").explained("the user has no password")
}
