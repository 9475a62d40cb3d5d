//! A member of the staff with a link, the user it is for, and what the API makes of the two.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

use std::time::Duration;

use clerk_ext::{
    ErrorKind,
    frontend::{Frontend, Session, TokenRequest},
};
use clerk_local::{Api, LocalClerk, Seed, SeedUser};
use clerk_program::{Ended, Program, Running};
use reqwest::{Client, Method, StatusCode, Url};
use serde_json::Value;

/// Ann is a user, and Bob helps her.
struct Support {
    local: LocalClerk,
}

impl Support {
    async fn new() -> Self {
        let ann = SeedUser::new("ann@example.com").id("user_ann");
        let bob = SeedUser::new("bob@example.com").id("user_bob");
        let local = LocalClerk::builder().seed(Seed::default().user(ann).user(bob)).start().await.unwrap();
        Self { local }
    }

    fn program(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_example-impersonation")).clerk(&self.local).args(arguments)
    }

    /// The actor token and its ticket, as they are in what `link` prints.
    async fn link(&self) -> (String, String) {
        let link = self.program(&["link", "--staff", "user_bob", "--user", "ann@example.com"]).run().await.well();
        let mut lines = link.lines();
        let id = lines.next().unwrap().strip_prefix("actor token ").unwrap().split(':').next().unwrap();
        let url: Url = lines.next().unwrap().strip_prefix("open in a private window: ").unwrap().parse().unwrap();
        let (_, ticket) = url.query_pairs().find(|(name, _)| name == "ticket").unwrap();
        (id.to_owned(), ticket.into_owned())
    }

    /// A browser of Bob's, in which nobody is signed in.
    fn device(&self) -> Frontend {
        Frontend::new(&self.local.publishable_key()).unwrap()
    }

    /// Bob, acting for Ann.
    async fn bob(&self) -> Session {
        let (_, ticket) = self.link().await;
        self.device().sign_in().ticket(ticket).await.unwrap().session().unwrap()
    }

    /// Ann herself.
    fn ann(&self) -> String {
        self.local.sign_in_as("user_ann").unwrap().session_token.expose().to_owned()
    }

    async fn serve(&self) -> (Running, Caller) {
        let (server, url) = self.program(&["serve"]).env("PORT", "0").serve().await;
        (server, Caller { url })
    }
}

struct Caller {
    url: String,
}

impl Caller {
    async fn ask(&self, method: Method, path: &str, token: &str) -> (StatusCode, String) {
        let http = Client::builder().no_proxy().build().unwrap();
        let request = http.request(method, format!("{}{path}", self.url));
        let answer = request.bearer_auth(token).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn me(&self, token: &str) -> String {
        let (status, text) = self.ask(Method::GET, "/me", token).await;
        assert_eq!(status, StatusCode::OK, "{text}");
        text
    }
}

/// What a program said that did not do what it was asked for.
fn complaint(ended: Ended) -> String {
    assert_eq!((ended.status.code(), ended.output.as_str()), (Some(1), ""));
    ended.errors
}

#[tokio::test]
async fn the_api_knows_who_it_really_is() {
    let support = Support::new().await;
    let (_server, api) = support.serve().await;
    let bob = support.bob().await;
    let token = bob.token().await.unwrap();
    assert_eq!(token.claims().user.as_ref().unwrap().as_str(), "user_ann");
    assert_eq!(token.claims().actor.as_ref().unwrap()["sub"], "user_bob");
    assert_eq!(api.me(token.expose()).await, "ann@example.com, acted for by user_bob");
    assert_eq!(api.me(&support.ann()).await, "ann@example.com");
}

#[tokio::test]
async fn who_acts_for_a_user_cannot_delete_their_account_and_they_can() {
    let support = Support::new().await;
    let (_server, api) = support.serve().await;
    let bob = support.bob().await.token().await.unwrap();
    let (status, refusal) = api.ask(Method::DELETE, "/account", bob.expose()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let refusal: Value = serde_json::from_str(&refusal).unwrap();
    assert_eq!(refusal["errors"][0]["code"], "forbidden");
    assert_eq!(support.local.calls(Api::Backend).get("DeleteUser"), None);

    let (status, _) = api.ask(Method::DELETE, "/account", &support.ann()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(support.local.sign_in_as("user_ann").is_none(), "she is gone");
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let support = Support::new().await;
    let (_server, api) = support.serve().await;
    for (method, path) in [(Method::GET, "/me"), (Method::DELETE, "/account")] {
        let (status, _) = api.ask(method, path, "test").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn what_is_done_for_a_user_is_noted_and_what_they_do_is_not() {
    let support = Support::new().await;
    let (server, api) = support.serve().await;
    let bob = support.bob().await.token().await.unwrap();
    api.ask(Method::GET, "/me", bob.expose()).await;
    api.ask(Method::DELETE, "/account", bob.expose()).await;
    api.ask(Method::GET, "/me", &support.ann()).await;
    assert_eq!(
        server.kill().await.errors,
        "user_bob for user_ann: GET /me, answered with 200\n\
         user_bob for user_ann: DELETE /account, answered with 403\n"
    );
}

#[tokio::test]
async fn a_revoked_ticket_signs_nobody_in() {
    let support = Support::new().await;
    let (id, ticket) = support.link().await;
    let told = support.program(&["revoke", &id]).run().await.well();
    assert_eq!(told, format!("actor token {id}: revoked, nobody signs in with it any more\n"));
    let device = support.device();
    let refused = device.sign_in().ticket(ticket).await.unwrap_err();
    assert!(refused.has_code("actor_token_revoked_code"), "{refused}");
    assert!(device.session().is_none());
}

#[tokio::test]
async fn a_ticket_is_good_once() {
    let support = Support::new().await;
    let (id, ticket) = support.link().await;
    support.device().sign_in().ticket(ticket.clone()).await.unwrap().session().unwrap();
    let refused = support.device().sign_in().ticket(ticket).await.unwrap_err();
    assert!(refused.has_code("actor_token_already_used_code"), "{refused}");
    let told = complaint(support.program(&["revoke", &id]).run().await);
    assert!(told.starts_with("example-impersonation: ") && told.contains("revoke"), "{told}");
}

#[tokio::test]
async fn a_ticket_lasts_for_minutes_and_so_does_the_session() {
    let support = Support::new().await;
    let (_, ticket) = support.link().await;
    support.local.clock().advance(Duration::from_secs(11 * 60));
    let refused = support.device().sign_in().ticket(ticket).await.unwrap_err();
    assert!(refused.has_code("ticket_expired_code"), "{refused}");

    let bob = support.bob().await;
    support.local.clock().advance(Duration::from_secs(29 * 60));
    bob.token_with(TokenRequest::new().skip_cache()).await.unwrap();
    support.local.clock().advance(Duration::from_secs(2 * 60));
    let refused = bob.token_with(TokenRequest::new().skip_cache()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_link_is_for_two_people_who_are_there() {
    let support = Support::new().await;
    for (staff, user, told) in [
        ("user_bob", "carl@example.com", "there is no user carl@example.com"),
        ("user_carl", "user_ann", "there is no user user_carl"),
        ("bob@example.com", "user_bob", "nobody acts for themselves: --staff and --user are the same person"),
    ] {
        let link = support.program(&["link", "--staff", staff, "--user", user]).run().await;
        assert_eq!(complaint(link), format!("example-impersonation: {told}\n"));
    }
    assert_eq!(support.local.calls(Api::Backend).get("CreateActorToken"), None);
}

#[tokio::test]
async fn a_token_of_pages_that_are_not_ours_is_refused() {
    let support = Support::new().await;
    let serve = support.program(&["serve"]).env("PORT", "0").env("AUTHORIZED_PARTIES", "https://app.example.com");
    let (_server, url) = serve.serve().await;
    let (status, refusal) = Caller { url }.ask(Method::GET, "/me", &support.ann()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(refusal.contains("token-invalid-authorized-parties"), "{refusal}");
}

#[tokio::test]
async fn ctrl_c_stops_the_server_in_order() {
    let support = Support::new().await;
    let (server, api) = support.serve().await;
    api.me(&support.ann()).await; // it serves, and so it listens for signals too
    let interrupted = std::process::Command::new("kill").args(["-INT", &server.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    drop(server.end().await.well());
}

#[tokio::test]
async fn without_its_key_it_says_which_variable_to_set() {
    let support = Support::new().await;
    let told = complaint(support.program(&["serve"]).env("CLERK_SECRET_KEY", "").run().await);
    assert!(told.contains("CLERK_SECRET_KEY is set but empty"), "{told}");
}
