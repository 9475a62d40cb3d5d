use std::{sync::Arc, time::Duration};

use clerk_ext::{
    BoxFuture, Bytes, Transport,
    auth::{
        Clerk,
        diagnose::{Health, KeyState, Severity},
    },
    clock::ManualClock,
    config::JwtKey,
};
use clerk_local::LocalClerk;
use http::{Request, Response};
use serde_json::{Value, json};
use tower_service::Service;

use crate::{
    machine_tokens::patiently,
    world::{Signer, World},
};

const FRONTEND: &str = "/.well-known/jwks.json";

/// An instance whose both APIs have the same keys.
fn world() -> World {
    let world = World::development();
    world.api.answer("GET", FRONTEND, 200, json!({ "keys": [Signer::one().jwk()] }));
    world
}

fn codes(health: &Health) -> Vec<(&str, Severity)> {
    health.findings.iter().map(|finding| (&*finding.code, finding.severity)).collect()
}

fn body(health: &Health) -> Value {
    serde_json::from_slice(health.response().body()).unwrap()
}

const PARTY: [&str; 1] = ["https://app.example.com"];

#[tokio::test]
async fn keys_that_belong_together_are_healthy() {
    let world = world();
    let clerk = world.builder().authorized_parties(PARTY).jwt_key(Signer::one().pem()).build().unwrap();
    for clerk in [clerk, world.builder().authorized_parties(PARTY).build().unwrap()] {
        let health = clerk.check().await;
        assert_eq!((health.is_healthy(), codes(&health)), (true, vec![]), "{health}");
        assert_eq!((health.secret_key, health.machine_secret_key), (KeyState::Accepted, KeyState::Absent));
        assert_eq!((health.is_one_instance, health.keys), (Some(true), Some(1)));
        let response = health.response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["cache-control"]),
            (200, &"no-store".parse().unwrap())
        );
        assert_eq!(body(&health)["healthy"], true);
        assert!(health.to_string().starts_with("healthy"), "{health}");
    }
}

#[tokio::test]
async fn the_secret_key_is_not_sent_to_the_frontend_api() {
    let world = world();
    world.clerk().check().await;
    let sent = world.api.sent();
    let frontend: Vec<_> = sent.iter().filter(|sent| sent.what == format!("GET {FRONTEND}")).collect();
    assert_eq!((frontend.len(), frontend[0].authorization.as_str()), (1, ""));
}

#[tokio::test]
async fn keys_of_different_instances_are_found_out() {
    let world = world();
    world.api.answer("GET", FRONTEND, 200, json!({ "keys": [Signer::another().jwk()] }));
    let health = world.builder().authorized_parties(PARTY).build().unwrap().check().await;
    assert_eq!(codes(&health), [("other-instance", Severity::Error)], "{health}");
    assert_eq!((health.is_one_instance, health.response().status().as_u16()), (Some(false), 503));
    assert_eq!(body(&health)["healthy"], false);

    // The id of a key alone is not enough: it has to be the same key.
    let mut forged = Signer::another().jwk();
    forged["kid"] = Signer::one().id().into();
    world.api.answer("GET", FRONTEND, 200, json!({ "keys": [forged] }));
    assert!(world.clerk().check().await.finding("other-instance").is_some());
}

#[tokio::test]
async fn a_public_key_of_another_instance_is_found_out() {
    let world = world();
    let with_secret = world.builder().jwt_key(Signer::another().pem());
    let without = Clerk::builder()
        .publishable_key(&world.publishable_key())
        .jwt_key(Signer::another().pem())
        .clock(Arc::new(world.clock.clone()))
        .transport(world.api.transport());
    for builder in [with_secret, without] {
        let health = builder.build().unwrap().check().await;
        let finding = health.finding("keys-of-other-instance").expect("a finding");
        assert_eq!((finding.severity, health.is_one_instance), (Severity::Error, Some(false)), "{health}");
    }
    let good = Clerk::builder()
        .publishable_key(&world.publishable_key())
        .jwt_key(Signer::one().pem())
        .clock(Arc::new(world.clock.clone()))
        .transport(world.api.transport());
    let health = good.build().unwrap().check().await;
    assert_eq!((health.is_healthy(), health.secret_key), (true, KeyState::Absent), "{health}");
    assert!(health.finding("no-secret-key").is_some());
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_found_out() {
    let world = world();
    let refusal =
        json!({"errors": [{"code": "clerk_key_invalid", "message": "The provided Clerk Secret Key is invalid."}]});
    world.api.answer("GET", "/v1/jwks", 401, refusal);
    let health = world.builder().authorized_parties(PARTY).build().unwrap().check().await;
    assert_eq!(codes(&health), [("secret-key-invalid", Severity::Error)], "{health}");
    assert_eq!((health.secret_key, health.status().as_u16()), (KeyState::Refused, 503));
    assert!(!health.to_string().contains("sk_test_1234"));
}

#[tokio::test]
async fn the_key_of_a_machine_is_tried_too() {
    let world = world();
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    for (status, state, code) in [
        (404, KeyState::Accepted, None),
        (401, KeyState::Refused, Some("machine-secret-key-invalid")),
        (403, KeyState::Unknown, Some("machine-secret-key-unchecked")),
    ] {
        world.api.answer("POST", "/m2m_tokens/verify", status, json!({"errors": []}));
        let health = clerk.check().await;
        assert_eq!(health.machine_secret_key, state, "{health}");
        assert!(code.is_none_or(|code| health.finding(code).is_some()), "{health}");
        assert_eq!(health.is_healthy(), state != KeyState::Refused);
    }
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_or_is_not_clerks_is_told() {
    let world = world();
    for answer in [json!({}), json!({"keys": []}), json!([]), json!({"keys": [{"kid": "a"}]})] {
        world.api.answer("GET", "/v1/jwks", 200, answer);
        let health = world.clerk().check().await;
        assert!(health.finding("backend-unreachable").is_some() && !health.is_healthy(), "{health}");
        assert!(health.finding("keys-unusable").is_none(), "{health}");
    }
    world.api.breaks("GET", "/v1/jwks");
    world.api.answer_text("GET", FRONTEND, 200, "text/html", "<html>");
    let health = patiently(&world, world.clerk().check()).await;
    assert_eq!((health.secret_key, health.keys, health.is_one_instance), (KeyState::Unknown, None, None));
    assert_eq!(health.finding("frontend-unreachable").unwrap().severity, Severity::Warning);
    assert_eq!(health.finding("backend-unreachable").unwrap().severity, Severity::Error);

    let own_key = world.builder().jwt_key(Signer::one().pem()).build().unwrap();
    let health = patiently(&world, own_key.check()).await;
    assert_eq!(health.finding("backend-unreachable").unwrap().severity, Severity::Warning);
    assert!(health.is_healthy(), "sessions are checked with the key at hand: {health}");
}

#[tokio::test]
async fn keys_that_no_token_can_be_checked_with_are_told() {
    let world = world();
    let mut other = Signer::one().jwk();
    other["alg"] = "ES256".into();
    world.api.answer("GET", "/v1/jwks", 200, json!({ "keys": [other] }));
    let health = world.clerk().check().await;
    assert!(health.finding("keys-unusable").is_some() && !health.is_healthy(), "{health}");
}

/// Never answers.
#[derive(Clone)]
struct Silent;

impl Service<Request<Bytes>> for Silent {
    type Response = Response<Bytes>;
    type Error = clerk_ext::BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, clerk_ext::BoxError>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), clerk_ext::BoxError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_check_is_over_in_ten_seconds_whatever_happens() {
    let world = world();
    for builder in [world.builder(), world.builder().jwt_key(Signer::one().pem()).machine_secret_key("ak_test_machine")]
    {
        let clerk = builder.transport(Transport::new(Silent)).build().unwrap();
        let began = clerk_ext::clock::Clock::monotonic(&world.clock);
        let health = patiently(&world, clerk.check()).await;
        let took = clerk_ext::clock::Clock::monotonic(&world.clock) - began;
        assert!(took <= Duration::from_secs(11), "{took:?}");
        assert!(health.finding("backend-unreachable").is_some(), "{health}");
    }
}

#[tokio::test]
async fn a_whole_clerk_is_healthy_and_another_one_is_another() {
    let local = LocalClerk::builder().start().await.unwrap();
    let key: JwtKey = local.jwt_key().parse().unwrap();
    let builder = Clerk::builder()
        .publishable_key(&local.publishable_key())
        .secret_key(&local.secret_key())
        .api_url(local.backend_url())
        .authorized_parties(PARTY);
    for builder in [builder.clone(), builder.clone().jwt_key(key.clone())] {
        let health = builder.build().unwrap().check().await;
        assert_eq!((health.is_healthy(), codes(&health)), (true, vec![]), "{health}");
        assert_eq!((health.is_one_instance, health.clock_ahead_millis), (Some(true), Some(0)));
    }
    // Without any secret the keys of the Frontend API do.
    let public = Clerk::builder().publishable_key(&local.publishable_key()).jwt_key(key).authorized_parties(PARTY);
    let health = public.build().unwrap().check().await;
    assert_eq!((health.is_healthy(), health.is_one_instance), (true, Some(true)), "{health}");
    let wrong = builder.clone().jwt_key(Signer::another().pem()).build().unwrap().check().await;
    assert!(wrong.finding("keys-of-other-instance").is_some(), "{wrong}");
    let refused = builder.clone().secret_key(&"sk_test_of_nobody".parse().unwrap()).build().unwrap().check().await;
    assert_eq!(refused.secret_key, KeyState::Refused, "{refused}");
    let machine = builder.machine_secret_key("ak_test_of_nobody").build().unwrap().check().await;
    assert_eq!(machine.machine_secret_key, KeyState::Refused, "{machine}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_found_out() {
    let local = LocalClerk::builder().start().await.unwrap();
    let clerk = |clock: ManualClock| {
        Clerk::builder()
            .publishable_key(&local.publishable_key())
            .secret_key(&local.secret_key())
            .api_url(local.backend_url())
            .clock(Arc::new(clock))
            .build()
            .unwrap()
    };
    let now = local.clock().now().system_time().unwrap();
    for (shift, is_healthy, words) in [
        (-180, false, "behind that of Clerk by"),
        (-3, true, ""),
        (0, true, ""),
        (180, false, "ahead of that of Clerk by"),
    ] {
        let shifted =
            if shift < 0 { now - Duration::from_secs(-shift as u64) } else { now + Duration::from_secs(shift as u64) };
        let health = clerk(ManualClock::at(shifted)).check().await;
        assert_eq!(health.is_healthy(), is_healthy, "{shift}: {health}");
        let finding = health.finding("clock-skew").map(ToString::to_string).unwrap_or_default();
        assert!(finding.contains(words), "{shift}: {health}");
    }
}
