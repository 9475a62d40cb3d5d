//! The waitlist.

use clerk_ext::{ErrorCode, backend::Backend};
use clerk_local::SignUpMode;

use crate::{
    sign_up::{BEN, session},
    world::{PASSWORD, World},
};

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::configured(|it| it.sign_up.mode = SignUpMode::Waitlist).await;
    let entry = clerk.waitlist().join(BEN).await.unwrap();
    assert!(clerk.snapshot().client().is_none(), "nothing on the device has changed");

    let back_end = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build().unwrap();
    let invited = back_end.raw().invite_waitlist_entry(&entry).send().await.unwrap();
    let url = invited.invitation.unwrap().url.unwrap();
    let ticket = url.expose().split_once("ticket=").unwrap().1;
    session(clerk.sign_up().ticket(ticket).password(PASSWORD).await);
}

#[tokio::test]
async fn who_asks_twice_is_on_it_once() {
    let World { local: _local, clerk } = World::configured(|it| it.sign_up.mode = SignUpMode::Waitlist).await;
    let first = clerk.waitlist().join(BEN).await.unwrap();
    assert_eq!(clerk.waitlist().join(BEN).await.unwrap(), first);
}

#[tokio::test]
async fn denied() {
    let World { local: _local, clerk } = World::new().await;
    let refused = clerk.waitlist().join(BEN).await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::WAITLIST_NOT_ACCEPTING_ENTRIES));
}
