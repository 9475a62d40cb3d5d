//! Instances that not everyone may sign up to.

use clerk_ext::ErrorCode;
use clerk_local::{Settings, SignUpMode};

use super::{BEN, session, step};
use crate::world::{PASSWORD, World};

#[tokio::test]
async fn who_was_not_invited_is_told_so() {
    let World { local: _local, clerk } = World::configured(|it| it.sign_up.mode = SignUpMode::Restricted).await;
    let refused = clerk.sign_up().email_address(BEN).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SIGN_UP_MODE_RESTRICTED));
    assert!(clerk.sign_up().resume().await.unwrap().is_none());
}

#[tokio::test]
async fn who_has_to_wait_is_told_so() {
    let World { local: _local, clerk } = World::configured(|it| it.sign_up.mode = SignUpMode::Waitlist).await;
    let refused = clerk.sign_up().email_address(BEN).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SIGN_UP_RESTRICTED_WAITLIST));
}

#[tokio::test]
async fn a_step_of_the_back_end_is_waited_for() {
    let World { local, clerk } = World::configured(|settings: &mut Settings| {
        settings.attributes.email_address.verify_at_sign_up = false;
        settings.sign_up.custom_action_required = true;
    })
    .await;
    let begun = step(clerk.sign_up().email_address(BEN).password(PASSWORD).await);
    assert_eq!(begun.next_step(), clerk_ext::frontend::NextStep::WaitForBackEnd);
    let back_end = clerk_ext::clerk_bapi::Client::builder().api_url(local.backend_url());
    let back_end = back_end.secret_key(&local.secret_key()).build().unwrap();
    back_end.update_sign_up(begun.id().as_str()).custom_action(true).send().await.unwrap();
    session(begun.refresh().await);
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused() {
    let World { local: _local, clerk } = World::new().await;
    let refused = clerk.sign_up().email_address("ann@example.com").await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::FORM_IDENTIFIER_EXISTS));
    assert_eq!(refused.param(), Some("email_address"));
}

#[tokio::test]
async fn where_one_may_be_signed_in_nobody_else_signs_up() {
    let World { local: _local, clerk } = World::configured(|it| it.single_session = true).await;
    clerk.raw().create_sign_in().identifier("ann@example.com").password(PASSWORD).send().await.unwrap();
    let refused = clerk.sign_up().email_address(BEN).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SESSION_EXISTS));
    assert!(clerk.session().is_some());
}
