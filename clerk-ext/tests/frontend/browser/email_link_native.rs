//! Links in mails that open this application.

use clerk_ext::frontend::{BrowserFailure, BrowserOutcome, Frontend, MemoryStore, PendingDeepLink, SignIn, SignUp};
use clerk_local::{Fault, LocalClerk};

use super::{BACK, TOO_LONG, failed, once, person::Person, person::parameter, reread, stored, timed};
use crate::world::{PASSWORD, World};

async fn begun(clerk: &Frontend) -> PendingDeepLink {
    clerk.sign_in().email_deep_link("ann@example.com", BACK).send().await.unwrap()
}

/// Opens the last mail's link, and gives the deep link that it leads to.
async fn opened(local: &LocalClerk, address: &str) -> String {
    let link = local.inbox().latest_link(address).unwrap();
    Person::new(local).open(&link).await.unwrap()
}

fn is_ann(clerk: &Frontend) -> bool {
    clerk.snapshot().user().and_then(|user| user.first_name.as_deref()) == Some("Ann")
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    let outcome = pending.finish(&link).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignIn(_)), "{outcome:?}");
    assert!(outcome.session().is_ok() && is_ann(&clerk));
}

#[tokio::test]
async fn works_from_the_fragment() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await.replace('?', "#");
    pending.finish(&link).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn works_for_a_sign_up() {
    let World { local, clerk } = World::new().await;
    let begun = clerk.sign_up().email_address("new@example.com").password(PASSWORD).await.unwrap();
    let SignUp::MissingRequirements(step) = begun else { panic!("{begun:?}") };
    let pending = step.verify_email_by_deep_link(BACK).await.unwrap();
    let link = opened(&local, "new@example.com").await;
    let outcome = pending.finish(&link).await.unwrap();
    assert!(matches!(&outcome, BrowserOutcome::SignUp(_)), "{outcome:?}");
    assert!(outcome.session().is_ok());
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = World::new().await;
    let mut pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    for other in [
        link.replace("com.example.app", "com.example.other"),
        link.replace(&parameter(&link, "flow_id"), "sia_other"),
        link.replace(&parameter(&link, "approval_token"), "test-other"),
        link.replace("approval_token", "other"),
        format!("{link}#flow_id=sia_other"),
        BACK.to_owned(),
    ] {
        let (failure, same) = failed(pending.finish(&other).await);
        assert_eq!(failure, BrowserFailure::Foreign, "{other}");
        pending = same;
    }
    pending.finish(&link).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn another_device_cannot_use_the_link() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    let mut saved = serde_json::to_value(pending.save()).unwrap();
    saved["verifier"] = "test-other-test-other-test-other-test-other-0".into();
    let thief: clerk_ext::frontend::SavedDeepLink = serde_json::from_value(saved).unwrap();
    let error = thief.resume(&clerk).finish(&link).await.unwrap_err();
    assert!(error.error().has_code("pkce_verification_failed"));
    pending.finish(&link).await.unwrap();
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let saved = pending.save();
    let link = opened(&local, "ann@example.com").await;
    // Traded in, but the answer to what follows never came.
    let flow: serde_json::Value = serde_json::to_value(&saved).unwrap();
    let verifier = flow["verifier"].as_str().unwrap();
    let (id, approval) = (parameter(&link, "flow_id"), parameter(&link, "approval_token"));
    clerk.raw().complete_magic_link(id, approval, verifier).send().await.unwrap();
    let (failure, _) = failed(pending.finish(&link).await);
    assert_eq!(failure, BrowserFailure::Replayed);
}

#[tokio::test]
async fn late_callback() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, clock) = timed(&local);
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    clock.advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&link).await).0, BrowserFailure::Late);

    // Also where this machine's clock stands, but that of Clerk goes on.
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    local.clock().advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&link).await).0, BrowserFailure::Late);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local, clerk } = World::new().await;
    let first = begun(&clerk).await;
    let error = clerk.sign_in().email_deep_link("ann@example.com", BACK).send().await.unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("a link in a mail".to_owned())));
    assert_eq!(local.inbox().messages_to("ann@example.com").len(), 1, "no second mail was sent");
    first.cancel();
    drop(begun(&clerk).await);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = World::new().await;
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    local.faults().add(Fault::reset().on("completeMagicLink").before_execution().times(1));
    let failed = pending.finish(&link).await.unwrap_err();
    // The link can be traded in once only: what it was traded in for is kept.
    local.faults().add(Fault::reset().on("createSignIn").before_execution().times(1));
    let failed = failed.into_step().finish(&link).await.unwrap_err();
    assert!(failed.error().is_retryable());
    failed.into_step().finish(&link).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = stored(&local, &store);
    let pending = begun(&first).await;
    let saved = reread(&pending.save());
    drop((pending, first));
    let link = opened(&local, "ann@example.com").await;
    let second = stored(&local, &store);
    saved.resume(&second).finish(&link).await.unwrap();
    assert!(is_ann(&second));
}

#[tokio::test]
async fn an_instance_without_links_says_so() {
    let World { local, clerk } = World::new().await;
    local.update_settings(|settings| settings.attributes.email_address.first_factors = vec!["email_code".to_owned()]);
    let error = clerk.sign_in().email_deep_link("ann@example.com", BACK).send().await.unwrap_err();
    assert_eq!(error.kind(), clerk_ext::ErrorKind::InvalidRequest, "{error}");
}

#[tokio::test]
async fn works_as_a_first_factor_of_a_sign_in_that_is_under_way() {
    let World { local, clerk } = World::new().await;
    let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await.unwrap() else { panic!() };
    let pending = step.email_deep_link(BACK).await.unwrap();
    let link = opened(&local, "ann@example.com").await;
    assert!(pending.finish(&link).await.unwrap().session().is_ok() && is_ann(&clerk));
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::new().await;
    begun(&clerk).await.cancel();
    let pending = begun(&clerk).await;
    let link = opened(&local, "ann@example.com").await;
    pending.finish(&link).await.unwrap();
    assert!(is_ann(&clerk));
}
