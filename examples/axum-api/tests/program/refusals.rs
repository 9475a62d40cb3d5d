//! Who is not signed in, and how they are told.

use std::time::Duration;

use reqwest::Method;

use crate::world::{Answer, PAGE, World};

const NOBODY: &str = "not_signed_in";

#[tokio::test]
async fn whoever_is_signed_in_is_told_who_they_are() {
    let world = World::start().await;
    let me = world.get("/api/me", &world.token("user_bob", Some("org_acme")).await).await.ok();
    assert_eq!(me["user"], "user_bob");
    assert_eq!(me["email"], "bob@example.com");
    assert_eq!(me["organization"]["id"], "org_acme");
    assert_eq!(me["organization"]["role"], "org:billing");

    let me = world.get("/api/me", &world.token("user_bob", None).await).await.ok();
    assert_eq!(me["organization"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_token_without_our_claim_is_of_somebody_whose_address_is_not_known() {
    let world = World::start().await;
    world.local.update_settings(|settings| settings.session_claims.clear());
    let me = world.get("/api/me", &world.token("user_bob", None).await).await.ok();
    assert_eq!(me["user"], "user_bob");
    assert_eq!(me["email"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_handler_that_asks_for_nobody_is_closed_too_and_so_is_what_is_not_there() {
    let world = World::start().await;
    for path in ["/api/currencies", "/api/nothing", "/api", "/api/me", "/api/organizations/org_acme/invoices"] {
        let answer = Answer::of(world.request(Method::GET, path)).await;
        assert_eq!(answer.refusal(), (401, NOBODY, Some("dev-browser-missing")), "{path}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    let token = world.token("user_ann", None).await;
    assert_eq!(world.get("/api/currencies", &token).await.ok()[0], "CHF");
    assert_eq!(world.get("/api/nothing", &token).await.refusal(), (404, "not_found", None));
    assert_eq!(Answer::of(world.request(Method::GET, "/nothing")).await.refusal(), (404, "not_found", None));
}

#[tokio::test]
async fn another_method_is_refused_in_the_same_shape_after_who_may_not_know() {
    let world = World::start().await;
    for (method, path) in [(Method::PUT, "/health"), (Method::GET, "/webhooks/clerk")] {
        assert_eq!(
            Answer::of(world.request(method, path)).await.refusal(),
            (405, "method_not_allowed", None),
            "{path}"
        );
    }
    let invoices = "/api/organizations/acme/invoices";
    for path in ["/api/me", invoices] {
        assert_eq!(Answer::of(world.request(Method::PUT, path)).await.refusal().0, 401, "{path}");
    }
    let put = async |path: &str, token: &str| Answer::of(world.request(Method::PUT, path).bearer_auth(token)).await;
    let dan = world.token("user_dan", Some("org_bolt")).await;
    assert_eq!(put(invoices, &dan).await.refusal(), (403, "not_allowed", None));
    assert_eq!(put("/api/me", &dan).await.refusal(), (405, "method_not_allowed", None));
    let cat = put(invoices, &world.token("user_cat", Some("org_acme")).await).await;
    assert_eq!(cat.refusal(), (405, "method_not_allowed", None));
    assert_eq!(cat.headers["allow"], "GET,HEAD,POST");
}

#[tokio::test]
async fn a_forged_token_is_refused() {
    let world = World::start().await;
    let token = world.token("user_cat", Some("org_acme")).await;
    let other = world.token("user_ann", Some("org_acme")).await;
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let [_, payload_of_ann, signature_of_ann] = other.split('.').collect::<Vec<_>>().try_into().unwrap();

    let refused = (401, NOBODY, Some("token-invalid-signature"));
    let as_ann = format!("{header}.{payload_of_ann}.{signature}");
    assert_eq!(world.get("/api/me", &as_ann).await.refusal(), refused);
    let signed_by_another = format!("{header}.{payload}.{signature_of_ann}");
    assert_eq!(world.get("/api/me", &signed_by_another).await.refusal(), refused);

    let no_token = world.get("/api/me", "hunter2test").await;
    assert_eq!(no_token.refusal(), (401, NOBODY, Some("token-invalid")));
    assert!(!no_token.body.to_string().contains("hunter2test"));
}

#[tokio::test]
async fn a_token_of_another_instance_is_refused() {
    let world = World::start().await;
    let elsewhere = World::start().await;
    elsewhere.local.rotate_signing_key().unwrap();
    let token = elsewhere.token("user_ann", Some("org_acme")).await;
    assert_eq!(world.get("/api/me", &token).await.refusal(), (401, NOBODY, Some("jwk-kid-mismatch")));
}

#[tokio::test]
async fn a_token_that_is_over_is_refused() {
    let world = World::start().await;
    let hour = Duration::from_secs(3600);
    world.local.clock().rewind(hour);
    let token = world.token("user_ann", Some("org_acme")).await;
    world.local.clock().advance(hour);
    let refused = world.get("/api/me", &token).await;
    let reason = "session-token-expired-refresh-non-eligible-no-refresh-cookie";
    assert_eq!(refused.refusal(), (401, NOBODY, Some(reason)));
}

#[tokio::test]
async fn a_token_for_a_page_of_another_origin_is_refused() {
    let world = World::start().await;
    let device = world.local.sign_in_as("user_ann").unwrap();
    let refused = (401, NOBODY, Some("token-invalid-authorized-parties"));
    let token = world.token_at(&device, "https://forgotten.example.com", None).await;
    assert_eq!(world.get("/api/me", &token).await.refusal(), refused);
    // One for no page at all.
    assert_eq!(world.get("/api/me", device.session_token.expose()).await.refusal(), refused);

    for origin in [PAGE, "https://admin.example.com"] {
        let token = world.token_at(&device, origin, None).await;
        world.get("/api/me", &token).await.ok();
    }
}

#[tokio::test]
async fn who_has_not_finished_signing_in_is_told_so() {
    let world = World::start().await;
    world.local.update_settings(|settings| settings.second_factor_required = true);
    let token = world.token("user_ann", None).await;
    assert_eq!(world.get("/api/me", &token).await.refusal(), (401, "sign_in_not_finished", None));
}

#[tokio::test]
async fn a_machine_is_not_a_person() {
    let world = World::start().await;
    let answer = world.get("/api/me", "mt_0123456789abcdef0123456789abcdef").await;
    assert_eq!((answer.refusal().0, answer.refusal().1), (401, NOBODY));
    assert!(!world.local.calls(clerk_local::Api::Backend).contains_key("verifyM2MToken"));
}
