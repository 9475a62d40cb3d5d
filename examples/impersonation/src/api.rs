//! The API: what it tells, and what it does for nobody but the users themselves.

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn},
    response::Response,
    routing::{delete, get},
};
use clerk_ext::{
    Json,
    auth::Clerk,
    backend::Backend,
    policy,
    web::{ClerkLayer, Guard, MaybeSignedIn, SignedIn},
};
use serde::Deserialize;

/// The claim that names who acts.
#[derive(Deserialize)]
struct Acting {
    act: Option<Json>,
}

policy! {
    /// The users themselves: nobody acts for them.
    struct Themselves: claims(|token: &Acting| token.act.is_none());
}

pub(crate) fn routes(clerk: Clerk, backend: Backend) -> Router {
    // What cannot be undone. A route that is added here is closed like the others.
    let final_ones = Router::new().route("/account", delete(delete_account)).layer(Guard::policy(Themselves));
    Router::new()
        .route("/me", get(me))
        .merge(final_ones)
        .layer(Guard::signed_in())
        .layer(from_fn(note))
        .layer(ClerkLayer::new(clerk))
        .with_state(backend)
}

/// Who it is, and who it really is.
async fn me(State(backend): State<Backend>, person: SignedIn) -> Result<String, StatusCode> {
    let user = person.user(&backend).await.map_err(|error| failed("the user", &error))?;
    let name = user.primary_email().map_or(user.id.as_str(), |email| &email.email_address);
    Ok(match person.claims().actor() {
        None => name.to_owned(),
        Some(actor) => format!("{name}, acted for by {}", actor.subject().unwrap_or("somebody without a name")),
    })
}

/// Deletes whoever asks, for good.
async fn delete_account(State(backend): State<Backend>, person: SignedIn) -> Result<StatusCode, StatusCode> {
    backend.users().delete(person.user_id()).await.map_err(|error| failed("the deletion", &error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn failed(what: &str, error: &clerk_ext::Error) -> StatusCode {
    eprintln!("{what} failed: {error}");
    StatusCode::BAD_GATEWAY
}

/// Notes what somebody does for a user, and what they tried: users may ask one day who was in their account.
async fn note(MaybeSignedIn(person): MaybeSignedIn, request: Request, next: Next) -> Response {
    let asked = format!("{} {}", request.method(), request.uri().path());
    let response = next.run(request).await;
    if let Some(person) = person
        && let Some(actor) = person.claims().actor()
    {
        let actor = actor.subject().unwrap_or("somebody without a name");
        eprintln!("{actor} for {}: {asked}, answered with {}", person.user_id(), response.status().as_u16());
    }
    response
}
