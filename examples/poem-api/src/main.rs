//! An API on poem: a small product with invoices, where organizations, roles and permissions decide who may what.
//!
//! ```console
//! $ cargo run -p clerk-local -- --seed examples/seed.json &    # paste what it prints, or the keys of an instance
//! $ curl http://127.0.0.1:4010/local/webhooks -d '{"url": "http://127.0.0.1:3000/webhooks/clerk"}'
//! {"id":"ep_…","secret":"whsec_…",…}
//! $ export CLERK_WEBHOOK_SIGNING_SECRET=whsec_…
//! $ cargo run -p example-poem-api
//! listening on http://127.0.0.1:3000
//! $ curl http://127.0.0.1:3000/me
//! {"error":"signed_out","message":"…","reason":"dev-browser-missing"}
//! ```
//!
//! `AUTHORIZED_PARTIES` has the origins of the pages that send requests here, with commas between; an instance of
//! production needs them. `PORT` is 3000 unless set.
//!
//! | route | who |
//! |---|---|
//! | `GET /health` | everybody |
//! | `GET /me` | who is signed in |
//! | `GET /api/currencies` | who is signed in, although the handler does not ask |
//! | `GET /api/organizations/{organization}/invoices` | who works in that organization |
//! | `POST /api/organizations/{organization}/invoices` | with the permission `org:invoices:manage` |
//! | `DELETE /api/organizations/{organization}/invoices/{number}` | with the role `org:admin` |
//! | `POST /webhooks/clerk` | Clerk, by its signature |
//!
//! What to look at:
//!
//! - `main.rs`: the [`ClerkLayer`] comes last with `with`, so that it is outermost.
//! - `api.rs`: a [`Guard`](clerk_ext::web::Guard) closes a whole nest, another an endpoint; handlers ask for the rest.
//! - `answers.rs`: what refused requests are told is said to the layer, and other errors are caught by their types.
//! - `webhooks.rs`: messages that are verified, and handled once each.

mod answers;
mod api;
mod invoices;
mod stop;
mod webhooks;

use std::{env, error::Error, process::ExitCode, sync::Arc, time::Duration};

use clerk_ext::{
    auth::{Clerk, diagnose::Severity},
    config::Config,
    web::ClerkLayer,
    webhooks::Webhook,
};
use poem::{
    EndpointExt as _, Route, Server, get,
    listener::{Acceptor as _, Listener as _, TcpListener},
    post,
};

use crate::invoices::Invoices;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let clerk = Clerk::builder().config(&config).authorized_parties(authorized_parties()).build()?;
    check(&clerk).await?;
    // Several processes behind one address need a `Dedupe` that they share: this one remembers in its memory.
    let webhook = Webhook::from_config(&config)?.lease(Duration::from_secs(15)).patience(Duration::from_secs(5));

    let app = Route::new()
        .at("/health", get(api::health))
        .at("/me", get(api::me))
        .at("/webhooks/clerk", post(webhooks::receive))
        .nest("/api", api::routes())
        .data(webhook)
        .data(Arc::new(Invoices::default()))
        .catch_error(answers::no_such_route)
        .catch_error(answers::no_such_method)
        .catch_error(answers::no_such_number)
        .catch_error(answers::not_an_invoice)
        .catch_error(answers::too_long)
        .with(ClerkLayer::new(clerk).refusals(answers::refused));

    let port = port()?;
    let acceptor = TcpListener::bind(("127.0.0.1", port)).into_acceptor().await;
    let acceptor = acceptor.map_err(|error| format!("cannot listen on port {port}: {error}; set PORT to another"))?;
    let stopped = stop::listen()?;
    for address in acceptor.local_addr().iter().filter_map(|address| address.as_socket_addr()) {
        println!("listening on http://{address}");
    }
    // Requests come to their end, for as long as this.
    let patience = Some(Duration::from_secs(10));
    Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(app, stopped, patience).await?;
    Ok(())
}

/// Finds out now what would otherwise be found out by the first person who comes.
///
/// That Clerk cannot be reached is no mistake of the configuration, and may be over in a minute.
async fn check(clerk: &Clerk) -> Result<(), String> {
    let health = clerk.check().await;
    for finding in &health.findings {
        eprintln!("{finding}");
    }
    let is_outage = |code: &str| matches!(code, "backend-unreachable" | "frontend-unreachable");
    match health.findings.iter().find(|it| it.severity >= Severity::Warning && !is_outage(&it.code)) {
        Some(mistake) => Err(format!("it does not start before this is put right: {}", mistake.code)),
        None => Ok(()),
    }
}

/// Tokens that were issued to other pages than these are refused; without any, those of all pages of the instance count.
fn authorized_parties() -> Vec<String> {
    let origins = env::var("AUTHORIZED_PARTIES").unwrap_or_default();
    origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect()
}

fn port() -> Result<u16, String> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    port.parse().map_err(|_| "PORT is no port: set a number up to 65535, or 0 for a free one".to_owned())
}
