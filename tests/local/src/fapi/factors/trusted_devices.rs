//! Devices with a key of their own: enrolled by signing what they are asked to sign.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use clerk_core::Timestamp;
use clerk_fapi::types;
use serde::Deserialize;

use crate::{
    answer::Outcome,
    clock::Later,
    crypto::{encoding, ids},
    failure::Failure,
    fapi::{Call, me},
    model::{
        user::{TrustedDevice, trusted_device_key},
        verification::{Status, Verification},
    },
    rules::users,
    state::State,
};

/// How many devices a user may trust.
const MAX_DEVICES: usize = 10;

const MAX_NAME: usize = 256;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let devices = call.user()?.trusted_devices.iter().filter(|device| device.is_enrolled());
    let views: Vec<_> = devices.map(|device| view(device, None)).collect();
    call.reply(&views)
}

pub(super) fn prepare(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    me::proven_lately(call)?;
    let asked = Asked::read(call)?;
    let others = user.trusted_devices.iter().filter(|device| device.is_enrolled());
    if others.clone().any(|device| device.public_key == asked.public_key) {
        return Err(already_enrolled());
    }
    if others.count() >= MAX_DEVICES {
        return Err(Failure::new(400, "trusted_device_credential_quota_exceeded", "too many trusted devices")
            .explained(format!("a user trusts at most {MAX_DEVICES} devices: remove one first")));
    }
    let device_id = State::id("tdev", call.now);
    let challenge = ids::random_text(32);
    let challenge_id = State::id("tdchl", call.now);
    let expire_at = call.now.after(call.state.settings().lifetimes.verification);
    let client_data = serde_json::json!({
        "type": "trusted_device.enroll",
        "challenge": challenge,
        "challenge_id": challenge_id,
        "app_identifier": asked.app_identifier,
        "platform": asked.platform,
    })
    .to_string();
    let device = TrustedDevice {
        id: device_id.clone(),
        name: asked.name.unwrap_or_default(),
        platform: asked.platform,
        app_identifier: asked.app_identifier,
        public_key: asked.public_key,
        verification: Some(Box::new(Verification {
            status: Status::Unverified,
            strategy: "trusted_device".to_owned(),
            attempts: Some(0),
            expire_at: Some(expire_at),
            nonce: Some(client_data.clone()),
            ..Verification::default()
        })),
        last_used_at: None,
        created_at: call.now,
        updated_at: call.now,
    };
    let now = call.now;
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        // A device is asked once at a time, and what it did not answer in time is forgotten.
        user.trusted_devices.retain(|it| it.is_enrolled() || (it.public_key != device.public_key && !expired(it, now)));
        user.trusted_devices.push(device);
    }
    let mut view = types::TrustedDeviceChallenge::new(challenge, challenge_id);
    view.object = Some("trusted_device_challenge".to_owned());
    view.trusted_device_id = Some(device_id.into());
    view.client_data = Some(client_data);
    view.expires_at = Some(expire_at.as_millis());
    view.algorithm = Some("ES256".to_owned());
    call.reply(&view)
}

pub(super) fn attempt(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    let asked = Asked::read(call)?;
    let client_data = call.input.required_text("client_data")?;
    if serde_json::from_str::<clerk_core::JsonMap>(client_data).is_err() {
        return Err(Failure::new(422, "trusted_device_invalid_client_data", "is invalid")
            .explained("the client data has to be sent back as it came")
            .param("client_data"));
    }
    let challenged = |device: &&TrustedDevice| {
        device.verification.as_ref().is_some_and(|it| it.nonce.as_deref() == Some(client_data))
    };
    let Some(device) = user.trusted_devices.iter().filter(|device| !device.is_enrolled()).find(challenged) else {
        return Err(Failure::new(400, "trusted_device_challenge_not_found", "challenge not found")
            .explained("no challenge is open for this device: prepare another one"));
    };
    if expired(device, call.now) {
        return Err(Failure::new(400, "trusted_device_challenge_expired", "challenge expired")
            .explained("the challenge has expired: prepare another one"));
    }
    if device.public_key != asked.public_key
        || device.platform != asked.platform
        || device.app_identifier != asked.app_identifier
    {
        return Err(Failure::new(422, "trusted_device_binding_mismatch", "is another device")
            .explained("the challenge was made for another key, platform or application"));
    }
    let signature = call.input.required_text("signature")?;
    let signature = encoding::from_base64url(signature.trim_end_matches('=')).unwrap_or_default();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &device.public_key);
    if key.verify(client_data.as_bytes(), &signature).is_err() {
        return Err(Failure::new(400, "trusted_device_signature_verification_failed", "wrong signature")
            .explained("the signature is not one of this device over the client data"));
    }
    let device_id = device.id.clone();
    let now = call.now;
    let mut shown = None;
    if let Some(mut user) = call.state.tables.users.edit(&id)
        && let Some(device) = user.trusted_devices.iter_mut().find(|device| device.id == device_id)
    {
        device.verification = Some(Box::new(Verification::verified("trusted_device", now)));
        if let Some(name) = asked.name {
            device.name = name;
        }
        device.updated_at = now;
        shown = Some(view(device, None));
    }
    users::updated(call.state, &id, now);
    let view = shown.ok_or_else(|| not_found(&device_id))?;
    call.reply(&view)
}

pub(super) fn revoke(call: &mut Call<'_>) -> Outcome {
    let device_id = call.input.path("trusted_device_id");
    let user = call.user()?;
    let id = user.id.clone();
    let device = user.trusted_devices.iter().find(|device| device.id == device_id && device.is_enrolled());
    let view = view(device.ok_or_else(|| not_found(device_id))?, Some(call.now));
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.trusted_devices.retain(|device| device.id != device_id);
    }
    users::updated(call.state, &id, call.now);
    call.reply(&view)
}

/// Whether a device is still trusted, which it may ask before anybody has signed in.
pub(super) fn validate(call: &mut Call<'_>) -> Outcome {
    let device_id = call.input.required_text("trusted_device_id")?;
    let trusts = |device: &TrustedDevice| device.id == device_id && device.is_enrolled();
    let owner = call.state.tables.users.find_one(&trusted_device_key(device_id));
    let valid = owner.is_some_and(|user| user.trusted_devices.iter().any(trusts));
    call.client_or_new();
    let mut view = types::TrustedDeviceValidation::new();
    view.valid = valid;
    view.object = Some("trusted_device_validation".to_owned());
    call.reply(&view)
}

/// What a device says of itself.
struct Asked {
    platform: String,
    app_identifier: String,
    name: Option<String>,
    /// The point on the curve, uncompressed.
    public_key: Vec<u8>,
}

impl Asked {
    fn read(call: &Call<'_>) -> Result<Self, Failure> {
        let name = call.input.text("name").map(str::trim).filter(|name| !name.is_empty());
        if name.is_some_and(|name| name.chars().count() > MAX_NAME) {
            return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
                .explained(format!("a name has at most {MAX_NAME} characters"))
                .param("name"));
        }
        let jwk = call.input.required_text("public_key_jwk")?;
        let public_key = point(jwk).ok_or_else(|| {
            Failure::new(422, "trusted_device_invalid_public_key", "is invalid")
                .explained("the key has to be a JWK of the curve P-256 for ES256")
                .param("public_key_jwk")
        })?;
        Ok(Self {
            platform: call.input.required_text("platform")?.to_owned(),
            app_identifier: call.input.required_text("app_identifier")?.to_owned(),
            name: name.map(str::to_owned),
            public_key,
        })
    }
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    alg: Option<String>,
}

fn point(jwk: &str) -> Option<Vec<u8>> {
    let jwk: Jwk = serde_json::from_str(jwk).ok()?;
    let fits = jwk.kty == "EC" && jwk.crv == "P-256" && jwk.alg.is_none_or(|alg| alg == "ES256");
    let (x, y) = (encoding::from_base64url(&jwk.x)?, encoding::from_base64url(&jwk.y)?);
    let point = [&[4], &x[..], &y[..]].concat();
    let whole = fits && x.len() == 32 && y.len() == 32;
    (whole && on_the_curve(&point)).then_some(point)
}

fn on_the_curve(point: &[u8]) -> bool {
    aws_lc_rs::signature::ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).is_ok()
}

fn expired(device: &TrustedDevice, now: Timestamp) -> bool {
    device.verification.as_ref().is_some_and(|verification| verification.status_at(now) == Status::Expired)
}

fn already_enrolled() -> Failure {
    Failure::new(409, "trusted_device_already_enrolled", "already enrolled")
        .explained("this key is one of the user's trusted devices already")
}

fn not_found(id: &str) -> Failure {
    Failure::not_found("trusted device", id)
}

fn view(device: &TrustedDevice, revoked_at: Option<Timestamp>) -> types::TrustedDevice {
    let status = if revoked_at.is_some() { "revoked" } else { "active" };
    let mut view = types::TrustedDevice::new(&device.id, status);
    view.object = Some("trusted_device".to_owned());
    view.platform = Some(device.platform.as_str().into());
    view.app_identifier = Some(device.app_identifier.clone());
    view.name = Some(device.name.clone()).filter(|name| !name.is_empty());
    view.algorithm = Some("ES256".to_owned());
    view.created_at = Some(device.created_at);
    view.updated_at = Some(revoked_at.unwrap_or(device.updated_at));
    view.last_used_at = device.last_used_at;
    view.revoked_at = revoked_at;
    view
}
