//! The service and its caller as two processes, and Clerk as one on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::time::Duration;

use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser};
use clerk_program::{Program, Running};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

struct Machine {
    id: String,
    key: String,
}

struct World {
    local: LocalClerk,
    http: Client,
    service: Machine,
    /// It may call the service.
    caller: Machine,
    /// It may not.
    stranger: Machine,
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{value} has no {name}")).to_owned()
}

impl World {
    async fn start() -> Self {
        let ann = SeedUser::new("ann@example.com").id("user_ann");
        let local = LocalClerk::builder().seed(Seed::default().user(ann)).start().await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        let machine = async |name: &str, may_call: &[&str]| {
            let body = json!({"name": name, "scoped_machines": may_call});
            let url = format!("{}/v1/machines", local.backend_url());
            let request = http.post(url).bearer_auth(local.secret_key().expose()).json(&body);
            let made: Value = request.send().await.unwrap().json().await.unwrap();
            Machine { id: text(&made, "id"), key: text(&made, "secret_key") }
        };
        let service = machine("stock", &[]).await;
        let caller = machine("shop", &[&service.id]).await;
        let stranger = machine("press", &[&caller.id]).await;
        Self { service, caller, stranger, http, local }
    }

    fn program(&self, machine: &Machine) -> Program {
        let program = Program::new(env!("CARGO_BIN_EXE_example-machine-calls"));
        program.env("CLERK_API_URL", self.local.backend_url()).env("CLERK_MACHINE_SECRET_KEY", &machine.key)
    }

    /// The service, which is not started yet.
    fn serve(&self) -> Program {
        self.program(&self.service).env("MACHINE_ID", &self.service.id).env("PORT", "0").args(["serve"])
    }

    /// Somebody who calls the service so many times, and is not started yet.
    fn call(&self, machine: &Machine, url: &str, times: u32) -> Program {
        self.program(machine).args(["call", &format!("{url}/stock"), "--times", &times.to_string()])
    }

    /// A token of a machine, opaque or a JWT.
    async fn token(&self, machine: &Machine, format: &str) -> String {
        let request = self.http.post(format!("{}/v1/m2m_tokens", self.local.backend_url())).bearer_auth(&machine.key);
        text(&request.json(&json!({"token_format": format})).send().await.unwrap().json().await.unwrap(), "token")
    }

    /// Takes back all tokens of a machine that are good, and gives their number.
    async fn revoke_all(&self, machine: &Machine) -> usize {
        let url = format!("{}/v1/m2m_tokens", self.local.backend_url());
        let request = self.http.get(format!("{url}?subject={}", machine.id)).bearer_auth(&machine.key);
        let listed: Value = request.send().await.unwrap().json().await.unwrap();
        let tokens = listed["m2m_tokens"].as_array().unwrap();
        for token in tokens {
            let request = self.http.post(format!("{url}/{}/revoke", text(token, "id"))).bearer_auth(&machine.key);
            assert!(request.json(&json!({})).send().await.unwrap().status().is_success());
        }
        tokens.len()
    }

    fn tokens_made(&self) -> u64 {
        self.local.calls(Api::Backend).get("createM2MToken").copied().unwrap_or_default()
    }

    fn tokens_asked_about(&self) -> u64 {
        self.local.calls(Api::Backend).get("verifyM2MToken").copied().unwrap_or_default()
    }

    async fn get(&self, url: &str, token: Option<&str>) -> (u16, Value) {
        let request = self.http.get(format!("{url}/stock"));
        answer(token.into_iter().fold(request, |request, token| request.bearer_auth(token))).await
    }
}

/// The status, and the reason or, where there is none, the code.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let Ok(body) = serde_json::from_str::<Value>(&text) else { return (status, Value::from(text)) };
    let error = &body["errors"][0];
    (status, error.pointer("/meta/reason").unwrap_or(&error["code"]).clone())
}

#[tokio::test]
async fn one_token_does_for_many_calls() {
    let world = World::start().await;
    let (_service, url) = world.serve().serve().await;
    let told = world.call(&world.caller, &url, 5).run().await.well();
    let answered = format!("200, 42 boxes, told to {}", world.caller.id);
    assert_eq!(told.matches(&answered).count(), 5, "{told}");
    assert!(told.ends_with("5 of 5 calls were answered, with one token\n"), "{told}");
    assert_eq!(world.tokens_made(), 1);
    assert_eq!(world.tokens_asked_about(), 5);
}

#[tokio::test]
async fn a_token_that_is_revoked_is_replaced() {
    let world = World::start().await;
    let (_service, url) = world.serve().serve().await;
    let mut caller: Running = world.call(&world.caller, &url, 10_000).args(["--pause", "20"]).start();
    caller.line_with("call 3: 200").await;
    assert_eq!(world.revoke_all(&world.caller).await, 1);
    caller.line_with("the token was refused; getting another").await;
    // The call that was refused is the one that is answered then: nothing was lost.
    let next = caller.line_with("call").await;
    assert!(next.contains(": 200"), "{next}");
    caller.line_with(": 200").await;
    let ended = caller.kill().await;
    assert_eq!(ended.output.matches("getting another").count(), 1, "{}", ended.output);
    assert_eq!(world.tokens_made(), 2);
}

#[tokio::test]
async fn a_token_is_not_used_for_the_last_minute_of_its_life() {
    for (behind, tokens) in [(3500, 1), (3550, 4)] {
        let world = World::start().await;
        let (_service, url) = world.serve().serve().await;
        // By the clock of the programs, every token was made that long ago.
        world.local.clock().rewind(Duration::from_secs(behind));
        let told = world.call(&world.caller, &url, 4).run().await.well();
        assert!(told.contains("4 of 4 calls"), "{told}");
        assert_eq!(world.tokens_made(), tokens);
    }
}

#[tokio::test]
async fn a_token_is_asked_for_once_more_where_clerk_stumbles() {
    let world = World::start().await;
    let (_service, url) = world.serve().serve().await;
    world.local.faults().add(Fault::rate_limited(Duration::ZERO).on("createM2MToken").times(1));
    let told = world.call(&world.caller, &url, 1).run().await.well();
    assert!(told.ends_with("1 of 1 calls were answered, with one token\n"), "{told}");
    assert_eq!(world.tokens_made(), 2);
}

#[tokio::test]
async fn a_machine_without_the_scope_is_refused_and_told_what_to_do() {
    let world = World::start().await;
    let (_service, url) = world.serve().serve().await;
    let ended = world.call(&world.stranger, &url, 2).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("let this machine call it, in its scopes"), "{}", ended.errors);
    assert_eq!(world.tokens_made(), 2, "there is no use in asking for a third one");

    let opaque = world.token(&world.stranger, "opaque").await;
    assert_eq!(world.get(&url, Some(&opaque)).await, (401, json!("token-invalid")));
    // Clerk lets a machine look at its own tokens; they are for others all the same.
    let own = world.token(&world.service, "opaque").await;
    assert_eq!(world.get(&url, Some(&own)).await, (403, json!("forbidden")));
}

#[tokio::test]
async fn a_jwt_is_checked_without_clerk_and_has_to_name_this_machine() {
    let world = World::start().await;
    let (_service, url) = world.serve().env("CLERK_JWT_KEY", world.local.jwt_key()).serve().await;
    let good = world.token(&world.caller, "jwt").await;
    assert_eq!(world.get(&url, Some(&good)).await.0, 200);
    let for_another = world.token(&world.stranger, "jwt").await;
    assert_eq!(world.get(&url, Some(&for_another)).await, (403, json!("forbidden")));
    let (rest, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = for_another.rsplit_once('.').unwrap();
    let forged = format!("{rest}.{signature}");
    assert_eq!(world.get(&url, Some(&forged)).await, (401, json!("token-verification-failed")));
    assert_eq!(world.tokens_asked_about(), 0);
}

#[tokio::test]
async fn people_are_refused_and_so_is_whoever_sends_nothing() {
    let world = World::start().await;
    let (_service, url) = world.serve().env("CLERK_JWT_KEY", world.local.jwt_key()).serve().await;
    let ann = world.local.sign_in_as("user_ann").unwrap();
    let refused = (401, json!("token-type-mismatch"));
    assert_eq!(world.get(&url, Some(ann.session_token.expose())).await, refused);
    assert_eq!(world.get(&url, Some("ak_0123456789abcdef0123456789abcdef")).await, refused);
    assert_eq!(world.get(&url, None).await, (401, json!("No token in header")));
    let cookie = format!("__session={}", ann.session_token.expose());
    let request = world.http.get(format!("{url}/stock")).header("cookie", cookie);
    assert_eq!(answer(request).await, (401, json!("No token in header")));
    assert_eq!(answer(world.http.get(format!("{url}/nothing"))).await.0, 401, "what is not there is closed too");
}

#[tokio::test]
async fn while_clerk_is_down_nobody_is_let_in_and_nobody_is_blamed() {
    let world = World::start().await;
    // With the key of the instance it fetches the keys that JWTs are checked with.
    let secret_key = world.local.secret_key();
    let (_service, url) = world.serve().env("CLERK_SECRET_KEY", secret_key.expose()).serve().await;
    for (format, asks) in [("opaque", "verifyM2MToken"), ("jwt", "GetJWKS")] {
        let token = world.token(&world.caller, format).await;
        let outage = world.local.faults().add(Fault::not_json().on(asks));
        assert_eq!(world.get(&url, Some(&token)).await.0, 503, "{format}");
        world.local.faults().remove(outage);
    }
    let made = world.tokens_made();
    world.local.faults().add(Fault::not_json().on("verifyM2MToken"));
    let ended = world.call(&world.caller, &url, 2).run().await;
    assert!(ended.output.contains("call 2: 503, the service cannot check tokens at the moment"), "{}", ended.output);
    assert_eq!(world.tokens_made(), made + 1, "the token is as good as before");
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_stops_the_service() {
    let world = World::start().await;
    let (service, url) = world.serve().serve().await;
    let token = world.token(&world.caller, "opaque").await;
    assert_eq!(world.get(&url, Some(&token)).await.0, 200);
    let status = std::process::Command::new("kill").args(["-INT", &service.id().to_string()]).status();
    assert!(status.unwrap().success());
    assert!(service.end().await.well().contains("listening on"));
}

#[tokio::test]
async fn what_is_missing_is_told_before_anything_is_sent() {
    let world = World::start().await;
    let url = "http://127.0.0.1:9";
    for (program, words) in [
        (world.serve().env("CLERK_MACHINE_SECRET_KEY", ""), "CLERK_MACHINE_SECRET_KEY"),
        (world.serve().env("MACHINE_ID", ""), "MACHINE_ID is not set"),
        (world.serve().env("PORT", "a harbour"), "PORT has to be the number of a port"),
        (world.call(&world.caller, url, 1).env("CLERK_MACHINE_SECRET_KEY", ""), "CLERK_MACHINE_SECRET_KEY"),
        (world.call(&world.caller, "http://stock.example.com", 1), "has to begin with https://"),
    ] {
        let ended = program.run().await;
        assert_eq!(ended.status.code(), Some(1), "{words}");
        assert!(ended.errors.contains(words), "{}", ended.errors);
    }
    assert_eq!(world.tokens_made(), 0);

    let wrong = Machine { id: String::new(), key: "ak_of_no_machine_test".to_owned() };
    let ended = world.call(&wrong, url, 1).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("there is no token to call with"), "{}", ended.errors);
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_port_or_a_connection_is_told() {
    let world = World::start().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = world.serve().env("PORT", &port).run().await;
    assert!(ended.errors.contains(&format!("cannot listen on port {port}: ")), "{}", ended.errors);

    // Nobody listens there: the words say what is wrong, down to the bottom.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = world.call(&world.caller, &format!("http://{nobody}"), 1).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("the service does not answer: "), "{}", ended.errors);
    assert!(ended.errors.to_lowercase().contains("refused"), "{}", ended.errors);
}

#[tokio::test]
async fn no_token_and_no_key_is_printed() {
    let world = World::start().await;
    let (service, url) = world.serve().serve().await;
    let caller = world.call(&world.caller, &url, 2).run().await;
    let stranger = world.call(&world.stranger, &url, 1).run().await;
    let printed =
        [service.kill().await, caller, stranger].map(|ended| format!("{}{}", ended.output, ended.errors)).concat();
    assert!(!printed.contains("mt_") && !printed.contains("ak_"), "{printed}");
}
