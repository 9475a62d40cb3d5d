//! The small API that `examples/` has in several frameworks, as those see it who send it requests, with a Clerk on this
//! machine. Each of the programs includes this in its test, and says what its framework does otherwise.

use std::time::Duration;

use clerk_local::{
    Environment, Fault, LocalClerk, PermissionSettings, RoleSettings, Seed, SeedOrganization, SeedUser, Settings,
};
use clerk_program::{Program, Running};
use reqwest::{
    Client, Method, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

use super::{NOTHING_UNDER_API, PROGRAM, TEXT};

const WEBHOOK_SECRET: &str = "whsec_dGVzdCBzZWNyZXQ=";
const ACME: &str = "/api/organizations/acme/invoices";
const BOLT: &str = "/api/organizations/bolt/invoices";

#[tokio::test]
async fn what_is_open_is_open_and_nothing_else_is() {
    let world = World::start().await;
    assert_eq!(world.get("/health", "").await, (200, json!({ "status": "ok" })));
    for path in ["/me", "/api/currencies", ACME] {
        let (status, told) = world.get(path, "").await;
        assert_eq!(
            (status, &told["error"], &told["reason"]),
            (401, &json!("signed_out"), &json!("dev-browser-missing"))
        );
    }
    let headers = world.request(Method::GET, "/me", "").await.headers().clone();
    assert_eq!(
        (&headers[WWW_AUTHENTICATE], &headers[CACHE_CONTROL]),
        (&"Bearer".parse().unwrap(), &"no-store".parse().unwrap())
    );
    assert_eq!(world.get("/api/nothing", "").await.0, NOTHING_UNDER_API);
    let ann = world.token("user_ann", None);
    for (method, path, token) in
        [(Method::GET, "/nothing", ""), (Method::PUT, "/me", ""), (Method::GET, "/api/nothing", &ann)]
    {
        let (status, told) = read(world.request(method, path, token).await).await;
        assert_eq!((status, &told["error"]), (404, &json!("not_found")), "{path}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_told_who_they_are() {
    let world = World::start().await;
    let acme = json!({ "id": "org_acme", "slug": "acme", "role": "org:admin" });
    let ann = world.token("user_ann", Some("org_acme"));
    assert_eq!(world.get("/me", &ann).await, (200, json!({ "user": "user_ann", "organization": acme })));
    let ann = world.token("user_ann", None);
    assert_eq!(world.get("/me", &ann).await, (200, json!({ "user": "user_ann", "organization": null })));
    assert_eq!(world.get("/api/currencies", &ann).await, (200, json!(["EUR", "USD"])));
}

#[tokio::test]
async fn a_token_that_does_not_count_is_refused_with_the_reason() {
    let world = World::start().await;
    let ann = world.token("user_ann", Some("org_acme"));
    let bob = world.token("user_bob", Some("org_acme"));
    // Bob's claims under Ann's signature.
    let forged = format!("{}.{}", bob.rsplit_once('.').unwrap().0, ann.rsplit_once('.').unwrap().1);
    world.local.clock().rewind(Duration::from_secs(3600));
    let old = world.token("user_ann", None);
    let expired = "session-token-expired-refresh-non-eligible-no-refresh-cookie";
    let tokens = [(forged, "token-invalid-signature"), (old, expired), ("no token".to_owned(), "token-invalid")];
    for (token, reason) in tokens {
        for path in ["/me", "/api/currencies"] {
            let (status, told) = world.get(path, &token).await;
            assert_eq!(
                (status, &told["error"], &told["reason"]),
                (401, &json!("signed_out"), &json!(reason)),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_organization_of_the_path_decides_what_somebody_may() {
    let world = World::start().await;
    let ann_in_acme = world.token("user_ann", Some("org_acme"));
    let bob_in_acme = world.token("user_bob", Some("org_acme"));
    let bob_in_bolt = world.token("user_bob", Some("org_bolt"));
    let bob_in_none = world.token("user_bob", None);
    let new = json!({ "customer": "Ann's Bakery", "cents": 1200 });

    // Whether they may read, write and delete: Bob keeps Acme's books, Ann is its admin, and Bolt has Bob as a member.
    let rights = [
        (ACME, &bob_in_acme, (200, 201, 403)),
        (ACME, &ann_in_acme, (200, 403, 204)),
        (BOLT, &bob_in_bolt, (200, 403, 403)),
        (BOLT, &bob_in_acme, (403, 403, 403)),
        (BOLT, &ann_in_acme, (403, 403, 403)),
        (ACME, &bob_in_none, (403, 403, 403)),
    ];
    for (path, token, expected) in rights {
        let (read, _) = world.get(path, token).await;
        let (written, told) = world.send(Method::POST, path, token, &new).await;
        let (deleted, _) = world.send(Method::DELETE, &format!("{path}/1"), token, &Value::Null).await;
        assert_eq!((read, written, deleted), expected, "{path}");
        if written == 403 {
            assert_eq!((&told["error"], &told["reason"]), (&json!("forbidden"), &Value::Null));
        }
    }
}

#[tokio::test]
async fn an_organization_has_its_own_invoices_by_whichever_name() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_acme"));
    let new = json!({ "customer": "Ann's Bakery", "cents": 1200 });
    let invoice = json!({ "number": 1, "customer": "Ann's Bakery", "cents": 1200, "author": "user_bob" });
    assert_eq!(world.send(Method::POST, ACME, &bob, &new).await, (201, invoice.clone()));
    assert_eq!(world.get(ACME, &bob).await, (200, json!([invoice])));
    assert_eq!(world.get("/api/organizations/org_acme/invoices", &bob).await, (200, json!([invoice])));
    let bob = world.token("user_bob", Some("org_bolt"));
    assert_eq!(world.get(BOLT, &bob).await, (200, json!([])));

    let ann = world.token("user_ann", Some("org_acme"));
    let first = format!("{ACME}/1");
    assert_eq!(world.send(Method::DELETE, &first, &ann, &Value::Null).await.0, 204);
    for gone in [first, format!("{ACME}/first")] {
        let (status, told) = world.send(Method::DELETE, &gone, &ann, &Value::Null).await;
        assert_eq!((status, &told["error"]), (404, &json!("not_found")), "{gone}");
    }
}

#[tokio::test]
async fn what_is_no_invoice_is_refused_to_those_who_may_write() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_acme"));
    let long = json!({ "customer": "Ann's Bakery ".repeat(2000), "cents": 1200 });
    for nothing in [json!({ "customer": "Ann's Bakery" }), json!("Ann's Bakery"), long] {
        let (status, told) = world.send(Method::POST, ACME, &bob, &nothing).await;
        assert_eq!((status, &told["error"]), (400, &json!("not_an_invoice")));
    }
    let ann = world.token("user_ann", Some("org_acme"));
    assert_eq!(world.send(Method::POST, ACME, &ann, &json!("Ann's Bakery")).await.0, 403);
    // As pages of others could send it.
    let text = world.http.post(format!("{}{ACME}", world.url)).bearer_auth(&bob).header(CONTENT_TYPE, "text/plain");
    let answer = text.body(r#"{ "customer": "Ann's Bakery", "cents": 1200 }"#).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), TEXT);
    assert_eq!(world.get(ACME, &bob).await, (200, json!([])));
}

#[tokio::test]
async fn with_authorized_parties_only_their_tokens_count() {
    let world = World::start_with(|program| program.env("AUTHORIZED_PARTIES", "https://app.example.com, ")).await;
    let refused = (401, json!("token-invalid-authorized-parties"));
    let told = |(status, told): (u16, Value)| (status, told["reason"].clone());
    assert_eq!(told(world.get("/me", &world.token_for("https://app.example.com").await).await), (200, Value::Null));
    assert_eq!(told(world.get("/me", &world.token_for("https://app.example.net").await).await), refused);
    assert_eq!(told(world.get("/me", &world.token("user_ann", None)).await), refused);
}

#[tokio::test]
async fn while_clerk_cannot_be_asked_nobody_is_told_to_sign_in() {
    let world = World::start().await;
    let before = world.token("user_ann", None);
    world.local.rotate_signing_key().unwrap();
    let after = world.token("user_ann", None);
    world.local.faults().add(Fault::jwks_outage());
    assert_eq!(world.get("/me", &before).await.0, 200);

    let answer = world.request(Method::GET, "/me", &after).await;
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key(RETRY_AFTER)), (503, true));
    assert_eq!(answer.json::<Value>().await.unwrap()["error"], json!("unavailable"));
}

#[tokio::test]
async fn it_starts_while_clerk_is_down_and_lets_people_in_when_it_is_back() {
    let local = clerk().await;
    let outage = local.faults().add(Fault::status(503));
    let world = World::of(local, |program| program).await;
    let ann = world.token("user_ann", None);
    assert_eq!(world.get("/health", "").await.0, 200);
    assert_eq!(world.get("/me", &ann).await.0, 503);

    world.local.faults().remove(outage);
    for _ in 0..300 {
        if world.get("/me", &ann).await.0 == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Clerk is back, and nobody is let in");
}

#[tokio::test]
async fn a_new_organization_gets_its_first_invoice_once_however_often_clerk_tells() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_bolt"));
    world.tell("organization.created").await;
    for delivery in world.local.webhooks().deliveries() {
        world.local.webhooks().resend(&delivery.message_id);
    }
    world.local.webhooks().settled().await;
    let statuses: Vec<_> = world.local.webhooks().deliveries().into_iter().flat_map(|it| it.attempts).collect();
    assert_eq!(statuses.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Some(204), Some(204)]);
    let sample = json!({ "number": 1, "customer": "A first customer", "cents": 4900, "author": null });
    assert_eq!(world.get(BOLT, &bob).await, (200, json!([sample])));
}

#[tokio::test]
async fn an_organization_that_is_gone_stays_without_invoices() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_acme"));
    let new = json!({ "customer": "Ann's Bakery", "cents": 1200 });
    assert_eq!(world.send(Method::POST, ACME, &bob, &new).await.0, 201);
    // They come in any order. Bob's token is good for a minute yet.
    let acme = json!({ "id": "org_acme", "object": "organization", "name": "Acme" });
    world.local.webhooks().tell("organization.deleted", json!({ "id": "org_acme", "deleted": true }));
    world.local.webhooks().settled().await;
    world.local.webhooks().tell("organization.created", acme);
    world.local.webhooks().settled().await;
    assert_eq!(world.get(ACME, &bob).await, (200, json!([])));
    assert_eq!(world.send(Method::POST, ACME, &bob, &new).await.0, 404);
}

#[tokio::test]
async fn a_forged_webhook_changes_nothing() {
    let world = World::start().await;
    let other = world.local.webhooks().endpoint(format!("{}/webhooks/clerk", world.url)).add().unwrap();
    assert_ne!(other.secret, WEBHOOK_SECRET);
    world.tell("organization.created").await;
    let mut statuses: Vec<_> = world.local.webhooks().deliveries().iter().map(|it| it.attempts[0].status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(204), Some(400)]);
    let bob = world.token("user_bob", Some("org_bolt"));
    assert_eq!(world.get(BOLT, &bob).await.1.as_array().unwrap().len(), 1);

    // Whoever looks for it in the dashboard is told why.
    let unsigned = world.http.post(format!("{}/webhooks/clerk", world.url)).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 400);
    let told = unsigned.text().await.unwrap();
    assert!(told.starts_with("the webhook request lacks svix-id"), "{told}");
}

#[tokio::test]
async fn without_its_keys_it_says_what_is_missing() {
    let ended = Program::new(PROGRAM).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_SECRET_KEY"), "{}", ended.errors);

    let local = LocalClerk::builder().start().await.unwrap();
    let ended = Program::new(PROGRAM).clerk(&local).run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("CLERK_WEBHOOK_SIGNING_SECRET"), "{}", ended.errors);

    let program = Program::new(PROGRAM).clerk(&local).env("CLERK_WEBHOOK_SIGNING_SECRET", WEBHOOK_SECRET);
    let ended = program.env("CLERK_SECRET_KEY", "sk_test_of_another_instance").run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("secret-key-invalid") && !ended.errors.contains("of_another_instance"));
}

#[tokio::test]
async fn in_production_it_wants_authorized_parties() {
    let production = |settings: &mut Settings| settings.environment = Environment::Production;
    let local = LocalClerk::builder().configure(production).start().await.unwrap();
    let program = || Program::new(PROGRAM).clerk(&local).env("CLERK_WEBHOOK_SIGNING_SECRET", WEBHOOK_SECRET);
    let ended = program().run().await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.errors.contains("no-authorized-parties"), "{}", ended.errors);
    drop(program().env("PORT", "0").env("AUTHORIZED_PARTIES", "https://app.example.com").serve().await);
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_well_when_it_is_asked_to() {
    for signal in ["-INT", "-TERM"] {
        let world = World::start().await;
        assert_eq!(world.get("/health", "").await.0, 200);
        let program = world.program;
        let asked = std::process::Command::new("kill").args([signal, &program.id().to_string()]).status();
        assert!(asked.unwrap().success());
        assert!(program.end().await.status.success(), "{signal}");
    }
}

/// A Clerk with Ann and Bob and two organizations.
async fn clerk() -> LocalClerk {
    LocalClerk::builder().configure(bookkeepers).seed(seed()).start().await.unwrap()
}

/// The program, and the Clerk that it asks.
struct World {
    local: LocalClerk,
    program: Running,
    url: String,
    http: Client,
}

impl World {
    async fn start() -> Self {
        Self::start_with(|program| program).await
    }

    async fn start_with(set: impl FnOnce(Program) -> Program) -> Self {
        Self::of(clerk().await, set).await
    }

    async fn of(local: LocalClerk, set: impl FnOnce(Program) -> Program) -> Self {
        let program = Program::new(PROGRAM).clerk(&local).env("PORT", "0");
        let program = set(program.env("CLERK_WEBHOOK_SIGNING_SECRET", WEBHOOK_SECRET));
        let (program, url) = program.serve().await;
        let endpoint = local.webhooks().endpoint(format!("{url}/webhooks/clerk")).secret(WEBHOOK_SECRET);
        endpoint.events(["organization.created", "organization.deleted"]).add().unwrap();
        Self { local, program, url, http: Client::builder().no_proxy().build().unwrap() }
    }

    /// A token of a new session that works in this organization.
    fn token(&self, user: &str, organization: Option<&str>) -> String {
        let signed_in = match organization {
            Some(organization) => self.local.sign_in_to(organization, user),
            None => self.local.sign_in_as(user),
        };
        signed_in.unwrap().session_token.expose().to_owned()
    }

    /// A token as a page of this origin gets it.
    async fn token_for(&self, origin: &str) -> String {
        let ann = self.local.sign_in_as("user_ann").unwrap();
        let url = format!("{}/v1/client/sessions/{}/tokens", self.local.frontend_url(), ann.session_id);
        let cookie = format!("__client={}", ann.client_token.expose());
        let answer = self.http.post(url).header("origin", origin).header("cookie", cookie).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["jwt"].as_str().unwrap().to_owned()
    }

    /// Has Clerk tell about Bolt.
    async fn tell(&self, event: &str) {
        self.local.webhooks().tell(event, json!({ "id": "org_bolt", "object": "organization", "name": "Bolt" }));
        self.local.webhooks().settled().await;
    }

    async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        read(self.request(Method::GET, path, token).await).await
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token);
        read(request.json(body).send().await.unwrap()).await
    }

    /// Without a token where it is empty.
    async fn request(&self, method: Method, path: &str, token: &str) -> Response {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        request.send().await.unwrap()
    }
}

async fn read(answer: Response) -> (u16, Value) {
    let (status, body) = (answer.status().as_u16(), answer.bytes().await.unwrap());
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// Those who keep the books have a permission for it, and admins do not.
fn bookkeepers(settings: &mut Settings) {
    let (mut permission, mut role) = (PermissionSettings::default(), RoleSettings::default());
    (permission.key, permission.name) = ("org:invoices:manage".to_owned(), "Manage invoices".to_owned());
    (role.key, role.name) = ("org:bookkeeper".to_owned(), "Bookkeeper".to_owned());
    role.permissions.push(permission.key.clone());
    settings.organizations.permissions.push(permission);
    settings.organizations.roles.push(role);
}

fn seed() -> Seed {
    let named = |slug: &str| {
        let mut organization = SeedOrganization::new(slug);
        (organization.slug, organization.id) = (Some(slug.to_owned()), Some(format!("org_{slug}")));
        organization
    };
    Seed::default()
        .user(SeedUser::new("ann@example.com").id("user_ann"))
        .user(SeedUser::new("bob@example.com").id("user_bob"))
        .organization(named("acme").member("user_ann", "org:admin").member("user_bob", "org:bookkeeper"))
        .organization(named("bolt").member("user_bob", "org:member"))
}
