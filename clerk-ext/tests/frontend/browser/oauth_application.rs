//! Being let in as an OAuth application of the instance.

use clerk_ext::frontend::{BrowserFailure, Frontend, MemoryStore, OauthApplication, PendingAuthorization};
use clerk_local::{Fault, LocalClerk};

use super::{
    TOO_LONG, enterprise_sso::backend, failed, once, person::Person, person::parameter, reread, stored, timed,
};
use crate::world::World;

const CALLBACK: &str = "http://127.0.0.1:49152/callback";

/// A Clerk with a public application, and the application's id.
async fn world() -> (World, String) {
    let world = World::new().await;
    let backend = backend(&world.local);
    let create =
        backend.raw().create_oauth_application("Tool").public(true).redirect_uris(["http://127.0.0.1/callback"]);
    let tool = create.scopes("openid email profile offline_access").send().await.unwrap();
    (world, tool.client_id.as_str().to_owned())
}

fn tool(clerk: &Frontend, id: &str) -> OauthApplication {
    clerk.oauth_application(id).scopes(["openid", "email", "offline_access"])
}

fn begun(clerk: &Frontend, id: &str) -> PendingAuthorization {
    tool(clerk, id).authorize(CALLBACK).start().unwrap()
}

/// Signs in, answers the page that asks, and gives where the browser comes back to.
async fn answered(local: &LocalClerk, url: &str, consents: bool) -> String {
    let mut person = Person::new(local);
    let ann = backend(local).raw().get_user_list().send().await.unwrap().remove(0).id;
    let sign_in = person.open(url).await.unwrap();
    let back = parameter(&sign_in, "redirect_url");
    let page = sign_in.split_once('?').unwrap().0;
    let back = person.submit(page, &[("user_id", ann.as_str()), ("redirect_url", &back)]).await.unwrap();
    let consent = person.open(&back).await.unwrap();
    let asked = url::Url::parse(&consent).unwrap();
    let action = format!("{}/v1/me/oauth/consent/{}", local.frontend_url(), parameter(&consent, "client_id"));
    let pairs: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
    let mut form: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("consented", if consents { "true" } else { "false" }));
    person.submit(&action, &form).await.unwrap()
}

#[tokio::test]
async fn works() {
    let (World { local, clerk }, id) = world().await;
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    let tokens = pending.finish(&back).await.unwrap();
    assert_eq!(tokens.scopes, ["openid", "email", "offline_access"]);
    assert!(tokens.id_token.is_some() && tokens.expires_at.is_some());
    assert!(clerk.session().is_none(), "it is no session of this device");
    let tool = tool(&clerk, &id);
    assert_eq!(tool.user_info(&tokens).await.unwrap().email.as_deref(), Some("ann@example.com"));

    let fresh = tool.refresh(&tokens).await.unwrap();
    assert!(fresh.access_token != tokens.access_token && fresh.refresh_token != tokens.refresh_token);
    assert!(tool.user_info(&tokens).await.is_err());
    let kept = reread(&fresh);
    assert!(kept == fresh);
    tool.user_info(&kept).await.unwrap();

    tool.revoke(&fresh).await.unwrap();
    assert!(tool.user_info(&fresh).await.is_err());
    assert!(tool.refresh(&fresh).await.unwrap_err().has_code("invalid_grant"));
    assert!(!format!("{fresh:?}").contains(fresh.access_token.expose()));
}

#[tokio::test]
async fn denied() {
    let (World { local, clerk }, id) = world().await;
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), false).await;
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Denied);
}

#[tokio::test]
async fn foreign_callback() {
    let (World { local, clerk }, id) = world().await;
    let mut pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    let state = parameter(&back, "state");
    for other in [
        back.replace("49152", "49153"),
        back.replace("127.0.0.1", "localhost"),
        back.replace(&state, "test-other"),
        back.replace("code=", "other="),
        format!("{back}&code=test-other"),
        format!("{CALLBACK}?error=access_denied"),
    ] {
        let (failure, same) = failed(pending.finish(&other).await);
        assert_eq!(failure, BrowserFailure::Foreign, "{other}");
        pending = same;
    }
    pending.finish(&back).await.unwrap();
}

#[tokio::test]
async fn a_code_is_redeemed_only_by_who_has_the_verifier() {
    let (World { local, clerk }, id) = world().await;
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    let mut saved = serde_json::to_value(pending.save()).unwrap();
    saved["verifier"] = "test-other-test-other-test-other-test-other-0".into();
    let thief: clerk_ext::frontend::SavedAuthorization = serde_json::from_value(saved).unwrap();
    let error = thief.resume(&clerk).finish(&back).await.unwrap_err();
    assert!(error.error().has_code("invalid_grant"), "{}", error.error());
}

#[tokio::test]
async fn an_id_token_of_another_request_is_refused() {
    let (World { local, clerk }, id) = world().await;
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    let mut saved = serde_json::to_value(pending.save()).unwrap();
    saved["nonce"] = "test-other".into();
    let other: clerk_ext::frontend::SavedAuthorization = serde_json::from_value(saved).unwrap();
    let error = other.resume(&clerk).finish(&back).await.unwrap_err();
    assert_eq!(error.error().kind(), clerk_ext::ErrorKind::Unexpected);
}

#[tokio::test]
async fn replayed_callback() {
    let (World { local, clerk }, id) = world().await;
    let pending = begun(&clerk, &id);
    let saved = pending.save();
    let back = answered(&local, pending.url(), true).await;
    pending.finish(&back).await.unwrap();
    let (failure, _) = failed(begun(&clerk, &id).finish(&back).await);
    assert_eq!(failure, BrowserFailure::Foreign, "it has the state of another flow");
    let error = saved.resume(&clerk).finish(&back).await.unwrap_err();
    assert!(error.error().has_code("invalid_grant"));
}

#[tokio::test]
async fn late_callback() {
    let (World { local, clerk: _ }, id) = world().await;
    let (clerk, clock) = timed(&local);
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    clock.advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Late);
}

#[tokio::test]
async fn second_pending_flow() {
    let (World { local: _local, clerk }, id) = world().await;
    let first = begun(&clerk, &id);
    let error = tool(&clerk, &id).authorize(CALLBACK).start().unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("an authorization".to_owned())));
    first.cancel();
    begun(&clerk, &id).cancel();
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let (World { local, clerk: _ }, id) = world().await;
    let clerk = once(&local);
    let pending = begun(&clerk, &id);
    let back = answered(&local, pending.url(), true).await;
    local.faults().add(Fault::reset().on("getOAuthToken").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().is_retryable());
    failed.into_step().finish(&back).await.unwrap();
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let (World { local, clerk: _ }, id) = world().await;
    let store = MemoryStore::default();
    let first = stored(&local, &store);
    let pending = begun(&first, &id);
    let (url, saved) = (pending.url().to_owned(), reread(&pending.save()));
    drop((pending, first));
    let back = answered(&local, &url, true).await;
    saved.resume(&stored(&local, &store)).finish(&back).await.unwrap();
}

#[tokio::test]
async fn without_a_refresh_token_there_is_nothing_to_refresh() {
    let (World { local, clerk }, id) = world().await;
    let tool = clerk.oauth_application(id.as_str()).scopes(["email"]);
    let pending = tool.authorize(CALLBACK).start().unwrap();
    let back = answered(&local, pending.url(), true).await;
    let tokens = pending.finish(&back).await.unwrap();
    assert_eq!(tool.refresh(&tokens).await.unwrap_err().kind(), clerk_ext::ErrorKind::InvalidRequest);
}
