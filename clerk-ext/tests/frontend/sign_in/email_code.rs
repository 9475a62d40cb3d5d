use std::time::SystemTime;

use clerk_core::ErrorKind;
use clerk_ext::{clock::ManualClock, frontend::SignIn};

use crate::{
    sign_in::{
        double::with_smoke_signals,
        people::{
            ANN, BEN, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, calls, code, kept, lose, refused, state,
            strict, world,
        },
    },
    world::{PASSWORD, World, device},
};

async fn sent(world: &World) -> clerk_ext::frontend::SignInCode {
    state!(world.clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let sent = sent(&world).await;
    assert_eq!((sent.strategy().as_str(), sent.safe_identifier()), ("email_code", Some(ANN)));
    assert!(sent.expires_at().is_some());
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
    assert_eq!(calls(&world.local, "prepareSignInFactorOne"), 0, "it was sent with the first request");
}

#[tokio::test]
async fn works_in_three_steps() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let sent = step.email_code().await.unwrap();
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn works_with_a_factor_that_was_chosen() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let factor = step.factors().iter().find(|factor| factor.email_address_id.is_some()).unwrap().clone();
    let sent = step.send_code(&factor).await.unwrap();
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn a_factor_of_no_code_is_sent_none() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let password = step.factors()[0].clone();
    let failed = step.send_code(&password).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(calls(&world.local, "prepareSignInFactorOne"), 0);
}

#[tokio::test]
async fn an_address_is_known_again_however_it_was_typed() {
    let world = world().await;
    let mut dora = clerk_local::SeedUser::new("dora@example.com").password(PASSWORD);
    dora.email_addresses.push("second@example.com".to_owned());
    world.local.seed(&clerk_local::Seed::default().user(dora)).unwrap();
    let step = state!(world.clerk.sign_in().identifier("Second@Example.com").await.unwrap(), NeedsFirstFactor);
    let sent = step.email_code().await.unwrap();
    let state = sent.attempt(code(&world.local, "second@example.com")).await.unwrap();
    assert_signed_in(&world.clerk, state, "dora@example.com");
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let sent = sent(&world).await;
    let old = code(&world.local, ANN);
    world.local.clock().advance(TOO_LATE);
    let sent = refused(sent.attempt(old).await, "verification_expired");
    let sent = sent.resend().await.unwrap();
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn too_many_codes() {
    let world = world().await;
    let mut sent = sent(&world).await;
    for _ in 0..4 {
        sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
    }
    let sent = refused(sent.attempt(WRONG_CODE).await, "verification_failed");
    let sent = refused(sent.attempt(code(&world.local, ANN)).await, "verification_failed");
    world.local.clock().advance(COOL_DOWN);
    let state = sent.resend().await.unwrap().attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn locked() {
    let world = strict().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    refused(sent.attempt(WRONG_CODE).await, "user_locked");
}

#[tokio::test]
async fn cancelled() {
    let world = world().await;
    let step = state!(sent(&world).await.back(), NeedsFirstFactor);
    let state = step.password(PASSWORD).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn unknown_factor() {
    let world = world().await;
    let clerk = with_smoke_signals(&world.local);
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    let sent = step.email_code().await.unwrap();
    assert_signed_in(&clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn second_pending_flow() {
    let world = world().await;
    let first = state!(world.clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode);
    let anns = code(&world.local, ANN);
    let second = state!(world.clerk.sign_in().email_code(BEN).await.unwrap(), NeedsCode);
    refused(first.attempt(anns).await, "resource_not_found");
    let state = second.attempt(code(&world.local, BEN)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let sent = sent(&world).await;
    lose(&world.local, "attemptSignInFactorOne");
    let failed = sent.attempt(code(&world.local, ANN)).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Network);
    let state = failed.into_step().attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&world.clerk, state, ANN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let saved = kept(runs.next(&world.local).sign_in().email_code(ANN).await.unwrap().save());
    let clerk = runs.next(&world.local);
    let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsCode);
    assert_eq!(sent.safe_identifier(), Some(ANN));
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&clerk, state, ANN);
    assert_eq!(world.local.inbox().messages_to(ANN).len(), 1, "it was sent once");
}

#[tokio::test]
async fn resumed_with_nothing_saved() {
    let world = world().await;
    let runs = Runs::new();
    drop(runs.next(&world.local).sign_in().email_code(ANN).await.unwrap());
    let clerk = runs.next(&world.local);
    let sent = state!(clerk.sign_in().resume().await.unwrap().unwrap(), NeedsCode);
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    assert_signed_in(&clerk, state, ANN);
}

#[tokio::test]
async fn another_code_is_sent_when_asked_for_and_not_too_early() {
    let world = world().await;
    world.local.clock().freeze();
    let clock = ManualClock::at(SystemTime::now());
    let clerk = device(&world.local).clock(clock.clone()).build().unwrap();
    let sent = state!(clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode);
    assert_eq!(sent.resend_after(), COOL_DOWN);

    // It is not waited for: whoever asked is told how long it takes.
    let failed = sent.resend().await.unwrap_err();
    assert!(failed.error().has_code("verification_code_too_many_requests"), "{failed}");
    assert_eq!(failed.error().retry_after(), Some(COOL_DOWN));
    assert_eq!(calls(&world.local, "prepareSignInFactorOne"), 1);

    world.local.clock().advance(COOL_DOWN);
    clock.advance(COOL_DOWN);
    let sent = failed.into_step();
    assert!(sent.resend_after().is_zero());
    let old = code(&world.local, ANN);
    let sent = sent.resend().await.unwrap();
    assert_eq!(sent.resend_after(), COOL_DOWN);
    let new = code(&world.local, ANN);
    assert_ne!(old, new);
    assert_eq!(world.local.inbox().messages_to(ANN).len(), 2);
    assert!(matches!(sent.attempt(new).await.unwrap(), SignIn::Complete(_)));
}
