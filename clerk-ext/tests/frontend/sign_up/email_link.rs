//! An address that is proven by opening a link.

use std::time::{Duration, SystemTime};

use clerk_ext::{
    Bytes, Error, ErrorCode, ErrorKind,
    clock::ManualClock,
    frontend::{Frontend, MemoryStore, SignUpLink},
    http::Request,
};
use clerk_local::{Fault, LocalClerk};
use tower_service::Service as _;

use super::{BEN, ben, messages, session, step};
use crate::world::{World, device};

const BACK: &str = "https://app.example.com/opened";
const LONG: Duration = Duration::from_secs(300);

/// Opens a link in a browser that has never been here.
async fn open(local: &LocalClerk, link: &str) {
    let request = Request::get(link).body(Bytes::new()).unwrap();
    local.transport().call(request).await.unwrap();
}

async fn mailed(clerk: &Frontend) -> SignUpLink {
    ben(clerk).await.verify_email_by_link_polling(BACK).await.unwrap()
}

fn link(local: &LocalClerk) -> String {
    local.inbox().latest_link(BEN).unwrap()
}

#[tokio::test]
async fn works() {
    let World { local, clerk: _ } = World::new().await;
    let clock = ManualClock::at(SystemTime::now());
    let clerk = device(&local).clock(clock.clone()).build().unwrap();
    let mailed = mailed(&clerk).await;
    let waiting = tokio::spawn(async move { session(mailed.wait(LONG).await.map(|opened| opened.next)) });
    for _ in 0..3 {
        while clock.sleeping() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    open(&local, &link(&local)).await;
    let waited = async {
        while !waiting.is_finished() {
            clock.advance(Duration::from_secs(1));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        waiting.await.unwrap()
    };
    let session = tokio::time::timeout(Duration::from_secs(10), waited).await.unwrap();
    assert_eq!(clerk.snapshot().session().unwrap().id, *session.id());
}

#[tokio::test]
async fn a_link_that_is_opened_already_is_not_waited_for() {
    let World { local, clerk } = World::new().await;
    let mailed = mailed(&clerk).await;
    open(&local, &link(&local)).await;
    let opened = mailed.wait(Duration::ZERO).await.unwrap();
    assert!(opened.elsewhere);
    session(Ok::<_, Error>(opened.next));
}

#[tokio::test]
async fn a_link_that_is_not_opened_in_time_can_be_waited_for_again() {
    let World { local, clerk } = World::new().await;
    let failed = mailed(&clerk).await.wait(Duration::ZERO).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Timeout);
    let mailed = failed.into_step();
    open(&local, &link(&local)).await;
    session(mailed.wait(LONG).await.map(|opened| opened.next));
}

#[tokio::test]
async fn expired_code() {
    let World { local, clerk } = World::new().await;
    let mailed = mailed(&clerk).await;
    local.clock().advance(Duration::from_secs(601));
    let failed = mailed.wait(LONG).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let mailed = failed.into_step().resend().await.unwrap();
    open(&local, &link(&local)).await;
    session(mailed.wait(LONG).await.map(|opened| opened.next));
}

#[tokio::test]
async fn a_link_that_counts_only_on_this_device_is_not_proven_by_another() {
    let World { local, clerk } = World::new().await;
    local.update_settings(|settings| settings.instance.email_link_same_client = true);
    let mailed = mailed(&clerk).await;
    open(&local, &link(&local)).await;
    let failed = mailed.wait(Duration::ZERO).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Timeout);
    assert!(clerk.session().is_none());
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::new().await;
    local.faults().add(Fault::reset().on("prepareSignUpsVerification").after_execution().times(1));
    let failed = ben(&clerk).await.verify_email_by_link_polling(BACK).await.unwrap_err();
    let mailed = failed.into_step().verify_email_by_link_polling(BACK).await.unwrap();
    assert_eq!(messages(&local, BEN), 1, "no second link goes out");
    open(&local, &link(&local)).await;
    local.faults().add(Fault::reset().on("getSignUps").times(1));
    session(mailed.wait(LONG).await.map(|opened| opened.next));
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    let saved = mailed(&first).await.save();
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let found = step(second.sign_up().resume_from(saved).await);
    let mailed = found.verify_email_by_link_polling(BACK).await.unwrap();
    assert_eq!(messages(&local, BEN), 1, "no second link goes out");
    open(&local, &link(&local)).await;
    session(mailed.wait(LONG).await.map(|opened| opened.next));
}

#[tokio::test]
async fn a_link_that_was_opened_while_nobody_waited_is_found_on_return() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    drop(mailed(&first).await);
    drop(first);
    open(&local, &link(&local)).await;
    let second = device(&local).store(store).build().unwrap();
    session(second.sign_up().resume().await.map(Option::unwrap));
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::new().await;
    let back = mailed(&clerk).await.back();
    local.clock().advance(Duration::from_secs(31));
    let sent = back.verify_email_by_code().await.unwrap();
    session(sent.attempt(local.inbox().latest_code(BEN).unwrap()).await);
}
