//! The client: its token, its life, and what becomes of an outdated one.

use clerk_core::ErrorCode;
use clerk_core::http::Request;
use clerk_local::Api;
use serde_json::{Value, json};

use super::sessions::{signed_in, user};
use crate::world::World;

scenarios![
    a_device_without_a_token_has_no_client_until_it_makes_one,
    a_stale_token_is_answered_by_a_new_and_empty_client,
    a_destroyed_client_takes_its_token_along,
    signing_everyone_out_keeps_the_client_and_its_token,
    contradicting_headers_are_refused,
    an_api_version_is_named_once_and_is_one,
    native_applications_can_be_switched_off,
    a_back_end_lists_and_verifies_clients,
    what_nobody_comes_back_for_is_gone_a_month_later,
];

async fn a_device_without_a_token_has_no_client_until_it_makes_one(world: World) {
    let device = world.device();
    assert!(device.get_client().send().await.unwrap().response.is_none());
    assert_eq!(device.token(), None);
    let made = device.create_client().send().await.unwrap().response.unwrap();
    let token = device.token().unwrap();
    assert!(made.sessions.is_empty());
    let again = device.create_client().send().await.unwrap().response.unwrap();
    assert_eq!((again.id.clone(), device.token()), (made.id.clone(), Some(token.clone())));
    assert_eq!(device.put_client().send().await.unwrap().response.unwrap().id, made.id);
    // As the desktop SDK sends it.
    device.set_token(Some(format!("Bearer {token}")));
    assert_eq!(device.get_client().send().await.unwrap().response.unwrap().id, made.id);
}

async fn a_stale_token_is_answered_by_a_new_and_empty_client(world: World) {
    let (device, _) = signed_in(&world).await;
    let known = device.get_client().send().await.unwrap().response.unwrap();
    let token = device.token().unwrap();
    device.set_token(Some(format!("{token}x")));
    let fresh = device.get_client().send().await.unwrap().response.unwrap();
    assert_ne!(fresh.id, known.id);
    assert!(fresh.sessions.is_empty());
    assert_ne!(device.token().unwrap(), token);
    // The same goes for an operation that fails: the token comes with the error.
    device.set_token(Some("nothing.of-the-kind".to_owned()));
    let error = device.get_active_sessions().send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some(&ErrorCode::SIGNED_OUT)));
    assert_ne!(device.token().as_deref(), Some("nothing.of-the-kind"));
}

async fn a_destroyed_client_takes_its_token_along(world: World) {
    let (device, session) = signed_in(&world).await;
    let answer = device.destroy_client().send().await.unwrap();
    assert!(answer.response.is_none());
    assert_eq!(device.token(), None);
    assert_eq!(world.backend().get_session(&session).send().await.unwrap().status.as_str(), "removed");
    let error = device.destroy_client().send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn signing_everyone_out_keeps_the_client_and_its_token(world: World) {
    let (device, session) = signed_in(&world).await;
    let before = device.get_client().send().await.unwrap().response.unwrap();
    let token = device.token();
    let after = device.sign_out_all().send().await.unwrap().response.unwrap();
    assert_eq!((&after.id, after.sessions.len()), (&before.id, 0));
    assert_eq!(after.last_active_session_id, None);
    assert_eq!(device.token(), token);
    assert_eq!(world.backend().get_session(&session).send().await.unwrap().status.as_str(), "removed");
    device.set_token(None);
    assert_eq!(device.sign_out_all().send().await.unwrap_err().code(), Some(&ErrorCode::SIGNED_OUT));
}

/// The code of an error answer.
fn code(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap();
    body["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

async fn contradicting_headers_are_refused(world: World) {
    let get = || Request::get("/v1/client?_is_native=1");
    let cases = [
        (
            get().header("authorization", "a").header("origin", "https://a.example"),
            "origin_authorization_headers_conflict",
        ),
        (
            get().header("authorization", "a").header("authorization", "b"),
            "multiple_authorization_header_values_forbidden",
        ),
        (get().header("origin", "https://a.example").header("origin", "b"), "multiple_origin_header_values_forbidden"),
    ];
    for (request, expected) in cases {
        let response = world.raw(Api::Frontend, request, "").await;
        assert_eq!((response.status().as_u16(), code(response.body())), (400, expected.to_owned()));
    }
}

async fn an_api_version_is_named_once_and_is_one(world: World) {
    let both = Request::get("/v1/client?_is_native=1&__clerk_api_version=2026-05-12");
    let both = world.raw(Api::Frontend, both.header("clerk-api-version", "2026-05-12"), "").await;
    let odd = Request::get("/v1/client?_is_native=1&__clerk_api_version=1999-01-01");
    let odd = world.raw(Api::Frontend, odd, "").await;
    let secret = format!("Bearer {}", world.local.secret_key().expose());
    let back = Request::get("/v1/jwks").header("authorization", secret).header("clerk-api-version", "soon");
    let back = world.raw(Api::Backend, back, "").await;
    for response in [both, odd, back] {
        assert_eq!((response.status().as_u16(), code(response.body()).as_str()), (400, "api_version_invalid"));
    }
    let old = Request::get("/v1/client?_is_native=1&__clerk_api_version=2025-04-10");
    assert_eq!(world.raw(Api::Frontend, old, "").await.status(), 200);
}

async fn native_applications_can_be_switched_off(world: World) {
    world.local.update_settings(|settings| settings.native_api = false);
    let error = world.device().get_client().send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::NATIVE_API_DISABLED)));
}

async fn a_back_end_lists_and_verifies_clients(world: World) {
    let (device, session) = signed_in(&world).await;
    let backend = world.backend();
    let client = device.get_client().send().await.unwrap().response.unwrap();
    #[allow(deprecated, reason = "it is still served")]
    let listed = backend.get_client_list().send().await.unwrap().data;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].session_ids, [session.clone()]);
    let got = backend.get_client(&client.id).send().await.unwrap();
    assert_eq!(got.sessions[0].status.as_str(), "active");
    let verified = backend.verify_client(device.token().unwrap()).send().await.unwrap();
    assert_eq!(verified.id, client.id);
    let jwt = device.create_session_token(&session).send().await.unwrap().jwt;
    assert_eq!(backend.verify_client(jwt).send().await.unwrap().id, client.id);
    assert_eq!(backend.verify_client("nothing").send().await.unwrap_err().code(), Some(&ErrorCode::COOKIE_INVALID));
    assert_eq!(backend.get_client("client_none").send().await.unwrap_err().status().unwrap(), 404);
    // The envelope of lists, which the official clients ask for.
    let _ = user(&world, "bob@example.com").await;
    let secret = format!("Bearer {}", world.local.secret_key().expose());
    let request = Request::get("/v1/clients?paginated=true").header("authorization", secret);
    let page: Value = serde_json::from_slice(world.raw(Api::Backend, request, "").await.body()).unwrap();
    assert_eq!(page["total_count"], json!(1));
}

async fn what_nobody_comes_back_for_is_gone_a_month_later(world: World) {
    let day = |days: u64| std::time::Duration::from_secs(days * 24 * 3600);
    let (kept, session) = signed_in(&world).await;
    let device = world.device();
    let begun = device.create_sign_in().send().await.unwrap().response.id;
    world.local.clock().advance(day(29));
    let abandoned = device.get_sign_in(&begun).send().await.unwrap().response;
    assert_eq!(abandoned.status.as_str(), "abandoned", "it is told for a while what became of it");
    world.local.clock().advance(day(3));
    let gone = device.get_sign_in(&begun).send().await.unwrap_err();
    assert_eq!(gone.status().unwrap().as_u16(), 404);
    // The clients: one that nobody ever signed in on, and one that is a known device.
    let clients = async || world.backend().get_client_list().send().await.unwrap().data.len();
    assert_eq!(clients().await, 2);
    world.local.clock().advance(day(31));
    assert_eq!(clients().await, 1);
    let known = kept.get_client().send().await.unwrap().response.unwrap();
    assert!(known.sessions.iter().all(|known| known.id != session || known.status.as_str() != "active"));
}
