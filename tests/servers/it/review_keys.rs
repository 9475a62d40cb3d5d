//! Whoever asks with made-up keys, or hangs up, makes no trouble for others.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Transport,
    auth::{Clerk, Reason},
};
use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use tower_service::Service;

use crate::world::{NOW, Signer, World};

/// A Backend API that answers once it is let, and can be down.
#[derive(Clone, Default)]
struct Slow {
    asked: Arc<AtomicUsize>,
    waits: Arc<AtomicUsize>,
    is_down: Arc<AtomicUsize>,
    panics: Arc<AtomicUsize>,
    go: Arc<Notify>,
}

impl Slow {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on requests wait for `go`.
    fn wait(&self) {
        self.waits.store(1, Ordering::SeqCst);
    }

    fn is_down(&self, is_down: bool) {
        self.is_down.store(usize::from(is_down), Ordering::SeqCst);
    }
}

impl Service<Request<Bytes>> for Slow {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            this.asked.fetch_add(1, Ordering::SeqCst);
            assert_eq!(this.panics.swap(0, Ordering::SeqCst), 0, "on purpose");
            if this.waits.load(Ordering::SeqCst) == 1 {
                this.go.notified().await;
            }
            let status = if this.is_down.load(Ordering::SeqCst) == 1 { 400 } else { 200 };
            let keys = json!({ "keys": [Signer::one().jwk()] }).to_string();
            Ok(Response::builder().status(status).header("content-type", "application/json").body(keys.into())?)
        })
    }
}

/// A server that has the keys, and whose next request for them waits.
async fn warm(world: &World) -> (Clerk, Slow) {
    let slow = Slow::default();
    let clerk = world.builder().transport(Transport::new(slow.clone())).build().unwrap();
    clerk.verify_token(&world.session().signed()).await.unwrap();
    slow.wait();
    (clerk, slow)
}

#[tokio::test]
async fn those_who_name_made_up_keys_and_hang_up_have_one_request_sent() {
    let world = World::production();
    let (clerk, slow) = warm(&world).await;
    for number in 0..20 {
        let token = world.session().header("kid", format!("ins_made_up_{number}")).signed();
        let asks = clerk.verify_token(&token);
        assert!(tokio::time::timeout(Duration::from_millis(5), asks).await.is_err(), "it waits for Clerk");
    }
    assert_eq!(slow.asked(), 2);
    // Whoever comes next gets what the first one asked for.
    slow.go.notify_one();
    let token = world.session().header("kid", "ins_made_up").signed();
    let error = tokio::time::timeout(Duration::from_secs(10), clerk.verify_token(&token)).await.unwrap().unwrap_err();
    assert_eq!(error.reason(), &Reason::JWK_KID_MISMATCH);
    assert_eq!(slow.asked(), 2);
}

#[tokio::test]
async fn a_request_that_was_given_up_long_ago_is_not_what_keys_are_fresh_by() {
    let world = World::production();
    let (clerk, slow) = warm(&world).await;
    let made_up = world.session().header("kid", "ins_made_up").signed();
    assert!(tokio::time::timeout(Duration::from_millis(5), clerk.verify_token(&made_up)).await.is_err());
    world.clock.advance(Duration::from_secs(20));
    let asks = tokio::spawn(async move { clerk.verify_token(&made_up).await.map(drop) });
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(slow.asked(), 3);
    slow.go.notify_one();
    assert!(tokio::time::timeout(Duration::from_secs(10), asks).await.unwrap().unwrap().is_err());
}

#[tokio::test]
async fn in_an_outage_one_request_waits_for_clerk_and_all_others_go_on() {
    let world = World::production();
    let slow = Slow::default();
    let clerk = world.builder().transport(Transport::new(slow.clone())).build().unwrap();
    let token = |number: i64| world.session().claim("exp", NOW + 10_000).claim("jti", number).signed();
    clerk.verify_token(&token(0)).await.unwrap();
    world.clock.advance(Duration::from_secs(301));
    slow.is_down(true);
    clerk.verify_token(&token(1)).await.expect("the keys outlive the outage");
    world.clock.advance(Duration::from_secs(6));
    slow.wait();
    let first = tokio::spawn({
        let (clerk, token) = (clerk.clone(), token(2));
        async move { clerk.verify_token(&token).await.map(drop) }
    });
    while slow.asked() < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for number in 3..10 {
        let token = token(number);
        let checked = tokio::time::timeout(Duration::from_secs(5), clerk.verify_token(&token)).await;
        checked.expect("it does not wait").unwrap();
    }
    assert_eq!(slow.asked(), 3);
    slow.go.notify_one();
    tokio::time::timeout(Duration::from_secs(10), first).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_transport_that_panicked_is_asked_anew() {
    let world = World::production();
    let slow = Slow::default();
    slow.panics.store(1, Ordering::SeqCst);
    let clerk = world.builder().transport(Transport::new(slow.clone())).build().unwrap();
    let token = world.session().signed();
    let first = tokio::spawn({
        let (clerk, token) = (clerk.clone(), token.clone());
        async move { clerk.verify_token(&token).await.map(drop) }
    });
    assert!(first.await.is_err_and(|error| error.is_panic()));
    clerk.verify_token(&token).await.unwrap();
    assert_eq!(slow.asked(), 2);
}
