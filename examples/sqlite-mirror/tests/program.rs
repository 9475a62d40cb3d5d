//! A mirror of a Clerk on this machine: told in order, out of order, twice, not at all, by somebody else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use clerk_ext::{Timestamp, webhooks::Webhook};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedOrganization, SeedUser};
use clerk_program::{Ended, Program, Running};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "whsec_dGVzdCBzZWNyZXQ=";

/// The lists of the API that the tables are mirrors of.
const TABLES: [(&str, &str); 3] = [
    ("users", "/users?limit=500"),
    ("organizations", "/organizations?limit=500"),
    ("memberships", "/organization_memberships?limit=500"),
];

/// A Clerk, and a folder for the database.
struct World {
    local: LocalClerk,
    folder: TempDir,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        Self::with(Seed::default()).await
    }

    async fn with(seed: Seed) -> Self {
        // What fails is delivered again at once.
        let local = LocalClerk::builder().seed(seed).configure(|settings| settings.webhook_time_scale = 0.0);
        let local = local.start().await.unwrap();
        Self { local, folder: tempfile::tempdir().unwrap(), client: reqwest::Client::new() }
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("mirror.sqlite")
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let program = Program::new(env!("CARGO_BIN_EXE_example-sqlite-mirror")).clerk(&self.local);
        let program = program.env("CLERK_WEBHOOK_SIGNING_SECRET", SECRET).env("PORT", "0");
        program.args(["--database".as_ref(), self.database().as_os_str()]).args(arguments)
    }

    /// Starts the server, and says where it takes webhooks.
    async fn serve(&self) -> (Running, String) {
        let (running, url) = self.program(&["serve"]).serve().await;
        (running, format!("{url}/webhooks/clerk"))
    }

    /// Starts the server, and has Clerk tell it what happens.
    async fn subscribed(&self) -> (Running, String) {
        let (running, url) = self.serve().await;
        let endpoint = self.local.webhooks().endpoint(&url).secret(SECRET).add().unwrap();
        (running, endpoint.id)
    }

    async fn fill(&self) -> String {
        self.program(&["fill"]).run().await.well()
    }

    /// What the mirror has.
    async fn mirrored(&self, table: &str) -> Vec<Value> {
        let output = self.program(&["list", table]).run().await.well();
        output.lines().map(|line| without_nulls(&serde_json::from_str(line).unwrap())).collect()
    }

    /// What Clerk has, by id.
    async fn true_list(&self, path: &str) -> Vec<Value> {
        let answer = self.ask(Method::GET, path, Value::Null).await;
        let list = answer.get("data").unwrap_or(&answer);
        let mut list: Vec<Value> = list.as_array().unwrap().iter().map(without_nulls).collect();
        list.sort_by_key(|entry| entry["id"].as_str().unwrap().to_owned());
        list
    }

    async fn is_true(&self) {
        for (table, path) in TABLES {
            let (mirrored, truth) = (self.mirrored(table).await, self.true_list(path).await);
            assert_eq!(mirrored, truth, "the {table} differ from those of Clerk");
        }
    }

    /// Asks the Backend API as it stands in the documents.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.client.request(method, format!("{}/v1{path}", self.local.backend_url()));
        let request = request.bearer_auth(self.local.secret_key().expose());
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let (status, answer) = (answer.status(), answer.json().await.unwrap());
        // Two changes within one millisecond cannot be told apart.
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Delivers a message as Clerk does, and gives the status of the answer.
    async fn deliver(&self, url: &str, (headers, body): &Message) -> u16 {
        let request = self.client.post(url).headers(headers.clone()).body(body.clone());
        request.send().await.unwrap().status().as_u16()
    }

    async fn create_user(&self, email: &str) -> String {
        let user = json!({"email_address": [email], "skip_password_requirement": true});
        let user = self.ask(Method::POST, "/users", user).await;
        user["id"].as_str().unwrap().to_owned()
    }

    async fn delete(&self, path: &str) {
        self.ask(Method::DELETE, path, Value::Null).await;
    }

    /// Some forty things that happen: people and organizations come, change and go.
    async fn live(&self) {
        let mut users = Vec::new();
        for number in 0..8 {
            users.push(self.create_user(&format!("user{number}@example.com")).await);
        }
        let mut organizations = Vec::new();
        for (number, user) in users.iter().take(4).enumerate() {
            let organization = json!({"name": format!("Organization {number}"), "created_by": user});
            let organization = self.ask(Method::POST, "/organizations", organization).await;
            organizations.push(organization["id"].as_str().unwrap().to_owned());
        }
        for organization in &organizations {
            for user in users.iter().skip(4) {
                let member = json!({"user_id": user, "role": "org:member"});
                self.ask(Method::POST, &format!("/organizations/{organization}/memberships"), member).await;
            }
            let path = format!("/organizations/{organization}");
            self.ask(Method::PATCH, &path, json!({"name": "Renamed"})).await;
            self.ask(Method::PATCH, &format!("{path}/metadata"), json!({"public_metadata": {"seats": 5}})).await;
            let path = format!("/organizations/{organization}/memberships/{}", users[5]);
            self.ask(Method::PATCH, &path, json!({"role": "org:admin"})).await;
        }
        for (number, user) in users.iter().enumerate() {
            let path = format!("/users/{user}");
            self.ask(Method::PATCH, &path, json!({"first_name": format!("Ann the {number}th")})).await;
            self.ask(Method::PATCH, &format!("{path}/metadata"), json!({"private_metadata": {"n": number}})).await;
        }
        self.delete(&format!("/organizations/{}/memberships/{}", organizations[1], users[6])).await;
        self.delete(&format!("/organizations/{}", organizations[3])).await;
        self.delete(&format!("/users/{}", users[7])).await;
    }

    fn sql(&self) -> Connection {
        Connection::open(self.database()).unwrap()
    }
}

/// A message as it was delivered: its headers and its body.
type Message = (HeaderMap, Bytes);

/// Takes what is delivered, so that a test can deliver it otherwise.
async fn caught(local: &LocalClerk) -> Arc<Mutex<Vec<Message>>> {
    let caught = Arc::new(Mutex::new(Vec::new()));
    let take = async |State(caught): State<Arc<Mutex<Vec<Message>>>>, headers: HeaderMap, body: Bytes| {
        caught.lock().unwrap().push((headers, body));
    };
    let app = Router::new().route("/", post(take)).with_state(Arc::clone(&caught));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, app).await });
    local.webhooks().endpoint(url).secret(SECRET).add().unwrap();
    caught
}

/// In another order, each three times.
fn shuffled(messages: &[Message], mut seed: u64) -> Vec<Message> {
    let mut shuffled = [messages, messages, messages].concat();
    for last in (1..shuffled.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        shuffled.swap(last, usize::try_from(seed >> 33).unwrap() % (last + 1));
    }
    shuffled
}

/// The types of the client write nothing where they read `null`.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let there = map.iter().filter(|(_, value)| !value.is_null());
            there.map(|(key, value)| (key.clone(), without_nulls(value))).collect()
        }
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn ids(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_happens_is_mirrored_as_it_happens() {
    let world = World::new().await;
    let (_server, _) = world.subscribed().await;
    world.live().await;
    world.local.webhooks().settled().await;
    assert!(world.local.webhooks().deliveries().iter().all(|delivery| delivery.attempts.len() == 1));
    for (table, path) in &TABLES[..2] {
        assert_eq!(world.mirrored(table).await, world.true_list(path).await);
    }
    // Their copies of names are as old as their last event.
    let (mirrored, truth) = (world.mirrored(TABLES[2].0).await, world.true_list(TABLES[2].1).await);
    assert_eq!(ids(&mirrored), ids(&truth));
    assert!(mirrored.iter().zip(&truth).all(|(mirrored, truth)| mirrored["role"] == truth["role"]));
}

#[tokio::test]
async fn what_comes_in_any_order_and_several_times_leaves_the_same() {
    let world = World::new().await;
    let caught = caught(&world.local).await;
    world.live().await;
    world.local.webhooks().settled().await;
    let messages = caught.lock().unwrap().clone();
    assert!(messages.len() > 40, "{} things happened", messages.len());

    let (_server, url) = world.serve().await;
    for message in shuffled(&messages, 7) {
        assert_eq!(world.deliver(&url, &message).await, 204);
    }
    for (table, path) in TABLES {
        assert_eq!(ids(&world.mirrored(table).await), ids(&world.true_list(path).await), "{table}");
    }
    world.fill().await;
    world.is_true().await;
}

#[tokio::test]
async fn what_was_never_told_is_repaired_by_a_fill() {
    let world = World::new().await;
    let caught = caught(&world.local).await;
    world.live().await;
    world.local.webhooks().settled().await;
    let messages = caught.lock().unwrap().clone();

    let (_server, url) = world.serve().await;
    for seed in 0..3 {
        // Every other message is lost, deletions too: who is gone at Clerk is still here, and others never came.
        let lost = shuffled(&messages, seed).into_iter().step_by(6);
        for message in lost {
            assert_eq!(world.deliver(&url, &message).await, 204);
        }
        world.fill().await;
        world.is_true().await;
    }
    // Those who were taken away do not come back with what was late.
    for message in &messages {
        assert_eq!(world.deliver(&url, message).await, 204);
    }
    world.is_true().await;
}

#[tokio::test]
async fn a_first_fill_reads_all_there_is_and_the_next_one_what_changed_while_nobody_listened() {
    let world = World::new().await;
    world.fill().await;
    world.is_true().await;
    world.live().await;
    assert!(world.fill().await.contains("users: 7 read, 0 removed"));
    world.is_true().await;

    let users = world.true_list(TABLES[0].1).await;
    world.delete(&format!("/users/{}", users[1]["id"].as_str().unwrap())).await;
    let organizations = world.true_list(TABLES[1].1).await;
    world.delete(&format!("/organizations/{}", organizations[0]["id"].as_str().unwrap())).await;
    world.create_user("late@example.com").await;
    let told = world.fill().await;
    assert!(told.contains("users: 7 read, 1 removed"), "{told}");
    assert!(told.contains("organizations: 2 read, 1 removed"), "{told}");
    world.is_true().await;
}

#[tokio::test]
async fn who_comes_while_a_fill_runs_stays() {
    let world = World::new().await;
    let ann = world.create_user("ann@example.com").await;
    world.fill().await;
    let (_server, _) = world.subscribed().await;
    // Clerk has made its list, and it is on its way.
    let fault = Fault::latency(Duration::from_secs(2)).after_execution().on("GetUserList").times(1);
    world.local.faults().add(fault);
    let before = world.local.calls(Api::Backend)["GetUserList"];
    let fill = world.program(&["fill"]).start();
    while world.local.calls(Api::Backend)["GetUserList"] == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let bob = world.create_user("bob@example.com").await;
    world.ask(Method::PATCH, &format!("/users/{ann}"), json!({"first_name": "Ann"})).await;
    world.local.webhooks().settled().await;
    assert_eq!(world.mirrored("users").await.len(), 2, "the server waits for the fill");
    let told = fill.end().await.well();
    assert!(told.contains("users: 1 read, 0 removed"), "{told}");
    assert_eq!(world.local.calls(Api::Backend)["GetUserList"], before + 1, "nobody had to be asked for once more");
    let users = world.mirrored("users").await;
    assert!(ids(&users).contains(&bob.as_str()));
    assert!(users.iter().any(|user| user["first_name"] == "Ann"), "an old list took the place of a newer event");
}

#[tokio::test]
async fn what_a_walk_skipped_is_asked_for_before_it_is_taken_away() {
    let mut seed = Seed::default().user(SeedUser::new("ann@example.com"));
    for number in 0..501 {
        let mut organization = SeedOrganization::new(format!("Organization {number}"));
        organization.id = Some(format!("org_{number:03}"));
        seed.organizations.push(organization);
    }
    let world = World::with(seed).await;
    world.fill().await;
    assert_eq!(world.mirrored("organizations").await.len(), 501);
    // While the first page is on its way, one of it is deleted: the second page begins one too late.
    let fault = Fault::latency(Duration::from_secs(1)).after_execution().on("ListOrganizations").times(1);
    world.local.faults().add(fault);
    let before = world.local.calls(Api::Backend)["ListOrganizations"];
    let fill = world.program(&["fill"]).start();
    while world.local.calls(Api::Backend)["ListOrganizations"] == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.delete("/organizations/org_007").await;
    let told = fill.end().await.well();
    assert!(told.contains("organizations: 500 read, 0 removed"), "nothing was skipped: {told}");
    assert!(ids(&world.mirrored("organizations").await).contains(&"org_500"));

    assert!(world.fill().await.contains("organizations: 500 read, 1 removed"));
    assert!(!ids(&world.mirrored("organizations").await).contains(&"org_007"));
}

#[tokio::test]
async fn a_fill_waits_for_a_server_in_trouble_and_can_be_run_again_after_one_that_is_not_to_be_waited_for() {
    let world = World::new().await;
    world.live().await;
    world.local.faults().add(Fault::status(503).backend().times(1));
    world.local.faults().add(Fault::rate_limited(Duration::from_secs(1)).backend().after(2).times(1));
    let refusal = world.local.faults().add(Fault::status(403).on("InstanceGetOrganizationMemberships"));
    let Ended { status, errors, .. } = world.program(&["fill"]).run().await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("the memberships are not filled; run it again"), "{errors}");
    world.local.faults().remove(refusal);
    world.fill().await;
    world.is_true().await;
}

#[tokio::test]
async fn keys_of_another_instance_take_nothing_away() {
    let (world, other) = (World::new().await, World::new().await);
    world.create_user("ann@example.com").await;
    world.fill().await;
    // Those on this machine have one id.
    world.sql().execute("UPDATE fills SET instance = 'ins_of_before'", []).unwrap();
    let ended = world.program(&["fill"]).clerk(&other.local).run().await;
    assert_eq!(ended.status.code(), Some(1), "{}", ended.output);
    assert!(ended.errors.contains("of another instance"), "{}", ended.errors);
    world.is_true().await;
}

#[tokio::test]
async fn that_nobody_reads_what_it_says_stops_no_fill() {
    let world = World::new().await;
    world.live().await;
    assert_eq!(world.program(&["fill"]).unread().await.code(), Some(0));
    world.is_true().await;
    assert_eq!(world.program(&["list", "users"]).unread().await.code(), Some(0));
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let world = World::new().await;
    let (_server, _) = world.subscribed().await;
    let ann = world.create_user("ann@example.com").await;
    world.local.webhooks().settled().await;
    let before = world.mirrored("users").await;
    assert_eq!(ids(&before), [ann.as_str()]);

    let (_other_server, url) = world.serve().await;
    let body = json!({"type": "user.deleted", "object": "event", "data": {"id": ann, "deleted": true}}).to_string();
    let ours = Webhook::new(SECRET).unwrap();
    let another = Webhook::new("whsec_YW5vdGhlciB0ZXN0IHNlY3JldA==").unwrap();
    let now = Timestamp::now();
    let forgeries = [
        (HeaderMap::new(), body.clone()),
        (another.sign("msg_1", now, &body).unwrap(), body.clone()),
        (ours.sign("msg_1", now, "{}").unwrap(), body.clone()),
        (ours.sign("msg_1", now - Duration::from_secs(600), &body).unwrap(), body.clone()),
    ];
    for (headers, body) in forgeries {
        assert_eq!(world.deliver(&url, &(headers, body.into())).await, 400);
    }
    assert_eq!(world.mirrored("users").await, before);
    // The same, signed as Clerk does it, is believed.
    assert_eq!(world.deliver(&url, &(ours.sign("msg_1", now, &body).unwrap(), body.into())).await, 204);
    assert!(world.mirrored("users").await.is_empty());
}

#[tokio::test]
async fn a_restart_keeps_all_and_a_message_of_before_is_known() {
    let world = World::new().await;
    let (server, endpoint) = world.subscribed().await;
    world.create_user("ann@example.com").await;
    world.local.webhooks().settled().await;
    let before = world.mirrored("users").await;
    assert_eq!(before.len(), 1);
    server.kill().await;

    let (_server, url) = world.serve().await;
    assert_eq!(world.mirrored("users").await, before);
    world.local.webhooks().remove(&endpoint);
    world.local.webhooks().endpoint(url).secret(SECRET).add().unwrap();
    // If its message were handled once more, she would be back.
    world.sql().execute("DELETE FROM users", []).unwrap();
    let message = world.local.events().into_iter().find(|event| event.kind == "user.created").unwrap().id;
    assert_eq!(world.local.webhooks().resend(&message), 1);
    world.local.webhooks().settled().await;
    assert!(world.local.webhooks().deliveries().iter().all(|delivery| delivery.delivered));
    assert!(world.mirrored("users").await.is_empty());
}

#[tokio::test]
async fn a_message_that_cannot_be_stored_is_not_acknowledged_and_comes_again() {
    let world = World::new().await;
    let (_server, _) = world.subscribed().await;
    let sql = world.sql();
    sql.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.create_user("ann@example.com").await;
    let refused = || world.local.webhooks().deliveries().iter().any(|delivery| !delivery.attempts.is_empty());
    while !refused() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    sql.execute_batch("ROLLBACK").unwrap();
    world.local.webhooks().settled().await;
    let deliveries = world.local.webhooks().deliveries();
    assert_eq!(deliveries[0].attempts[0].status, Some(503));
    assert!(deliveries[0].delivered);
    assert_eq!(world.mirrored("users").await.len(), 1);
}

#[tokio::test]
async fn a_database_of_an_older_version_is_brought_up_and_one_of_a_newer_version_refused() {
    let world = World::new().await;
    let sql = world.sql();
    sql.execute_batch(include_str!("../src/migrations/1_mirror.sql")).unwrap();
    let ann = r#"INSERT INTO users (id, updated_at, told_at, generation, data) VALUES ('user_ann', 1, 1, 0, '{"id":"user_ann"}')"#;
    sql.execute(ann, []).unwrap();
    sql.pragma_update(None, "user_version", 1).unwrap();
    assert_eq!(ids(&world.mirrored("users").await), ["user_ann"]);
    let version: u32 = sql.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 3);
    assert_eq!(sql.query_one("SELECT count(*) FROM messages", [], |row| row.get::<_, u32>(0)).unwrap(), 0);

    sql.pragma_update(None, "user_version", 99).unwrap();
    let Ended { status, errors, .. } = world.program(&["list", "users"]).run().await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("it is of version 99"), "{errors}");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_the_server_well_and_nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::new().await;
    let (server, _) = world.serve().await;
    assert_eq!(fs::metadata(world.database()).unwrap().permissions().mode() & 0o077, 0);
    let kill = std::process::Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(server.end().await.status.success());
}

#[tokio::test]
async fn what_is_missing_in_the_environment_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("mirror.sqlite");
    for (command, variable) in [("serve", "CLERK_WEBHOOK_SIGNING_SECRET"), ("fill", "CLERK_SECRET_KEY")] {
        let program = Program::new(env!("CARGO_BIN_EXE_example-sqlite-mirror"));
        let ended = program.args([command.as_ref(), "--database".as_ref(), database.as_os_str()]).run().await;
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.errors.contains(variable), "{}", ended.errors);
    }
}
