//! What clerk-ext costs beside requests by hand: the time of calls and walks, the memory of walks.

mod calls;
mod server;
mod walks;

use std::{future::Future, time::Instant};

use anyhow::Result;
use clerk_ext::{SecretKey, Transport, backend::Backend, metadata};
use clerk_rs::ClerkConfiguration;
use serde::{Deserialize, Serialize};

use crate::{clock::millis, figure::Outcome};
use server::{Canned, Server};

/// The key that everything is sent with.
const KEY: &str = "sk_test_benchmark";

/// The public metadata of each user as a type.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Plan {
    plan: String,
    seats: u32,
    beta: bool,
    team: String,
    tags: Vec<String>,
}

metadata! {
    /// The metadata of an application.
    struct App { user_public: Plan }
}

/// Measures all of it.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    // One thread, since memory is counted by thread; the server has its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let canned = runtime.block_on(Canned::new())?;
    let mut outcome: Outcome = calls::measure(rounds, &runtime, &canned)?.into();
    outcome.append(walks::measure(rounds, &runtime, &canned)?.into());
    Ok(outcome)
}

/// A backend as a user has it by default, at this server.
fn backend(server: &Server) -> Result<Backend> {
    Ok(Backend::builder().secret_key(&KEY.parse::<SecretKey>()?).api_url(server.url()).build()?)
}

/// The generated client without any layers, at this server.
fn raw(server: &Server) -> Result<clerk_bapi::Client> {
    let key = KEY.parse::<SecretKey>()?;
    let client = clerk_bapi::Client::builder().secret_key(&key).api_url(server.url());
    Ok(client.transport(Transport::reqwest()?).build()?)
}

/// The peer, at this server.
fn peer(server: &Server) -> ClerkConfiguration {
    ClerkConfiguration::new(KEY).with_base_path(format!("{}/v1", server.url()))
}

/// How many milliseconds it takes, by the clock.
async fn timed<T>(what: impl Future<Output = Result<T>>) -> Result<f64> {
    let begin = Instant::now();
    what.await?;
    Ok(millis(begin))
}
