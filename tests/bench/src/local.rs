//! How fast clerk-local is, and what it takes to keep many users.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clerk_core::{
    Bytes,
    http::{Request, header},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use tower_service::Service as _;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Samples of each figure.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Users that are seeded.
    #[arg(long, default_value_t = 100_000)]
    users: usize,
}

/// Pages of the users, each as its query.
const LISTS: [(&str, &str); 9] = [
    ("newest first", ""),
    ("in the middle", "offset=50000"),
    ("at the end", "offset=99500"),
    ("by address", "order_by=%2Bemail_address&offset=50000"),
    ("by last name, descending", "order_by=-last_name&offset=70000"),
    ("by last sign-in", "order_by=-last_sign_in_at&offset=30000"),
    ("that match a text", "query=anna&offset=100"),
    ("that match nothing", "query=nobody%20at%20all"),
    ("that match a name, by address", "name_query=BEN&order_by=-email_address&offset=5000"),
];

/// Measures all of it, and prints it beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?;
    println!("{:<44} {:>10} {:>10} {:>10}   target", "", "min", "median", "max");
    runtime.block_on(async {
        // First of all, as what is given back to the allocator stays resident.
        let local = memory(options).await?;
        lists(options, &local).await?;
        local.stop().await;
        start(options).await?;
        sign_in(options).await
    })
}

async fn memory(options: &Options) -> Result<LocalClerk> {
    let local = LocalClerk::builder().start().await?;
    let before = resident();
    let seed = seed(options.users);
    let begin = Instant::now();
    local.seed(&seed).map_err(anyhow::Error::msg)?;
    let took = begin.elapsed();
    drop(seed);
    let name = format!("seeding {} users", options.users);
    println!("{name:<44} {:>10} {:>10} {:>10}   seconds at most", "", millis(took), "");
    let name = format!("resident with {} users", options.users);
    match (before, resident(), peak()) {
        (Some(before), Some(after), Some(peak)) => {
            println!(
                "{name:<44} {:>10} {:>10} {:>10}   300 MB (before, after, peak)",
                mega(before),
                mega(after),
                mega(peak)
            );
        }
        _ => println!("{name:<44} is not known on this system"),
    }
    Ok(local)
}

/// Names that repeat, as those of people do.
fn seed(users: usize) -> Seed {
    const FIRST: [&str; 10] = ["Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hal", "Ida", "Jon"];
    const LAST: [&str; 7] = ["Ash", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum"];
    let users = (0..users).map(|n| {
        let (first, last) = (FIRST[n % FIRST.len()], LAST[n % LAST.len()]);
        // Spread, so that no order is the one they were made in.
        let spread = n.wrapping_mul(7_919) % 1_000_003;
        let address = format!("{}.{}{spread}@example.com", first.to_lowercase(), last.to_lowercase());
        SeedUser::new(address).name(first, last).password("correct horse battery")
    });
    users.fold(Seed::default(), Seed::user)
}

async fn lists(options: &Options, local: &LocalClerk) -> Result<()> {
    for (name, query) in LISTS {
        let mut samples = Vec::with_capacity(options.rounds);
        for _ in 0..options.rounds {
            let request = Request::get(format!("{}/v1/users?limit=500&{query}", local.backend_url()))
                .header(header::AUTHORIZATION, format!("Bearer {}", local.secret_key().expose()))
                .body(Bytes::new())?;
            let begin = Instant::now();
            let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
            samples.push(begin.elapsed());
            if response.status() != 200 {
                bail!("the list of users {name} answered {}", response.status());
            }
        }
        print(&format!("500 users {name}"), samples, "20 ms");
    }
    Ok(())
}

async fn start(options: &Options) -> Result<()> {
    let mut samples = Vec::with_capacity(options.rounds);
    for _ in 0..options.rounds {
        let begin = Instant::now();
        let local = LocalClerk::builder().start().await?;
        samples.push(begin.elapsed());
        local.stop().await;
    }
    print("start in-process", samples, "50 ms");
    Ok(())
}

async fn sign_in(options: &Options) -> Result<()> {
    let seed = Seed::default().user(SeedUser::new("ann@example.com").password("correct horse battery"));
    let local = LocalClerk::builder().seed(seed).start().await?;
    let mut samples = Vec::with_capacity(options.rounds);
    for _ in 0..options.rounds {
        let begin = Instant::now();
        let token = one_sign_in(&local).await?;
        samples.push(begin.elapsed());
        if token.split('.').count() != 3 {
            bail!("what came is no session token");
        }
    }
    print("password sign-in and session token", samples, "5 ms");
    local.stop().await;
    Ok(())
}

/// As a device does it: the sign-in, and a token of the session.
async fn one_sign_in(local: &LocalClerk) -> Result<String> {
    let body = "identifier=ann%40example.com&strategy=password&password=correct%20horse%20battery";
    let (client_token, answer) = post(local, "/v1/client/sign_ins?_is_native=1", None, body).await?;
    let client_token = client_token.context("the sign-in gave no client token")?;
    let session = answer["response"]["created_session_id"].as_str().context("nobody is signed in")?;
    let path = format!("/v1/client/sessions/{session}/tokens?_is_native=1");
    let (_, answer) = post(local, &path, Some(&client_token), "").await?;
    Ok(answer["jwt"].as_str().unwrap_or_default().to_owned())
}

async fn post(
    local: &LocalClerk,
    path: &str,
    client_token: Option<&str>,
    body: &'static str,
) -> Result<(Option<String>, serde_json::Value)> {
    let mut request = Request::post(format!("{}{path}", local.frontend_url()))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(token) = client_token {
        request = request.header(header::AUTHORIZATION, token);
    }
    let request = request.body(Bytes::from_static(body.as_bytes()))?;
    let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    if response.status() != 200 {
        bail!("{path} answered {}: {}", response.status(), String::from_utf8_lossy(response.body()));
    }
    let token =
        response.headers().get(header::AUTHORIZATION).map(|token| token.to_str().map(str::to_owned)).transpose()?;
    Ok((token, serde_json::from_slice(response.body())?))
}

fn print(name: &str, mut samples: Vec<Duration>, target: &str) {
    samples.sort_unstable();
    let at = |place: usize| samples.get(place).copied().map(millis).unwrap_or_default();
    let last = samples.len().saturating_sub(1);
    println!("{name:<44} {:>10} {:>10} {:>10}   {target}", at(0), at(last / 2), at(last));
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn mega(kilobytes: u64) -> String {
    format!("{} MB", kilobytes * 1024 / 1_000_000)
}

/// The resident set of this process in units of 1024 bytes.
fn resident() -> Option<u64> {
    status("VmRSS:")
}

/// The largest that it has been.
fn peak() -> Option<u64> {
    status("VmHWM:")
}

fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
