//! Terms that have to be accepted.

use clerk_ext::{
    ErrorCode,
    frontend::{FieldName, NextStep},
};
use clerk_local::Settings;

use super::{BEN, session, step};
use crate::world::{PASSWORD, World};

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
