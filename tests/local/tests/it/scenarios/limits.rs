//! The rate limits of the real service.

use std::time::Duration;

use clerk_core::{Timestamp, http};
use clerk_local::{Api, Clock};
use http::{Request, Response, header};

use crate::world::World;

scenarios![
    there_are_no_limits_unless_they_are_asked_for,
    the_sixth_sign_in_within_10_s_is_refused_until_they_have_passed,
    a_back_end_of_a_development_instance_has_100_requests_in_10_s_for_each_key,
    reading_the_keys_is_never_limited,
];

async fn limited(world: World) -> World {
    let clock = Clock::frozen(Timestamp::from_millis(1_800_000_000_000));
    world.rebuilt(|builder| builder.clock(clock).configure(|settings| settings.rate_limits = true)).await
}

fn is_refused(response: &Response<clerk_core::Bytes>) -> bool {
    let refused = response.status() == 429;
    if refused {
        let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body["errors"][0]["code"], "too_many_requests");
    }
    refused
}

async fn sign_in(world: &World) -> Response<clerk_core::Bytes> {
    world.raw(Api::Frontend, Request::post("/v1/client/sign_ins"), "").await
}

async fn there_are_no_limits_unless_they_are_asked_for(world: World) {
    for _ in 0..200 {
        assert!(!is_refused(&sign_in(&world).await));
        assert!(!is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/users"), "").await));
    }
}

async fn the_sixth_sign_in_within_10_s_is_refused_until_they_have_passed(world: World) {
    let world = limited(world).await;
    for number in 0..5 {
        assert!(!is_refused(&sign_in(&world).await), "{number}");
    }
    world.local.clock().advance(Duration::from_secs(4));
    let refused = sign_in(&world).await;
    assert!(is_refused(&refused));
    assert_eq!(refused.headers()[header::RETRY_AFTER], "6");
    assert!(!is_refused(&world.raw(Api::Frontend, Request::get("/v1/client"), "").await));
    world.local.clock().advance(Duration::from_secs(6));
    assert!(!is_refused(&sign_in(&world).await));
    world.local.update_settings(|settings| settings.rate_limits = false);
    for _ in 0..10 {
        assert!(!is_refused(&sign_in(&world).await));
    }
}

async fn a_back_end_of_a_development_instance_has_100_requests_in_10_s_for_each_key(world: World) {
    let world = limited(world).await;
    for number in 0..100 {
        assert!(!is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/users"), "").await), "{number}");
    }
    assert!(is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/organizations"), "").await));
    let other = Request::get("/v1/users").header(header::AUTHORIZATION, "Bearer sk_test_other");
    assert!(!is_refused(&world.raw(Api::Backend, other, "").await));
    world.local.clock().advance(Duration::from_secs(10));
    assert!(!is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/users"), "").await));
}

async fn reading_the_keys_is_never_limited(world: World) {
    let world = limited(world).await;
    for _ in 0..150 {
        assert!(!is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/jwks"), "").await));
    }
    assert!(!is_refused(&world.raw(Api::Backend, world.with_key("GET", "/v1/users"), "").await));
}
