//! Signing in on Clerk's own pages.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Transport,
    frontend::{BrowserFailure, Frontend, MemoryStore, PendingHosted},
    http::{Request, Response},
};
use clerk_local::{Fault, LocalClerk};
use tower_service::Service;

use super::{BACK, TOO_LONG, failed, once, person::Person, person::parameter, reread, stored, timed};
use crate::world::{World, device};

async fn begun(clerk: &Frontend) -> PendingHosted {
    clerk.sign_in().hosted(BACK).start().await.unwrap()
}

/// Opens the page, chooses who to be, and gives where the browser comes back to.
async fn chosen(local: &LocalClerk, url: &str, who: &str) -> String {
    let mut person = Person::new(local);
    person.open(url).await;
    let (page, _) = url.split_once('?').unwrap();
    person.submit(page, &[("flow", &parameter(url, "flow")), ("identifier", who)]).await.unwrap()
}

async fn approved(local: &LocalClerk, pending: &PendingHosted) -> String {
    chosen(local, pending.url(), "ann@example.com").await
}

fn is_ann(clerk: &Frontend) -> bool {
    clerk.snapshot().user().and_then(|user| user.first_name.as_deref()) == Some("Ann")
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    let session = pending.finish(&back).await.unwrap();
    assert_eq!(session.id().as_str(), parameter(&back, "created_session_id"));
    assert_eq!(clerk.session().unwrap().id(), session.id());
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn works_for_a_sign_up() {
    let World { local, clerk } = World::new().await;
    let pending = clerk.sign_up().hosted(BACK).start().await.unwrap();
    let back = chosen(&local, pending.url(), "new@example.com").await;
    pending.finish(&back).await.unwrap();
    let address = clerk.snapshot().user().unwrap().email_addresses[0].email_address.clone();
    assert_eq!(address, "new@example.com");
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let state = parameter(&approved(&local, &pending).await, "state");
    let (failure, _) = failed(pending.finish(&format!("{BACK}?state={state}&__clerk_status=failed")).await);
    assert_eq!(failure, BrowserFailure::Cancelled);
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let state = parameter(&approved(&local, &pending).await, "state");
    let (failure, _) = failed(pending.finish(&format!("{BACK}?state={state}&error=access_denied")).await);
    assert_eq!(failure, BrowserFailure::Denied);
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = World::new().await;
    let mut pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    let state = parameter(&back, "state");
    let session = parameter(&back, "created_session_id");
    for other in [
        back.replace("com.example.app", "com.example.other"),
        back.replace(&state, "test-other"),
        back.replace("state=", "other="),
        format!("{back}&state={state}"),
        back.replace("rotating_token_nonce", "other"),
        back.replace("created_session_id", "other"),
    ] {
        let (failure, same) = failed(pending.finish(&other).await);
        assert_eq!(failure, BrowserFailure::Foreign, "{other}");
        pending = same;
    }
    assert!(clerk.session().is_none());
    assert_eq!(pending.finish(&back).await.unwrap().id().as_str(), session);
}

#[tokio::test]
async fn a_callback_is_redeemed_only_by_who_has_the_verifier() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    let mut saved = serde_json::to_value(pending.save()).unwrap();
    saved["verifier"] = "test-other-test-other-test-other-test-other-0".into();
    let thief: clerk_ext::frontend::SavedHosted = serde_json::from_value(saved).unwrap();
    let (failure, _) = failed(thief.resume(&clerk).finish(&back).await);
    assert_eq!(failure, BrowserFailure::Foreign);
    assert!(clerk.session().is_none());
    pending.finish(&back).await.unwrap();
}

#[tokio::test]
async fn a_session_that_the_client_does_not_have_is_not_taken() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    let session = parameter(&back, "created_session_id");
    let (failure, _) = failed(pending.finish(&back.replace(&session, "sess_other")).await);
    assert_eq!(failure, BrowserFailure::Foreign);
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let saved = pending.save();
    let back = approved(&local, &pending).await;
    pending.finish(&back).await.unwrap();
    clerk.sign_out().await.unwrap();
    let (failure, _) = failed(saved.resume(&clerk).finish(&back).await);
    assert_eq!(failure, BrowserFailure::Replayed);
    let (failure, _) = failed(begun(&clerk).await.finish(&back).await);
    assert_eq!(failure, BrowserFailure::Foreign, "it has the state of another flow");
}

#[tokio::test]
async fn late_callback() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, clock) = timed(&local);
    let pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    clock.advance(TOO_LONG);
    assert_eq!(failed(pending.finish(&back).await).0, BrowserFailure::Late);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local: _local, clerk } = World::new().await;
    let first = begun(&clerk).await;
    let error = clerk.sign_in().hosted(BACK).start().await.unwrap_err();
    assert_eq!(BrowserFailure::of(&error), Some(BrowserFailure::Busy("a sign-in on hosted pages".to_owned())));
    first.cancel();
    drop(clerk.sign_in().hosted(BACK).start().await.unwrap());
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = World::new().await;
    let clerk = once(&local);
    let pending = begun(&clerk).await;
    let back = approved(&local, &pending).await;
    local.faults().add(Fault::reset().on("postClient").before_execution().times(1));
    let failed = pending.finish(&back).await.unwrap_err();
    assert!(failed.error().is_retryable());
    failed.into_step().finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = stored(&local, &store);
    let pending = begun(&first).await;
    let (url, saved) = (pending.url().to_owned(), reread(&pending.save()));
    drop((pending, first));
    let back = chosen(&local, &url, "ann@example.com").await;
    let second = stored(&local, &store);
    saved.resume(&second).finish(&back).await.unwrap();
    assert!(is_ann(&second));
}

#[tokio::test]
async fn it_comes_back_to_the_application_and_not_to_a_web_page() {
    let World { local: _local, clerk } = World::new().await;
    for url in ["https://example.com/callback", "http://example.com/callback", "callback"] {
        let error = clerk.sign_in().hosted(url).start().await.unwrap_err();
        assert_eq!(error.kind(), clerk_ext::ErrorKind::Config, "{url}");
    }
    drop(clerk.sign_in().hosted("http://127.0.0.1:4000/callback").start().await.unwrap());
}

#[tokio::test]
async fn the_secrets_of_a_flow_are_not_shown() {
    let World { local: _local, clerk } = World::new().await;
    let pending = begun(&clerk).await;
    let saved = pending.save();
    let written = serde_json::to_value(&saved).unwrap();
    for shown in [format!("{pending:?}"), format!("{saved:?}")] {
        for secret in ["verifier", "state"] {
            assert!(!shown.contains(written[secret].as_str().unwrap()), "{shown}");
        }
    }
}

/// Answers the first request for a page as Clerk does to a device that it has signed out.
#[derive(Clone)]
struct SignedOut {
    inner: Transport,
    asked: Arc<AtomicUsize>,
}

impl Service<Request<Bytes>> for SignedOut {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        if request.uri().path() == "/v1/client/hosted_auth" && self.asked.fetch_add(1, Ordering::Relaxed) == 0 {
            let body = r#"{"errors":[{"code":"signed_out","message":"signed out"}]}"#;
            let answer = Response::builder().status(401).body(Bytes::from(body)).unwrap();
            return Box::pin(async { Ok(answer) });
        }
        let sent = self.inner.call(request);
        Box::pin(sent)
    }
}

#[tokio::test]
async fn a_device_that_was_signed_out_begins_once_more() {
    let World { local, clerk: _ } = World::new().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let transport = Transport::new(SignedOut { inner: local.transport(), asked: asked.clone() });
    let clerk = device(&local).transport(transport).build().unwrap();
    let pending = begun(&clerk).await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let back = approved(&local, &pending).await;
    pending.finish(&back).await.unwrap();
    assert!(is_ann(&clerk));
}
