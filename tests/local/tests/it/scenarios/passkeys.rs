//! Passkeys are made, named and removed.

use std::time::Duration;

use serde_json::{Value, json};

use super::me::{me, refusal, refused, signed_in};
use crate::{
    authenticator::Authenticator,
    world::{Device, World},
};

scenarios![
    a_passkey_is_registered_named_and_removed,
    a_passkey_that_answers_something_else_is_refused,
    a_passkey_that_takes_too_long_is_refused,
    a_user_has_so_many_passkeys_and_no_more,
    passkeys_that_are_switched_off_are_not_made,
];

const ORIGIN: &str = "http://localhost:3000";

/// Makes a passkey, and registers it.
pub async fn register(device: &Device, authenticator: &mut Authenticator) -> clerk_fapi::types::Passkey {
    let passkey = device.create_passkey().send().await.unwrap().response;
    let credential = authenticator.create(&options(&passkey), ORIGIN);
    attempt(device, passkey.id.as_str(), &credential).await.unwrap()
}

fn options(passkey: &clerk_fapi::types::Passkey) -> Value {
    let nonce = passkey.verification.as_ref().and_then(|it| it.nonce.as_ref()).unwrap();
    serde_json::from_str(nonce.expose()).unwrap()
}

async fn attempt(
    device: &Device,
    id: &str,
    credential: &Value,
) -> Result<clerk_fapi::types::Passkey, clerk_core::Error> {
    let attempt = device.attempt_passkey_verification(id).strategy("passkey");
    Ok(attempt.public_key_credential(credential.to_string()).send().await?.response)
}

async fn a_passkey_is_registered_named_and_removed(world: World) {
    let device = signed_in(&world, "ann").await;
    let mut authenticator = Authenticator::default();
    let passkey = device.create_passkey().send().await.unwrap().response;
    assert!(me(&device).await.passkeys.is_empty(), "it is none until it is registered");
    let options = options(&passkey);
    assert_eq!(options["rp"]["id"], "localhost");
    let credential = authenticator.create(&options, ORIGIN);
    let passkey = attempt(&device, passkey.id.as_str(), &credential).await.unwrap();
    let verification = passkey.verification.as_ref().unwrap();
    assert_eq!(verification.status.as_ref().map(|it| it.as_str()), Some("verified"));
    let again = attempt(&device, passkey.id.as_str(), &credential).await;
    assert_eq!(refusal(again), refused(400, "verification_already_verified"));
    let renamed = device.update_passkey(&passkey.id).name("Laptop").send().await.unwrap().response;
    assert_eq!(renamed.name.as_deref(), Some("Laptop"));
    let nameless = device.update_passkey(&passkey.id).name(" ").send().await;
    assert_eq!(refusal(nameless), refused(422, "form_param_nil"));
    assert_eq!(device.get_passkey(&passkey.id).send().await.unwrap().response.name.as_deref(), Some("Laptop"));
    assert_eq!(me(&device).await.passkeys.len(), 1);
    let second = device.create_passkey().send().await.unwrap().response;
    assert_eq!(self::options(&second)["excludeCredentials"][0]["id"], credential["id"]);
    let gone = device.delete_passkey(&passkey.id).send().await.unwrap().response;
    assert_eq!((gone.object.as_deref(), gone.deleted), (Some("passkey"), true));
    assert_eq!(refusal(device.get_passkey(passkey.id).send().await), refused(404, "resource_not_found"));
    assert!(me(&device).await.passkeys.is_empty());
}

async fn a_passkey_that_answers_something_else_is_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    let mut authenticator = Authenticator::default();
    let first = device.create_passkey().send().await.unwrap().response;
    let second = device.create_passkey().send().await.unwrap().response;
    let other = authenticator.create(&options(&first), ORIGIN);
    assert_eq!(
        refusal(attempt(&device, second.id.as_str(), &other).await),
        refused(400, "passkey_registration_failure")
    );
    let foreign = authenticator.create(&options(&second), "https://example.org");
    assert_eq!(
        refusal(attempt(&device, second.id.as_str(), &foreign).await),
        refused(400, "passkey_registration_failure")
    );
    assert_eq!(
        refusal(attempt(&device, second.id.as_str(), &json!({})).await),
        refused(422, "passkey_invalid_public_key_credential")
    );
    let empty = device.attempt_passkey_verification(&second.id).strategy("passkey").send().await;
    assert_eq!(refusal(empty), refused(422, "form_param_missing"));
    let stranger = signed_in(&world, "bob").await;
    assert_eq!(refusal(attempt(&stranger, first.id.as_str(), &other).await), refused(404, "resource_not_found"));
    // A refusal spends nothing: the right answer is still taken.
    attempt(&device, first.id.as_str(), &other).await.unwrap();
}

async fn a_passkey_that_takes_too_long_is_refused(world: World) {
    let device = signed_in(&world, "ann").await;
    let passkey = device.create_passkey().send().await.unwrap().response;
    let credential = Authenticator::default().create(&options(&passkey), ORIGIN);
    world.local.clock().advance(Duration::from_secs(601));
    let late = attempt(&device, passkey.id.as_str(), &credential).await;
    assert_eq!(refusal(late), refused(400, "verification_expired"));
}

async fn a_user_has_so_many_passkeys_and_no_more(world: World) {
    let device = signed_in(&world, "ann").await;
    for _ in 0..10 {
        register(&device, &mut Authenticator::default()).await;
    }
    assert_eq!(refusal(device.create_passkey().send().await), refused(403, "passkey_quota_exceeded"));
}

async fn passkeys_that_are_switched_off_are_not_made(world: World) {
    let device = signed_in(&world, "ann").await;
    world.local.update_settings(|settings| settings.attributes.passkey.enabled = false);
    assert_eq!(refusal(device.create_passkey().send().await), refused(403, "feature_not_enabled"));
}
