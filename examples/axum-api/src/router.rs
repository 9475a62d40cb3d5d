//! Which request goes where, and what is open.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRef},
    routing::{delete, get, post},
};
use clerk_ext::{
    auth::Clerk,
    web::{ClerkLayer, Guard},
    webhooks::Webhook,
};
use tokio::sync::watch;

use crate::{
    health::{self, Health},
    invoices::{self, Invoices},
    me,
    members::{self, Members},
    organizations::WorksHere,
    problem, webhooks,
};

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) webhook: Webhook,
    pub(crate) invoices: Invoices,
    pub(crate) members: Members,
    pub(crate) health: watch::Receiver<Health>,
}

/// What checks webhooks before their handler gets to see them.
impl FromRef<App> for Webhook {
    fn from_ref(app: &App) -> Self {
        app.webhook.clone()
    }
}

pub(crate) fn router(clerk: Clerk, app: App) -> Router {
    // A guard is around what is there when it is added: routes first, then the fallbacks, the guard last.
    let of_organizations = Router::new()
        .route("/organizations/{organization}/invoices", get(invoices::list).post(invoices::add))
        .route("/organizations/{organization}/invoices/{invoice}", delete(invoices::remove))
        .route("/organizations/{organization}/members", get(members::list))
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(Guard::policy(WorksHere));
    let api = Router::new()
        .route("/me", get(me::me))
        .route("/currencies", get(currencies))
        .merge(of_organizations)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(DefaultBodyLimit::max(16 * 1024))
        .layer(Guard::signed_in());
    Router::new()
        .route("/health", get(health::health))
        .route("/webhooks/clerk", post(webhooks::receive))
        .nest("/api", api)
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(ClerkLayer::new(clerk).refusals(problem::of_refusal))
        .with_state(app)
}

/// It asks for nobody, and is closed nevertheless.
async fn currencies() -> Json<[&'static str; 3]> {
    Json(["CHF", "EUR", "USD"])
}
