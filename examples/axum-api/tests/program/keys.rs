//! Signing keys come and go, and Clerk is not always there.

use clerk_local::{Api, Fault};
use reqwest::Method;
use serde_json::Value;

use crate::world::{Answer, World, clerk, program};

#[tokio::test]
async fn keys_are_changed_while_it_runs() {
    let world = World::start().await;
    let old = world.token("user_ann", None).await;
    world.get("/api/me", &old).await.ok();

    world.local.rotate_signing_key().unwrap();
    let new = world.token("user_ann", None).await;
    world.get("/api/me", &new).await.ok();
    world.get("/api/me", &old).await.ok();
}

#[tokio::test]
async fn a_key_that_was_taken_out_is_refused_once_keys_were_fetched() {
    let world = World::start().await;
    let old = world.token("user_ann", None).await;
    world.get("/api/me", &old).await.ok();

    world.local.rotate_signing_key().unwrap();
    world.local.forget_old_signing_keys();
    world.get("/api/me", &world.token("user_ann", None).await).await.ok();
    assert_eq!(world.get("/api/me", &old).await.refusal(), (401, "not_signed_in", Some("jwk-kid-mismatch")));
}

#[tokio::test]
async fn checking_people_does_not_ask_clerk() {
    let world = World::start().await;
    let before = world.local.calls(Api::Backend);
    for user in ["user_ann", "user_bob", "user_cat", "user_ann"] {
        world.get("/api/me", &world.token(user, None).await).await.ok();
    }
    assert_eq!(world.local.calls(Api::Backend), before);
}

#[tokio::test]
async fn it_starts_while_clerk_is_down_says_so_and_recovers() {
    let local = clerk().start().await.unwrap();
    let outage = local.faults().add(Fault::not_json().on("GetJWKS"));
    let program = program(&local).env("HEALTH_CHECK_SECONDS", "1");
    let world = World::of(local, program).await;

    let health = Answer::of(world.request(Method::GET, "/health")).await.ok();
    assert_eq!((&health["alive"], &health["clerk"]), (&Value::Bool(true), &Value::from("unwell")));
    let token = world.token("user_ann", None).await;
    let refused = world.get("/api/me", &token).await;
    assert_eq!(refused.refusal(), (503, "try_again", Some("jwk-remote-failed-to-load")));
    assert!(refused.headers.contains_key("retry-after"));

    world.local.faults().remove(outage);
    until_health_is(&world, "well").await;
    world.get("/api/me", &token).await.ok();
}

async fn until_health_is(world: &World, wanted: &str) {
    for _ in 0..300 {
        let health = Answer::of(world.request(Method::GET, "/health")).await.ok();
        if health["clerk"] == wanted {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("Clerk did not become {wanted}");
}
