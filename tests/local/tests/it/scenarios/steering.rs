//! What programs in other languages steer a local Clerk by.

use clerk_core::{Bytes, http};
use clerk_local::{Api, Fault, Seed, SeedOrganization, SeedUser};
use http::{Request, Response};
use serde_json::{Value, json};

use super::tokens::read;
use crate::{receiver::Receiver, world::World};

scenarios![
    the_keys_are_told,
    somebody_is_signed_in_without_a_flow,
    the_clock_is_moved_stopped_and_set,
    settings_are_patched_and_a_mistake_changes_nothing,
    endpoints_are_added_and_deliveries_sent_again,
    a_seed_is_added_and_a_reset_begins_anew,
    every_call_of_an_operation_is_counted_whatever_its_answer,
    a_page_of_another_origin_steers_nothing,
    pictures_are_served_as_nothing_but_pictures,
    what_does_not_steer_is_404,
];

async fn send(world: &World, method: &str, path: &str, body: Value) -> Response<Bytes> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    world.raw(Api::Frontend, Request::builder().method(method).uri(path), body).await
}

async fn ask(world: &World, method: &str, path: &str, body: Value) -> Value {
    let response = send(world, method, path, body).await;
    assert_eq!(response.status(), 200, "{:?}", response.body());
    serde_json::from_slice(response.body()).unwrap()
}

async fn the_keys_are_told(world: World) {
    let keys = ask(&world, "GET", "/local/keys", Value::Null).await;
    assert_eq!(keys["secret_key"], world.local.secret_key().expose());
    assert_eq!(keys["publishable_key"], world.local.publishable_key().as_str());
    assert_eq!(keys["frontend_url"], world.local.frontend_url());
    assert_eq!(keys["backend_url"], world.local.backend_url());
    assert_eq!(keys["jwt_key"], world.local.jwt_key());
    assert!(world.local.jwt_key().starts_with("-----BEGIN PUBLIC KEY-----"));
}

async fn somebody_is_signed_in_without_a_flow(world: World) {
    let ann = SeedUser::new("ann@example.com").id("user_ann").totp_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    let acme = SeedOrganization::new("Acme").id("org_acme").slug("acme").member("user_ann", "org:admin");
    world.local.seed(&Seed::default().user(ann).user(SeedUser::new("bob@example.com")).organization(acme)).unwrap();
    let ann = json!({"user": "ann@example.com", "organization": "acme"});
    let signed_in = ask(&world, "POST", "/local/sign_in", ann).await;
    let (_, claims) = read(signed_in["session_token"].as_str().unwrap());
    assert_eq!((&claims["sub"], &claims["o"]["rol"]), (&json!("user_ann"), &json!("admin")));
    assert_eq!(claims["sid"], signed_in["session_id"]);
    assert!(signed_in["client_token"].is_string());
    for nobody in [json!({"user": "carol@example.com"}), json!({"user": "bob@example.com", "organization": "acme"})] {
        assert_eq!(send(&world, "POST", "/local/sign_in", nobody).await.status(), 404);
    }

    let shown = ask(&world, "GET", "/local/totp?user=ann@example.com", Value::Null).await;
    assert_eq!(shown["code"], json!(world.local.totp_code("user_ann").unwrap()));
    assert_eq!(send(&world, "GET", "/local/totp?user=bob@example.com", Value::Null).await.status(), 404);
}

async fn the_clock_is_moved_stopped_and_set(world: World) {
    let set = json!({"now": 1_800_000_000_000_i64, "frozen": true});
    assert_eq!(ask(&world, "POST", "/local/clock", set).await, json!({"now": 1_800_000_000_000_i64, "frozen": true}));
    let moved = ask(&world, "POST", "/local/clock", json!({"advance": 1.5})).await;
    assert_eq!(moved["now"], 1_800_000_001_500_i64);
    assert_eq!(world.local.clock().now().as_millis(), 1_800_000_001_500);
    let back = ask(&world, "POST", "/local/clock", json!({"advance": -1.5, "frozen": false})).await;
    assert_eq!(back["frozen"], false);
    assert!(back["now"].as_i64().unwrap() < 1_800_000_001_500, "{back}");
    for wrong in [json!({"advance": 1e300}), json!({"later": 1}), json!([])] {
        let status = send(&world, "POST", "/local/clock", wrong.clone()).await.status().as_u16();
        assert!(matches!(status, 400 | 422), "{wrong}: {status}");
    }
}

async fn settings_are_patched_and_a_mistake_changes_nothing(world: World) {
    let before = ask(&world, "GET", "/local/settings", Value::Null).await;
    let patched =
        ask(&world, "PATCH", "/local/settings", json!({"provider": "approve", "sign_up": {"mode": "waitlist"}})).await;
    assert_eq!((&patched["provider"], &patched["sign_up"]["mode"]), (&json!("approve"), &json!("waitlist")));
    assert_eq!(patched["attributes"], before["attributes"]);
    for wrong in [json!({"provider": "perhaps"}), json!({"colour": "red"}), json!("x")] {
        assert_eq!(send(&world, "PATCH", "/local/settings", wrong).await.status(), 400);
    }
    assert_eq!(ask(&world, "GET", "/local/settings", Value::Null).await, patched);
}

async fn endpoints_are_added_and_deliveries_sent_again(world: World) {
    let receiver = Receiver::start().await;
    let added = ask(&world, "POST", "/local/webhooks", json!({"url": receiver.url, "events": ["user.created"]})).await;
    assert!(added["secret"].as_str().unwrap().starts_with("whsec_"), "{added}");
    let told = json!({"type": "user.created", "data": {"id": "user_1"}});
    assert_eq!(send(&world, "POST", "/local/events", told).await.status(), 204);
    receiver.wait_for(1).await;
    world.local.webhooks().settled().await;
    let events = ask(&world, "GET", "/local/events?type=user.created", Value::Null).await;
    let id = events["events"][0]["id"].as_str().unwrap();
    assert_eq!(ask(&world, "GET", "/local/events?type=user.deleted", Value::Null).await["events"], json!([]));
    let again = ask(&world, "POST", "/local/deliveries/resend", json!({"message_id": id})).await;
    assert_eq!(again["deliveries"], 1);
    receiver.wait_for(2).await;
    world.local.webhooks().settled().await;
    assert_eq!(ask(&world, "POST", "/local/deliveries/resend", json!({})).await["deliveries"], 0);
    let deliveries = ask(&world, "GET", "/local/deliveries", Value::Null).await;
    assert_eq!(deliveries["deliveries"][0]["attempts"].as_array().unwrap().len(), 2);
    let path = format!("/local/webhooks/{}", added["id"].as_str().unwrap());
    assert_eq!(send(&world, "POST", &format!("{path}/disable"), Value::Null).await.status(), 204);
    assert_eq!(ask(&world, "GET", "/local/webhooks", Value::Null).await["endpoints"][0]["disabled"], true);
    assert_eq!(send(&world, "POST", &format!("{path}/enable"), Value::Null).await.status(), 204);
    assert_eq!(send(&world, "DELETE", &path, Value::Null).await.status(), 204);
    assert_eq!(send(&world, "DELETE", &path, Value::Null).await.status(), 404);
    assert_eq!(send(&world, "POST", "/local/webhooks", json!({"url": "nowhere"})).await.status(), 400);
}

async fn a_seed_is_added_and_a_reset_begins_anew(world: World) {
    let mut ann = SeedUser::default();
    ann.email_addresses.push("ann@example.com".to_owned());
    let mut seed = Seed::default();
    seed.users.push(ann);
    let world = world.rebuilt(|builder| builder.seed(seed).configure(|settings| settings.single_session = true)).await;
    let users = async || world.backend().get_user_list().send().await.unwrap().len();
    let begun = users().await;
    world.local.update_settings(|settings| settings.single_session = false);
    world.local.faults().add(Fault::status(500).on("GetUser"));
    let bob = json!({"users": [{"email_addresses": ["bob@example.com"]}]});
    assert_eq!(send(&world, "POST", "/local/seed", bob).await.status(), 204);
    assert_eq!(send(&world, "POST", "/local/seed", json!({"people": []})).await.status(), 400);
    assert_eq!(send(&world, "POST", "/local/reset", Value::Null).await.status(), 204);
    assert_eq!(users().await, begun);
    assert!(world.local.faults().list().is_empty());
    assert_eq!(ask(&world, "GET", "/local/settings", Value::Null).await["single_session"], true);
}

async fn every_call_of_an_operation_is_counted_whatever_its_answer(world: World) {
    let backend = world.backend();
    backend.get_user_list().send().await.unwrap();
    world.local.faults().add(Fault::status(503).on("GetUserList").times(1));
    backend.get_user_list().send().await.unwrap_err();
    world.local.faults().add(Fault::reset().on("GetUserList").times(1));
    backend.get_user_list().send().await.unwrap_err();
    assert_eq!(backend.get_user("user_nobody").send().await.unwrap_err().status().map(|it| it.as_u16()), Some(404));
    assert_eq!(backend.create_svix_app().send().await.unwrap_err().status().map(|it| it.as_u16()), Some(501));
    // An id of both APIs counts where it was asked for.
    backend.get_api_keys("somebody").send().await.unwrap_err();
    world.raw(Api::Backend, Request::get("/v1/nothing/of/the/kind"), "").await;
    let expected = [("CreateSvixApp", 1), ("GetUser", 1), ("GetUserList", 3), ("getApiKeys", 1)];
    assert_eq!(world.local.calls(Api::Backend), expected.into());
    assert_eq!(world.local.calls(Api::Frontend), [].into());
    world.raw(Api::Frontend, Request::get("/api_keys"), "").await;
    assert_eq!(world.local.calls(Api::Frontend), [("getApiKeys", 1)].into());
    world.local.reset().unwrap();
    assert!(world.local.calls(Api::Backend).is_empty() && world.local.calls(Api::Frontend).is_empty());
}

async fn a_page_of_another_origin_steers_nothing(world: World) {
    let from = |origin: &str| Request::post("/local/reset").header("origin", origin);
    let refused = world.raw(Api::Frontend, from("https://example.com"), "").await;
    assert_eq!(refused.status(), 403);
    let allowed = world.raw(Api::Frontend, from(world.local.frontend_url()), "").await;
    assert_eq!(allowed.status(), 204);
    let read = Request::get("/local/keys").header("origin", "https://example.com");
    let read = world.raw(Api::Frontend, read, "").await;
    assert!(!read.headers().contains_key("access-control-allow-origin"));
}

async fn pictures_are_served_as_nothing_but_pictures(world: World) {
    assert_eq!(send(&world, "GET", "/local/images/img_unknown", Value::Null).await.status(), 404);
    let backend = world.backend();
    let user = backend.create_user().skip_password_requirement(true).email_address(["ann@example.com"]).send();
    let id = user.await.unwrap().id;
    let png = Bytes::from_static(b"\x89PNG\r\n\x1a\n and so on");
    let page = Bytes::from_static(b"<script>alert(1)</script>");
    for (body, content_type) in [(png, "image/png"), (page, "text/html")] {
        let form = [
            format!("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\ncontent-type: {content_type}\r\n\r\n")
                .into_bytes(),
            body.to_vec(),
            b"\r\n--b--\r\n".to_vec(),
        ];
        let request = world.with_key("POST", &format!("/v1/users/{id}/profile_image"));
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        let uploaded = world.raw(Api::Backend, request, form.concat()).await;
        if uploaded.status() != 200 {
            assert_eq!(content_type, "text/html", "{:?}", uploaded.body());
            continue;
        }
        let user: Value = serde_json::from_slice(uploaded.body()).unwrap();
        let url = user["image_url"].as_str().unwrap().strip_prefix(world.local.frontend_url()).unwrap();
        let picture = send(&world, "GET", url, Value::Null).await;
        assert_eq!((picture.status().as_u16(), picture.body()), (200, &body));
        let served = picture.headers()["content-type"].to_str().unwrap();
        assert_eq!(served == "image/png", content_type == "image/png", "{served}");
        assert_ne!(served, "text/html");
        assert_eq!(picture.headers()["x-content-type-options"], "nosniff");
    }
}

async fn what_does_not_steer_is_404(world: World) {
    for (method, path) in
        [("GET", "/local/"), ("GET", "/local/nothing"), ("PUT", "/local/keys"), ("DELETE", "/local/faults/x")]
    {
        assert_eq!(send(&world, method, path, Value::Null).await.status(), 404, "{method} {path}");
    }
    let backend = world.raw(Api::Backend, world.with_key("GET", "/local/keys"), "").await;
    assert_eq!(backend.status(), 404);
}
