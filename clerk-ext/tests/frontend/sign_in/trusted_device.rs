use std::io;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use clerk_core::{ErrorKind, TrustedDeviceId};
use clerk_fapi::trusted_devices::{AttemptTrustedDeviceBody, PrepareTrustedDeviceBody};

use crate::{
    sign_in::{
        authenticator::{fixed_key, jwk, new_key, sign, text},
        people::{ANN, TOO_LATE, assert_signed_in, code_of, refused, state, world},
    },
    world::{PASSWORD, World, device},
};

/// Ann trusts a device, which has this key.
async fn enrolled(world: &World, key: &EcdsaKeyPair, fixed: impl Fn(&[u8]) -> Vec<u8>) -> TrustedDeviceId {
    let clerk = device(&world.local).build().unwrap();
    clerk.sign_in().password(ANN, PASSWORD).await.unwrap().session().unwrap();
    let body = PrepareTrustedDeviceBody::new("ios", "com.example.app", "ES256", jwk(key));
    let asked = clerk.raw().prepare_trusted_device(body).send().await.unwrap().response;
    let client_data = asked.client_data.unwrap();
    let signature = text(&fixed(&sign(key, client_data.as_bytes())));
    let body = AttemptTrustedDeviceBody::new("ios", "com.example.app", "ES256", jwk(key), client_data, signature);
    clerk.raw().attempt_trusted_device(body).send().await.unwrap();
    asked.trusted_device_id.unwrap()
}

fn as_it_is(signature: &[u8]) -> Vec<u8> {
    signature.to_vec()
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let key = fixed_key();
    let id = enrolled(&world, &key, as_it_is).await;
    let signer = |bytes: Vec<u8>| async move { Ok::<_, io::Error>(sign(&key, &bytes)) };
    let state = world.clerk.sign_in().trusted_device(id, signer).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn works_with_a_key_store_that_writes_der() {
    let world = world().await;
    // One key, which signs in either form.
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &aws_lc_rs::rand::SystemRandom::new());
    let pkcs8 = pkcs8.unwrap();
    let der = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
    let fixed = EcdsaKeyPair::from_pkcs8(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref());
    let id = enrolled(&world, &fixed.unwrap(), as_it_is).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let offered = step.factors().iter().find_map(|factor| factor.trusted_device_id.clone());
    assert_eq!(offered, Some(id));
    let signer = |bytes: Vec<u8>| async move { Ok::<_, io::Error>(sign(&der, &bytes)) };
    assert_signed_in(&world.clerk, step.trusted_device(signer).await.unwrap(), ANN);
}

#[tokio::test]
async fn another_key_is_refused() {
    let world = world().await;
    let id = enrolled(&world, &fixed_key(), as_it_is).await;
    let other = new_key(&ECDSA_P256_SHA256_ASN1_SIGNING);
    let signer = |bytes: Vec<u8>| async move { Ok::<_, io::Error>(sign(&other, &bytes)) };
    let error = world.clerk.sign_in().trusted_device(id, signer).await.unwrap_err();
    assert_eq!(code_of(&error), "trusted_device_signature_verification_failed");
}

#[tokio::test]
async fn cancelled() {
    let world = world().await;
    enrolled(&world, &fixed_key(), as_it_is).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let signer = |_| async { Err::<Vec<u8>, _>(io::Error::other("the finger was another one")) };
    let failed = step.trusted_device(signer).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Cancelled);
    assert_signed_in(&world.clerk, failed.into_step().password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let key = fixed_key();
    enrolled(&world, &key, as_it_is).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let clock = world.local.clock().clone();
    let signer = |bytes: Vec<u8>| async move {
        clock.advance(TOO_LATE);
        Ok::<_, io::Error>(sign(&key, &bytes))
    };
    refused(step.trusted_device(signer).await, "trusted_device_challenge_expired");
}

#[tokio::test]
async fn what_is_no_signature_is_not_sent() {
    let world = world().await;
    let id = enrolled(&world, &fixed_key(), as_it_is).await;
    let signer = |_| async { Ok::<_, io::Error>(b"rubbish".to_vec()) };
    let error = world.clerk.sign_in().trusted_device(id, signer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}
