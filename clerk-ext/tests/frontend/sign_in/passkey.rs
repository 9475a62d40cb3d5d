use clerk_core::Json;
use clerk_ext::frontend::Frontend;

use crate::{
    sign_in::{
        authenticator::Authenticator,
        people::{ANN, Runs, TOO_LATE, assert_signed_in, kept, lose, refused, state, world},
    },
    world::{PASSWORD, World, device},
};

/// Ann has a passkey.
async fn enrolled(world: &World) -> Authenticator {
    let clerk = device(&world.local).build().unwrap();
    clerk.sign_in().password(ANN, PASSWORD).await.unwrap().session().unwrap();
    let raw = clerk.raw();
    let passkey = raw.create_passkey().send().await.unwrap().response;
    let options: Json = serde_json::from_str(passkey.verification.unwrap().nonce.unwrap().expose()).unwrap();
    let mut authenticator = Authenticator::new();
    let credential = authenticator.register(&options);
    let call = raw.attempt_passkey_verification(&passkey.id).strategy("passkey");
    call.public_key_credential(credential.to_string()).send().await.unwrap();
    authenticator
}

async fn prompt(clerk: &Frontend) -> clerk_ext::frontend::SignInPasskey {
    state!(clerk.sign_in().passkey().await.unwrap(), NeedsPasskey)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = prompt(&world.clerk).await;
    let credential = authenticator.answer(step.options());
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn works_with_a_credential_as_text() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = prompt(&world.clerk).await;
    let credential = authenticator.answer(step.options()).to_string();
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn works_for_somebody_who_gave_a_name() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let step = step.passkey().await.unwrap();
    assert_eq!(step.options()["allowCredentials"].as_array().unwrap().len(), 1);
    let credential = authenticator.answer(step.options());
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn the_passkey_of_somebody_else() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = prompt(&world.clerk).await;
    let stranger = Authenticator::new().answer(step.options());
    let step = refused(step.attempt(&stranger).await, "passkey_authentication_failure");
    let credential = authenticator.answer(step.options());
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = prompt(&world.clerk).await;
    let credential = authenticator.answer(step.options());
    world.local.clock().advance(TOO_LATE);
    refused(step.attempt(&credential).await, "verification_expired");
    let step = prompt(&world.clerk).await;
    let credential = authenticator.answer(step.options());
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn cancelled() {
    let world = world().await;
    enrolled(&world).await;
    let step = state!(prompt(&world.clerk).await.back(), NeedsIdentifier);
    let step = state!(step.identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let step = state!(step.passkey().await.unwrap().back(), NeedsFirstFactor);
    assert_signed_in(&world.clerk, step.password(PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let step = prompt(&world.clerk).await;
    let credential = authenticator.answer(step.options());
    lose(&world.local, "attemptSignInFactorOne");
    let step = step.attempt(&credential).await.unwrap_err().into_step();
    assert_signed_in(&world.clerk, step.attempt(&credential).await.unwrap(), ANN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let mut authenticator = enrolled(&world).await;
    let runs = Runs::new();
    let saved = kept(Some(prompt(&runs.next(&world.local)).await.save()));
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsPasskey);
    let credential = authenticator.answer(step.options());
    assert_signed_in(&clerk, step.attempt(&credential).await.unwrap(), ANN);
}
