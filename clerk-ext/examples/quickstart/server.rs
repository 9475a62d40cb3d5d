//! A server on axum, and who gets what from it.

use axum::{Router, extract::Path, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    Json, JsonMap,
    auth::Clerk,
    frontend::Session,
    http::StatusCode,
    policy, reqwest,
    web::{ClerkLayer, Guard, SignedIn},
};
use tokio::net::TcpListener;

use crate::{
    Result,
    narration::{chapter, expect, line},
};

policy! {
    /// Runs the organization that the path names, and works in it now.
    struct RunsOrganization: all([role("org:admin"), organization_in_path("organization")]);
}

/// Everybody who is signed in may ask who they are; invoices are for those who run the organization.
fn routes(clerk: Clerk) -> Router {
    let guarded = Router::new().route("/{organization}/invoices", get(invoices));
    Router::new()
        .route("/me", get(me))
        .merge(guarded.layer(Guard::policy(RunsOrganization)))
        .layer(ClerkLayer::new(clerk))
}

async fn me(person: SignedIn) -> String {
    person.user_id().to_string()
}

async fn invoices(Path(organization): Path<String>) -> String {
    format!("invoices of {organization}")
}

/// Ann's device and others ask for this and that.
pub(crate) async fn answers_those_who_may(clerk: Clerk, session: &Session) -> Result {
    let (listener, origin) = listen().await?;
    serve(listener, routes(clerk.clone()));
    let caller = Caller::of(origin)?;
    let token = session.token().await?;
    let ann = token.claims().user.as_ref().ok_or("the token does not say whose it is")?;

    chapter("A server checks who asks");
    line("it listens at", &caller.origin);
    let told = caller.get("/me", None).await?;
    expect("GET /me            without a token", told, "401 sign in first (dev-browser-missing)")?;
    let told = caller.get("/me", Some(token.expose())).await?;
    expect("GET /me            with Ann's token", told, format_args!("200 {ann}"))?;
    let told = caller.get("/bolt/invoices", Some(token.expose())).await?;
    expect("GET /bolt/invoices while she works in Bolt", told, "200 invoices of bolt")?;
    let told = caller.get("/acme/invoices", Some(token.expose())).await?;
    expect("GET /acme/invoices while she works in Bolt", told, "403 you may not do this")?;

    let forged = with_another_user(token.expose())?;
    let told = caller.get("/me", Some(&forged)).await?;
    expect("GET /me            with a forged token", told, "401 sign in first (token-invalid-signature)")?;
    let Err(refused) = clerk.verify_token(&forged).await else { return Err("the forged token was accepted".into()) };
    expect("the forged token without a request", refused.reason(), "token-invalid-signature")?;
    let verified = clerk.verify_token(token.expose()).await?;
    let role = verified.claims().organization().and_then(|organization| organization.role());
    expect("Ann's token without a request", role.unwrap_or("no role"), "org:admin")
}

/// A free port of this machine, and the address of what will listen there.
pub(crate) async fn listen() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}

/// Serves until the program ends.
pub(crate) fn serve(listener: TcpListener, routes: Router) {
    tokio::spawn(async { axum::serve(listener, routes).await });
}

/// The token with somebody else in it; who has no key can only keep the signature.
fn with_another_user(token: &str) -> Result<String> {
    let mut parts = token.splitn(3, '.');
    let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("the token has no three parts".into());
    };
    let mut claims: JsonMap = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims)?)?;
    claims.insert("sub".to_owned(), "user_somebody_else".into());
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
    Ok(format!("{header}.{claims}.{signature}"))
}

/// What sends requests to the server.
struct Caller {
    http: reqwest::Client,
    origin: String,
}

impl Caller {
    fn of(origin: String) -> Result<Self> {
        // A proxy that the environment names does not know this machine's own addresses.
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, origin })
    }

    /// The status, and what was answered: the text, or why there is none.
    async fn get(&self, path: &str, token: Option<&str>) -> Result<String> {
        let mut request = self.http.get(format!("{}{path}", self.origin));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let told = if status == StatusCode::OK { text } else { reason(&text)? };
        Ok(format!("{} {told}", status.as_u16()))
    }
}

/// Why a request was refused: for people, and the reason where there is one.
fn reason(refusal: &str) -> Result<String> {
    let refusal: Json = serde_json::from_str(refusal)?;
    let said = |path| refusal.pointer(path).and_then(Json::as_str);
    let message = said("/errors/0/message").ok_or("the refusal does not say why")?;
    Ok(match said("/errors/0/meta/reason") {
        Some(reason) => format!("{message} ({reason})"),
        None => message.to_owned(),
    })
}
