//! The program, a Clerk with two organizations, and the page that people come from.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_local::{
    Builder, LocalClerk, PermissionSettings, RoleSettings, Seed, SeedOrganization, SeedUser, Settings, SignedIn,
};
use clerk_program::{Program, Running};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

pub const EXECUTABLE: &str = env!("CARGO_BIN_EXE_example-axum-api");

/// Where the pages of the product are.
pub const PAGE: &str = "https://app.example.com";

pub struct World {
    pub local: LocalClerk,
    pub program: Running,
    pub url: String,
    http: Client,
}

/// Acme has Ann as an admin, Bob who writes invoices, and Cat; Bolt has Dan as an admin, and Cat.
pub fn clerk() -> Builder {
    let user = |name: &str| SeedUser::new(format!("{name}@example.com")).id(format!("user_{name}"));
    let organization = |slug: &str| {
        let mut organization = SeedOrganization::new(slug);
        (organization.slug, organization.id) = (Some(slug.to_owned()), Some(format!("org_{slug}")));
        organization
    };
    let acme = organization("acme").member("user_ann", "org:admin").member("user_bob", "org:billing");
    let seed = ["ann", "bob", "cat", "dan"].into_iter().fold(Seed::default(), |seed, name| seed.user(user(name)));
    let seed = seed.organization(acme.member("user_cat", "org:member"));
    let seed =
        seed.organization(organization("bolt").member("user_dan", "org:admin").member("user_cat", "org:billing"));
    LocalClerk::builder().configure(set_up).seed(seed)
}

/// What is done in the dashboard.
fn set_up(settings: &mut Settings) {
    let mut permission = PermissionSettings::default();
    (permission.key, permission.name) = ("org:invoices:manage".to_owned(), "Manage invoices".to_owned());
    let mut role = RoleSettings::default();
    (role.key, role.name) = ("org:billing".to_owned(), "Billing".to_owned());
    role.permissions.push(permission.key.clone());
    settings.organizations.permissions.push(permission);
    settings.organizations.roles.push(role);
    settings.session_claims.insert("email".to_owned(), json!("{{user.primary_email_address}}"));
}

/// The secret of the endpoint of webhooks.
pub fn webhook_secret() -> String {
    format!("whsec_{}", STANDARD.encode("a secret for a test, and not for more"))
}

/// The program with all that it needs; nothing of it is started.
pub fn program(local: &LocalClerk) -> Program {
    set(Program::new(EXECUTABLE), local)
}

/// Gives what starts the program all that it needs.
pub fn set(program: Program, local: &LocalClerk) -> Program {
    program
        .clerk(local)
        .env("CLERK_WEBHOOK_SIGNING_SECRET", webhook_secret())
        .env("AUTHORIZED_PARTIES", format!("{PAGE}, https://admin.example.com"))
        .env("PORT", "0")
}

impl World {
    pub async fn start() -> Self {
        let local = clerk().start().await.unwrap();
        let program = program(&local);
        Self::of(local, program).await
    }

    pub async fn of(local: LocalClerk, program: Program) -> Self {
        let (program, url) = program.serve().await;
        Self { local, program, url, http: Client::builder().no_proxy().build().unwrap() }
    }

    /// A token as the page gets it for somebody who works in that organization, or in none.
    pub async fn token(&self, user: &str, organization: Option<&str>) -> String {
        let device = self.local.sign_in_as(user).unwrap();
        self.token_at(&device, PAGE, organization).await
    }

    /// A token of a page at that origin.
    pub async fn token_at(&self, device: &SignedIn, origin: &str, organization: Option<&str>) -> String {
        let url = format!("{}/v1/client/sessions/{}/tokens", self.local.frontend_url(), device.session_id);
        let request = self.http.post(url).header("origin", origin);
        let request = request.header("cookie", format!("__client={}", device.client_token.expose()));
        let answer = request.form(&[("organization_id", organization.unwrap_or_default())]).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["jwt"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Asks the Backend API for something that it does.
    pub async fn backend(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.http.request(method, format!("{}/v1{path}", self.local.backend_url()));
        let answer = request.bearer_auth(self.local.secret_key().expose()).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).bearer_auth(token)).await
    }

    pub async fn add_invoice(&self, organization: &str, token: &str) -> Answer {
        let request = self.request(Method::POST, &format!("/api/organizations/{organization}/invoices"));
        Answer::of(request.bearer_auth(token).json(&json!({"customer": "Zebra", "cents": 1250}))).await
    }

    pub async fn remove_invoice(&self, organization: &str, id: &Value, token: &str) -> Answer {
        let path = format!("/api/organizations/{organization}/invoices/{id}");
        Answer::of(self.request(Method::DELETE, &path).bearer_auth(token)).await
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    /// `null` where it is no JSON.
    pub body: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        Self { status, headers, body }
    }

    /// The status, and the code and the reason of the problem.
    pub fn refusal(&self) -> (u16, &str, Option<&str>) {
        let error = &self.body["error"];
        assert!(error["message"].is_string(), "{self:?}");
        (self.status.as_u16(), error["code"].as_str().unwrap(), error["reason"].as_str())
    }

    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }
}
