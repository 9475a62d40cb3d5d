//! How to test an application of your own against a Clerk on this machine.
//!
//! The application is small: people keep notes, as many as their plan has room for. What is worth reading is its test,
//! `tests/program.rs`.
//!
//! ```console
//! $ cargo test -p example-testing-your-app
//! ```
//!
//! The application itself:
//!
//! ```console
//! $ export CLERK_SECRET_KEY=sk_test_… CLERK_PUBLISHABLE_KEY=pk_test_…
//! $ export CLERK_WEBHOOK_SIGNING_SECRET=whsec_…              # of the endpoint /webhooks/clerk: user.created, user.deleted
//! $ AUTHORIZED_PARTIES=https://app.example.com cargo run -p example-testing-your-app
//! listening on http://127.0.0.1:3000
//! ```
//!
//! Without an account: `cargo run -p clerk-local -- --seed examples/seed.json` in another terminal prints the keys of a Clerk on this machine. The
//! signing secret is that of an endpoint which is added there, and until then any, such as `whsec_dGVzdCBzZWNyZXQ=`.
//!
//! What to look at:
//!
//! - This file is all that knows of the environment. It reads the settings, makes what the application talks to Clerk
//!   with, and hands that over. A test does the same with other keys, and that is all it takes to be testable.
//! - `lib.rs`: the application is one function, `app`, which a test calls as well.

use std::{env, error::Error, net::Ipv4Addr, process::ExitCode};

use clerk_ext::{auth::Clerk, backend::Backend, config::Config, webhooks::Webhook};
use example_testing_your_app::app;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-testing-your-app: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let backend = Backend::from_config(&config)?;
    // Which messages were handled is remembered in this process. Several of them need a `Dedupe` that they share.
    let webhook = Webhook::from_config(&config)?;
    config.require_publishable_key()?;
    let clerk = Clerk::builder().config(&config).authorized_parties(authorized_parties()).build()?;

    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let port: u16 = port.parse().map_err(|_| "PORT is no port; set a number up to 65535, or 0 for a free one")?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| format!("cannot listen on port {port}: {error}; set PORT to another"))?;
    println!("listening on http://{}", listener.local_addr()?);
    // Requests that are under way are answered first.
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    Ok(axum::serve(listener, app(clerk, &backend, webhook)).with_graceful_shutdown(stopped).await?)
}

/// The origins of our pages, with commas between.
fn authorized_parties() -> Vec<String> {
    let origins = env::var("AUTHORIZED_PARTIES").unwrap_or_default();
    origins.split(',').map(|origin| origin.trim().to_owned()).filter(|origin| !origin.is_empty()).collect()
}
