use clerk_core::ErrorKind;
use clerk_fapi::types::PhoneCodeChannel;

use crate::{
    sign_in::people::{
        BEN, BENS_NUMBER, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, code, kept, lose, refused, state,
        strict, world,
    },
    world::World,
};

async fn sent(world: &World) -> clerk_ext::frontend::SignInCode {
    state!(world.clerk.sign_in().phone_code(BENS_NUMBER).await.unwrap(), NeedsCode)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let state = sent(&world).await.attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn works_by_another_channel() {
    let world = world().await;
    let step = state!(world.clerk.sign_in().identifier(BENS_NUMBER).await.unwrap(), NeedsFirstFactor);
    let sent = step.phone_code_by(PhoneCodeChannel::Whatsapp).await.unwrap();
    let saved = serde_json::to_value(sent.save()).unwrap();
    assert_eq!(saved["asked"]["channel"], "whatsapp");
    let state = sent.attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    let state = sent.attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn expired_code() {
    let world = world().await;
    let sent = sent(&world).await;
    let old = code(&world.local, BENS_NUMBER);
    world.local.clock().advance(TOO_LATE);
    let sent = refused(sent.attempt(old).await, "verification_expired");
    let state = sent.resend().await.unwrap().attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
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
    let state = sent.resend().await.unwrap().attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn locked() {
    let world = strict().await;
    let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
    refused(sent.attempt(WRONG_CODE).await, "user_locked");
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let world = world().await;
    let sent = sent(&world).await;
    lose(&world.local, "attemptSignInFactorOne");
    let failed = sent.attempt(code(&world.local, BENS_NUMBER)).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Network);
    let state = failed.into_step().attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&world.clerk, state, BEN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let runs = Runs::new();
    let saved = kept(runs.next(&world.local).sign_in().phone_code(BENS_NUMBER).await.unwrap().save());
    let clerk = runs.next(&world.local);
    let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsCode);
    let state = sent.attempt(code(&world.local, BENS_NUMBER)).await.unwrap();
    assert_signed_in(&clerk, state, BEN);
}
