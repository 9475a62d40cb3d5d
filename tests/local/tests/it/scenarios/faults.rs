//! A server on its bad days.

use std::time::{Duration, Instant};

use clerk_core::{Transport, http};
use clerk_local::{Api, Fault};
use http::{Request, header};
use serde_json::{Value, json};

use crate::world::World;

scenarios![
    a_fault_strikes_the_operation_that_it_names_and_no_other,
    a_fault_on_a_method_and_path_strikes_there_with_and_without_the_version,
    a_reset_and_a_broken_off_answer_are_errors_in_process_and_over_a_socket,
    latency_is_waited_for_and_adds_up,
    a_rate_limit_says_how_long_to_wait_in_seconds_or_by_a_date,
    an_answer_can_be_no_json,
    an_outage_of_the_keys_strikes_both_apis,
    a_wrong_clock_shows_in_the_date,
    steering_and_pages_are_never_struck,
    pages_of_other_origins_may_read_the_answer_of_a_fault,
    faults_are_steered_over_http_too,
];

async fn status(world: &World, api: Api, method: &str, path: &str) -> u16 {
    world.raw(api, Request::builder().method(method).uri(path), "").await.status().as_u16()
}

async fn a_fault_strikes_the_operation_that_it_names_and_no_other(world: World) {
    world.local.faults().add(Fault::status(503).on("createSignIn").times(2));
    assert_ne!(status(&world, Api::Frontend, "GET", "/v1/client").await, 503);
    for expected in [503, 503] {
        assert_eq!(status(&world, Api::Frontend, "POST", "/v1/client/sign_ins").await, expected);
    }
    assert_ne!(status(&world, Api::Frontend, "POST", "/v1/client/sign_ins").await, 503);
    assert_eq!(world.local.faults().list()[0].struck, 2);
}

async fn a_fault_on_a_method_and_path_strikes_there_with_and_without_the_version(world: World) {
    world.local.faults().add(Fault::status(504).on("GET /users/{id}"));
    assert_eq!(status(&world, Api::Backend, "GET", "/v1/users/user_1").await, 504);
    assert_eq!(status(&world, Api::Backend, "GET", "/users/user_1").await, 504);
    assert_eq!(status(&world, Api::Backend, "GET", "/v1/users").await, 401);
    // What asks for POST to be DELETE is DELETE.
    world.local.faults().add(Fault::status(502).on("DELETE /v1/me"));
    assert_eq!(status(&world, Api::Frontend, "POST", "/v1/me?_method=DELETE").await, 502);
    world.local.faults().clear();
    assert_eq!(status(&world, Api::Backend, "GET", "/v1/users/user_1").await, 401);
}

async fn a_reset_and_a_broken_off_answer_are_errors_in_process_and_over_a_socket(world: World) {
    for fault in [Fault::reset(), Fault::truncated()] {
        world.local.faults().add(fault);
        for transport in [world.local.transport(), Transport::reqwest().unwrap()] {
            let request = Request::get("/v1/environment");
            world.raw_over(transport, Api::Frontend, request, "").await.unwrap_err();
        }
        world.local.faults().clear();
    }
    let over_socket = Transport::reqwest().unwrap();
    assert!(world.raw_over(over_socket, Api::Frontend, Request::get("/v1/environment"), "").await.is_ok());
}

async fn latency_is_waited_for_and_adds_up(world: World) {
    world.local.faults().add(Fault::latency(Duration::from_millis(40)).on("getEnvironment"));
    world.local.faults().add(Fault::latency(Duration::from_millis(40)).on("getEnvironment").after_execution());
    let started = Instant::now();
    status(&world, Api::Frontend, "GET", "/v1/environment").await;
    assert!(started.elapsed() >= Duration::from_millis(80), "{:?}", started.elapsed());
}

async fn a_rate_limit_says_how_long_to_wait_in_seconds_or_by_a_date(world: World) {
    world.local.faults().add(Fault::rate_limited(Duration::from_secs(7)).times(1));
    world.local.faults().add(Fault::rate_limited_until_date(Duration::from_secs(60)).times(1));
    let seconds = world.raw(Api::Frontend, Request::get("/v1/client"), "").await;
    assert_eq!((seconds.status().as_u16(), &seconds.headers()[header::RETRY_AFTER]), (429, &"7".parse().unwrap()));
    let body: Value = serde_json::from_slice(seconds.body()).unwrap();
    assert_eq!(body["errors"][0]["code"], "too_many_requests");
    let date = world.raw(Api::Frontend, Request::get("/v1/client"), "").await;
    let date = httpdate::parse_http_date(date.headers()[header::RETRY_AFTER].to_str().unwrap()).unwrap();
    let wait = date.duration_since(world.local.clock().now().system_time().unwrap()).unwrap();
    assert!((58..=61).contains(&wait.as_secs()), "{wait:?}");
}

async fn an_answer_can_be_no_json(world: World) {
    world.local.faults().add(Fault::not_json().frontend());
    let response = world.raw(Api::Frontend, Request::get("/v1/client"), "").await;
    assert_eq!((response.status().as_u16(), response.body().first()), (200, Some(&b'<')));
    // A client of which nobody checks the answers, since this one is against the document by intention.
    let builder = clerk_fapi::Client::builder(&world.local.publishable_key());
    let client = builder.transport(world.local.transport()).build().unwrap();
    client.get_client().send().await.unwrap_err();
}

async fn an_outage_of_the_keys_strikes_both_apis(world: World) {
    world.local.faults().add(Fault::jwks_outage());
    assert_eq!(status(&world, Api::Frontend, "GET", "/.well-known/jwks.json").await, 503);
    assert_eq!(status(&world, Api::Backend, "GET", "/v1/jwks").await, 503);
    assert_ne!(status(&world, Api::Frontend, "GET", "/v1/environment").await, 503);
}

async fn a_wrong_clock_shows_in_the_date(world: World) {
    world.local.clock().freeze();
    let now = world.local.clock().now().system_time().unwrap();
    world.local.faults().add(Fault::clock_skew(-3600).on("getEnvironment"));
    let response = world.raw(Api::Frontend, Request::get("/v1/environment"), "").await;
    let date = httpdate::parse_http_date(response.headers()[header::DATE].to_str().unwrap()).unwrap();
    let behind = now.duration_since(date).unwrap().as_secs();
    assert!((3600..=3601).contains(&behind), "{behind}");
}

async fn steering_and_pages_are_never_struck(world: World) {
    let fault = world.local.faults().add(Fault::status(500));
    for path in ["/local/keys", "/local/faults", "/"] {
        assert_eq!(status(&world, Api::Frontend, "GET", path).await, 200, "{path}");
    }
    assert_eq!(world.local.faults().list()[0].seen, 0);
    assert!(world.local.faults().remove(fault));
}

async fn pages_of_other_origins_may_read_the_answer_of_a_fault(world: World) {
    world.local.faults().add(Fault::status(500));
    let request = Request::get("/v1/client").header(header::ORIGIN, "http://localhost:3000");
    let response = world.raw(Api::Frontend, request, "").await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:3000");
}

async fn faults_are_steered_over_http_too(world: World) {
    let add = |body: Value| world.raw(Api::Frontend, Request::post("/local/faults"), body.to_string());
    let added = add(json!({"kind": "status", "status": 503, "on": ["getClient"], "times": 1})).await;
    let id = serde_json::from_slice::<Value>(added.body()).unwrap()["id"].as_u64().unwrap();
    assert_eq!(status(&world, Api::Frontend, "GET", "/v1/client").await, 503);
    let listed = world.raw(Api::Frontend, Request::get("/local/faults"), "").await;
    let listed: Value = serde_json::from_slice(listed.body()).unwrap();
    assert_eq!((&listed["faults"][0]["id"], &listed["faults"][0]["struck"]), (&json!(id), &json!(1)));
    assert_eq!(add(json!({"kind": "earthquake"})).await.status(), 400);
    assert_eq!(add(json!({"kind": "reset", "onn": ["x"]})).await.status(), 400);
    assert_eq!(status(&world, Api::Frontend, "DELETE", &format!("/local/faults/{id}")).await, 204);
    assert_eq!(status(&world, Api::Frontend, "DELETE", &format!("/local/faults/{id}")).await, 404);
    assert_eq!(status(&world, Api::Frontend, "DELETE", "/local/faults").await, 204);
}
