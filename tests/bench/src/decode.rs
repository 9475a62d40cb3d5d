//! What it takes to read a page of users, beside the peer: time, and memory.

use std::{
    fmt,
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use clerk_bapi::types::User;
use clerk_core::{
    Bytes, JsonMap,
    http::{Request, header},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use clerk_rs::models::User as PeerUser;
use serde_json::json;
use tower_service::Service as _;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Samples of each figure.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Users on a page; the API gives 500 at most.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    users: u32,
}

/// What is measured, with how many times the peer's figure it may be.
const TIME: (&str, f64) = ("time", 0.8);
const HELD: (&str, f64) = ("memory of the value", 1.2);
const PEAK: (&str, f64) = ("memory at the peak", 1.2);

/// Measures all of it, and prints it beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:<38} {:>10} {:>10} {:>10} {:>8}   target", "", "min", "median", "max", "× peer");
    for (name, user) in [("full", full as fn(u32) -> SeedUser), ("bare", bare)] {
        let json = runtime.block_on(page((0..options.users).map(user)))?;
        println!("{} users, {name}: {} bytes of JSON", options.users, json.len());
        agree(&json)?;
        let (ours, peer) = measure(&json, options.rounds)?;
        compare(TIME, ours.times, peer.times);
        compare(HELD, vec![ours.held], vec![peer.held]);
        compare(PEAK, vec![ours.peak], vec![peer.peak]);
        println!("{:<38} {:>32}   {} of clerk-rs", "  allocations", ours.allocations, peer.allocations);
    }
    Ok(())
}

/// A user with something of everything that most have.
fn full(n: u32) -> SeedUser {
    let mut user =
        SeedUser::new(format!("ann.ash{n}@example.com")).name("Ann", "Ash").password("correct horse battery");
    if n % 2 == 1 {
        user.email_addresses.push(format!("ann.ash{n}@example.org"));
    }
    user.username = Some(format!("ann_ash_{n}"));
    user.external_id = Some(format!("customer-{n:08}"));
    user.phone_numbers.push(format!("+1415555{n:04}"));
    user.external_accounts.push(("google".to_owned(), format!("1084500000000000{n:05}")));
    user.public_metadata = map(&json!({
        "plan": "business", "seats": 25, "beta": true, "team": "Research", "locale": "de-AT", "onboarded": true,
        "theme": { "name": "dark", "contrast": 1.5 }, "tags": ["early", "paying"], "referrer": "newsletter", "step": 7,
    }));
    user.private_metadata = map(&json!({ "customer": format!("cus_{n:014}"), "risk": 0.03, "notes": null }));
    user.unsafe_metadata = map(&json!({ "nickname": "Annie" }));
    user
}

/// A user with an address and nothing else.
fn bare(n: u32) -> SeedUser {
    SeedUser::new(format!("ann.ash{n}@example.com"))
}

fn map(value: &serde_json::Value) -> JsonMap {
    value.as_object().cloned().unwrap_or_default()
}

/// A page of these users, as clerk-local answers it.
async fn page(users: impl Iterator<Item = SeedUser>) -> Result<Bytes> {
    let local = LocalClerk::builder().seed(users.fold(Seed::default(), Seed::user)).start().await?;
    let request = Request::get(format!("{}/v1/users?limit=500", local.backend_url()))
        .header(header::AUTHORIZATION, format!("Bearer {}", local.secret_key().expose()))
        .body(Bytes::new())?;
    let response = local.transport().call(request).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(response.status() == 200, "the list of users answered {}", response.status());
    let body = response.into_body();
    local.stop().await;
    Ok(body)
}

/// As every operation of the client reads its answer.
fn ours(json: &[u8]) -> Result<Vec<User>> {
    clerk_core::decode("a page of users", json).map_err(|error| anyhow::anyhow!("{error}"))
}

/// As the peer's operations read theirs, save for making a text of the bytes.
fn peer(json: &str) -> Result<Vec<PeerUser>> {
    serde_json::from_str(json).context("clerk-rs cannot read the page")
}

/// Fails if the two do not read the same, since then their figures say nothing.
fn agree(json: &[u8]) -> Result<()> {
    let (ours, peer) = (ours(json)?, peer(std::str::from_utf8(json)?)?);
    ensure!(ours.len() == peer.len(), "{} users, and {} of clerk-rs", ours.len(), peer.len());
    for (one, other) in ours.iter().zip(&peer) {
        let id = &one.id;
        ensure!(*id == other.id.as_str(), "{id} is {} of clerk-rs", other.id);
        ensure!(one.public_metadata.len() == other.public_metadata.len(), "{id}: metadata");
        ensure!(one.phone_numbers.len() == other.phone_numbers.len(), "{id}: phone numbers");
        ensure!(one.external_accounts.len() == other.external_accounts.len(), "{id}: external accounts");
        ensure!(one.email_addresses.len() == other.email_addresses.len(), "{id}: email addresses");
        for (one, other) in one.email_addresses.iter().zip(&other.email_addresses) {
            ensure!(one.email_address == other.email_address, "{id}: an email address");
            let proof = one.verification.as_ref().is_some_and(|proof| proof.status.is_some() && proof.raw.is_none());
            ensure!(proof && other.verification.is_some(), "{id}: the verification of an email address");
        }
    }
    Ok(())
}

#[derive(Default)]
struct Figures {
    times: Vec<Duration>,
    held: Size,
    peak: Size,
    allocations: u64,
}

/// The figures of both, which take turns in each round.
fn measure(json: &[u8], rounds: usize) -> Result<(Figures, Figures)> {
    let text = std::str::from_utf8(json)?;
    let (mut mine, mut theirs) = (heap(|| ours(json))?, heap(|| peer(text))?);
    // Above the memory that was just given back, this keeps it with the process: else the system's page faults would be
    // most of what is measured, and they are no reader's.
    let above = black_box(vec![1_u8; 100_000]);
    for round in 0..rounds {
        let mut turns: [&mut dyn FnMut() -> Result<()>; 2] =
            [&mut || timed(&mut mine.times, || ours(black_box(json))), &mut || {
                timed(&mut theirs.times, || peer(black_box(text)))
            }];
        turns.rotate_left(round % 2);
        for turn in turns {
            turn()?;
        }
    }
    drop(above);
    Ok((mine, theirs))
}

/// Freeing the value is no part of reading it, nor is counting what is allocated.
fn timed<T>(times: &mut Vec<Duration>, read: impl FnOnce() -> Result<T>) -> Result<()> {
    let mut outcome = Ok(());
    allocation_counter::opt_out(|| {
        let begin = Instant::now();
        let value = black_box(read());
        times.push(begin.elapsed());
        outcome = value.map(drop);
    });
    outcome
}

/// What reading takes of the heap.
fn heap<T>(read: impl FnOnce() -> Result<T>) -> Result<Figures> {
    let mut value = None;
    let counted = allocation_counter::measure(|| value = Some(read()));
    value.context("nothing was read")??;
    Ok(Figures {
        times: Vec::new(),
        held: Size(counted.bytes_current.unsigned_abs()),
        peak: Size(counted.bytes_max),
        allocations: counted.count_total,
    })
}

fn compare<T: Figure>((name, target): (&str, f64), ours: Vec<T>, peer: Vec<T>) {
    let (ours, peer) = (Spread::of(ours), Spread::of(peer));
    let ratio = ours.median.amount() / peer.median.amount();
    let met = if ratio <= target { "met" } else { "missed" };
    println!("{:<38} {peer}", format!("  {name}, clerk-rs"));
    println!("{:<38} {ours} {ratio:>8.2}   ≤ {target} ×, {met}", format!("  {name}, clerk-bapi"));
}

/// The least, the middle and the greatest of some figures.
struct Spread<T> {
    least: T,
    median: T,
    greatest: T,
}

impl<T: Figure> Spread<T> {
    fn of(mut samples: Vec<T>) -> Self {
        samples.sort_unstable();
        let last = samples.len().saturating_sub(1);
        let at = |place: usize| samples.get(place).copied().unwrap_or_default();
        Self { least: at(0), median: at(last / 2), greatest: at(last) }
    }
}

impl<T: Figure> fmt::Display for Spread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10} {:>10} {:>10}", self.least.text(), self.median.text(), self.greatest.text())
    }
}

trait Figure: Copy + Default + Ord {
    fn amount(self) -> f64;
    fn text(self) -> String;
}

impl Figure for Duration {
    fn amount(self) -> f64 {
        self.as_secs_f64()
    }

    fn text(self) -> String {
        format!("{:.2} ms", self.as_secs_f64() * 1000.0)
    }
}

/// Bytes of the heap.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Size(u64);

impl Figure for Size {
    fn amount(self) -> f64 {
        self.0 as f64
    }

    fn text(self) -> String {
        format!("{} kB", self.0 / 1000)
    }
}
