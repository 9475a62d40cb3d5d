//! Signing in with a device that the user has enrolled: it signs what it is asked to.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use clerk_core::{SignInId, UserId};

use super::super::Call;
use crate::{
    clock::Later,
    crypto::{encoding, ids},
    failure::Failure,
    model::{
        user::{TrustedDevice, User, trusted_device_key},
        verification::{Status, TrustedDeviceChallenge, Verification},
    },
    state::State,
};

/// What the device of the request has to sign; it is one of the user's, if that is known.
pub(super) fn challenge(call: &Call<'_>, user: Option<&UserId>) -> Result<Verification, Failure> {
    let device_id = call.input.required_text("trusted_device_id")?;
    let (_, device) = find(call.state, device_id, user).ok_or_else(not_registered)?;
    let challenge = ids::random_text(32);
    let id = State::id("tdchl", call.now);
    let expires_at = call.now.after(call.state.settings().lifetimes.verification);
    let client_data = serde_json::json!({
        "type": "trusted_device.sign_in",
        "challenge": challenge,
        "challenge_id": id,
        "trusted_device_id": device.id,
        "app_identifier": device.app_identifier,
        "platform": device.platform,
    });
    let challenge = TrustedDeviceChallenge {
        id,
        trusted_device_id: device.id.clone(),
        challenge,
        client_data: client_data.to_string(),
        expires_at,
    };
    Ok(Verification {
        strategy: "trusted_device".to_owned(),
        attempts: Some(0),
        expire_at: Some(expires_at),
        challenge: Some(Box::new(challenge)),
        ..Verification::default()
    })
}

/// Checks what the device signed, and says whose it is.
pub(super) fn attempt(call: &mut Call<'_>, id: &SignInId) -> Result<UserId, Failure> {
    let input = call.input;
    let device_id = input.required_text("trusted_device_id")?;
    let client_data = input.required_text("client_data")?;
    let signature = input.required_text("signature")?;
    let sign_in =
        call.state.tables.sign_ins.get(id).ok_or_else(|| Failure::not_found("sign in attempt", id.as_str()))?;
    let prepared = sign_in.first.as_ref().filter(|first| first.strategy == "trusted_device");
    let Some((prepared, challenge)) = prepared.and_then(|it| it.challenge.as_ref().map(|challenge| (it, challenge)))
    else {
        return Err(Failure::new(400, "trusted_device_challenge_not_found", "challenge not found")
            .explained("no challenge is open for this device: prepare one"));
    };
    if prepared.status_at(call.now) == Status::Expired {
        return Err(Failure::new(400, "trusted_device_challenge_expired", "challenge expired")
            .explained("the challenge has expired: prepare another one"));
    }
    if challenge.trusted_device_id != device_id {
        return Err(Failure::new(422, "trusted_device_binding_mismatch", "is another device")
            .explained("the challenge was made for another device")
            .param("trusted_device_id"));
    }
    if challenge.client_data != client_data {
        return Err(Failure::new(422, "trusted_device_invalid_client_data", "is invalid")
            .explained("the client data has to be sent back as it came")
            .param("client_data"));
    }
    let (user, device) = find(call.state, device_id, sign_in.user_id.as_ref()).ok_or_else(not_registered)?;
    let signature = encoding::from_base64url(signature.trim_end_matches('=')).unwrap_or_default();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &device.public_key);
    if key.verify(client_data.as_bytes(), &signature).is_err() {
        return Err(Failure::new(400, "trusted_device_signature_verification_failed", "wrong signature")
            .explained("the signature is not one of this device over the client data"));
    }
    let user_id = user.id.clone();
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(device) = user.trusted_devices.iter_mut().find(|device| device.id == device_id)
    {
        device.last_used_at = Some(now);
    }
    Ok(user_id)
}

/// A device that is enrolled, and whose it is.
fn find<'a>(state: &'a State, device_id: &str, user: Option<&UserId>) -> Option<(&'a User, &'a TrustedDevice)> {
    let of = |owner: &'a User| {
        let device = owner.trusted_devices.iter().find(|device| {
            device.id == device_id
                && device.verification.as_ref().is_some_and(|verification| verification.is_verified())
        });
        device.map(|device| (owner, device))
    };
    match user {
        Some(id) => state.tables.users.get(id).and_then(of),
        None => state.tables.users.find_one(&trusted_device_key(device_id)).and_then(of),
    }
}

fn not_registered() -> Failure {
    Failure::new(422, "trusted_device_not_registered", "unknown device")
        .explained("no account that this sign-in may be for trusts this device")
        .param("trusted_device_id")
}
