//! Events, and how they come to whoever wants to know.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_core::Timestamp;
use clerk_local::{Clock, LocalClerk};
use serde_json::json;

use crate::{
    receiver::{Came, Receiver},
    world::World,
};

scenarios![
    an_event_arrives_signed_and_whole,
    an_endpoint_gets_only_the_events_that_it_wants_in_the_order_they_happened,
    a_failed_delivery_is_tried_again_after_5_s_5_min_30_min_2_h_5_h_10_h_and_10_h_and_then_no_more,
    any_2xx_ends_the_attempts_and_a_redirect_does_not,
    the_schedule_can_be_made_fast,
    a_message_can_be_sent_again_under_the_same_id,
    what_failed_in_a_time_can_be_sent_again_at_once,
    an_endpoint_that_hangs_holds_up_no_other,
    an_endpoint_that_cannot_be_reached_is_noted_with_the_reason,
    a_disabled_endpoint_gets_nothing_and_a_removed_one_is_forgotten,
    a_delivery_that_was_not_made_yet_is_made_after_a_restart,
    an_endpoint_with_a_wrong_url_or_secret_is_refused,
    the_log_keeps_the_last_10000_events,
];

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Verifies a delivery with code of its own, at the time that the local clock shows.
fn verify(came: &Came, secret: &str, now: Timestamp) {
    let id = came.header("svix-id");
    let seconds: i64 = came.header("svix-timestamp").parse().unwrap();
    assert!((now.as_millis() / 1000 - seconds).abs() <= 300, "{seconds} is not near {now:?}");
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
    let signed = [format!("{id}.{seconds}.").as_bytes(), &came.body].concat();
    let signature = STANDARD.decode(came.header("svix-signature").strip_prefix("v1,").unwrap()).unwrap();
    aws_lc_rs::hmac::verify(&key, &signed, &signature).unwrap();
}

/// A world whose clock stands still, an endpoint, and its id.
async fn still(world: World) -> (World, Receiver, String) {
    let world = world.rebuilt(|builder| builder.clock(Clock::frozen(Timestamp::from_millis(1_800_000_000_000)))).await;
    let receiver = Receiver::start().await;
    let id = world.local.webhooks().endpoint(&receiver.url).add().unwrap().id;
    (world, receiver, id)
}

fn tell(world: &World, number: i64) {
    world
        .local
        .webhooks()
        .tell("user.deleted", json!({"object": "user", "id": format!("user_{number}"), "deleted": true}));
}

fn ids(came: &[Came]) -> Vec<String> {
    came.iter().map(|it| it.json()["data"]["id"].as_str().unwrap().to_owned()).collect()
}

async fn an_event_arrives_signed_and_whole(world: World) {
    let receiver = Receiver::start().await;
    let endpoint = world.local.webhooks().endpoint(&receiver.url).add().unwrap();
    assert!(endpoint.secret.starts_with("whsec_"), "{}", endpoint.secret);
    tell(&world, 1);
    let came = receiver.wait_for(1).await;
    verify(&came[0], &endpoint.secret, world.local.clock().now());
    assert_eq!(came[0].header("content-type"), "application/json");
    let event = clerk_bapi::events::Event::read(&came[0].body).unwrap();
    assert_eq!(event.event_type, clerk_bapi::events::EventType::UserDeleted);
    let body = came[0].json();
    assert_eq!(body["object"], "event");
    assert!(body["instance_id"].as_str().unwrap().starts_with("ins_"), "{body}");
    assert_eq!(body["event_attributes"]["http_request"], json!({"client_ip": "", "user_agent": ""}));
    let log = world.local.events();
    assert_eq!((log[0].id.as_str(), &log[0].body), (came[0].header("svix-id"), &body));
    assert_eq!(body["timestamp"], log[0].created_at.as_millis());
}

async fn an_endpoint_gets_only_the_events_that_it_wants_in_the_order_they_happened(world: World) {
    let (all, some) = (Receiver::start().await, Receiver::start().await);
    let webhooks = world.local.webhooks();
    webhooks.endpoint(&all.url).add().unwrap();
    let endpoint = webhooks.endpoint(&some.url).events(["session.ended"]).secret(SECRET).add().unwrap();
    assert_eq!((endpoint.secret.as_str(), endpoint.events.as_slice()), (SECRET, &["session.ended".to_owned()][..]));
    for number in 0..20 {
        tell(&world, number);
    }
    webhooks.tell("session.ended", json!({"id": "sess_1"}));
    webhooks.settled().await;
    let told: Vec<String> = (0..20).map(|number| format!("user_{number}")).chain(["sess_1".to_owned()]).collect();
    assert_eq!(ids(&all.came()), told);
    assert_eq!(ids(&some.came()), ["sess_1"]);
    verify(&some.came()[0], SECRET, world.local.clock().now());
    assert!(webhooks.deliveries().iter().all(|delivery| delivery.delivered && delivery.attempts.len() == 1));
}

async fn a_failed_delivery_is_tried_again_after_5_s_5_min_30_min_2_h_5_h_10_h_and_10_h_and_then_no_more(world: World) {
    let (world, receiver, _) = still(world).await;
    let webhooks = world.local.webhooks();
    receiver.answer([500; 8]);
    tell(&world, 1);
    webhooks.settled().await;
    assert_eq!(receiver.came().len(), 1);
    for (number, seconds) in [5, 300, 1800, 7200, 18_000, 36_000, 36_000].into_iter().enumerate() {
        world.local.clock().advance(Duration::from_millis(seconds * 1000 - 1));
        webhooks.settled().await;
        assert_eq!(receiver.came().len(), number + 1, "before {seconds} s have passed");
        world.local.clock().advance(Duration::from_millis(1));
        webhooks.settled().await;
        assert_eq!(receiver.came().len(), number + 2, "after {seconds} s");
        verify(receiver.came().last().unwrap(), &webhooks.endpoints()[0].secret, world.local.clock().now());
    }
    world.local.clock().advance(Duration::from_secs(100 * 24 * 3600));
    webhooks.settled().await;
    let came = receiver.came();
    assert_eq!(came.len(), 8);
    assert!(came.iter().all(|it| it.header("svix-id") == came[0].header("svix-id") && it.body == came[0].body));
    let delivery = &webhooks.deliveries()[0];
    assert_eq!((delivery.delivered, delivery.next_attempt_at, delivery.attempts.len()), (false, None, 8));
    assert_eq!(delivery.attempts[7].status, Some(500));
}

async fn any_2xx_ends_the_attempts_and_a_redirect_does_not(world: World) {
    let (world, receiver, _) = still(world).await;
    let webhooks = world.local.webhooks();
    receiver.answer([302, 204]);
    tell(&world, 1);
    webhooks.settled().await;
    assert!(!webhooks.deliveries()[0].delivered);
    world.local.clock().advance(Duration::from_secs(5));
    webhooks.settled().await;
    assert!(webhooks.deliveries()[0].delivered);
    world.local.clock().advance(Duration::from_secs(3600));
    webhooks.settled().await;
    assert_eq!(receiver.came().len(), 2);
}

async fn the_schedule_can_be_made_fast(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.webhook_time_scale = 0.000_001)).await;
    let receiver = Receiver::start().await;
    world.local.webhooks().endpoint(&receiver.url).add().unwrap();
    receiver.answer([500; 7]);
    tell(&world, 1);
    // The clock runs, and nobody moves it: what is due later is attempted by itself.
    receiver.wait_for(8).await;
    world.local.webhooks().settled().await;
    assert!(world.local.webhooks().deliveries()[0].delivered);
}

async fn a_message_can_be_sent_again_under_the_same_id(world: World) {
    let (world, receiver, _) = still(world).await;
    let webhooks = world.local.webhooks();
    tell(&world, 1);
    webhooks.settled().await;
    let id = receiver.came()[0].header("svix-id").to_owned();
    assert_eq!(webhooks.resend("msg_unknown"), 0);
    receiver.answer([503]);
    assert_eq!(webhooks.resend(&id), 1);
    webhooks.settled().await;
    world.local.clock().advance(Duration::from_secs(5));
    webhooks.settled().await;
    let came = receiver.came();
    assert_eq!(came.iter().map(|it| it.header("svix-id")).collect::<Vec<_>>(), [id.as_str(); 3]);
    let deliveries = webhooks.deliveries();
    assert_eq!((deliveries.len(), deliveries[0].delivered), (1, true));
    assert_eq!(deliveries[0].attempts.iter().map(|it| it.status.unwrap()).collect::<Vec<_>>(), [200, 503, 200]);
}

async fn what_failed_in_a_time_can_be_sent_again_at_once(world: World) {
    let (world, receiver, _) = still(world).await;
    let webhooks = world.local.webhooks();
    receiver.answer([500, 200, 500]);
    let mut times = Vec::new();
    for number in 0..3 {
        times.push(world.local.clock().now());
        tell(&world, number);
        webhooks.settled().await;
        world.local.clock().advance(Duration::from_secs(1));
    }
    assert_eq!(webhooks.resend_failed(times[1]..times[2]), 0);
    assert_eq!(webhooks.resend_failed(times[2]..), 1);
    webhooks.settled().await;
    assert_eq!(ids(&receiver.came())[3..], ["user_2"]);
    assert_eq!(webhooks.resend_failed(..times[2]), 1);
    webhooks.settled().await;
    assert_eq!(ids(&receiver.came())[4..], ["user_0"]);
    assert_eq!(webhooks.resend_failed(..), 0);
}

async fn an_endpoint_that_hangs_holds_up_no_other(world: World) {
    let (hanging, healthy) = (Receiver::start().await, Receiver::start().await);
    hanging.hang();
    for receiver in [&hanging, &healthy] {
        world.local.webhooks().endpoint(&receiver.url).add().unwrap();
    }
    for number in 0..5 {
        tell(&world, number);
    }
    healthy.wait_for(5).await;
    assert_eq!(hanging.wait_for(1).await.len(), 1);
    // And nothing is left behind: stopping does not wait for it.
    let stopped = tokio::time::timeout(Duration::from_secs(2), world.local.stop()).await;
    assert!(stopped.is_ok());
}

async fn an_endpoint_that_cannot_be_reached_is_noted_with_the_reason(world: World) {
    let receiver = Receiver::start().await;
    let url = receiver.url.clone();
    drop(receiver);
    world.local.webhooks().endpoint(&url).add().unwrap();
    tell(&world, 1);
    world.local.webhooks().settled().await;
    let attempt = world.local.webhooks().deliveries()[0].attempts[0].clone();
    assert_eq!(attempt.status, None);
    assert!(!attempt.error.unwrap().is_empty());
}

async fn a_disabled_endpoint_gets_nothing_and_a_removed_one_is_forgotten(world: World) {
    let (world, receiver, id) = still(world).await;
    let webhooks = world.local.webhooks();
    receiver.answer([500]);
    tell(&world, 1);
    webhooks.settled().await;
    assert!(webhooks.set_disabled(&id, true));
    tell(&world, 2);
    world.local.clock().advance(Duration::from_secs(60));
    webhooks.settled().await;
    assert_eq!(receiver.came().len(), 1);
    assert!(webhooks.set_disabled(&id, false));
    webhooks.settled().await;
    assert_eq!(ids(&receiver.came()), ["user_1", "user_1"]);
    assert!(webhooks.remove(&id) && !webhooks.remove(&id));
    tell(&world, 3);
    webhooks.settled().await;
    assert_eq!((receiver.came().len(), webhooks.deliveries().len(), webhooks.endpoints().len()), (2, 0, 0));
}

async fn a_delivery_that_was_not_made_yet_is_made_after_a_restart(world: World) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clerk.jsonl");
    let world = world.rebuilt(|builder| builder.data(&file)).await;
    let receiver = Receiver::start().await;
    let secret = world.local.webhooks().endpoint(&receiver.url).add().unwrap().secret;
    receiver.answer([500]);
    tell(&world, 1);
    world.local.webhooks().settled().await;
    world.local.stop().await;
    let clock = Clock::system();
    clock.advance(Duration::from_secs(10));
    let local = LocalClerk::builder().data(&file).clock(clock).start().await.unwrap();
    let came = receiver.wait_for(2).await;
    assert_eq!(came[0].header("svix-id"), came[1].header("svix-id"));
    verify(&came[1], &secret, local.clock().now());
    local.webhooks().settled().await;
    assert_eq!(local.webhooks().deliveries()[0].attempts.len(), 2);
}

async fn an_endpoint_with_a_wrong_url_or_secret_is_refused(world: World) {
    let webhooks = world.local.webhooks();
    for url in ["", "/hooks", "ftp://127.0.0.1/", "127.0.0.1:80", "http://"] {
        webhooks.endpoint(url).add().unwrap_err();
    }
    webhooks.endpoint("http://127.0.0.1:1/").secret("secret").add().unwrap_err();
    assert!(webhooks.endpoints().is_empty());
}

async fn the_log_keeps_the_last_10000_events(world: World) {
    // A port that nobody listens on: the deliveries of forgotten events must go too.
    let endpoint = world.local.webhooks().endpoint("http://127.0.0.1:1/").add().unwrap();
    world.local.webhooks().set_disabled(&endpoint.id, true);
    for number in 0..10_010 {
        tell(&world, number);
    }
    let events = world.local.events();
    assert_eq!((events.len(), events[0].body["data"]["id"].as_str()), (10_000, Some("user_10")));
    assert!(world.local.webhooks().deliveries().is_empty());
}
