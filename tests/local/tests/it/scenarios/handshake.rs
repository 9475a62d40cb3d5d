//! The handshake, by which a browser gets the cookies that it should have.

use std::time::Duration;

use clerk_core::http::{Request, Response};
use clerk_core::{Bytes, ErrorCode};
use clerk_local::{Api, Environment};
use serde_json::{Value, json};

use super::sessions::signed_in;
use super::tokens::read;
use crate::world::{Device, World};

scenarios![
    a_handshake_by_token_brings_the_cookies_of_the_session,
    a_handshake_of_a_stranger_takes_the_session_away,
    a_handshake_by_nonce_is_fetched_once_and_in_time,
    suffixed_cookies_come_beside_the_others,
    in_production_the_handshake_is_a_cookie_on_the_same_host,
    a_handshake_leads_to_an_http_page_only,
];

const SHAKE: &str = "/v1/client/handshake?redirect_url=https%3A%2F%2Fapp.example%2Fa%3Fb%3Dc%23d";

async fn shake(world: &World, device: Option<&Device>, uri: &str) -> Response<Bytes> {
    let mut request = Request::get(uri);
    if let Some(device) = device {
        request = request.header("cookie", format!("__client={}", device.token().unwrap()));
    }
    world.raw(Api::Frontend, request, "").await
}

fn location(response: &Response<Bytes>) -> &str {
    assert_eq!(response.status(), 307, "{:?}", response.body());
    response.headers()["location"].to_str().unwrap()
}

/// The cookies that a handshake by token carries.
fn directives(location: &str) -> Vec<String> {
    let (_, token) = location.split_once("__clerk_handshake=").unwrap();
    let (header, claims) = read(token.split('#').next().unwrap());
    assert_eq!(header["cat"], json!("cl_B7d4PD111AAA"));
    claims["handshake"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
}

fn value<'a>(directives: &'a [String], name: &str) -> Option<&'a str> {
    let named = directives.iter().find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
    named.split(';').next()
}

async fn a_handshake_by_token_brings_the_cookies_of_the_session(world: World) {
    let (device, id) = signed_in(&world).await;
    let response = shake(&world, Some(&device), SHAKE).await;
    let location = location(&response);
    assert!(location.starts_with("https://app.example/a?b=c&__clerk_handshake=") && location.ends_with("#d"));
    let directives = directives(location);
    let claims = read(value(&directives, "__session").unwrap()).1;
    assert_eq!((&claims["sid"], &claims["azp"]), (&json!(id.as_str()), &json!("https://app.example")));
    let uat: i64 = value(&directives, "__client_uat").unwrap().parse().unwrap();
    assert!(uat > 0 && claims["iat"].as_i64().unwrap() >= uat);
    assert!(value(&directives, "__clerk_db_jwt").unwrap().starts_with("dvb_"));
    assert!(directives.iter().any(|it| it.starts_with("__refresh_") && it.contains("HttpOnly")));
    // As a device the same is answered, by the document.
    let redirect = device.handshake_client().redirect_url("https://app.example/").send().await.unwrap();
    assert!(redirect.location.contains("__clerk_handshake="));
}

async fn a_handshake_of_a_stranger_takes_the_session_away(world: World) {
    let response = shake(&world, None, SHAKE).await;
    let directives = directives(location(&response));
    assert_eq!(value(&directives, "__client_uat"), Some("0"));
    assert_eq!(value(&directives, "__session"), Some(""));
    assert!(directives.iter().any(|it| it.starts_with("__session=;") && it.contains("Max-Age=0")));
}

async fn a_handshake_by_nonce_is_fetched_once_and_in_time(world: World) {
    let (device, _) = signed_in(&world).await;
    let uri = format!("{SHAKE}&format=nonce");
    let backend = world.backend();
    let nonce = |location: &str| {
        let (_, nonce) = location.split_once("__clerk_handshake_nonce=").unwrap();
        nonce.split('#').next().unwrap().to_owned()
    };
    let response = shake(&world, Some(&device), &uri).await;
    let first = nonce(location(&response));
    let payload = backend.get_handshake_payload(first.as_str()).send().await.unwrap();
    assert!(payload.directives.iter().any(|it| it.expose().starts_with("__session=ey")));
    let error = backend.get_handshake_payload(first.as_str()).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    let response = shake(&world, Some(&device), &uri).await;
    let late = nonce(location(&response));
    world.local.clock().advance(Duration::from_secs(61));
    assert!(backend.get_handshake_payload(late.as_str()).send().await.is_err());
}

async fn suffixed_cookies_come_beside_the_others(world: World) {
    let (device, _) = signed_in(&world).await;
    let response = shake(&world, Some(&device), &format!("{SHAKE}&suffixed_cookies=true")).await;
    let directives = directives(location(&response));
    let suffix = directives.iter().find_map(|it| it.strip_prefix("__refresh_")).unwrap();
    let suffix = suffix.split('=').next().unwrap().to_owned();
    assert_eq!(suffix.len(), 8);
    for name in ["__session", "__client_uat", "__clerk_db_jwt"] {
        let suffixed = value(&directives, &format!("{name}_{suffix}"));
        assert!(suffixed.is_some() && suffixed == value(&directives, name), "{name}");
    }
}

async fn in_production_the_handshake_is_a_cookie_on_the_same_host(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|it| it.environment = Environment::Production)).await;
    let (device, _) = signed_in(&world).await;
    let uri = "/v1/client/handshake?redirect_url=http%3A%2F%2F127.0.0.1%3A3000%2F";
    let response = shake(&world, Some(&device), uri).await;
    assert_eq!(location(&response), "http://127.0.0.1:3000/");
    let cookies: Vec<_> =
        response.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
    let token = cookies.iter().find_map(|it| it.strip_prefix("__clerk_handshake=")).unwrap();
    let directives = directives(&format!("?__clerk_handshake={}", token.split(';').next().unwrap()));
    assert!(value(&directives, "__session").is_some() && value(&directives, "__clerk_db_jwt").is_none());
    let response = shake(&world, Some(&device), SHAKE).await;
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["errors"][0]["code"], json!("redirect_url_domain_mismatch"));
}

async fn a_handshake_leads_to_an_http_page_only(world: World) {
    let cases = [
        ("/v1/client/handshake", 400, "missing_query_parameter"),
        ("/v1/client/handshake?redirect_url=javascript://alert", 422, "invalid_url_scheme"),
        ("/v1/client/handshake?redirect_url=/relative", 422, "invalid_redirect_url"),
        ("/v1/client/handshake?redirect_url=https://", 422, "invalid_redirect_url"),
        ("/v1/client/handshake?redirect_url=https://a.example%40b.example/", 422, "invalid_redirect_url"),
        ("/v1/client/handshake?redirect_url=https://a.example/%0d%0aset-cookie:x", 422, "invalid_redirect_url"),
        ("/v1/client/handshake?redirect_url=https://a.example&format=odd", 400, "invalid_handshake"),
    ];
    for (uri, status, code) in cases {
        let response = shake(&world, None, uri).await;
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!((response.status().as_u16(), &body["errors"][0]["code"]), (status, &json!(code)), "{uri}");
    }
}
