//! Two services, one of which calls the other with a token for machines. No person is signed in anywhere.
//!
//! It shows
//!
//! - a service that only machines may call, and of these only those that were allowed to (`service.rs`),
//! - one token for many calls: made when it is first needed, kept until shortly before its end, and made anew when it is
//!   refused because somebody revoked it (`token.rs`, `calls.rs`),
//! - least privilege: each of the two has the key of its own machine, and neither has that of the instance.
//!
//! # How to run it
//!
//! In the dashboard, make two machines, let one of them call the other (its *scopes*), and copy the secret key of each
//! and the id of the one that is called. The service is that one:
//!
//! ```console
//! $ CLERK_MACHINE_SECRET_KEY=ak_… MACHINE_ID=mch_… cargo run -p example-machine-calls -- serve
//! listening on http://127.0.0.1:3000
//! ```
//!
//! and what calls it is the other one:
//!
//! ```console
//! $ export CLERK_MACHINE_SECRET_KEY=ak_…
//! $ cargo run -p example-machine-calls -- call http://127.0.0.1:3000/stock --times 3
//! call 1: 200, 42 boxes, told to mch_…
//! call 2: 200, 42 boxes, told to mch_…
//! call 3: 200, 42 boxes, told to mch_…
//! 3 of 3 calls were answered, with one token
//! ```
//!
//! Without an account, a Clerk on this machine (`cargo run -p clerk-local -- --seed examples/seed.json`) makes machines by
//! `curl $CLERK_API_URL/v1/machines -H "Authorization: Bearer $CLERK_SECRET_KEY" --json '{"name": "stock"}'`, and with
//! `"scoped_machines": ["mch_…"]` one that may call that one. Both programs take `CLERK_API_URL` from the environment.
//!
//! # What to look at
//!
//! The tokens here are opaque: the service asks Clerk about each, so that one that is revoked is refused at once. Where a
//! request for each call is too much, the caller asks for a JWT (`create().jwt()`), and the service is given
//! `CLERK_JWT_KEY`: then nobody asks Clerk, and nobody can take a token back before it ends. Make those short.

mod calls;
mod service;
mod token;

use std::{env, error::Error, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use clerk_ext::config::Config;
use reqwest::Url;

/// What may stand in the way.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A service for machines, and a machine that calls it.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves machines that may call this one: CLERK_MACHINE_SECRET_KEY, MACHINE_ID, PORT.
    Serve,
    /// Calls a service as this machine: CLERK_MACHINE_SECRET_KEY.
    Call {
        /// What to get, such as http://127.0.0.1:3000/stock.
        url: Url,
        /// How often.
        #[arg(long, default_value_t = 1)]
        times: u32,
        /// How many milliseconds to wait between two calls.
        #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
        pause: u64,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-machine-calls: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result {
    let config = Config::from_env()?;
    config.require_machine_secret_key()?;
    match command {
        Command::Serve => {
            let id = variable("MACHINE_ID")?.ok_or("MACHINE_ID is not set: copy this machine's id, mch_…")?;
            let port = match variable("PORT")? {
                Some(port) => port.parse().map_err(|_| "PORT has to be the number of a port")?,
                None => 3000,
            };
            service::serve(&config, id, port).await
        }
        Command::Call { url, times, pause } => calls::call(&config, url, times, Duration::from_millis(pause)).await,
    }
}

/// A variable that is set to nothing counts as one that is not set.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8; set it again").into()),
    }
}
