use clerk_ext::frontend::{Frontend, SecondFactor};

use crate::{
    sign_in::{
        double::with_smoke_signals,
        people::{
            ANN, BEN, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, code, configured, kept, lose, refused,
            state,
        },
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

#[tokio::test]
async fn locked() {
    let world = configured(|settings| {
        settings.client_trust = true;
        settings.max_failed_attempts = Some(2);
    })
    .await;
    let sent = step(&world.clerk).await.email_code().await.unwrap();
    let sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
    let sent = refused(sent.attempt(WRONG_CODE).await, "user_locked");
    refused(sent.attempt(code(&world.local, ANN)).await, "user_locked");
}

#[tokio::test]
async fn cancelled() {
    let world = world().await;
    let step = state!(step(&world.clerk).await.email_code().await.unwrap().back(), NeedsClientTrust);
    world.local.clock().advance(COOL_DOWN);
    let sent = step.email_code().await.unwrap();
    assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn unknown_factor() {
    let world = world().await;
    let clerk = with_smoke_signals(&world.local);
    let step = step(&clerk).await;
    assert_eq!(step.factors()[0].strategy.as_ref().unwrap().as_str(), "smoke_signal");
    let sent = step.email_code().await.unwrap();
    assert_signed_in(&clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn second_pending_flow() {
    let world = world().await;
    let first = step(&world.clerk).await.email_code().await.unwrap();
    let anns = code(&world.local, ANN);
    let second = state!(world.clerk.sign_in().password(BEN, PASSWORD).await.unwrap(), NeedsClientTrust);
    refused(first.attempt(anns).await, "resource_not_found");
    let second = second.email_code().await.unwrap();
    assert_signed_in(&world.clerk, second.attempt(code(&world.local, BEN)).await.unwrap(), BEN);
}

mod client_trust_by_link {
    use std::time::Duration;

    use clerk_core::reqwest;
    use clerk_ext::frontend::SignInLink;
    use clerk_local::{Fault, LocalClerk};

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    async fn sent(clerk: &Frontend) -> SignInLink {
        step(clerk).await.email_link_polling("https://example.com/done").await.unwrap()
    }

    /// Somebody reads their mail, in a browser.
    async fn open(local: &LocalClerk) {
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        browser.get(local.inbox().latest_link(ANN).unwrap()).send().await.unwrap();
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let sent = sent(&world.clerk).await;
        open(&world.local).await;
        assert_signed_in(&world.clerk, sent.wait(LONG).await.unwrap().next, ANN);
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let sent = sent(&world.clerk).await;
        world.local.clock().advance(TOO_LATE);
        let sent = refused(sent.wait(LONG).await, "verification_expired").resend().await.unwrap();
        open(&world.local).await;
        assert_signed_in(&world.clerk, sent.wait(LONG).await.unwrap().next, ANN);
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let step = state!(sent(&world.clerk).await.back(), NeedsClientTrust);
        world.local.clock().advance(COOL_DOWN);
        let sent = step.email_code().await.unwrap();
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, ANN)).await.unwrap(), ANN);
    }

    #[tokio::test]
    async fn unknown_factor() {
        let world = world().await;
        let clerk = with_smoke_signals(&world.local);
        let sent = sent(&clerk).await;
        open(&world.local).await;
        assert_signed_in(&clerk, sent.wait(LONG).await.unwrap().next, ANN);
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let sent = sent(&world.clerk).await;
        open(&world.local).await;
        world.local.faults().add(Fault::status(503).on("getSignIn").times(3));
        assert_signed_in(&world.clerk, sent.wait(LONG).await.unwrap().next, ANN);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let saved = kept(Some(sent(&runs.next(&world.local)).await.save()));
        let clerk = runs.next(&world.local);
        let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsLink);
        open(&world.local).await;
        assert_signed_in(&clerk, sent.wait(LONG).await.unwrap().next, ANN);
    }
}
