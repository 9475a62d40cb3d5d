//! The same against a whole Clerk, over HTTP.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_ext::{
    BoxFuture, Bytes, Json, Transport,
    auth::Clerk,
    clock::{Clock, SystemClock},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use http::{Request, Response};
use serde_json::json;
use tower_service::Service as _;

use super::told;

/// The clock of the local Clerk.
struct Shared(clerk_local::Clock);

impl Clock for Shared {
    fn now(&self) -> std::time::SystemTime {
        self.0.now().system_time().unwrap()
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

struct Local {
    local: LocalClerk,
    transport: Transport,
}

impl Local {
    async fn start() -> Self {
        let mut ann = SeedUser::default();
        ann.id = Some("user_ann".to_owned());
        ann.email_addresses = vec!["ann@example.com".to_owned()];
        let mut seed = Seed::default();
        seed.users.push(ann);
        let builder = LocalClerk::builder().configure(|settings| settings.api_keys = true).seed(seed);
        Self { local: builder.start().await.unwrap(), transport: Transport::reqwest().unwrap() }
    }

    fn clerk(&self, machine_key: Option<&str>) -> Clerk {
        let builder = Clerk::builder()
            .publishable_key(&self.local.publishable_key())
            .secret_key(&self.local.secret_key())
            .api_url(self.local.backend_url())
            .clock(Arc::new(Shared(self.local.clock().clone())));
        match machine_key {
            Some(key) => builder.machine_secret_key(key),
            None => builder,
        }
        .build()
        .unwrap()
    }

    async fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.transport.clone().call(request).await.unwrap()
    }

    /// Asks the Backend API for something that it gives.
    async fn post(&self, path: &str, body: Json) -> Json {
        let request = Request::post(format!("{}{path}", self.local.backend_url()))
            .header("authorization", format!("Bearer {}", self.local.secret_key().expose()))
            .header("content-type", "application/json")
            .body(body.to_string().into())
            .unwrap();
        let response = self.send(request).await;
        let body = String::from_utf8(response.body().to_vec()).unwrap();
        assert!(response.status().is_success(), "{path}: {} {body}", response.status());
        serde_json::from_str(&body).unwrap_or_default()
    }

    async fn machine(&self, name: &str) -> (String, String) {
        let machine = self.post("/v1/machines", json!({ "name": name })).await;
        (text(&machine, "id"), text(&machine, "secret_key"))
    }

    /// An access token that Ann agreed to, and the id of the application.
    async fn oauth_token(&self) -> (String, String) {
        let application = json!({
            "name": "Notes", "redirect_uris": ["https://notes.example.com/back"], "scopes": "email profile",
            "consent_screen_enabled": false,
        });
        let application = self.post("/v1/oauth_applications", application).await;
        let client_id = text(&application, "client_id");
        let device = self.local.sign_in_as("user_ann").unwrap();
        let query: String = [
            ("client_id", client_id.as_str()),
            ("redirect_uri", "https://notes.example.com/back"),
            ("response_type", "code"),
            ("scope", "email"),
            ("state", "some_state_of_the_program"),
        ]
        .iter()
        .fold(String::new(), |query, (name, value)| {
            format!("{query}&{name}={}", value.replace(':', "%3A").replace('/', "%2F"))
        });
        let request =
            Request::get(format!("{}/oauth/authorize?{}", self.local.frontend_url(), query.trim_start_matches('&')))
                .header("cookie", format!("__client={}", device.client_token.expose()))
                .body(Bytes::new())
                .unwrap();
        let answer = self.send(request).await;
        let back: url::Url = answer.headers()["location"].to_str().unwrap().parse().unwrap();
        let code =
            back.query_pairs().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("{back}")).1.into_owned();
        let basic = STANDARD.encode(format!("{client_id}:{}", text(&application, "client_secret")));
        let body =
            format!("grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fnotes.example.com%2Fback");
        let request = Request::post(format!("{}/oauth/token", self.local.frontend_url()))
            .header("authorization", format!("Basic {basic}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.into())
            .unwrap();
        let tokens: Json = serde_json::from_slice(self.send(request).await.body()).unwrap();
        (text(&tokens, "access_token"), text(&application, "id"))
    }
}

fn text(json: &Json, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("there is no {name}")).to_owned()
}

#[tokio::test]
async fn an_api_key_of_a_whole_clerk_works_until_it_is_revoked_or_over() {
    let world = Local::start().await;
    let clerk = world.clerk(None);
    let body = json!({"name": "for tests", "subject": "user_ann", "scopes": ["read"], "seconds_until_expiration": 60});
    let short = world.post("/api_keys", body.clone()).await;
    let revoked = world.post("/api_keys", body).await;
    let key = clerk.verify_api_key(&text(&short, "secret")).await.unwrap();
    assert_eq!((key.id.as_str(), key.user_id.as_ref().unwrap().as_str()), (&*text(&short, "id"), "user_ann"));
    assert_eq!((key.scopes.as_slice(), key.name.as_deref()), (&["read".to_owned()][..], Some("for tests")));
    assert_eq!(key.expires_at.unwrap().as_millis(), key.created_at.unwrap().as_millis() + 60_000);

    assert_eq!(told(&clerk, &text(&revoked, "secret")).await, "api_key user_ann");
    world.post(&format!("/api_keys/{}/revoke", text(&revoked, "id")), json!({"revocation_reason": null})).await;
    assert_eq!(told(&clerk, &text(&revoked, "secret")).await, "token-invalid");

    world.local.clock().advance(Duration::from_secs(66));
    assert_eq!(told(&clerk, &text(&short, "secret")).await, "token-verification-failed");
    assert_eq!(told(&clerk, "ak_nobody_has_this_test").await, "token-invalid");
}

#[tokio::test]
async fn machines_of_a_whole_clerk_call_each_other() {
    let world = Local::start().await;
    let (caller, caller_key) = world.machine("caller").await;
    let (called, called_key) = world.machine("called").await;
    let (_, stranger_key) = world.machine("stranger").await;
    world.post(&format!("/v1/machines/{caller}/scopes"), json!({ "to_machine_id": called })).await;
    let sender = world.clerk(Some(&caller_key));
    let (receiver, stranger) = (world.clerk(Some(&called_key)), world.clerk(Some(&stranger_key)));

    let opaque = sender.m2m().create().claims(&json!({"job": "test"})).seconds_until_expiration(60).await.unwrap();
    let checked = receiver.verify_m2m_token(opaque.token.expose()).await.unwrap();
    assert_eq!((checked.id.as_ref(), checked.machine_id.as_str()), (opaque.id.as_ref(), caller.as_str()));
    assert_eq!((checked.scopes.clone(), checked.claims), (vec![called.clone()], Some(json!({"job": "test"}))));
    assert_eq!(checked.expires_at, opaque.expires_at);
    assert_eq!(told(&stranger, opaque.token.expose()).await, "token-invalid");

    let jwt = sender.m2m().create().claims(&json!({"job": "test"})).seconds_until_expiration(60).jwt().await.unwrap();
    assert_eq!(jwt.token.expose().split('.').count(), 3);
    let checked = receiver.verify_m2m_token(jwt.token.expose()).await.unwrap();
    assert_eq!((checked.id, checked.machine_id.as_str()), (jwt.id, caller.as_str()));
    assert_eq!((checked.scopes, checked.claims.unwrap()["job"].as_str()), (vec![called], Some("test")));

    let revoked = sender.m2m().create().await.unwrap();
    assert_eq!(told(&receiver, revoked.token.expose()).await, format!("m2m_token {caller}"));
    sender.m2m().revoke(revoked.id.as_ref().unwrap()).revocation_reason("done").await.unwrap();
    assert_eq!(told(&receiver, revoked.token.expose()).await, "token-invalid");

    world.local.clock().advance(Duration::from_secs(66));
    for token in [&opaque.token, &jwt.token] {
        assert_eq!(told(&receiver, token.expose()).await, "token-verification-failed");
    }
    let wrong = world.clerk(Some("ak_no_machine_has_this_test"));
    assert_eq!(told(&wrong, opaque.token.expose()).await, "secret-key-invalid");
}

#[tokio::test]
async fn oauth_tokens_of_a_whole_clerk_work_until_they_are_revoked_or_over() {
    let world = Local::start().await;
    for are_jwts in [false, true] {
        world.local.update_settings(|settings| settings.oauth.jwt_access_tokens = are_jwts);
        let clerk = world.clerk(None);
        let (token, application) = world.oauth_token().await;
        assert_eq!(token.starts_with("oat_"), !are_jwts);
        let checked = clerk.verify_oauth_token(&token).await.unwrap();
        assert_eq!((checked.user_id.as_str(), checked.scopes.as_slice()), ("user_ann", &["email".to_owned()][..]));
        let day = 24 * 3600 * 1000;
        assert_eq!(checked.expires_at.unwrap().as_millis() - checked.created_at.unwrap().as_millis(), day);

        world.post(&format!("/v1/oauth_applications/{application}/revoke_token"), json!({ "token": token })).await;
        // A JWT is good until it ends, whatever Clerk knows of it.
        let after = if are_jwts { "oauth_token user_ann" } else { "token-invalid" };
        assert_eq!(told(&clerk, &token).await, after);
        let (token, _) = world.oauth_token().await;
        world.local.clock().advance(Duration::from_secs(24 * 3600 + 6));
        assert_eq!(told(&clerk, &token).await, "token-verification-failed");
    }
}
