//! What it takes to read a page of users, beside the peer: time, and memory.

use std::hint::black_box;

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

use crate::{
    clock::worked,
    figure::{Figure, Outcome, Unit},
    turns::{in_turns, turn},
};

/// Users on a page, as many as the API gives at most.
const USERS: u32 = 500;

/// How many times the peer's time, and its memory, ours may take.
const TIME: f64 = 0.8;
const MEMORY: f64 = 1.2;

/// Measures all of it.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Vec::new();
    for (id, words, user) in [
        ("full", "all that most have", full as fn(u32) -> SeedUser),
        ("bare", "an email address and nothing else", bare),
    ] {
        let json = runtime.block_on(page((0..USERS).map(user)))?;
        agree(&json)?;
        let (ours, peer) = compare(&json, rounds)?;
        let what = format!("a page of {USERS} users with {words}, {} kB of JSON", json.len() / 1000);
        let figure = |part: &str, words: &str, unit, ours: &[f64], peer: &[f64]| {
            let (id, what) = (format!("decode.{id}{part}"), format!("{words}{what}"));
            Figure::new(&id, &what, unit, "clerk-bapi", ours).peer("clerk-rs", peer)
        };
        figures.extend([
            figure("", "reading ", Unit::Milliseconds, &ours.work, &peer.work)
                .at_most_times(TIME, "clerk-rs")
                .note("CPU time"),
            figure(".held", "the memory that holds ", Unit::Bytes, &[ours.held], &[peer.held])
                .at_most_times(MEMORY, "clerk-rs"),
            figure(".peak", "the most memory while reading ", Unit::Bytes, &[ours.peak], &[peer.peak])
                .at_most_times(MEMORY, "clerk-rs"),
            figure(".allocations", "allocations for ", Unit::Count, &[ours.allocations], &[peer.allocations]),
        ]);
    }
    Ok(figures.into())
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
struct Samples {
    work: Vec<f64>,
    held: f64,
    peak: f64,
    allocations: f64,
}

/// The samples of both.
fn compare(json: &[u8], rounds: usize) -> Result<(Samples, Samples)> {
    let text = std::str::from_utf8(json)?;
    let (mut mine, mut theirs) = (heap(|| ours(json))?, heap(|| peer(text))?);
    // Above the memory that was just given back, this keeps it with the process: else the system's page faults would be
    // most of what is measured, and they are no reader's.
    let above = black_box(vec![1_u8; 100_000]);
    let turns = [turn(|| work(|| ours(black_box(json)))), turn(|| work(|| peer(black_box(text))))];
    [mine.work, theirs.work] = in_turns(rounds, 1, turns)?;
    drop(above);
    Ok((mine, theirs))
}

/// How many milliseconds of work reading is. Freeing the value is no part of it, nor is counting what is allocated.
fn work<T>(read: impl FnOnce() -> Result<T>) -> Result<f64> {
    let mut outcome = Ok(0.0);
    allocation_counter::opt_out(|| {
        let began = worked();
        let value = black_box(read());
        let took = worked().saturating_sub(began).as_secs_f64() * 1e3;
        outcome = value.map(|_| took);
    });
    outcome
}

/// What reading takes of the heap.
fn heap<T>(read: impl FnOnce() -> Result<T>) -> Result<Samples> {
    let mut value = None;
    let counted = allocation_counter::measure(|| value = Some(read()));
    value.context("nothing was read")??;
    Ok(Samples {
        work: Vec::new(),
        held: counted.bytes_current as f64,
        peak: counted.bytes_max as f64,
        allocations: counted.count_total as f64,
    })
}
