//! A phone number that is proven by a code.

use std::time::Duration;

use clerk_ext::{
    ErrorCode,
    clerk_fapi::types::PhoneCodeChannel,
    frontend::{MemoryStore, Requirements},
};
use clerk_local::{Fault, Settings};

use super::{asked, code, messages, session, step, wrong};
use crate::world::{PASSWORD, World, device};

const NUMBER: &str = "+15551234567";

fn by_phone(settings: &mut Settings) {
    settings.attributes.email_address.required = false;
    settings.attributes.phone_number.required = true;
}

async fn begun(clerk: &clerk_ext::frontend::Frontend) -> Requirements {
    step(clerk.sign_up().create().phone_number(NUMBER).password(PASSWORD).await)
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::configured(by_phone).await;
    let sent = begun(&clerk).await.verify_phone_by_code(None).await.unwrap();
    assert_eq!((sent.to(), sent.channel()), (Some(NUMBER), Some("sms")));
    session(sent.attempt(code(&local, NUMBER)).await);
    assert_eq!(clerk.snapshot().user().unwrap().primary_phone().unwrap().phone_number, NUMBER);
}

#[tokio::test]
async fn the_first_request_sends_the_code_where_it_is_told_to() {
    let World { local, clerk } = World::configured(by_phone).await;
    let begun = step(clerk.sign_up().create().phone_number(NUMBER).password(PASSWORD).phone_code().await);
    let sent = begun.verify_phone_by_code(None).await.unwrap();
    assert_eq!((messages(&local, NUMBER), asked(&local, "prepareSignUpsVerification")), (1, 0));
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn a_channel_that_is_named_is_taken() {
    let World { local, clerk } = World::configured(by_phone).await;
    let sent = begun(&clerk).await.verify_phone_by_code(PhoneCodeChannel::Whatsapp).await.unwrap();
    assert_eq!(sent.channel(), Some("whatsapp"));
    local.clock().advance(Duration::from_secs(31));
    let sent = sent.back().verify_phone_by_code(PhoneCodeChannel::Sms).await.unwrap();
    assert_eq!((sent.channel(), messages(&local, NUMBER)), (Some("sms"), 2));
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn wrong_code() {
    let World { local, clerk } = World::configured(by_phone).await;
    let sent = begun(&clerk).await.verify_phone_by_code(None).await.unwrap();
    let right = code(&local, NUMBER);
    let failed = sent.attempt(wrong(&right)).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    session(failed.into_step().attempt(right).await);
}

#[tokio::test]
async fn expired_code() {
    let World { local, clerk } = World::configured(by_phone).await;
    let sent = begun(&clerk).await.verify_phone_by_code(None).await.unwrap();
    local.clock().advance(Duration::from_secs(601));
    let failed = sent.attempt(code(&local, NUMBER)).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let sent = failed.into_step().resend().await.unwrap();
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn too_many_codes() {
    let World { local, clerk } = World::configured(by_phone).await;
    let mut sent = begun(&clerk).await.verify_phone_by_code(None).await.unwrap();
    let right = code(&local, NUMBER);
    for _ in 0..5 {
        sent = sent.attempt(wrong(&right)).await.unwrap_err().into_step();
    }
    assert_eq!(sent.attempt(right).await.unwrap_err().error().code(), Some(&ErrorCode::VERIFICATION_FAILED));
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::configured(by_phone).await;
    local.faults().add(Fault::reset().on("prepareSignUpsVerification").after_execution().times(1));
    let failed = begun(&clerk).await.verify_phone_by_code(None).await.unwrap_err();
    let sent = failed.into_step().verify_phone_by_code(None).await.unwrap();
    assert_eq!(messages(&local, NUMBER), 1, "no second code goes out");
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::configured(by_phone).await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    let saved = begun(&first).await.verify_phone_by_code(None).await.unwrap().save();
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let sent = step(second.sign_up().resume_from(saved).await).verify_phone_by_code(None).await.unwrap();
    assert_eq!(messages(&local, NUMBER), 1, "no second code goes out");
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::configured(by_phone).await;
    let back = begun(&clerk).await.verify_phone_by_code(None).await.unwrap().back();
    let sent = back.verify_phone_by_code(None).await.unwrap();
    assert_eq!(messages(&local, NUMBER), 1, "no second code goes out");
    session(sent.attempt(code(&local, NUMBER)).await);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local, clerk } = World::configured(by_phone).await;
    let first = begun(&clerk).await.verify_phone_by_code(None).await.unwrap();
    let other = "+15551234568";
    let second = step(clerk.sign_up().create().phone_number(other).password(PASSWORD).await);
    let failed = first.attempt(code(&local, NUMBER)).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
    let second = second.verify_phone_by_code(None).await.unwrap();
    session(second.attempt(code(&local, other)).await);
}
