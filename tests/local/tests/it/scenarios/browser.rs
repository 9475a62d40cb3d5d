//! Browsers: cookies, other origins, and the token that stands in for cookies in development.

use clerk_core::ErrorCode;
use clerk_core::{
    Bytes,
    http::{HeaderMap, Request, Response},
};
use clerk_local::{Api, Environment};
use serde_json::{Value, json};

use super::sessions::signed_in;
use super::tokens::read;
use crate::world::World;

scenarios![
    in_development_a_browser_names_itself_first,
    in_production_a_browser_is_known_by_its_cookie,
    pages_of_other_origins_may_read_the_answers,
    a_token_made_for_a_page_names_its_origin,
];

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect()
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

async fn in_development_a_browser_names_itself_first(world: World) {
    let refused = world.raw(Api::Frontend, Request::get("/v1/client"), "").await;
    assert_eq!(
        (refused.status().as_u16(), &body(&refused)["errors"][0]["code"]),
        (401, &json!("dev_browser_unauthenticated"))
    );
    let unknown = world.raw(Api::Frontend, Request::get("/v1/client?__clerk_db_jwt=dvb_none"), "").await;
    assert_eq!(unknown.status(), 401);

    let made = world.raw(Api::Frontend, Request::post("/v1/dev_browser"), "").await;
    assert_eq!(made.status(), 200);
    let token = made.headers()["clerk-db-jwt"].to_str().unwrap().to_owned();
    assert!(token.starts_with("dvb_"));
    assert_eq!(body(&made), json!({"id": token}));
    let empty = world.raw(Api::Frontend, Request::get(format!("/v1/client?__clerk_db_jwt={token}")), "").await;
    assert_eq!(body(&empty), json!({"response": null, "client": null}));
    // The client that is made for it is found by the token alone: no cookie of another site arrives.
    let uri = format!("/v1/client?__clerk_db_jwt={token}");
    let created = world.raw(Api::Frontend, Request::post(&uri), "").await;
    let again = world.raw(Api::Frontend, Request::get(&uri), "").await;
    assert_eq!(body(&created)["response"]["id"], body(&again)["response"]["id"]);
    assert!(created.headers().get("authorization").is_none());
    // The method that a browser would have used is named in the query.
    let removed = world.raw(Api::Frontend, Request::post(format!("{uri}&_method=DELETE")), "").await;
    assert_eq!((removed.status().as_u16(), body(&removed)["response"].is_null()), (200, true));
    let read = world.device().create_dev_browser().send().await.unwrap();
    assert_ne!(read.id.expose(), token);
    world.device().clear_site_data().send().await.unwrap();
    let cleared = world.raw(Api::Frontend, Request::get("/v1/clear-site-data"), "").await;
    assert!(cleared.headers()["clear-site-data"].to_str().unwrap().contains("cookies"));
}

async fn in_production_a_browser_is_known_by_its_cookie(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.environment = Environment::Production)).await;
    let refused = world.device().create_dev_browser().send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::REQUEST_INVALID_FOR_ENVIRONMENT));
    let created = world.raw(Api::Frontend, Request::post("/v1/client"), "").await;
    let set = cookies(created.headers());
    let client = set.iter().find(|it| it.starts_with("__client=")).unwrap();
    assert!(client.contains("HttpOnly"));
    assert!(set.iter().any(|it| it.starts_with("__client_uat=0;")));
    assert_eq!(set.iter().filter(|it| it.starts_with("__client_uat_")).count(), 1);
    let cookie = client.split(';').next().unwrap();
    let found = world.raw(Api::Frontend, Request::get("/v1/client").header("cookie", cookie), "").await;
    assert_eq!(body(&found)["response"]["id"], body(&created)["response"]["id"]);

    let (device, _) = signed_in(&world).await;
    let cookie = format!("__client={}", device.token().unwrap());
    let found = world.raw(Api::Frontend, Request::get("/v1/client").header("cookie", &cookie), "").await;
    let uat = cookies(found.headers()).into_iter().find(|it| it.starts_with("__client_uat=")).unwrap();
    assert!(!uat.starts_with("__client_uat=0;"));
    // What the browser has already is not set again.
    let both = format!("{cookie}; {}", uat.split(';').next().unwrap());
    let found = world.raw(Api::Frontend, Request::get("/v1/client").header("cookie", both), "").await;
    assert!(cookies(found.headers()).is_empty());
    let gone = world.raw(Api::Frontend, Request::delete("/v1/client").header("cookie", &cookie), "").await;
    assert!(cookies(gone.headers()).iter().any(|it| it.starts_with("__client=;") && it.contains("Max-Age=0")));
}

async fn pages_of_other_origins_may_read_the_answers(world: World) {
    let request = Request::options("/v1/client").header("origin", "http://localhost:3000");
    let asked = world.raw(Api::Frontend, request.header("access-control-request-headers", "x-mobile"), "").await;
    assert_eq!(asked.status(), 204);
    assert_eq!(asked.headers()["access-control-allow-origin"], "http://localhost:3000");
    assert_eq!(asked.headers()["access-control-allow-headers"], "x-mobile");
    let refused =
        world.raw(Api::Frontend, Request::get("/v1/client").header("origin", "http://localhost:3000"), "").await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.headers()["access-control-allow-credentials"], "true");
    assert!(refused.headers()["access-control-expose-headers"].to_str().unwrap().contains("Clerk-Db-Jwt"));
}

async fn a_token_made_for_a_page_names_its_origin(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.environment = Environment::Production)).await;
    let (device, id) = signed_in(&world).await;
    let cookie = format!("__client={}", device.token().unwrap());
    let post = || Request::post(format!("/v1/client/sessions/{id}/tokens")).header("cookie", &cookie);
    let answer = world.raw(Api::Frontend, post().header("origin", "https://app.example"), "").await;
    let claims = read(body(&answer)["jwt"].as_str().unwrap()).1;
    assert_eq!(claims["azp"], json!("https://app.example"));
}
