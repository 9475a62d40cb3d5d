//! Webhooks as the local Clerk delivers them, to a server on axum.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::post,
};
use bytes::Bytes;
use clerk_ext::{
    BoxFuture, Timestamp,
    clock::{Clock, SystemClock},
    http::HeaderMap,
    webhooks::{Event, Handled, Payload, Webhook, WebhookError},
};
use clerk_local::{Clock as LocalClock, LocalClerk, Webhooks};
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime, sync::Notify};

use super::{OTHER_SECRET, SECRET};

/// The time that the local Clerk goes by; waits are real.
struct ItsClock(LocalClock);

impl Clock for ItsClock {
    fn now(&self) -> SystemTime {
        self.0.now().system_time().unwrap()
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

/// What the handler is to do with the next message.
enum Does {
    Fails,
    /// Never comes to an end; whoever waits for it is told that it began.
    Hangs(Arc<Notify>),
}

struct Inner {
    webhook: Webhook,
    next: Mutex<VecDeque<Does>>,
    /// The ids of deleted users, one for each handler that succeeded.
    handled: Mutex<Vec<String>>,
    answered: Mutex<Vec<u16>>,
}

type Shared = Arc<Inner>;

async fn receive(State(server): State<Shared>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let work = async |message: clerk_ext::webhooks::Verified| {
        let does = server.next.lock().unwrap().pop_front();
        match does {
            None => {}
            Some(Does::Fails) => return Err("on purpose".into()),
            Some(Does::Hangs(began)) => {
                began.notify_one();
                std::future::pending::<()>().await;
            }
        }
        let event: Event = message.event()?;
        let Payload::UserDeleted(user) = event.payload else { return Err("another event".into()) };
        server.handled.lock().unwrap().push(user.id.unwrap_or_default());
        Ok(())
    };
    let handled = server.webhook.handle(&headers, body, work).await;
    server.answered.lock().unwrap().push(handled.status().as_u16());
    handled.response().map(Body::from).into_response()
}

/// A local Clerk whose time stands still, and a server that it delivers to.
struct World {
    _local: LocalClerk,
    webhooks: Webhooks,
    server: Shared,
    clock: LocalClock,
    running: Process,
}

/// A server with threads of its own, which die with it, whatever they are about.
struct Process {
    runtime: Option<Runtime>,
    address: SocketAddr,
}

impl Process {
    async fn start(server: &Shared, address: &str) -> Self {
        let mut bound = TcpListener::bind(address).await;
        // The one that died may still be about to let go of the port.
        for _ in 0..100 {
            if bound.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            bound = TcpListener::bind(address).await;
        }
        let listener = bound.unwrap().into_std().unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/hooks", post(receive)).with_state(Arc::clone(server));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(async move { axum::serve(TcpListener::from_std(listener).unwrap(), router).await.unwrap() });
        Self { runtime: Some(runtime), address }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl World {
    async fn start(change: impl FnOnce(Webhook) -> Webhook) -> Self {
        let clock = LocalClock::frozen(Timestamp::from_millis(1_800_000_000_000));
        let local = LocalClerk::builder().clock(clock.clone()).start().await.unwrap();
        let webhook = Webhook::new(SECRET).unwrap().clock(Arc::new(ItsClock(clock.clone())));
        let server = Arc::new(Inner {
            webhook: change(webhook),
            next: Mutex::default(),
            handled: Mutex::default(),
            answered: Mutex::default(),
        });
        let running = Process::start(&server, "127.0.0.1:0").await;
        let webhooks = local.webhooks();
        webhooks.endpoint(format!("http://{}/hooks", running.address)).secret(SECRET).add().unwrap();
        Self { _local: local, webhooks, server, clock, running }
    }

    fn tell(&self, user: &str) {
        self.webhooks.tell("user.deleted", json!({"object": "user", "id": user, "deleted": true}));
    }

    fn next(&self, does: Does) {
        self.server.next.lock().unwrap().push_back(does);
    }

    fn handled(&self) -> Vec<String> {
        self.server.handled.lock().unwrap().clone()
    }

    fn answered(&self) -> Vec<u16> {
        self.server.answered.lock().unwrap().clone()
    }

    /// Lets time pass, so that failed deliveries come again.
    async fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.webhooks.settled().await;
    }

    /// The server dies, and another one takes its place on the same memory.
    async fn restart(&mut self) {
        let address = self.running.address.to_string();
        self.running.runtime.take().unwrap().shutdown_background();
        self.running = Process::start(&self.server, &address).await;
    }
}

#[tokio::test]
async fn what_happens_in_clerk_arrives_and_is_believed() {
    let world = World::start(|webhook| webhook).await;
    world.tell("user_1");
    world.tell("user_2");
    world.webhooks.settled().await;
    assert_eq!(world.handled(), ["user_1", "user_2"]);
    assert!(world.webhooks.deliveries().iter().all(|delivery| delivery.delivered));
}

#[tokio::test]
async fn what_failed_comes_again_until_it_succeeds_and_what_is_sent_twice_is_handled_once() {
    let world = World::start(|webhook| webhook).await;
    world.next(Does::Fails);
    world.next(Does::Fails);
    world.tell("user_1");
    world.webhooks.settled().await;
    world.pass(5).await;
    assert_eq!((world.handled().len(), world.answered()), (0, vec![500, 500]));
    world.pass(300).await;
    assert_eq!((world.handled(), world.answered()), (vec!["user_1".to_owned()], vec![500, 500, 204]));

    let id = world.webhooks.deliveries()[0].message_id.clone();
    assert_eq!(world.webhooks.resend(&id), 1);
    world.webhooks.settled().await;
    assert_eq!((world.handled().len(), world.answered()), (1, vec![500, 500, 204, 204]));
}

#[tokio::test]
async fn what_was_killed_in_the_middle_comes_again_and_is_handled() {
    let mut world = World::start(|webhook| webhook).await;
    let began = Arc::new(Notify::new());
    world.next(Does::Hangs(Arc::clone(&began)));
    world.tell("user_1");
    began.notified().await;
    world.restart().await;
    world.webhooks.settled().await;
    assert_eq!(world.handled().len(), 0);
    world.pass(5).await;
    assert_eq!(world.handled(), ["user_1"]);
}

#[tokio::test]
async fn a_rotation_loses_no_message() {
    let world = World::start(|_| Webhook::new(OTHER_SECRET).unwrap()).await;
    world.tell("user_1");
    world.webhooks.settled().await;
    assert_eq!(world.answered(), [400]);
    let world = World::start(|webhook| webhook.also(OTHER_SECRET).unwrap()).await;
    let url = world.webhooks.endpoints()[0].url.clone();
    world.webhooks.endpoint(url).secret(OTHER_SECRET).events(["user.deleted"]).add().unwrap();
    world.tell("user_2");
    world.webhooks.settled().await;
    // By the old secret and by the new one, and it is one message.
    assert_eq!((world.handled(), world.answered()), (vec!["user_2".to_owned()], vec![204, 204]));
}

#[tokio::test]
async fn a_message_that_is_too_old_is_refused() {
    let world = World::start(|webhook| webhook).await;
    let stale = world.server.webhook.sign("msg_1", world.clock.now(), "{}").unwrap();
    world.clock.advance(Duration::from_secs(301));
    let refused = world.server.webhook.handle(&stale, "{}", async |_| panic!("it must not run")).await;
    assert!(matches!(refused, Handled::Refused(WebhookError::TooOld(_))), "{refused:?}");
}
