//! How an application is tested against a Clerk on this machine: copy what you need.
//!
//! Each test starts a Clerk of its own with `clerk-local`, in milliseconds and on free ports, and the application beside
//! it with the keys of that Clerk. Nothing is faked in between, nothing leaves the machine, and nothing is shared, so the
//! tests run side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use clerk_ext::{
    ErrorKind, Timestamp,
    auth::Clerk,
    backend::Backend,
    clock::{Clock, ManualClock, SystemClock},
    config::Config,
    frontend::{Frontend, SignIn, SignUp},
    metadata::Patch,
    transport::RetryPolicy,
    webhooks::Webhook,
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedOrganization, SeedUser};
use clerk_program::Program;
use example_testing_your_app::{App, Plan, app};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

/// The application, and the Clerk that it talks to.
struct World {
    local: LocalClerk,
    /// Where the application listens.
    url: String,
    /// What the test itself does at Clerk, as another program of ours would.
    backend: Backend<App>,
    webhook: Webhook,
}

impl World {
    async fn new() -> Self {
        Self::by(Arc::new(SystemClock)).await
    }

    /// The same with an application that goes by this clock.
    async fn by(clock: Arc<dyn Clock>) -> Self {
        // The people that most tests need. They are there from the start, so no webhook tells of them.
        let mut acme = SeedOrganization::new("Acme").member("user_ann", "org:admin").member("user_bob", "org:member");
        acme.slug = Some("acme".to_owned());
        let seed = Seed::default()
            .user(SeedUser::new("ann@example.com").id("user_ann"))
            .user(SeedUser::new("bob@example.com").id("user_bob"))
            .organization(acme);
        let local = LocalClerk::builder().seed(seed).start().await.unwrap();

        // Clerk has to know where webhooks go, and the application what they are signed with: the port comes first.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = local.webhooks().endpoint(format!("{url}/webhooks/clerk")).add().unwrap();

        // What `main` reads from the environment.
        let config = Config::builder()
            .publishable_key(local.publishable_key())
            .secret_key(local.secret_key())
            .api_url(local.backend_url())
            .webhook_signing_secret(endpoint.secret)
            .build()
            .unwrap();
        let clerk = Clerk::builder().config(&config).clock(clock).build().unwrap();
        // As often as in production, without the waits in between.
        let at_once = RetryPolicy::default().first_delay(Duration::ZERO);
        let backend = Backend::from_config(&config).unwrap().with_network(|network| network.retry(at_once));
        let webhook = Webhook::from_config(&config).unwrap();

        let router = app(clerk, &backend, webhook.clone());
        // It ends with the runtime of the test.
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { local, url, backend: backend.typed(), webhook }
    }

    /// A token of somebody who is signed in, without the steps to get there.
    fn token(&self, who: &str) -> String {
        self.local.sign_in_as(who).unwrap().session_token.expose().to_owned()
    }

    fn get(&self, path: &str, token: &str) -> RequestBuilder {
        http().get(format!("{}{path}", self.url)).bearer_auth(token)
    }

    /// Adds a note.
    fn post(&self, note: &str, token: &str) -> RequestBuilder {
        http().post(format!("{}/notes", self.url)).bearer_auth(token).body(note.to_owned())
    }

    async fn notes(&self, token: &str) -> Vec<String> {
        let answer = self.get("/notes", token).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }
}

/// Whoever asks the application. A proxy of the environment does not know the way to this machine.
fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

async fn status(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

/// Why a request was refused: the reason is for whoever debugs, and the same in every framework.
async fn reason(request: RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let refusal: serde_json::Value = answer.json().await.unwrap();
    refusal["errors"][0]["meta"]["reason"].as_str().unwrap().to_owned()
}

// Who gets in. Test what is refused before what is let in: these are the tests that will matter.

#[tokio::test]
async fn nobody_gets_in_without_being_signed_in() {
    let world = World::new().await;
    let nothing = http().get(format!("{}/notes", world.url));
    assert_eq!(status(nothing).await, StatusCode::UNAUTHORIZED);
    assert_eq!(reason(world.get("/notes", "test")).await, "token-invalid");

    // A good token, of another application of ours: another Clerk, another key.
    let elsewhere = World::new().await;
    elsewhere.local.rotate_signing_key().unwrap();
    let token = elsewhere.token("user_ann");
    assert_eq!(status(world.get("/notes", &token)).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn who_is_signed_in_has_notes_of_their_own() {
    let world = World::new().await;
    let (ann, bob) = (world.token("ann@example.com"), world.token("bob@example.com"));
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::CREATED);
    assert_eq!(world.notes(&ann).await, ["milk"]);
    assert!(world.notes(&bob).await.is_empty());
}

#[tokio::test]
async fn the_report_is_for_those_who_run_the_organization_that_they_work_in() {
    let world = World::new().await;
    // A role is that of the organization in which a session works. Ann has none outside of Acme, Bob another one in it.
    assert_eq!(status(world.get("/report", &world.token("user_ann"))).await, StatusCode::FORBIDDEN);
    let bob = world.local.sign_in_to("acme", "user_bob").unwrap().session_token;
    assert_eq!(status(world.get("/report", bob.expose())).await, StatusCode::FORBIDDEN);
    let ann = world.local.sign_in_to("acme", "user_ann").unwrap().session_token;
    assert_eq!(status(world.get("/report", ann.expose())).await, StatusCode::OK);
}

// Metadata: what is kept at Clerk decides here.

#[tokio::test]
async fn there_is_room_for_as_many_notes_as_the_plan_says() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    for expected in [StatusCode::CREATED, StatusCode::CREATED, StatusCode::PAYMENT_REQUIRED] {
        assert_eq!(status(world.post("milk", &ann)).await, expected);
    }
    // She pays: some other part of our system says so at Clerk, with the same types.
    let user = world.backend.users().get("user_ann").await.unwrap();
    let upgrade = Patch::edit(&user.public, |plan| plan.notes = 3).unwrap();
    world.backend.users().update(&user.id).public(upgrade).await.unwrap();
    assert_eq!(status(world.post("bread", &ann)).await, StatusCode::CREATED);
    assert_eq!(world.notes(&ann).await, ["milk", "milk", "bread"]);
}

// Webhooks: Clerk delivers them, signed, to the application.

#[tokio::test]
async fn somebody_new_is_welcomed_once_however_often_clerk_tells_of_them() {
    let world = World::new().await;
    let new = world.backend.users().create().email_address(["carl@example.com"]).skip_password_requirement(true);
    let carl = world.token(new.public(&Plan { notes: 5 }).await.unwrap().id.as_str());
    // All that is due has been delivered when this returns, so no test sleeps.
    world.local.webhooks().settled().await;
    assert_eq!(world.notes(&carl).await, ["Welcome!"]);

    // Somebody presses "resend" in the Dashboard.
    let sent = world.local.webhooks().deliveries();
    let created = sent.iter().find(|delivery| delivery.event == "user.created").unwrap();
    assert_eq!(world.local.webhooks().resend(&created.message_id), 1);
    world.local.webhooks().settled().await;
    assert_eq!(world.notes(&carl).await, ["Welcome!"]);
}

#[tokio::test]
async fn nothing_is_kept_of_somebody_who_is_gone() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::CREATED);
    world.backend.users().delete("user_ann").await.unwrap();
    world.local.webhooks().settled().await;
    // A token that was good stays good for its minute, which is how the test can still look.
    assert!(world.notes(&ann).await.is_empty());
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::GONE);
}

#[tokio::test]
async fn news_that_come_in_the_wrong_order_bring_nobody_back() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    // Clerk promises no order. Here one thing is told after the other: the end, and then how it began.
    world.local.webhooks().tell("user.deleted", json!({ "id": "user_ann", "object": "user", "deleted": true }));
    world.local.webhooks().settled().await;
    world.local.webhooks().tell("user.created", json!({ "id": "user_ann", "object": "user" }));
    world.local.webhooks().settled().await;
    assert!(world.notes(&ann).await.is_empty());
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::GONE);
}

#[tokio::test]
async fn what_is_not_signed_by_clerk_changes_nothing() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    status(world.post("milk", &ann)).await;
    let body = json!({ "type": "user.deleted", "object": "event", "data": { "id": "user_ann", "deleted": true } });
    let deliver = |webhook: &Webhook| {
        let headers = webhook.sign("msg_test", Timestamp::now(), body.to_string()).unwrap();
        http().post(format!("{}/webhooks/clerk", world.url)).headers(headers).body(body.to_string())
    };
    let forger = Webhook::new("whsec_dGVzdCBzZWNyZXQ=").unwrap();
    assert_eq!(status(deliver(&forger)).await, StatusCode::BAD_REQUEST);
    assert_eq!(world.notes(&ann).await, ["milk"]);
    // The same with the right secret: this is how a message is made by hand, of which Clerk itself would not tell.
    assert_eq!(status(deliver(&world.webhook)).await, StatusCode::NO_CONTENT);
    assert!(world.notes(&ann).await.is_empty());
}

// Time: Clerk has a clock that tests move, and the application one of its own.

#[tokio::test]
async fn a_token_is_good_for_a_minute_and_a_session_for_a_week() {
    // Both clocks stand still, so that nothing depends on how long the test takes.
    let clock = ManualClock::at(SystemTime::now());
    let world = World::by(Arc::new(clock.clone())).await;
    world.local.clock().freeze();
    let later = |by: Duration| {
        clock.advance(by);
        world.local.clock().advance(by);
    };
    let device = Frontend::builder(&world.local.publishable_key()).clock(clock.clone()).build().unwrap();
    let SignIn::NeedsCode(step) = device.sign_in().email_code("ann@example.com").await.unwrap() else {
        panic!("no code is asked for")
    };
    let code = world.local.inbox().latest_code("ann@example.com").unwrap();
    let session = step.attempt(code).await.unwrap().session().unwrap();

    let first = session.token().await.unwrap();
    assert_eq!(status(world.get("/notes", first.expose())).await, StatusCode::OK);
    later(Duration::from_secs(70));
    assert!(reason(world.get("/notes", first.expose())).await.starts_with("session-token-expired"));
    let second = session.token().await.unwrap();
    assert_eq!(status(world.get("/notes", second.expose())).await, StatusCode::OK);

    later(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(session.token().await.unwrap_err().kind(), ErrorKind::Unauthorized, "she has to sign in again");
}

// Trouble: what the application does while Clerk does not answer.

#[tokio::test]
async fn one_lost_answer_is_not_noticed() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    world.local.faults().add(Fault::reset().on("GetUser").times(1));
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::CREATED);
    assert_eq!(world.local.calls(Api::Backend).get("GetUser"), Some(&2));
}

#[tokio::test]
async fn in_an_outage_notes_are_read_and_none_are_taken() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    assert_eq!(status(world.post("milk", &ann)).await, StatusCode::CREATED);
    // Everything fails from here on. The keys are at hand, so it is still known who asks; what they paid for is not.
    world.local.faults().add(Fault::status(503));
    assert_eq!(world.notes(&ann).await, ["milk"]);
    assert_eq!(status(world.post("bread", &ann)).await, StatusCode::SERVICE_UNAVAILABLE);
    world.local.faults().clear();
    assert_eq!(status(world.post("bread", &ann)).await, StatusCode::CREATED);
}

#[tokio::test]
async fn the_clerk_of_next_year_is_understood() {
    let world = World::new().await;
    world.local.faults().add(Fault::extra_fields());
    world.local.faults().add(Fault::unknown_enum_values());
    assert_eq!(status(world.post("milk", &world.token("user_ann"))).await, StatusCode::CREATED);
}

// Cost: how often the application asks Clerk for what.

#[tokio::test]
async fn clerk_is_asked_for_the_keys_once_and_for_the_user_where_the_plan_matters() {
    let world = World::new().await;
    let ann = world.token("user_ann");
    for _ in 0..10 {
        world.notes(&ann).await;
    }
    status(world.post("milk", &ann)).await;
    let calls = world.local.calls(Api::Backend);
    assert_eq!(calls.into_iter().collect::<Vec<_>>(), [("GetJWKS", 1), ("GetUser", 1)]);
}

// Flows: somebody comes all the way, as with a device of their own.

#[tokio::test]
async fn somebody_signs_up_with_the_code_from_their_mail_and_writes_a_note() {
    let world = World::new().await;
    let device = Frontend::new(&world.local.publishable_key()).unwrap();
    let sign_up = device.sign_up().email_address("carl@example.com").password("test-hunter2-and-more");
    let SignUp::MissingRequirements(step) = sign_up.await.unwrap() else {
        panic!("no proof of the address is asked for")
    };
    let mailed = step.verify_email_by_code().await.unwrap();
    let code = world.local.inbox().latest_code("carl@example.com").unwrap();
    let session = mailed.attempt(code).await.unwrap().session().unwrap();

    let carl = session.token().await.unwrap();
    assert_eq!(status(world.post("milk", carl.expose())).await, StatusCode::CREATED);
    // The news of him may come after his first request. The application has to bear that, and the test does not wait.
    world.local.webhooks().settled().await;
    assert_eq!(world.notes(carl.expose()).await, ["Welcome!", "milk"]);
}

// Side by side: each test has a Clerk of its own, so names and addresses need not be unique.

#[tokio::test]
async fn what_happens_at_one_clerk_the_others_know_nothing_of() {
    let (one, other) = tokio::join!(World::new(), World::new());
    status(one.post("milk", &one.token("user_ann"))).await;
    one.local.update_settings(|settings| settings.organizations.enabled = false);
    one.backend.users().delete("user_bob").await.unwrap();
    assert!(one.local.sign_in_as("user_bob").is_none());

    assert!(other.notes(&other.token("user_ann")).await.is_empty());
    assert!(other.local.sign_in_to("acme", "user_bob").is_some());
}

// The program itself, once: that `main` reads the environment and starts what was tested above. `Program` is a little thing
// of this repository around `tokio::process`: it waits for the line that says where the program listens.

#[tokio::test]
async fn the_program_serves_with_the_keys_of_its_environment() {
    let local =
        LocalClerk::builder().seed(Seed::default().user(SeedUser::new("ann@example.com"))).start().await.unwrap();
    let program = || {
        let program = Program::new(env!("CARGO_BIN_EXE_example-testing-your-app")).clerk(&local);
        program.env("PORT", "0").env("CLERK_WEBHOOK_SIGNING_SECRET", "whsec_dGVzdCBzZWNyZXQ=")
    };
    let (server, url) = program().serve().await;
    let token = local.sign_in_as("ann@example.com").unwrap().session_token;
    let notes = || http().get(format!("{url}/notes"));
    assert_eq!(status(notes()).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(notes().bearer_auth(token.expose())).await, StatusCode::OK);
    drop(server);

    // Where our pages are named, tokens of other pages, and of none, are refused.
    let (_server, url) = program().env("AUTHORIZED_PARTIES", "https://app.example.com").serve().await;
    let refused = http().get(format!("{url}/notes")).bearer_auth(token.expose());
    assert_eq!(reason(refused).await, "token-invalid-authorized-parties");

    let ended = program().env("CLERK_WEBHOOK_SIGNING_SECRET", "").run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_WEBHOOK_SIGNING_SECRET is set but empty"), "{}", ended.errors);
}
