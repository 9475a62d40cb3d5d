//! A tour of the whole crate: a person signs up and in, a server checks who asks, a back end keeps metadata, a webhook
//! tells of it.
//!
//! ```console
//! $ cargo run -p clerk-ext --example quickstart
//! ```
//!
//! It needs no account: a Clerk on this machine takes the place of the service, and nothing leaves the machine. Where
//! `configuration` is called, a program of yours has `Config::from_env()`; where the inbox is read, people type.

mod authenticator;
mod backend;
mod narration;
mod person;
mod server;
mod webhooks;

use std::{error::Error, process::ExitCode, time::Duration};

use clerk_ext::{auth::Clerk, backend::Backend, config::Config, frontend::Frontend, metadata};
use clerk_local::LocalClerk;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::narration::{chapter, line};

/// What any step may fail with, or what was not as expected.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What our application keeps with each user. Somebody new has nothing yet, so everything may be missing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
struct Plan {
    name: Option<String>,
    seats: u32,
}

metadata! {
    /// The metadata of our application.
    struct App { user_public: Plan }
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match timeout(Duration::from_secs(60), tour()).await {
        Ok(outcome) => outcome,
        Err(_) => Err("it took more than a minute; the last line above says where it got to".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nthe tour ended early: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn tour() -> Result {
    let local = LocalClerk::builder().start().await?;
    let config = configuration(&local)?;
    chapter("A Clerk on this machine");
    line("Frontend API", local.frontend_url());
    line("Backend API", local.backend_url());

    let device = Frontend::from_config(&config)?;
    let session = person::comes_to_stay(&device, &local.inbox()).await?;
    person::founds_organizations(&device, &session).await?;

    server::answers_those_who_may(Clerk::from_config(&config)?, &session).await?;

    let backend = Backend::from_config(&config)?.typed::<App>();
    let receiver = webhooks::Receiver::start(&local.webhooks()).await?;
    backend::keeps_metadata(&backend).await?;
    receiver.tells_of_the_change(&local.webhooks()).await?;

    println!("\nAll was as expected.");
    Ok(())
}

/// The keys of the instance, and where it is.
fn configuration(local: &LocalClerk) -> Result<Config> {
    let config = Config::builder()
        .publishable_key(local.publishable_key())
        .secret_key(local.secret_key())
        .api_url(local.backend_url());
    Ok(config.build()?)
}
