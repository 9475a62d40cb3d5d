//! Connecting an account elsewhere to whoever is signed in.

use clerk_ext::frontend::{BrowserFailure, Frontend, MemoryStore, PendingConnection};

use clerk_local::Fault;

use super::{BACK, TOO_LONG, ann, failed, once, reread, stored, timed};
use crate::world::{PASSWORD, World};

async fn enter(clerk: &Frontend) {
    clerk.raw().create_sign_in().identifier("ann@example.com").password(PASSWORD).send().await.unwrap();
}

async fn begun(clerk: &Frontend) -> PendingConnection {
    let connect = clerk.session().unwrap().connect_account("oauth_google", BACK);
    connect.scopes(["calendar"]).start().await.unwrap()
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    assert!(pending.url().contains("calendar"));
    let back = local.provider().approve(pending.url()).await.unwrap();
    let account = pending.finish(&back).await.unwrap();
    assert_eq!(account.email_address.as_deref(), Some("ann@example.com"));
    assert_eq!(clerk.snapshot().user().unwrap().external_accounts.len(), 1);

    let again = clerk.session().unwrap().reauthorize_account(account.id.clone(), BACK).start().await.unwrap();
    let back = local.provider().approve(again.url()).await.unwrap();
    assert_eq!(again.finish(&back).await.unwrap().id, account.id);
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let back = local.provider().deny(pending.url()).await.unwrap();
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Denied);
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let (failure, pending) = failed(pending.finish(BACK).await);
    assert_eq!(failure, BrowserFailure::Cancelled);
    let back = local.provider().approve(pending.url()).await.unwrap();
    pending.finish(&back).await.unwrap();
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    let (failure, pending) = failed(pending.finish(&back.replace("://callback", "://other")).await);
    assert_eq!(failure, BrowserFailure::Foreign);
    pending.finish(&back).await.unwrap();
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    local.provider().add(&ann());
    let store = MemoryStore::default();
    let first = stored(&local, &store);
    enter(&first).await;
    let pending = begun(&first).await;
    let (url, saved) = (pending.url().to_owned(), reread(&pending.save()));
    drop((pending, first));
    let back = local.provider().approve(&url).await.unwrap();
    let second = stored(&local, &store);
    saved.resume(&second).finish(&back).await.unwrap();
    assert_eq!(second.snapshot().user().unwrap().external_accounts.len(), 1);
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let saved = pending.save();
    let back = local.provider().approve(pending.url()).await.unwrap();
    let account = pending.finish(&back).await.unwrap();
    let again = saved.resume(&clerk).finish(&back).await.unwrap();
    assert_eq!(again.id, account.id, "it is connected, and once");
    assert_eq!(clerk.snapshot().user().unwrap().external_accounts.len(), 1);
}

#[tokio::test]
async fn late_callback() {
    let World { local, clerk: _ } = World::new().await;
    local.provider().add(&ann());
    let (clerk, clock) = timed(&local);
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    clock.advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Late);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    enter(&clerk).await;
    let first = begun(&clerk).await;
    let error = clerk.session().unwrap().connect_account("oauth_github", BACK).start().await.unwrap_err();
    assert!(matches!(BrowserFailure::of(&error), Some(BrowserFailure::Busy(_))), "{error}");
    let back = local.provider().approve(first.url()).await.unwrap();
    first.finish(&back).await.unwrap();
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = World::new().await;
    local.provider().add(&ann());
    let clerk = once(&local);
    enter(&clerk).await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    local.faults().add(Fault::reset().on("getClient").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().is_retryable());
    failed.into_step().finish(&back).await.unwrap();
}
