//! Signing in with a passkey, of a user who gave an identifier or of whoever's passkey it turns out to be.

use clerk_core::{SignInId, Timestamp, UserId};

use super::super::Call;
use crate::{
    clock::Later,
    crypto::{ids, passkey},
    failure::Failure,
    model::{user::User, verification::Verification},
    rules::{passkeys, sign_ins},
};

/// The options that the device answers: for an identified user those of its passkeys, otherwise any.
pub(super) fn options(call: &Call<'_>, id: &SignInId) -> Result<Verification, Failure> {
    if !call.state.settings().attributes.passkey.enabled {
        return Err(super::strategy_invalid("passkey"));
    }
    let user = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_ins::user(call.state, sign_in));
    let allowed: Vec<String> = user.map(credentials).unwrap_or_default();
    if user.is_some() && allowed.is_empty() {
        return Err(Failure::new(400, "no_passkeys_found_for_user", "no passkeys")
            .explained("this account has no passkey; use another of its factors"));
    }
    let challenge = ids::random_text(32);
    let options = passkey::request_options(&passkeys::rp_id(call.state), &allowed, &challenge);
    Ok(Verification {
        strategy: "passkey".to_owned(),
        attempts: Some(0),
        expire_at: Some(call.now.after(call.state.settings().lifetimes.verification)),
        nonce: Some(options.to_string()),
        code: Some(challenge),
        ..Verification::default()
    })
}

fn credentials(user: &User) -> Vec<String> {
    let ids = user.passkeys.iter().map(|passkey| passkey.credential_id.clone());
    ids.filter(|id| !id.is_empty()).collect()
}

/// Checks what the device answered with, and says whose passkey it is.
pub(super) fn attempt(call: &mut Call<'_>, id: &SignInId) -> Result<UserId, Failure> {
    let credential = call.input.required_text("public_key_credential")?;
    let sign_in =
        call.state.tables.sign_ins.get(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    let prepared = sign_in.first.as_ref().filter(|first| first.strategy == "passkey");
    let challenge = prepared.and_then(|prepared| prepared.code.clone()).ok_or_else(|| {
        Failure::new(400, "passkey_invalid_verification", "no passkey was asked for")
            .explained("a passkey has to be prepared for before it is attempted")
    })?;
    if prepared.is_some_and(|prepared| prepared.status_at(call.now) == crate::model::verification::Status::Expired) {
        return Err(Failure::new(400, "verification_expired", "expired")
            .explained("these passkey options have expired; ask for others"));
    }
    let expected = sign_in.user_id.clone();
    let malformed = |_| {
        Failure::new(422, "passkey_invalid_public_key_credential", "is no passkey credential")
            .explained("public_key_credential does not have the form of a passkey's answer")
            .param("public_key_credential")
    };
    let credential_id = passkey::credential_id(credential).map_err(malformed)?;
    let owner = call.state.tables.users.find_one(&format!("passkey:{credential_id}"));
    let owner = owner.filter(|user| expected.as_ref().is_none_or(|expected| user.id == *expected));
    let known = owner.and_then(|user| user.passkeys.iter().find(|passkey| passkey.credential_id == credential_id));
    let (Some(user), Some(known)) = (owner, known) else {
        return Err(Failure::new(404, "passkey_not_registered", "unknown passkey")
            .explained("no account that this sign-in may be for has this passkey"));
    };
    let refused = |error: passkey::PasskeyError| {
        Failure::new(400, "passkey_authentication_failure", "passkey refused").explained(error.to_string())
    };
    let handle = passkey::user_handle(credential).map_err(malformed)?;
    if handle.is_some_and(|handle| handle != user.id.as_str()) {
        return Err(Failure::new(400, "passkey_authentication_failure", "passkey refused")
            .explained("the passkey credential names another user than the one it was registered for"));
    }
    let rp_id = passkeys::rp_id(call.state);
    let origin = |origin: &str| passkeys::allows_origin(&rp_id, origin);
    let count = passkey::assert(credential, &challenge, &rp_id, origin, &known.public_key, known.sign_count)
        .map_err(refused)?;
    let user_id = user.id.clone();
    used(call, &user_id, &credential_id, count, call.now);
    Ok(user_id)
}

fn used(call: &mut Call<'_>, user_id: &UserId, credential_id: &str, count: u32, now: Timestamp) {
    let Some(mut user) = call.state.tables.users.edit(user_id) else { return };
    if let Some(passkey) = user.passkeys.iter_mut().find(|passkey| passkey.credential_id == credential_id) {
        passkey.sign_count = count;
        passkey.last_used_at = Some(now);
    }
}
