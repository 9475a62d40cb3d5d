//! A server on axum, and who gets what from it.

use axum::{Router, extract::Path, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    JsonMap,
    auth::Clerk,
    frontend::{Session, SessionToken},
    policy,
    web::{ClerkLayer, Guard, SignedIn},
};
use tokio::net::TcpListener;

use crate::{
    Result,
    caller::Caller,
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
    chapter("A server checks who asks");
    let (listener, origin) = listen().await?;
    line("it listens at", &origin);
    serve(listener, routes(clerk.clone()));
    let caller = Caller::of(origin)?;
    let token = session.token().await?;

    lets_in_who_is_signed_in(&caller, &token).await?;
    lets_in_who_runs_the_organization(&caller, &token).await?;
    refuses_a_forged_token(&caller, &clerk, &token).await
}

async fn lets_in_who_is_signed_in(caller: &Caller, token: &SessionToken) -> Result {
    let told = caller.get("/me", None).await?;
    // A server of a development instance misses the browser's identity before it misses a session.
    expect("GET /me            without a token", told, "401 sign in first (dev-browser-missing)")?;
    let told = caller.get("/me", Some(token.expose())).await?;
    let ann = token.claims().user.as_ref().ok_or("the token does not say whose it is")?;
    expect("GET /me            with Ann's token", told, format_args!("200 {ann}"))
}

async fn lets_in_who_runs_the_organization(caller: &Caller, token: &SessionToken) -> Result {
    let told = caller.get("/bolt/invoices", Some(token.expose())).await?;
    expect("GET /bolt/invoices while she works in Bolt", told, "200 invoices of bolt")?;
    let told = caller.get("/acme/invoices", Some(token.expose())).await?;
    expect("GET /acme/invoices while she works in Bolt", told, "403 you may not do this")
}

async fn refuses_a_forged_token(caller: &Caller, clerk: &Clerk, token: &SessionToken) -> Result {
    let forged = with_another_user(token.expose())?;
    let told = caller.get("/me", Some(&forged)).await?;
    expect("GET /me            with a forged token", told, "401 sign in first (token-invalid-signature)")?;

    let Err(refused) = clerk.verify_token(&forged).await else { return Err("the forged token was accepted".into()) };
    expect("the forged token, by verify_token", refused.reason(), "token-invalid-signature")?;
    let verified = clerk.verify_token(token.expose()).await?;
    let role = verified.claims().organization().and_then(|organization| organization.role());
    expect("Ann's role, by verify_token", role.unwrap_or("no role"), "org:admin")
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
