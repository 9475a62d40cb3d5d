//! Signing out, in this browser. Everywhere else: see `devices`.

use axum::{Router, routing::post};

use crate::visit::{Answer, Visit, see};

pub(crate) fn routes() -> Router {
    Router::new().route("/sign-out", post(sign_out))
}

async fn sign_out(visit: Visit) -> Answer {
    if visit.clerk().session().is_none() {
        return Ok(see("/"));
    }
    leave(&visit, "You are signed out.").await
}

/// Signs whoever is signed in out of this browser, which gets another cookie.
pub(crate) async fn leave(visit: &Visit, notice: &str) -> Answer {
    // It holds here at once; if Clerk cannot be told now, it is told with the next request.
    match visit.clerk().sign_out().await {
        Ok(_) => {}
        Err(error) if visit.clerk().session().is_some() => return Err(error.into()),
        Err(error) => eprintln!("{error}"),
    }
    visit.visitor.notify(notice);
    visit.renewed("/")
}
