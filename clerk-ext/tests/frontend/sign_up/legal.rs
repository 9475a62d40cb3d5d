//! Terms that have to be accepted.

use clerk_ext::{
    ErrorCode,
    frontend::{FieldName, MemoryStore, NextStep},
};
use clerk_local::{Fault, Settings};

use super::{BEN, session, step};
use crate::world::{PASSWORD, World, device};

fn with_terms(settings: &mut Settings) {
    settings.attributes.email_address.verify_at_sign_up = false;
    settings.sign_up.legal_consent_required = true;
}

#[tokio::test]
async fn works() {
    let World { local: _local, clerk } = World::configured(with_terms).await;
    let form = clerk.sign_up().email_address(BEN).password(PASSWORD);
    session(form.legal_accepted(true).await);
    assert!(clerk.snapshot().user().unwrap().legal_accepted_at.is_some());
}

#[tokio::test]
async fn they_are_asked_for_after_everything_else() {
    let World { local: _local, clerk } = World::configured(with_terms).await;
    let begun = step(clerk.sign_up().email_address(BEN).await);
    let NextStep::Collect(fields) = begun.next_step() else { panic!("{:?}", begun.next_step()) };
    assert_eq!(fields.last().map(|field| &field.name), Some(&FieldName::LegalAccepted));
    session(begun.update().password(PASSWORD).field(FieldName::LegalAccepted, "true").await);
}

#[tokio::test]
async fn denied() {
    let World { local: _local, clerk } = World::configured(with_terms).await;
    let begun = step(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    let failed = begun.update().legal_accepted(false).await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::LEGAL_NOT_ACCEPTED));
    session(failed.into_step().update().legal_accepted(true).await);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::configured(with_terms).await;
    let begun = step(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    local.faults().add(Fault::reset().on("updateSignUps").before_execution().times(1));
    let failed = begun.update().legal_accepted(true).await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    session(failed.into_step().update().legal_accepted(true).await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::configured(with_terms).await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    drop(step(first.sign_up().email_address(BEN).password(PASSWORD).await));
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let found = step(second.sign_up().resume().await.map(Option::unwrap));
    session(found.update().legal_accepted(true).await);
}
