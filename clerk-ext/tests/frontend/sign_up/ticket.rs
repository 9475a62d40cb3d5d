//! Signing up with an invitation.

use clerk_ext::{
    ErrorCode,
    backend::Backend,
    frontend::{MemoryStore, TicketLink},
};
use clerk_local::{Fault, LocalClerk, SignUpMode};

use super::{BEN, messages, session, step};
use crate::world::{PASSWORD, World, device};

/// What the link in the mail of an invitation carries.
async fn invite(local: &LocalClerk) -> (String, String) {
    let back_end = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build().unwrap();
    let invitation = back_end.invitations().create(BEN).await.unwrap();
    let url = invitation.url.as_ref().unwrap().expose();
    (url.split_once("ticket=").unwrap().1.to_owned(), invitation.id.to_string())
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::configured(|it| it.sign_up.mode = SignUpMode::Restricted).await;
    let (ticket, _) = invite(&local).await;
    let before = messages(&local, BEN);
    let link = format!("myapp://welcome?__clerk_ticket={ticket}&__clerk_status=sign_up");
    let Some(TicketLink::SignUp(ticket)) = TicketLink::from_url(&link) else { panic!("{link}") };
    session(clerk.sign_up().ticket(ticket).password(PASSWORD).await);
    let snapshot = clerk.snapshot();
    assert_eq!(snapshot.user().unwrap().primary_email().unwrap().email_address, BEN);
    assert_eq!(messages(&local, BEN), before, "the address counts as proven");
}

#[tokio::test]
async fn what_else_is_asked_for_can_be_given_later() {
    let World { local, clerk } = World::new().await;
    let (ticket, _) = invite(&local).await;
    let begun = step(clerk.sign_up().ticket(ticket).await);
    assert_eq!(begun.raw().missing_fields, ["password"]);
    session(begun.update().password(PASSWORD).await);
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = World::new().await;
    let (ticket, id) = invite(&local).await;
    let back_end = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build().unwrap();
    back_end.invitations().revoke(id).await.unwrap();
    let refused = clerk.sign_up().ticket(ticket).password(PASSWORD).await.unwrap_err();
    assert!(refused.code().is_some_and(|code| code.as_str().contains("revoked")), "{refused}");
}

#[tokio::test]
async fn expired_code() {
    let World { local, clerk } = World::new().await;
    let (ticket, _) = invite(&local).await;
    local.clock().advance(std::time::Duration::from_secs(31 * 24 * 3600));
    let refused = clerk.sign_up().ticket(ticket).password(PASSWORD).await.unwrap_err();
    assert_eq!(refused.code().map(ErrorCode::as_str), Some("ticket_expired_code"));
}

#[tokio::test]
async fn wrong_code() {
    let World { local: _local, clerk } = World::new().await;
    let refused = clerk.sign_up().ticket("test-no-ticket").password(PASSWORD).await.unwrap_err();
    assert_eq!(refused.code().map(ErrorCode::as_str), Some("ticket_invalid_code"));
    assert!(!format!("{refused:?}").contains("test-no-ticket"));
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = World::new().await;
    let (ticket, _) = invite(&local).await;
    session(clerk.sign_up().ticket(ticket.clone()).password(PASSWORD).await);
    let other = device(&local).build().unwrap();
    let refused = other.sign_up().ticket(ticket).password(PASSWORD).await.unwrap_err();
    assert!(refused.code().is_some_and(|code| code.as_str().starts_with("invitation_")), "{refused}");
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let (ticket, _) = invite(&local).await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    drop(step(first.sign_up().ticket(ticket).await));
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let found = step(second.sign_up().resume().await.map(Option::unwrap));
    session(found.update().password(PASSWORD).await);
}

#[tokio::test]
async fn pwned() {
    let World { local, clerk } = World::new().await;
    let begun = step(clerk.sign_up().ticket(invite(&local).await.0).await);
    let failed = begun.update().password("password1").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_PWNED));
    session(failed.into_step().update().password(PASSWORD).await);
}

#[tokio::test]
async fn wrong_password() {
    let World { local, clerk } = World::new().await;
    let begun = step(clerk.sign_up().ticket(invite(&local).await.0).await);
    let failed = begun.update().password("short").await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
    session(failed.into_step().update().password(PASSWORD).await);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::new().await;
    let begun = step(clerk.sign_up().ticket(invite(&local).await.0).await);
    local.faults().add(Fault::reset().on("updateSignUps").before_execution().times(1));
    let failed = begun.update().password(PASSWORD).await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    session(failed.into_step().update().password(PASSWORD).await);
}
