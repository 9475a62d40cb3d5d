//! Signing up with a password.

use clerk_ext::{ErrorCode, frontend::NextStep};
use clerk_local::{Fault, Settings};

use super::{BEN, session, step};
use crate::world::{PASSWORD, World};

fn unproven(settings: &mut Settings) {
    settings.attributes.email_address.verify_at_sign_up = false;
}

#[tokio::test]
async fn works() {
    let World { local: _local, clerk } = World::configured(unproven).await;
    let session = session(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    assert_eq!(clerk.snapshot().session().unwrap().id, *session.id());
    assert!(clerk.snapshot().user().unwrap().password_enabled);
}

#[tokio::test]
async fn pwned() {
    let World { local: _local, clerk } = World::configured(unproven).await;
    let refused = clerk.sign_up().email_address(BEN).password("password1").await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::FORM_PASSWORD_PWNED));

    let begun = step(clerk.sign_up().email_address(BEN).await);
    let failed = begun.update().password("password1").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_PWNED));
    session(failed.into_step().update().password(PASSWORD).await);
}

#[tokio::test]
async fn wrong_password() {
    let World { local: _local, clerk } = World::configured(unproven).await;
    let begun = step(clerk.sign_up().email_address(BEN).await);
    let failed = begun.update().password("short").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
    assert_eq!(failed.error().param(), Some("password"));
    let failed = failed.into_step().update().password(BEN).await.unwrap_err();
    assert_eq!(failed.error().code().map(ErrorCode::as_str), Some("form_password_matches_identifier"));
    session(failed.into_step().update().password(PASSWORD).await);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let World { local: _local, clerk } = World::configured(unproven).await;
    let refused = clerk.sign_up().email_address("ann@example.com").password("short").await.unwrap_err();
    assert!(refused.has_code(ErrorCode::FORM_IDENTIFIER_EXISTS));
    assert!(refused.has_code(ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::configured(|settings| {
        unproven(settings);
        settings.attributes.username.required = true;
    })
    .await;
    let begun = step(clerk.sign_up().email_address(BEN).await);
    local.faults().add(Fault::reset().on("updateSignUps").after_execution().times(1));
    let failed = begun.update().password(PASSWORD).await.unwrap_err();
    assert!(failed.error().is_retryable());
    let found = step(failed.into_step().refresh().await);
    assert!(found.raw().password_enabled, "it was taken, though the answer was lost");
    assert!(matches!(found.next_step(), NextStep::Collect(_)));
    session(found.update().username("ben_ben").await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::configured(unproven).await;
    let store = clerk_ext::frontend::MemoryStore::default();
    let first = crate::world::device(&local).store(store.clone()).build().unwrap();
    drop(step(first.sign_up().create().password(PASSWORD).await));
    drop(first);
    let second = crate::world::device(&local).store(store).build().unwrap();
    let found = step(second.sign_up().resume().await.map(Option::unwrap));
    session(found.update().email_address(BEN).await);
}

#[tokio::test]
async fn what_is_taken_back_is_missing_again() {
    let World { local: _local, clerk } = World::new().await;
    let begun = step(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    let begun = step(begun.update().clear("password").await);
    assert_eq!(begun.raw().missing_fields, ["password"]);
}
