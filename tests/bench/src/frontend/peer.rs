//! A hundred session tokens of one device, beside clerk-fapi-rs: requests, and time.

use std::{fs, process::Command, time::Instant};

use anyhow::Result;
use clerk_core::{Bytes, http::Request};
use clerk_ext::frontend::Frontend;
use clerk_local::{Api, LocalClerk};
use tokio::runtime::Builder;
use tower_service::Service as _;

use super::{ADDRESS, PASSWORD, ann, device};
use crate::{
    cargo,
    clock::millis,
    figure::{Figure, Outcome, Unit, locked},
    here,
    process::Process,
    target,
};

const PEER: &str = "clerk-fapi-rs";

/// How often a token is asked for, one after the other.
const TOKENS: usize = 100;

pub(super) fn measure(rounds: usize) -> Result<Outcome> {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let local = server.block_on(LocalClerk::builder().seed(ann()).start())?;
    let mut outcome = Outcome::default();
    let peer = match server.block_on(environment(&local)).and_then(|environment| start(&local, &environment)) {
        Ok(peer) => Some(peer),
        Err(error) => {
            eprintln!("without {PEER}: {error:#}");
            outcome.left_out.push(format!("{PEER}: {error:#}"));
            None
        }
    };
    let here = Builder::new_current_thread().enable_all().build()?;
    let [mut ours, mut our_requests, mut theirs, mut their_requests] = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        // Each time another device, that has no token but what the sign-in gave it.
        let clerk = Frontend::builder(&local.publishable_key()).build()?;
        here.block_on(device::sign_in(&clerk))?;
        let asked = requests(&local);
        let began = Instant::now();
        for _ in 0..TOKENS {
            here.block_on(clerk.token())?;
        }
        ours.push(millis(began));
        our_requests.push(requests(&local) - asked);
        if let Some(peer) = &peer {
            let asked = requests(&local);
            theirs.push(peer.sample(&TOKENS.to_string())?);
            their_requests.push(requests(&local) - asked);
        }
    }
    let figure = |id: &str, what: &str, unit, ours: &[f64], theirs: &[f64]| {
        let figure = Figure::new(id, what, unit, "clerk-ext", ours);
        if theirs.is_empty() { figure } else { figure.peer(PEER, theirs) }
    };
    let what = format!("{TOKENS} times the token of a device, a Clerk on the same machine");
    outcome.figures.push(figure("frontend.tokens", &what, Unit::Milliseconds, &ours, &theirs).note("by the clock"));
    let what = format!("requests for {TOKENS} times the token of a device");
    outcome.figures.push(figure("frontend.tokens.requests", &what, Unit::Count, &our_requests, &their_requests));
    Ok(outcome)
}

/// How many requests have come so far.
fn requests(local: &LocalClerk) -> f64 {
    local.calls(Api::Frontend).values().sum::<u64>() as f64
}

/// The environment of the instance as the peer reads it: one field of it is a number there, and not a boolean.
async fn environment(local: &LocalClerk) -> Result<String> {
    let request = Request::get(format!("{}/v1/environment?_is_native=1", local.frontend_url())).body(Bytes::new())?;
    let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    let text = String::from_utf8(response.into_body().into())?;
    Ok(text.replace("\"create_organizations_limit\":false", "\"create_organizations_limit\":0"))
}

/// Compiles its program, which signs in and then waits to be asked.
fn start(local: &LocalClerk, environment: &str) -> Result<Process> {
    let folder = target().join("peer");
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"peer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         {PEER} = \"={}\"\nserde_json = \"1\"\ntokio = {{ version = \"1\", features = [\"rt\", \"time\"] }}\n",
        locked(PEER)
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(here().join("programs/clerk-fapi-rs.rs"), folder.join("src/main.rs"))?;
    cargo::lock(&folder)?;
    eprintln!("compiling a program on {PEER}");
    let built = folder.join("target");
    let mut compile = cargo::command(&folder, &built);
    compile.args(["build", "-q", "--release"]);
    cargo::run(compile)?;
    let mut command = Command::new(built.join("release/peer"));
    command.args([local.frontend_url(), local.publishable_key().as_str(), ADDRESS, PASSWORD]);
    let process = Process::start(command)?;
    process.tell(environment)?;
    // Connects, and shows that somebody is signed in.
    process.sample("1")?;
    Ok(process)
}
