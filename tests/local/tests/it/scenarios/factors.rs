//! Authenticator apps, codes on paper, and devices that are trusted.

use std::time::Duration;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_fapi::trusted_devices::{AttemptTrustedDeviceBody, PrepareTrustedDeviceBody};

use super::me::{me, refusal, refused, signed_in};
use crate::world::{Device, World};

scenarios![
    an_authenticator_app_is_set_up_and_given_up,
    a_second_authenticator_app_is_refused,
    an_authenticator_app_that_is_switched_off_is_not_set_up,
    codes_on_paper_stand_in_for_a_second_factor,
    the_only_demanded_second_factor_stays,
    a_device_is_trusted_once_it_has_signed_its_challenge,
    a_device_that_does_not_answer_its_challenge_is_not_trusted,
];

/// The code of an app at the time of the local Clerk.
pub fn code(world: &World, secret: &str) -> String {
    let key = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = u64::try_from(world.local.clock().now().as_millis() / 30_000).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = usize::from(tag.as_ref()[19] & 0x0f);
    let window: [u8; 4] = tag.as_ref()[offset..offset + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(window) & 0x7fff_ffff) % 1_000_000)
}

/// Sets up an app, and gives its secret and the codes on paper that came with it.
pub async fn set_up_app(world: &World, device: &Device) -> (String, Vec<String>) {
    let totp = device.create_totp().send().await.unwrap().response;
    let secret = totp.secret.unwrap().expose().to_owned();
    let totp = device.verify_totp(code(world, &secret)).send().await.unwrap().response;
    (secret, totp.backup_codes.iter().map(|code| code.expose().to_owned()).collect())
}

async fn an_authenticator_app_is_set_up_and_given_up(world: World) {
    let device = signed_in(&world, "ann").await;
    assert_eq!(refusal(device.verify_totp("000000").send().await), refused(404, "resource_not_found"));
    let totp = device.create_totp().send().await.unwrap().response;
    assert!(!totp.verified);
    let secret = totp.secret.unwrap().expose().to_owned();
    let uri = totp.uri.unwrap().expose().to_owned();
    assert!(uri.starts_with("otpauth://totp/") && uri.contains(&secret), "{uri}");
    assert!(!me(&device).await.two_factor_enabled, "it counts once it is proven");
    for wrong in ["", "abc", "0000000"] {
        let refusal = refusal(device.verify_totp(wrong).send().await);
        assert_eq!(refusal.0, 422, "{wrong}");
    }
    let totp = device.verify_totp(code(&world, &secret)).send().await.unwrap().response;
    assert!(totp.verified && totp.secret.is_none());
    assert_eq!(totp.backup_codes.len(), 10);
    let user = me(&device).await;
    assert!(user.totp_enabled && user.two_factor_enabled && user.backup_code_enabled);
    assert!(user.mfa_enabled_at.is_some() && user.mfa_disabled_at.is_none());
    let gone = device.delete_totp().send().await.unwrap().response;
    assert_eq!((gone.id.as_deref(), gone.deleted), (Some(totp.id.as_str()), true));
    let user = me(&device).await;
    assert!(!user.totp_enabled && !user.two_factor_enabled && !user.backup_code_enabled);
    assert!(user.mfa_disabled_at.is_some());
    assert_eq!(refusal(device.delete_totp().send().await), refused(404, "resource_not_found"));
}

async fn a_second_authenticator_app_is_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    let first = device.create_totp().send().await.unwrap().response.secret.unwrap();
    // One that was not proven is replaced.
    let (_, codes) = set_up_app(&world, &device).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(refusal(device.create_totp().send().await), refused(400, "totp_already_enabled"));
    let old = device.verify_totp(code(&world, first.expose())).send().await;
    assert_eq!(refusal(old), refused(400, "totp_already_enabled"));
}

async fn an_authenticator_app_that_is_switched_off_is_not_set_up(world: World) {
    let device = signed_in(&world, "ann").await;
    world.local.update_settings(|settings| settings.attributes.authenticator_app.enabled = false);
    assert_eq!(refusal(device.create_totp().send().await), refused(403, "feature_not_enabled"));
}

async fn codes_on_paper_stand_in_for_a_second_factor(world: World) {
    let device = signed_in(&world, "ann").await;
    assert_eq!(refusal(device.create_backup_codes().send().await), refused(400, "backup_codes_not_available"));
    let (_, first) = set_up_app(&world, &device).await;
    let codes = device.create_backup_codes().send().await.unwrap().response.codes;
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| !first.contains(&code.expose().to_owned())), "the old ones are gone");
    world.local.clock().advance(Duration::from_secs(601));
    let stale = device.create_backup_codes().send().await;
    assert_eq!(refusal(stale), refused(403, "session_reverification_required"));
    world.local.update_settings(|settings| settings.attributes.backup_code.enabled = false);
    assert_eq!(refusal(device.create_backup_codes().send().await), refused(400, "backup_codes_not_available"));
}

async fn the_only_demanded_second_factor_stays(world: World) {
    let device = signed_in(&world, "ann").await;
    set_up_app(&world, &device).await;
    world.local.update_settings(|settings| settings.second_factor_required = true);
    assert_eq!(refusal(device.delete_totp().send().await), refused(400, "second_factor_deletion_not_allowed"));
    assert!(me(&device).await.totp_enabled);
}

/// A device with a key of its own.
pub(super) struct Phone(EcdsaKeyPair);

impl Phone {
    pub(super) fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> String {
        let point = self.0.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        serde_json::json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256" }).to_string()
    }

    pub(super) fn sign(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap())
    }

    pub(super) fn prepare(&self) -> PrepareTrustedDeviceBody {
        PrepareTrustedDeviceBody::new("ios", "com.example.app", "ES256", self.jwk())
    }

    pub(super) fn attempt(&self, client_data: &str, signature: String) -> AttemptTrustedDeviceBody {
        AttemptTrustedDeviceBody::new("ios", "com.example.app", "ES256", self.jwk(), client_data, signature)
    }
}

async fn a_device_is_trusted_once_it_has_signed_its_challenge(world: World) {
    let device = signed_in(&world, "ann").await;
    let phone = Phone::new();
    let challenge = device.prepare_trusted_device(phone.prepare()).name("Ann's phone").send().await.unwrap().response;
    let client_data = challenge.client_data.unwrap();
    assert!(client_data.contains(&challenge.challenge));
    assert!(device.list_trusted_devices().send().await.unwrap().response.is_empty());
    let user = me(&device).await.id;
    assert!(world.backend().list_user_trusted_devices(&user).send().await.unwrap().data.is_empty());
    let pending = challenge.trusted_device_id.unwrap();
    assert!(!device.validate_trusted_device(&pending).send().await.unwrap().response.valid);
    let attempt = phone.attempt(&client_data, phone.sign(&client_data));
    let trusted = device.attempt_trusted_device(attempt).send().await.unwrap().response;
    assert_eq!(trusted.status.as_str(), "active");
    assert_eq!(trusted.name.as_deref(), Some("Ann's phone"));
    assert_eq!(device.list_trusted_devices().send().await.unwrap().response.len(), 1);
    assert!(world.device().validate_trusted_device(&trusted.id).send().await.unwrap().response.valid);
    assert_eq!(world.backend().list_user_trusted_devices(&user).send().await.unwrap().data.len(), 1);
    let again = device.prepare_trusted_device(phone.prepare()).send().await;
    assert_eq!(refusal(again), refused(409, "trusted_device_already_enrolled"));
    let revoked = device.revoke_trusted_device(&trusted.id).send().await.unwrap().response;
    assert_eq!(revoked.status.as_str(), "revoked");
    assert!(revoked.revoked_at.is_some());
    assert!(!device.validate_trusted_device(&trusted.id).send().await.unwrap().response.valid);
    assert_eq!(refusal(device.revoke_trusted_device(trusted.id).send().await), refused(404, "resource_not_found"));
}

async fn a_device_that_does_not_answer_its_challenge_is_not_trusted(world: World) {
    let device = signed_in(&world, "ann").await;
    let (phone, other) = (Phone::new(), Phone::new());
    let malformed = PrepareTrustedDeviceBody::new("ios", "com.example.app", "ES256", "{\"kty\":\"EC\"}");
    let malformed = device.prepare_trusted_device(malformed).send().await;
    assert_eq!(refusal(malformed), refused(422, "trusted_device_invalid_public_key"));
    let challenge = device.prepare_trusted_device(phone.prepare()).send().await.unwrap().response;
    let data = challenge.client_data.unwrap();
    for (attempt, status, code) in [
        (phone.attempt("nonsense", phone.sign("nonsense")), 422, "trusted_device_invalid_client_data"),
        (phone.attempt("{}", phone.sign("{}")), 400, "trusted_device_challenge_not_found"),
        (other.attempt(&data, other.sign(&data)), 422, "trusted_device_binding_mismatch"),
        (phone.attempt(&data, other.sign(&data)), 400, "trusted_device_signature_verification_failed"),
    ] {
        assert_eq!(refusal(device.attempt_trusted_device(attempt).send().await), refused(status, code));
    }
    world.local.clock().advance(Duration::from_secs(601));
    let late = device.attempt_trusted_device(phone.attempt(&data, phone.sign(&data))).send().await;
    assert_eq!(refusal(late), refused(400, "trusted_device_challenge_expired"));
    assert!(device.list_trusted_devices().send().await.unwrap().response.is_empty());
}
