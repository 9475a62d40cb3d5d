//! A whole server on axum: extractors in handlers, over real HTTP with tokens of the local Clerk.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use clerk_ext::{
    Bytes, Json,
    auth::{Accepts, Clerk, TokenType},
    config::Config,
    policy,
    web::{ClerkLayer, Machine, MaybeSignedIn, Require, SignedIn},
};
use clerk_local::LocalClerk;
use http::Request;
use serde::Deserialize;
use serde_json::json;
use tower_service::Service as _;

use crate::{
    answer::ask,
    world::{Ask, World},
};

policy! {
    /// Runs the organization.
    pub struct Admin: role("org:admin");

    /// Works in the organization of the path.
    pub struct Colleague: organization_in_path("org");

    /// Calls for a program that may read invoices.
    pub struct ReadsInvoices: scope("invoices:read");
}

#[derive(Deserialize)]
struct Ours {
    tenant: String,
}

async fn me(person: SignedIn) -> String {
    person.user_id().to_string()
}

async fn tenant(person: SignedIn<Ours>) -> String {
    person.custom().tenant.clone()
}

async fn perhaps(person: MaybeSignedIn) -> String {
    person.as_ref().map_or("nobody".to_owned(), |person| person.user_id().to_string())
}

async fn perhaps_tenant(MaybeSignedIn(person): MaybeSignedIn<Ours>) -> String {
    person.map_or("nobody".to_owned(), |person| person.custom().tenant.clone())
}

async fn program(machine: Machine) -> String {
    machine.subject().to_owned()
}

async fn admin(admin: Require<Admin>) -> String {
    admin.session().unwrap().user_id().to_string()
}

async fn colleague(Path(org): Path<String>, colleague: Require<Colleague>) -> String {
    format!("{org} {:?}", colleague.token_type())
}

async fn token(person: SignedIn) -> String {
    person.token().expose().to_owned()
}

async fn token_for_others(person: SignedIn) -> String {
    match person.token_with(Some("hasura"), Some(Duration::from_secs(60))).await {
        Ok(token) => token.expose().to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    }
}

fn handlers() -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/tenant", get(tenant))
        .route("/perhaps", get(perhaps))
        .route("/perhaps-tenant", get(perhaps_tenant))
        .route("/program", get(program))
        .route("/invoices", get(|_: Require<ReadsInvoices>| async { "invoices" }))
        .route("/admin", get(admin))
        .route("/orgs/{org}/posts", get(colleague))
        .route("/token", get(token))
        .route("/token-for-others", get(token_for_others))
}

fn app(clerk: Clerk) -> Router {
    handlers().layer(ClerkLayer::new(clerk))
}

fn script(path: &str) -> Ask {
    Ask::script(&format!("https://app.example.com{path}"))
}

#[tokio::test]
async fn a_handler_gets_the_person_who_is_signed_in() {
    let world = World::production();
    let app = app(world.clerk());
    assert_eq!(ask(app.clone(), &script("/me").bearer(&world.session().signed())).await.told(), "200 user_1");
    let answer = ask(app.clone(), &script("/me")).await;
    assert_eq!(
        answer.told(),
        "401 {\"errors\":[{\"code\":\"unauthenticated\",\"message\":\"sign in first\",\
         \"meta\":{\"reason\":\"session-token-and-uat-missing\"}}]}"
    );
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let answer = ask(app, &Ask::page("https://app.example.com/me?a=b")).await;
    assert_eq!(answer.status, 307);
    assert_eq!(
        answer.header("location"),
        "https://accounts.example.com/sign-in?redirect_url=https%3A%2F%2Fapp.example.com%2Fme%3Fa%3Db"
    );
}

#[tokio::test]
async fn a_handler_that_takes_everybody_is_told_who_it_is() {
    let world = World::production();
    let app = app(world.clerk());
    assert_eq!(ask(app.clone(), &script("/perhaps")).await.told(), "200 nobody");
    assert_eq!(ask(app.clone(), &script("/perhaps").bearer(&world.session().signed())).await.told(), "200 user_1");
    let pending = world.session().claim("sts", "pending").signed();
    assert_eq!(ask(app.clone(), &script("/perhaps").bearer(&pending)).await.told(), "200 nobody");
    // Claims that do not fit are no claims.
    let plain = world.session().signed();
    assert_eq!(ask(app, &script("/perhaps-tenant").bearer(&plain)).await.told(), "200 nobody");
}

#[tokio::test]
async fn claims_of_the_application_are_read_or_the_request_is_refused() {
    let world = World::production();
    let app = app(world.clerk());
    let north = world.session().claim("tenant", "north").signed();
    assert_eq!(ask(app.clone(), &script("/tenant").bearer(&north)).await.told(), "200 north");
    for token in [world.session().signed(), world.session().claim("tenant", 1).signed()] {
        let answer = ask(app.clone(), &script("/tenant").bearer(&token)).await;
        assert_eq!(answer.told(), r#"403 {"errors":[{"code":"forbidden","message":"you may not do this"}]}"#);
    }
    assert_eq!(ask(app, &script("/tenant")).await.status, 401);
}

#[tokio::test]
async fn every_extractor_is_a_500_without_the_layer() {
    let world = World::production();
    let token = world.session().claim("tenant", "north").signed();
    for path in ["/me", "/tenant", "/perhaps", "/perhaps-tenant", "/program", "/invoices", "/admin", "/orgs/acme/posts"]
    {
        let answer = ask(handlers(), &script(path).bearer(&token)).await;
        assert_eq!(
            answer.told(),
            "500 {\"errors\":[{\"code\":\"misconfigured\",\
             \"message\":\"the server is not set up to check who is signed in\"}]}",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_policy_is_asked_before_the_handler_runs() {
    let world = World::production();
    let app = app(world.clerk());
    let as_role = |role: &str| {
        let organization = json!({ "id": "org_1", "slg": "acme", "rol": role });
        script("/admin").bearer(&world.session().claim("o", organization).signed())
    };
    assert_eq!(ask(app.clone(), &as_role("admin")).await.told(), "200 user_1");
    assert_eq!(ask(app.clone(), &as_role("member")).await.status, 403);
    assert_eq!(ask(app, &script("/admin")).await.status, 401);
}

#[tokio::test]
async fn a_policy_can_look_at_the_path() {
    let world = World::production();
    let app = app(world.clerk());
    let token = world.session().claim("o", json!({ "id": "org_1", "slg": "acme", "rol": "member" })).signed();
    let told = async |path: &str| ask(app.clone(), &script(path).bearer(&token)).await.told();
    assert_eq!(told("/orgs/acme/posts").await, "200 acme Session");
    assert_eq!(told("/orgs/%61cme/posts").await, "200 acme Session");
    assert!(told("/orgs/other/posts").await.starts_with("403"));
    assert!(told("/orgs/acme%2fother/posts").await.starts_with("403"));
}

#[tokio::test]
async fn programs_and_people_are_told_apart() {
    let world = World::production();
    world.api.answer(
        "POST",
        "/api_keys/verify",
        200,
        json!({
            "object": "api_key", "id": "ak_1", "subject": "user_9", "name": "key", "scopes": ["invoices:read"],
            "revoked": false, "expired": false, "created_at": 1, "updated_at": 1,
        }),
    );
    let clerk = world.builder().accepts(Accepts::from([TokenType::Session, TokenType::ApiKey])).build().unwrap();
    let app = app(clerk);
    let told = async |path: &str, token: &str| ask(app.clone(), &script(path).bearer(token)).await.told();
    let session = world.session().signed();
    assert_eq!(told("/program", "ak_test").await, "200 user_9");
    assert_eq!(told("/invoices", "ak_test").await, "200 invoices");
    assert_eq!(told("/me", &session).await, "200 user_1");
    let mismatch = "401 {\"errors\":[{\"code\":\"unauthenticated\",\"message\":\"sign in first\",\
                    \"meta\":{\"reason\":\"token-type-mismatch\"}}]}";
    assert_eq!(told("/me", "ak_test").await, mismatch);
    assert_eq!(told("/perhaps", "ak_test").await, "200 nobody");
    assert!(told("/admin", "ak_test").await.starts_with("403"));
    assert!(told("/invoices", &session).await.starts_with("403"));
    let answer = told("/program", &session).await;
    assert!(answer.starts_with("401") && answer.contains("token-type-mismatch"), "{answer}");
    // A session is no way in where only programs are asked for, and a browser is not sent to sign in.
    assert_eq!(ask(app, &Ask::page("https://app.example.com/program")).await.status, 401);
}

#[tokio::test]
async fn a_server_of_programs_sends_nobody_to_sign_in() {
    let world = World::production();
    let app = app(world.builder().accepts(TokenType::ApiKey).build().unwrap());
    assert_eq!(ask(app, &Ask::page("https://app.example.com/me")).await.status, 401);
}

#[tokio::test]
async fn a_token_is_passed_on_and_others_are_made_by_clerk() {
    let world = World::production();
    world.api.answer("POST", "/v1/sessions/sess_1/tokens/hasura", 200, json!({ "jwt": "a.test.token" }));
    let app = app(world.clerk());
    let session = world.session().signed();
    let told = async |path: &str| ask(app.clone(), &script(path).bearer(&session)).await.told();
    assert_eq!(told("/token").await, format!("200 {session}"));
    assert!(world.api.sent().is_empty());
    assert_eq!(told("/token-for-others").await, "200 a.test.token");
    let sent = world.api.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].what, "POST /v1/sessions/sess_1/tokens/hasura");
    assert_eq!(sent[0].body, json!({ "expires_in_seconds": 60 }));
}

/// A call of the local Backend API.
async fn local(clerk: &LocalClerk, path: &str, body: Json) -> Json {
    let mut transport = clerk.transport();
    let request = Request::post(format!("{}/v1{path}", clerk.backend_url()))
        .header("authorization", format!("Bearer {}", clerk.secret_key().expose()))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    std::future::poll_fn(|context| transport.poll_ready(context)).await.unwrap();
    let answer = transport.call(request).await.unwrap();
    assert!(answer.status().is_success(), "{path} {} {:?}", answer.status(), answer.body());
    serde_json::from_slice(answer.body()).unwrap()
}

/// One request over a connection of its own.
async fn over_http(server: SocketAddr, head: String) -> String {
    tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(server).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = format!("GET {head}\r\nhost: app.example.com\r\nconnection: close\r\n\r\n");
        // A server may stop reading what is too long for it.
        let _ = connection.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = connection.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn a_server_lets_in_whom_the_local_clerk_signed_in() {
    let local_clerk = LocalClerk::builder().start().await.unwrap();
    let person = json!({ "email_address": ["ann@example.com"], "skip_password_requirement": true });
    let user = local(&local_clerk, "/users", person).await["id"].as_str().unwrap().to_owned();
    let session = local(&local_clerk, "/sessions", json!({ "user_id": user })).await["id"].as_str().unwrap().to_owned();
    let token = local(&local_clerk, &format!("/sessions/{session}/tokens"), json!({})).await["jwt"]
        .as_str()
        .unwrap()
        .to_owned();

    let config = Config::builder()
        .publishable_key(local_clerk.publishable_key().as_str())
        .secret_key(local_clerk.secret_key().expose())
        .api_url(local_clerk.backend_url())
        .build()
        .unwrap();
    let clerk = Clerk::builder().config(&config).transport(local_clerk.transport()).build().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, app(clerk)).await });

    for _ in 0..3 {
        let answer = over_http(server, format!("/me HTTP/1.1\r\nauthorization: Bearer {token}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&user), "{answer}");
    }
    let answer = over_http(server, "/me HTTP/1.1".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    let answer = over_http(server, format!("/me HTTP/1.1\r\nauthorization: Bearer {token}x")).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    let answer = over_http(server, "/me HTTP/1.1\r\nsec-fetch-dest: document".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 307 Temporary Redirect\r\n"), "{answer}");
    assert!(answer.contains("/v1/client/handshake?"), "{answer}");
    let answer = over_http(server, "/me HTTP/1.1\r\nauthorization: Bearer \u{e9}\u{e9}".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
    // The server gives up on these by itself; it lives on, and lets nobody in.
    let long = "x".repeat(1 << 20);
    let answer = over_http(server, format!("/me HTTP/1.1\r\nauthorization: Bearer {long}")).await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = over_http(server, "/perhaps HTTP/1.1".to_owned()).await;
    assert!(answer.ends_with("nobody"), "{answer}");
    serving.abort();
}
