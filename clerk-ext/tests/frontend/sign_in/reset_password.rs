use clerk_core::ErrorKind;

use crate::{
    sign_in::people::{
        ANN, BEN, BENS_NUMBER, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, calls, code, kept, lose,
        refused, state, strict, world,
    },
    world::{PASSWORD, World, device},
};

const NEW: &str = "test-another-one";

async fn sent(world: &World) -> clerk_ext::frontend::SignInCode {
    state!(world.clerk.sign_in().reset_password_by_email(ANN).await.unwrap(), NeedsCode)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let sent = sent(&world).await;
    let step = state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
    assert_signed_in(&world.clerk, step.reset(NEW).await.unwrap(), ANN);

    let other = device(&world.local).build().unwrap();
    refused(other.sign_in().password(ANN, PASSWORD).await, "form_password_incorrect");
    assert_signed_in(&other, other.sign_in().password(ANN, NEW).await.unwrap(), ANN);
}

#[tokio::test]
async fn works_by_phone() {
    let world = world().await;
    let state = world.clerk.sign_in().reset_password_by_phone(BENS_NUMBER).await.unwrap();
    let sent = state!(state, NeedsCode);
    let step = state!(sent.attempt(code(&world.local, BENS_NUMBER)).await.unwrap(), NeedsNewPassword);
    assert_signed_in(&world.clerk, step.reset(NEW).await.unwrap(), BEN);
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let sent = sent(&world).await;
    world.local.clock().advance(TOO_LATE);
    let sent = refused(sent.attempt(code(&world.local, ANN)).await, "verification_expired");
    let sent = sent.resend().await.unwrap();
    state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
}

#[tokio::test]
async fn too_many_codes() {
    let world = world().await;
    let mut sent = sent(&world).await;
    for _ in 0..4 {
        sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
    }
    let sent = refused(sent.attempt(WRONG_CODE).await, "verification_failed");
    world.local.clock().advance(COOL_DOWN);
    let sent = sent.resend().await.unwrap();
    state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
}

#[tokio::test]
async fn locked() {
    let world = strict().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    refused(sent.attempt(WRONG_CODE).await, "user_locked");
}

#[tokio::test]
async fn pwned() {
    let world = world().await;
    let sent = sent(&world).await;
    let step = state!(sent.attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
    let step = refused(step.reset("password1").await, "form_password_pwned");
    assert_signed_in(&world.clerk, step.reset(NEW).await.unwrap(), ANN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let sent = sent(&world).await;
    lose(&world.local, "attemptSignInFactorOne");
    let failed = sent.attempt(code(&world.local, ANN)).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Network);
    let step = state!(failed.into_step().attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
    lose(&world.local, "resetPassword");
    let step = step.reset(NEW).await.unwrap_err().into_step();
    assert_signed_in(&world.clerk, step.reset(NEW).await.unwrap(), ANN);
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_cost_the_step() {
    let world = world().await;
    let sent = sent(&world).await;
    let fault = clerk_local::Fault::reset().on("attemptSignInFactorOne").after_execution().times(1);
    world.local.faults().add(fault);
    let failed = sent.attempt(code(&world.local, ANN)).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Network);

    // The code was taken, and cannot be again: where the sign-in stands is asked instead.
    let step = state!(failed.into_step().attempt(code(&world.local, ANN)).await.unwrap(), NeedsNewPassword);
    assert_signed_in(&world.clerk, step.reset(NEW).await.unwrap(), ANN);
    assert_eq!(calls(&world.local, "getSignIn"), 1);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let saved = kept(runs.next(&world.local).sign_in().reset_password_by_email(ANN).await.unwrap().save());
    let sent = state!(runs.next(&world.local).sign_in().resume_from(saved).await.unwrap(), NeedsCode);
    let state = sent.attempt(code(&world.local, ANN)).await.unwrap();
    let saved = kept(state.save());
    drop(state);
    let clerk = runs.next(&world.local);
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsNewPassword);
    assert_signed_in(&clerk, step.reset(NEW).await.unwrap(), ANN);
}
