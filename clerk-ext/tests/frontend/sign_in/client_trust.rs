use std::time::Duration;

use clerk_core::reqwest;
use clerk_ext::frontend::{Frontend, SecondFactor};

use crate::{
    sign_in::people::{
        ANN, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, code, configured, kept, lose, refused, state,
    },
    world::{PASSWORD, World, device},
};

async fn world() -> World {
    configured(|settings| settings.client_trust = true).await
}

async fn step(clerk: &Frontend) -> SecondFactor {
    state!(clerk.sign_in().password(ANN, PASSWORD).await.unwrap(), NeedsClientTrust)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let step = step(&world.clerk).await;
    assert!(step.factors().iter().all(|it| it.strategy.as_ref().unwrap().as_str() != "totp"));
    let sent = step.email_code().await.unwrap();
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);

    // Whoever was here before is known here.
    world.clerk.sign_out().await.unwrap();
    assert_signed_in(&world.clerk, world.clerk.sign_in().password(ANN, PASSWORD).await.unwrap(), ANN);
}

#[tokio::test]
async fn works_with_a_link() {
    let world = world().await;
    let sent = step(&world.clerk).await.email_link_polling("https://example.com/done").await.unwrap();
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    browser.get(world.local.inbox().latest_link(ANN).unwrap()).send().await.unwrap();
    let opened = sent.wait(Duration::from_secs(600)).await.unwrap();
    assert_signed_in(&world.clerk, opened.next, ANN);
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let sent = step(&world.clerk).await.email_code().await.unwrap();
    let sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let sent = step(&world.clerk).await.email_code().await.unwrap();
    world.local.clock().advance(TOO_LATE);
    let sent = refused(sent.attempt(code(&world.local, ANN)).await, "verification_expired");
    let sent = sent.resend().await.unwrap();
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn too_many_codes() {
    let world = world().await;
    let mut sent = step(&world.clerk).await.email_code().await.unwrap();
    for _ in 0..4 {
        sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
    }
    let sent = refused(sent.attempt(WRONG_CODE).await, "verification_failed");
    world.local.clock().advance(COOL_DOWN);
    let sent = sent.resend().await.unwrap();
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let sent = step(&world.clerk).await.email_code().await.unwrap();
    lose(&world.local, "attemptSignInFactorTwo");
    let sent = sent.attempt(code(&world.local, ANN)).await.unwrap_err().into_step();
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let saved = kept(Some(step(&runs.next(&world.local)).await.save()));
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsClientTrust);
    let saved = kept(Some(step.email_code().await.unwrap().save()));
    let clerk = runs.next(&world.local);
    let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsCode);
    state!(sent.back(), NeedsClientTrust);
    let sent = state!(clerk.sign_in().resume().await.unwrap().unwrap(), NeedsCode);
    assert_signed_in(&clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn another_device_is_not_known() {
    let world = world().await;
    let sent = step(&world.clerk).await.email_code().await.unwrap();
    sent.attempt(code(&world.local, ANN)).await.unwrap();
    step(&device(&world.local).build().unwrap()).await;
}
