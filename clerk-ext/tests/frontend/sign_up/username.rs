//! Signing up with a name.

use clerk_ext::{
    ErrorCode,
    frontend::{FieldName, MemoryStore, NextStep},
};
use clerk_local::{Fault, Settings};
use serde::{Deserialize, Serialize};

use super::{session, step};
use crate::world::{PASSWORD, World, device};

fn by_name(settings: &mut Settings) {
    settings.attributes.email_address.required = false;
    settings.attributes.username.required = true;
}

#[tokio::test]
async fn works() {
    let World { local: _local, clerk } = World::configured(by_name).await;
    let form = clerk.sign_up().create().username("ben_ben").password(PASSWORD);
    session(form.first_name("Ben").last_name("Example").await);
    let snapshot = clerk.snapshot();
    assert_eq!(snapshot.user().unwrap().username.as_deref(), Some("ben_ben"));
    assert_eq!(snapshot.user().unwrap().full_name().as_deref(), Some("Ben Example"));
}

#[tokio::test]
async fn a_name_that_somebody_has_is_refused_and_another_one_is_taken() {
    let World { local, clerk } = World::configured(by_name).await;
    session(clerk.sign_up().create().username("ben_ben").password(PASSWORD).await);
    let other = device(&local).build().unwrap();
    let begun = step(other.sign_up().create().password(PASSWORD).await);
    let failed = begun.update().username("Ben_Ben").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
    assert_eq!(failed.error().param(), Some("username"));
    let failed = failed.into_step().update().username("ben & co").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_USERNAME_INVALID_CHARACTER));
    session(failed.into_step().update().username("ben_two").await);
}

#[tokio::test]
async fn what_may_be_left_out_is_offered_with_what_is_missing() {
    let World { local: _local, clerk } = World::configured(by_name).await;
    let begun = step(clerk.sign_up().create().first_name("Ben").await);
    let NextStep::Collect(fields) = begun.next_step() else { panic!("{:?}", begun.next_step()) };
    let fields: Vec<(FieldName, bool)> = fields.into_iter().map(|field| (field.name, field.required)).collect();
    let expected = [
        (FieldName::EmailAddress, false),
        (FieldName::PhoneNumber, false),
        (FieldName::Username, true),
        (FieldName::Password, true),
        (FieldName::LastName, false),
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn metadata_of_the_application_goes_along() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Wishes {
        colour: String,
    }
    let World { local: _local, clerk } = World::configured(by_name).await;
    let form = clerk.sign_up().create().username("ben_ben").password(PASSWORD);
    session(form.unsafe_metadata(&Wishes { colour: "red".into() }).await);
    assert_eq!(clerk.snapshot().user().unwrap().unsafe_metadata["colour"], "red");

    let refused = clerk.sign_up().create().unsafe_metadata(&7).await.unwrap_err();
    assert_eq!(refused.kind(), clerk_ext::ErrorKind::Metadata);
    assert!(refused.is_unsent() || refused.attempts() == 1);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::configured(by_name).await;
    let begun = step(clerk.sign_up().create().password(PASSWORD).await);
    local.faults().add(Fault::reset().on("updateSignUps").before_execution().times(1));
    let failed = begun.update().username("ben_ben").await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    session(failed.into_step().update().username("ben_ben").await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::configured(by_name).await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    drop(step(first.sign_up().create().username("ben_ben").await));
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let found = step(second.sign_up().resume().await.map(Option::unwrap));
    session(found.update().password(PASSWORD).await);
}
