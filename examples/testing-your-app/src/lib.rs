//! Notes: people keep as many as their plan has room for.
//!
//! It is here to be tested: see `tests/program.rs`.

mod notes;
mod webhooks;

use axum::{
    Router,
    extract::FromRef,
    routing::{get, post},
};
use clerk_ext::{
    auth::Clerk,
    backend::Backend,
    metadata, policy,
    web::{ClerkLayer, Guard},
    webhooks::Webhook,
};
use serde::{Deserialize, Serialize};

use crate::notes::Notes;

/// What somebody has paid for: in their public metadata, where they see it and only servers change it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(default)]
pub struct Plan {
    /// For how many notes there is room.
    pub notes: usize,
}

/// The plan of whoever has none: somebody new has no metadata yet.
impl Default for Plan {
    fn default() -> Self {
        Self { notes: 2 }
    }
}

metadata! {
    /// The metadata of this application.
    pub struct App { user_public: Plan }
}

policy! {
    /// Runs the organization that they work in.
    struct Admin: role("org:admin");
}

/// The application, with everything it needs of Clerk.
///
/// It reads no environment and opens no port, so that a test has as many of it as it likes.
pub fn app(clerk: Clerk, backend: &Backend, webhook: Webhook) -> Router {
    let state = Application { backend: backend.typed(), webhook, notes: Notes::default() };
    let people = Router::new().route("/notes", get(notes::list).post(notes::add)).layer(Guard::signed_in());
    let admins = Router::new().route("/report", get(notes::report)).layer(Guard::policy(Admin));
    // Clerk is not signed in, so what it calls is below no guard: its signature is checked instead.
    let hooks = Router::new().route("/webhooks/clerk", post(webhooks::receive));
    people.merge(admins).merge(hooks).layer(ClerkLayer::new(clerk)).with_state(state)
}

#[derive(Clone)]
struct Application {
    backend: Backend<App>,
    webhook: Webhook,
    notes: Notes,
}

/// For the handler that takes a verified webhook.
impl FromRef<Application> for Webhook {
    fn from_ref(application: &Application) -> Self {
        application.webhook.clone()
    }
}
