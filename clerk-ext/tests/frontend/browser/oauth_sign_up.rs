//! Signing up with an account elsewhere.

use clerk_ext::frontend::{BrowserFailure, BrowserOutcome, Frontend, MemoryStore, PendingOauth, SignUp};
use clerk_local::{Fault, ProviderAccount};

use super::{BACK, TOO_LONG, ann, failed, once, reread, stored, timed};
use crate::world::World;

async fn world() -> World {
    let world = World::configured(|settings| settings.attributes.password.required = false).await;
    world.local.provider().add(&ProviderAccount::new("google", "new@example.com").first_name("New"));
    world
}

async fn begun(clerk: &Frontend) -> PendingOauth {
    clerk.sign_up().oauth("oauth_google", BACK).start().await.unwrap()
}

fn is_new(clerk: &Frontend) -> bool {
    clerk.snapshot().user().and_then(|user| user.first_name.as_deref()) == Some("New")
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = world().await;
    let pending = clerk.sign_up().oauth("oauth_google", BACK).unsafe_metadata(serde_json::json!({"from": "cli"}));
    let pending = pending.start().await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignUp(_)), "{outcome:?}");
    assert!(outcome.session().is_ok() && is_new(&clerk));
    assert_eq!(clerk.snapshot().user().unwrap().unsafe_metadata["from"], "cli");
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let (failure, pending) = failed(pending.finish(BACK).await);
    assert_eq!(failure, BrowserFailure::Cancelled);
    let back = local.provider().approve(pending.url()).await.unwrap();
    pending.finish(&back).await.unwrap();
    assert!(is_new(&clerk));
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().deny(pending.url()).await.unwrap();
    let (failure, pending) = failed(pending.finish(&back).await);
    assert_eq!(failure, BrowserFailure::Denied);
    pending.cancel().await.unwrap();
    drop(begun(&clerk).await);
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    let (failure, pending) = failed(pending.finish(&back.replace("://callback", "://other")).await);
    assert_eq!(failure, BrowserFailure::Foreign);
    pending.finish(&back).await.unwrap();
    assert!(is_new(&clerk));
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = world().await;
    let first = begun(&clerk).await;
    let used = local.provider().approve(first.url()).await.unwrap();
    first.finish(&used).await.unwrap();
    clerk.sign_out().await.unwrap();
    let (failure, _) = failed(begun(&clerk).await.finish(&used).await);
    assert_eq!(failure, BrowserFailure::Replayed);
}

#[tokio::test]
async fn late_callback() {
    let World { local, clerk: _ } = world().await;
    let (clerk, clock) = timed(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    clock.advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Late);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local: _local, clerk } = world().await;
    let _first = begun(&clerk).await;
    let error = clerk.sign_up().oauth("oauth_github", BACK).start().await.unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("a sign-up with oauth_google".to_owned())));
    clerk.sign_up().oauth("oauth_github", BACK).replace().start().await.unwrap().cancel().await.unwrap();
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = world().await;
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    local.faults().add(Fault::reset().on("getSignUps").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().is_retryable());
    failed.into_step().finish(&back).await.unwrap();
    assert!(is_new(&clerk));
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = world().await;
    let store = MemoryStore::default();
    let first = stored(&local, &store);
    let pending = begun(&first).await;
    let (url, saved) = (pending.url().to_owned(), reread(&pending.save()));
    drop((pending, first));
    let back = local.provider().approve(&url).await.unwrap();
    let second = stored(&local, &store);
    saved.resume(&second).finish(&back).await.unwrap();
    assert!(is_new(&second));
}

#[tokio::test]
async fn whoever_is_known_already_is_signed_in() {
    let World { local, clerk } = world().await;
    local.provider().add(&ann());
    let start = || clerk.sign_up().oauth("oauth_google", BACK);
    let pending = start().without_transfer().start().await.unwrap();
    let back = local.provider().approve_as(pending.url(), "ann@example.com").await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignUp(SignUp::Transfer(_))), "{outcome:?}");

    let pending = start().start().await.unwrap();
    let back = local.provider().approve_as(pending.url(), "ann@example.com").await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignIn(_)), "{outcome:?}");
    assert_eq!(clerk.snapshot().user().unwrap().first_name.as_deref(), Some("Ann"));
}
