//! How fast clerk-local is, and what it takes to keep many users.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clerk_core::{
    Bytes,
    http::{Request, header},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use tower_service::Service as _;

use crate::{
    clock::millis,
    figure::{Figure, Outcome, Unit},
};

/// Users that are seeded.
const USERS: usize = 100_000;

/// What they may take of memory.
const MEMORY: f64 = 300e6;

/// How many milliseconds a page, a start and a sign-in may take.
const PAGE: f64 = 20.0;
const START: f64 = 50.0;
const SIGN_IN: f64 = 5.0;

/// Pages of the users, each as its words and its query.
const LISTS: [(&str, &str); 9] = [
    ("the newest", ""),
    ("in the middle", "offset=50000"),
    ("at the end", "offset=99500"),
    ("by address", "order_by=%2Bemail_address&offset=50000"),
    ("by last name, descending", "order_by=-last_name&offset=70000"),
    ("by last sign-in", "order_by=-last_sign_in_at&offset=30000"),
    ("that match a text", "query=anna&offset=100"),
    ("that match nothing", "query=nobody%20at%20all"),
    ("that match a name, by address", "name_query=BEN&order_by=-email_address&offset=5000"),
];

/// Measures all of it.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?;
    runtime.block_on(async {
        // First of all, as what is given back to the allocator stays resident.
        let (local, mut outcome) = memory().await?;
        outcome.append(lists(rounds, &local).await?.into());
        local.stop().await;
        outcome.append(vec![start(rounds).await?, sign_in(rounds).await?].into());
        Ok(outcome)
    })
}

fn figure(id: &str, what: &str, unit: Unit, samples: &[f64]) -> Figure {
    Figure::new(&format!("local.{id}"), what, unit, "clerk-local", samples).note("by the clock")
}

async fn memory() -> Result<(LocalClerk, Outcome)> {
    let local = LocalClerk::builder().start().await?;
    let seed = seed(USERS);
    let begin = Instant::now();
    local.seed(&seed).map_err(anyhow::Error::msg)?;
    let took = begin.elapsed().as_secs_f64();
    drop(seed);
    let mut outcome: Outcome = vec![figure("seed", "seeding 100,000 users", Unit::Seconds, &[took])].into();
    match (resident(), peak()) {
        (Some(resident), Some(peak)) => outcome.figures.push(
            figure("memory", "memory with 100,000 users", Unit::Bytes, &[resident])
                .beside("at the peak, with the seed", &[peak])
                .at_most(MEMORY)
                .note("of the process"),
        ),
        _ => outcome.left_out.push("the memory of clerk-local: it is not known on this system".to_owned()),
    }
    Ok((local, outcome))
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

async fn lists(rounds: usize, local: &LocalClerk) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (number, (name, query)) in LISTS.into_iter().enumerate() {
        let mut samples = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let request = Request::get(format!("{}/v1/users?limit=500&{query}", local.backend_url()))
                .header(header::AUTHORIZATION, format!("Bearer {}", local.secret_key().expose()))
                .body(Bytes::new())?;
            let begin = Instant::now();
            let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
            samples.push(millis(begin));
            if response.status() != 200 {
                bail!("the list of users {name} answered {}", response.status());
            }
        }
        let what = format!("500 of 100,000 users, {name}");
        figures.push(figure(&format!("page.{number}"), &what, Unit::Milliseconds, &samples).at_most(PAGE));
    }
    Ok(figures)
}

async fn start(rounds: usize) -> Result<Figure> {
    let mut samples = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = Instant::now();
        let local = LocalClerk::builder().start().await?;
        samples.push(millis(begin));
        local.stop().await;
    }
    Ok(figure("start", "starting a Clerk in the same process", Unit::Milliseconds, &samples).at_most(START))
}

async fn sign_in(rounds: usize) -> Result<Figure> {
    let seed = Seed::default().user(SeedUser::new("ann@example.com").password("correct horse battery"));
    let local = LocalClerk::builder().seed(seed).start().await?;
    let mut samples = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = Instant::now();
        let token = one_sign_in(&local).await?;
        samples.push(millis(begin));
        if token.split('.').count() != 3 {
            bail!("what came is no session token");
        }
    }
    local.stop().await;
    let what = "a sign-in by password, and a session token";
    Ok(figure("sign-in", what, Unit::Milliseconds, &samples).at_most(SIGN_IN))
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

/// The resident set of this process in bytes.
fn resident() -> Option<f64> {
    status("VmRSS:")
}

/// The largest that it has been.
fn peak() -> Option<f64> {
    status("VmHWM:")
}

fn status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()? * 1024.0)
}
