//! Clients under random faults for as long as you like, and what became of each piece of work.
//!
//! A run is a row of episodes. In each one people sign up, in and out on devices, servers check their tokens, back ends
//! write and walk, and webhooks arrive, while a Clerk on this machine loses answers, delays them, breaks them, refuses,
//! changes its keys and jumps in time. Each piece of work survives, or reports an error that is true. When all is over,
//! a judge holds what was told against what is: what differs is lost, and that must never be.

mod authenticator;
mod backends;
mod devices;
mod dice;
mod episode;
mod history;
mod judge;
mod place;
mod receiver;
mod report;
mod scene;
mod servers;
mod signing_in;
mod strikes;
mod time;
mod truth;
mod weather;
mod wire;

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

pub use self::{episode::read as read_seed, report::Report};

/// How long an episode lasts, unless the run is shorter.
const EPISODE: Duration = Duration::from_secs(6);

/// Runs episodes for about this long; `told` is given the report after each one, and says whether to go on.
///
/// # Errors
/// An episode could not be set up.
pub async fn run(
    seed: u64,
    lasts: Duration,
    mut told: impl FnMut(&Report) -> ControlFlow<()>,
) -> anyhow::Result<Report> {
    let began = Instant::now();
    let mut report = Report::new(seed);
    let mut number = 0;
    while number == 0 || began.elapsed() < lasts {
        let episode = episode::seed_of(seed, number);
        report.add(episode, &episode::run(episode, EPISODE.min(lasts)).await?);
        report.took(began.elapsed());
        if told(&report).is_break() {
            break;
        }
        number += 1;
    }
    Ok(report)
}

/// Runs one episode again, by the seed that a report gave.
///
/// # Errors
/// It could not be set up.
pub async fn again(episode: u64) -> anyhow::Result<Report> {
    let began = Instant::now();
    let mut report = Report::new(episode);
    report.add(episode, &episode::run(episode, EPISODE).await?);
    report.took(began.elapsed());
    Ok(report)
}
