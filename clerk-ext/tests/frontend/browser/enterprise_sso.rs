//! Signing in through the identity provider of an organization.

use clerk_ext::{
    backend::Backend,
    config::Config,
    frontend::{BrowserFailure, BrowserOutcome, Frontend, MemoryStore, PendingOauth, SignIn},
};
use clerk_local::{Fault, LocalClerk, ProviderAccount};

use super::{BACK, TOO_LONG, failed, once, reread, stored, timed};
use crate::world::World;

pub(super) fn backend(local: &LocalClerk) -> Backend {
    let config = Config::builder().secret_key(local.secret_key().expose()).api_url(local.backend_url());
    Backend::from_config(&config.build().unwrap()).unwrap()
}

async fn world() -> World {
    let world = World::new().await;
    let backend = backend(&world.local);
    let create = backend.raw().create_enterprise_connection("Example", "oidc_custom", ["example.com"]).active(true);
    let id = create.send().await.unwrap().id;
    world.local.provider().add(&ProviderAccount::new(id.as_str(), "ann@example.com").first_name("Ann"));
    world
}

async fn begun(clerk: &Frontend) -> PendingOauth {
    clerk.sign_in().enterprise_sso("ann@example.com", BACK).start().await.unwrap()
}

fn is_ann(clerk: &Frontend) -> bool {
    clerk.snapshot().user().and_then(|user| user.first_name.as_deref()) == Some("Ann")
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignIn(_)), "{outcome:?}");
    assert!(outcome.session().is_ok() && is_ann(&clerk));
}

#[tokio::test]
async fn works_for_a_sign_up() {
    let World { local, clerk } = world().await;
    local.update_settings(|settings| settings.attributes.password.required = false);
    let pending = clerk.sign_up().enterprise_sso("new@example.com", BACK).start().await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    assert!(pending.finish(&back).await.unwrap().session().is_ok());
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let (failure, pending) = failed(pending.finish(BACK).await);
    assert_eq!(failure, BrowserFailure::Cancelled);
    let back = local.provider().approve(pending.url()).await.unwrap();
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().deny(pending.url()).await.unwrap();
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Denied);
    assert!(clerk.session().is_none());
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    let (failure, pending) = failed(pending.finish(&back.replace("com.example.app", "com.example.other")).await);
    assert_eq!(failure, BrowserFailure::Foreign);
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = world().await;
    let first = begun(&clerk).await;
    let used = local.provider().approve(first.url()).await.unwrap();
    first.finish(&used).await.unwrap();
    clerk.sign_out().await.unwrap();
    assert_eq!(failed(begun(&clerk).await.finish(&used).await).0, BrowserFailure::Replayed);
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
    let error = clerk.sign_in().enterprise_sso("ann@example.com", BACK).start().await.unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("a sign-in with enterprise_sso".to_owned())));
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = world().await;
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    local.faults().add(Fault::reset().on("getSignIn").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    failed.into_step().finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
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
    assert!(is_ann(&second));
}

#[tokio::test]
async fn an_address_that_no_connection_serves_is_refused() {
    let World { local: _local, clerk } = world().await;
    let error = clerk.sign_in().enterprise_sso("ann@elsewhere.example", BACK).start().await.unwrap_err();
    assert!(error.has_code("enterprise_sso_sign_in_connection_missing"), "{error}");
}

#[tokio::test]
async fn works_as_a_first_factor_of_a_sign_in_that_is_under_way() {
    let World { local, clerk } = world().await;
    let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await.unwrap() else { panic!() };
    let factor = step.factors().iter().find(|factor| factor.enterprise_connection_id.is_some()).cloned();
    let pending = match &factor {
        Some(factor) => step.oauth_by(factor, BACK).await.unwrap(),
        None => step.enterprise_sso(BACK).await.unwrap(),
    };
    let back = local.provider().approve(pending.url()).await.unwrap();
    assert!(pending.finish(&back).await.unwrap().session().is_ok() && is_ann(&clerk));
}
