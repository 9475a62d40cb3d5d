//! Signing in with an account elsewhere.

use clerk_ext::frontend::{
    BrowserFailure, BrowserOutcome, Frontend, MemoryStore, PendingOauth, Provider, SavedOauth, SignIn,
};
use clerk_local::{Fault, ProviderAccount, ProviderMode};

use super::{BACK, TOO_LONG, ann, enterprise_sso::backend, failed, once, person::Person, reread, stored, timed};
use crate::world::World;

async fn begun(clerk: &Frontend) -> PendingOauth {
    clerk.sign_in().oauth("oauth_google", BACK).start().await.unwrap()
}

async fn world() -> World {
    let world = World::new().await;
    world.local.provider().add(&ann());
    world
}

fn is_ann(clerk: &Frontend) -> bool {
    clerk.snapshot().user().and_then(|user| user.first_name.as_deref()) == Some("Ann")
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = world().await;
    local.update_settings(|settings| settings.provider = ProviderMode::Approve);
    let pending = begun(&clerk).await;
    let mut person = Person::new(&local);
    let callback = person.open(pending.url()).await.unwrap();
    let back = person.open(&callback).await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    let BrowserOutcome::SignIn(SignIn::Complete(session)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(clerk.session().unwrap().id(), session.id());
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    // The browser comes back, and neither the URL nor Clerk knows of anything.
    let (failure, pending) = failed(pending.finish(BACK).await);
    assert_eq!(failure, BrowserFailure::Cancelled);
    let back = local.provider().cancel(pending.url()).await.unwrap();
    let (failure, pending) = failed(pending.finish(&back).await);
    assert_eq!(failure, BrowserFailure::Denied, "Clerk has one word for both");
    pending.cancel().await.unwrap();
    assert!(clerk.snapshot().sign_in().unwrap().first_factor_verification.is_none(), "the attempt is forgotten");
    drop(begun(&clerk).await);
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let back = local.provider().deny(pending.url()).await.unwrap();
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().has_code("oauth_access_denied"));
    assert_eq!(BrowserFailure::of(failed.error()), Some(BrowserFailure::Denied));
    assert!(clerk.session().is_none());
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = world().await;
    let mut pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    for other in [
        back.replace("com.example.app", "com.example.other"),
        back.replace("callback?", "callback/deeper?"),
        format!("{back}&rotating_token_nonce=test-other"),
        "callback".to_owned(),
    ] {
        let (failure, same) = failed(pending.finish(&other).await);
        assert_eq!(failure, BrowserFailure::Foreign, "{other}");
        pending = same;
    }
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn a_made_up_error_or_nonce_does_not_use_the_flow_up() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let error = pending.finish(&format!("{BACK}?error=access_denied&error_description=test")).await.unwrap_err();
    assert_eq!(error.error().errors()[0].message, "test");
    let (failure, pending) = failed(error.into_step().finish(&format!("{BACK}?rotating_token_nonce=test")).await);
    assert_eq!(failure, BrowserFailure::Replayed);
    let back = local.provider().approve(pending.url()).await.unwrap();
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

/// Whoever has their own callback opened here must not sign this device in as themselves.
#[tokio::test]
async fn a_callback_of_another_device_changes_nothing_here() {
    let World { local, clerk } = world().await;
    local.provider().add(&ProviderAccount::new("google", "mallory@example.com").first_name("Mallory"));
    local.update_settings(|settings| settings.attributes.password.required = false);
    let mallory = once(&local);
    let theirs = begun(&mallory).await;
    let stolen = local.provider().approve_as(theirs.url(), "mallory@example.com").await.unwrap();

    let pending = begun(&clerk).await;
    let ours = clerk.snapshot().client().unwrap().id.clone();
    let (failure, pending) = failed(pending.finish(&stolen).await);
    assert_eq!(failure, BrowserFailure::Foreign);
    clerk.load().await.unwrap();
    assert_eq!(clerk.snapshot().client().unwrap().id, ours);
    let back = local.provider().approve_as(pending.url(), "ann@example.com").await.unwrap();
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn a_device_that_clerk_forgot_meanwhile_is_brought_back() {
    let World { local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let ours = clerk.snapshot().client().unwrap().id.clone();
    let back = local.provider().approve(pending.url()).await.unwrap();
    // The token is out of date now, and whoever asks with it gets another, of a client without anybody.
    clerk.load().await.unwrap();
    pending.finish(&back).await.unwrap();
    assert_eq!(clerk.snapshot().client().unwrap().id, ours);
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = world().await;
    let first = begun(&clerk).await;
    let used = local.provider().approve(first.url()).await.unwrap();
    first.finish(&used).await.unwrap();
    clerk.sign_out().await.unwrap();
    let second = begun(&clerk).await;
    let (failure, second) = failed(second.finish(&used).await);
    assert_eq!(failure, BrowserFailure::Replayed);
    let back = local.provider().approve(second.url()).await.unwrap();
    second.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn late_callback() {
    let World { local, clerk: _ } = world().await;
    let (clerk, clock) = timed(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    clock.advance(TOO_LONG);
    let (failure, pending) = failed(pending.finish(&back).await);
    assert_eq!(failure, BrowserFailure::Late);
    // What is late is in nobody's way.
    drop(begun(&clerk).await);
    drop(pending);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local, clerk } = world().await;
    let first = begun(&clerk).await;
    let error = clerk.clone().sign_up().oauth("oauth_github", BACK).start().await.unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("a sign-in with oauth_google".to_owned())));

    let second = clerk.sign_in().oauth("oauth_google", BACK).replace().start().await.unwrap();
    drop(first);
    let error = clerk.sign_in().hosted(BACK).start().await.unwrap_err();
    assert!(matches!(BrowserFailure::of(&error), Some(BrowserFailure::Busy(_))), "the first took the second along");
    let back = local.provider().approve(second.url()).await.unwrap();
    second.finish(&back).await.unwrap();

    // One that was dropped is in nobody's way; one that was saved goes on.
    drop(begun(&clerk).await);
    let saved = begun(&clerk).await.save();
    let error = clerk.sign_in().hosted(BACK).start().await.unwrap_err();
    assert!(matches!(BrowserFailure::of(&error), Some(BrowserFailure::Busy(_))));
    drop(saved.resume(&clerk));
    drop(begun(&clerk).await);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = world().await;
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    local.faults().add(Fault::reset().on("getSignIn").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().is_retryable() && BrowserFailure::of(failed.error()).is_none());
    failed.into_step().finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn network_lost_before_a_transfer() {
    let World { local, clerk: _ } = World::new().await;
    local.provider().add(&ProviderAccount::new("google", "new@example.com").first_name("New"));
    local.update_settings(|settings| settings.attributes.password.required = false);
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    local.faults().add(Fault::reset().on("createSignUps").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    // The nonce is spent, and the same callback still leads on.
    let outcome = failed.into_step().finish(&back).await.unwrap();
    assert!(matches!(outcome, BrowserOutcome::SignUp(_)), "{outcome:?}");
    assert_eq!(clerk.snapshot().user().unwrap().first_name.as_deref(), Some("New"));
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
    let outcome = saved.resume(&second).finish(&back).await.unwrap();
    assert!(outcome.session().is_ok() && is_ann(&second));
}

#[tokio::test]
async fn nothing_secret_is_saved_or_shown() {
    let World { local: _local, clerk } = world().await;
    let pending = begun(&clerk).await;
    let saved: SavedOauth = pending.save();
    for shown in [format!("{pending:?}"), format!("{saved:?}")] {
        assert!(!shown.contains("state") && !shown.contains("http"), "{shown}");
    }
}

#[tokio::test]
async fn whoever_is_not_known_yet_signs_up() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ProviderAccount::new("google", "new@example.com").first_name("New"));
    let start = || clerk.sign_in().oauth("oauth_google", BACK);
    let pending = start().without_transfer().start().await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignIn(SignIn::Transfer(_))), "{outcome:?}");

    local.update_settings(|settings| settings.attributes.password.required = false);
    let pending = start().legal_accepted(true).unsafe_metadata(serde_json::json!({"from": "cli"}));
    let pending = pending.start().await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    let outcome = pending.finish(&back).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignUp(_)), "{outcome:?}");
    assert_eq!(clerk.snapshot().user().unwrap().unsafe_metadata["from"], "cli");
}

#[tokio::test]
async fn a_provider_that_is_not_switched_on_is_refused_and_leaves_nothing_pending() {
    let World { local: _local, clerk } = world().await;
    let error = clerk.sign_in().oauth("oauth_slack", BACK).start().await.unwrap_err();
    assert!(error.has_code("oauth_provider_not_enabled"));
    drop(begun(&clerk).await);
}

#[tokio::test]
async fn works_as_a_first_factor_of_a_sign_in_that_is_under_way() {
    let World { local, clerk } = world().await;
    let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await.unwrap() else { panic!() };
    let pending = step.oauth(Provider::GOOGLE, BACK).await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    assert!(pending.finish(&back).await.unwrap().session().is_ok() && is_ann(&clerk));
}

#[tokio::test]
async fn a_first_factor_that_cannot_be_left_for_is_given_back() {
    let World { local: _local, clerk } = world().await;
    let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await.unwrap() else { panic!() };
    let failed = step.oauth(Provider::SLACK, BACK).await.unwrap_err();
    assert!(failed.error().has_code("oauth_provider_not_enabled"), "{}", failed.error());
    assert!(failed.into_step().oauth(Provider::GOOGLE, BACK).await.is_ok());
}

#[tokio::test]
async fn locked() {
    let World { local, clerk } = world().await;
    let backend = backend(&local);
    let ann = backend.raw().get_user_list().send().await.unwrap().remove(0);
    backend.raw().lock_user(&ann.id).send().await.unwrap();
    let pending = begun(&clerk).await;
    let back = local.provider().approve(pending.url()).await.unwrap();
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().has_code("user_locked"), "{failed}");
    assert!(clerk.session().is_none());
}
