//! An address that is proven by a code.

use std::time::Duration;

use clerk_ext::{
    ErrorCode,
    frontend::{MemoryStore, NextStep, SavedSignUp, SignUp},
};
use clerk_local::Fault;

use super::{BEN, asked, ben, code, hasty, messages, session, step, wrong};
use crate::world::{PASSWORD, World, device};

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    assert_eq!((sent.to(), sent.channel()), (Some(BEN), None));
    assert!(sent.expires_at().is_some());
    let session = session(sent.attempt(code(&local, BEN)).await);
    let snapshot = clerk.snapshot();
    assert_eq!(snapshot.session().unwrap().id, *session.id());
    assert_eq!(snapshot.user().unwrap().primary_email().unwrap().email_address, BEN);
    assert!(snapshot.sign_up().is_none());
}

#[tokio::test]
async fn the_first_request_sends_the_code_where_it_is_told_to() {
    let World { local, clerk } = World::new().await;
    let step = step(clerk.sign_up().email_address(BEN).password(PASSWORD).email_code().await);
    assert!(matches!(step.next_step(), NextStep::Attempt(_)), "{:?}", step.next_step());
    let sent = step.verify_email_by_code().await.unwrap();
    assert_eq!((messages(&local, BEN), asked(&local, "prepareSignUpsVerification")), (1, 0));
    assert!(sent.resend_after() > Duration::from_secs(20));
    session(sent.attempt(code(&local, BEN)).await);
}

#[tokio::test]
async fn wrong_code() {
    let World { local, clerk } = World::new().await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    let right = code(&local, BEN);
    let failed = sent.attempt(wrong(&right)).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    session(failed.into_step().attempt(right).await);
}

#[tokio::test]
async fn expired_code() {
    let World { local, clerk } = World::new().await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    local.clock().advance(Duration::from_secs(601));
    let failed = sent.attempt(code(&local, BEN)).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let sent = failed.into_step().resend().await.unwrap();
    assert_eq!(messages(&local, BEN), 2);
    session(sent.attempt(code(&local, BEN)).await);
}

#[tokio::test]
async fn too_many_codes() {
    let World { local, clerk } = World::new().await;
    let mut sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    let right = code(&local, BEN);
    let mut codes = Vec::new();
    for _ in 0..6 {
        let failed = sent.attempt(wrong(&right)).await.unwrap_err();
        codes.extend(failed.error().code().cloned());
        sent = failed.into_step();
    }
    assert_eq!(codes.last(), Some(&ErrorCode::VERIFICATION_FAILED), "{codes:?}");
    assert_eq!(sent.attempt(right).await.unwrap_err().error().code(), Some(&ErrorCode::VERIFICATION_FAILED));
    local.clock().advance(Duration::from_secs(31));
    let sent = step(clerk.sign_up().resume().await.map(Option::unwrap)).verify_email_by_code().await.unwrap();
    assert_eq!(messages(&local, BEN), 2);
    session(sent.attempt(code(&local, BEN)).await);
}

#[tokio::test]
async fn another_code_that_is_asked_for_too_early_is_refused_with_the_time_to_wait() {
    let World { local, clerk: _ } = World::new().await;
    let sent = ben(&hasty(&local)).await.verify_email_by_code().await.unwrap();
    assert!(sent.resend_after() > Duration::from_secs(20));
    let failed = sent.resend().await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS));
    assert!(failed.error().retry_after().is_some_and(|wait| wait <= Duration::from_secs(30)));
    session(failed.into_step().attempt(code(&local, BEN)).await);
}

#[tokio::test]
async fn another_code_counts_in_place_of_the_first() {
    let World { local, clerk } = World::new().await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    let first = code(&local, BEN);
    local.clock().advance(Duration::from_secs(31));
    let sent = sent.resend().await.unwrap();
    let second = code(&local, BEN);
    if first != second {
        let failed = sent.attempt(first).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
        session(failed.into_step().attempt(second).await);
    }
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::new().await;
    local.faults().add(Fault::reset().on("prepareSignUpsVerification").after_execution().times(1));
    let failed = ben(&clerk).await.verify_email_by_code().await.unwrap_err();
    assert!(failed.error().is_retryable() && !failed.error().is_unsent(), "{failed}");
    let sent = failed.into_step().verify_email_by_code().await.unwrap();
    assert_eq!(messages(&local, BEN), 1, "no second code goes out");

    local.faults().add(Fault::reset().on("attemptSignUpsVerification").before_execution().times(1));
    let failed = sent.attempt(code(&local, BEN)).await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    session(failed.into_step().attempt(code(&local, BEN)).await);
}

#[tokio::test]
async fn a_code_that_was_taken_counts_although_the_answer_was_lost() {
    let World { local, clerk } = World::configured(|settings| settings.attributes.username.required = true).await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    local.faults().add(Fault::reset().on("attemptSignUpsVerification").after_execution().times(1));
    let failed = sent.attempt(code(&local, BEN)).await.unwrap_err();
    let step = step(failed.into_step().attempt(code(&local, BEN)).await);
    assert!(matches!(step.next_step(), NextStep::Collect(_)), "{:?}", step.next_step());
    session(step.update().username("ben_ben").await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    let sent = ben(&first).await.verify_email_by_code().await.unwrap();
    let saved = serde_json::to_string(&sent.save()).unwrap();
    drop((sent, first));

    let second = device(&local).store(store.clone()).build().unwrap();
    let found = step(second.sign_up().resume().await.map(Option::unwrap));
    assert!(matches!(found.next_step(), NextStep::Attempt(_)), "{:?}", found.next_step());
    let sent = found.verify_email_by_code().await.unwrap();
    assert_eq!(sent.resend_after(), Duration::ZERO, "nobody knows when it was sent");
    drop((sent, second));

    let third = device(&local).store(store).build().unwrap();
    let saved: SavedSignUp = serde_json::from_str(&saved).unwrap();
    let sent = step(third.sign_up().resume_from(saved).await).verify_email_by_code().await.unwrap();
    assert!(sent.resend_after() > Duration::from_secs(20));
    assert_eq!(messages(&local, BEN), 1, "no second code goes out");
    session(sent.attempt(code(&local, BEN)).await);
    assert!(third.sign_up().resume().await.unwrap().is_none());
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local, clerk } = World::new().await;
    let first = ben(&clerk).await.verify_email_by_code().await.unwrap();
    let old = code(&local, BEN);
    let other = "cleo@example.com";
    let second = step(clerk.sign_up().email_address(other).password(PASSWORD).await);
    let failed = first.attempt(old).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
    assert!(matches!(failed.into_step().back().refresh().await, Ok(SignUp::Abandoned(_))));
    let second = second.verify_email_by_code().await.unwrap();
    session(second.attempt(code(&local, other)).await);
}

#[tokio::test]
async fn a_sign_up_that_was_left_alone_is_abandoned() {
    let World { local, clerk } = World::new().await;
    let begun = ben(&clerk).await;
    local.clock().advance(Duration::from_secs(25 * 3600));
    let found = begun.refresh().await.unwrap();
    assert!(matches!(found, SignUp::Abandoned(_)), "{found:?}");
    assert!(found.session().unwrap_err().to_string().contains("abandoned"));
}

#[tokio::test]
async fn another_address_has_to_be_proven_anew() {
    let World { local, clerk } = World::new().await;
    let sent = ben(&clerk).await.verify_email_by_code().await.unwrap();
    let other = "benjamin@example.com";
    let sent = step(sent.back().update().email_address(other).await).verify_email_by_code().await.unwrap();
    assert_eq!((sent.to(), messages(&local, other)), (Some(other), 1));
    session(sent.attempt(code(&local, other)).await);
}

#[tokio::test]
async fn what_is_written_goes_out_in_the_language_of_the_device() {
    let World { local, clerk: _ } = World::new().await;
    let clerk = device(&local).locale("de-CH").build().unwrap();
    let begun = ben(&clerk).await;
    assert_eq!(begun.raw().locale.as_deref(), Some("de-CH"));
}

#[tokio::test]
async fn nothing_that_was_typed_is_in_what_is_printed() {
    let World { local, clerk } = World::new().await;
    let form = clerk.sign_up().email_address(BEN).password(PASSWORD);
    let mut printed = format!("{form:?}");
    let begun = step(form.await);
    printed += &format!("{begun:?} {:?}", begun.save());
    let sent = begun.verify_email_by_code().await.unwrap();
    printed += &format!("{sent:?}");
    let failed = sent.attempt(wrong(&code(&local, BEN))).await.unwrap_err();
    printed += &format!("{failed:?} {failed}");
    printed += &format!("{:?}", failed.into_step());
    for secret in [BEN, PASSWORD, code(&local, BEN).as_str()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::new().await;
    let back = ben(&clerk).await.verify_email_by_code().await.unwrap().back();
    assert!(matches!(back.next_step(), NextStep::Attempt(_)), "{:?}", back.next_step());
    let sent = back.verify_email_by_code().await.unwrap();
    assert_eq!(messages(&local, BEN), 1, "no second code goes out");
    session(sent.attempt(code(&local, BEN)).await);
}
