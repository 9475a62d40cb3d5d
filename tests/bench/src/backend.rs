//! What clerk-ext costs beside requests by hand: the time of calls and walks, the memory of walks.

mod calls;
mod server;
mod walks;

use std::{
    fmt,
    future::Future,
    time::{Duration, Instant},
};

use anyhow::Result;
use clerk_ext::{SecretKey, Transport, backend::Backend, metadata};
use serde::{Deserialize, Serialize};

use server::{Canned, Server};

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Samples of each figure of calls and pages.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Calls in one sample.
    #[arg(long, default_value_t = 300)]
    calls: usize,
    /// Samples of each figure of walks.
    #[arg(long, default_value_t = 5)]
    walks: usize,
}

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

/// Measures all of it, and prints it beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    // One thread, since memory is counted by thread; the server has its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let canned = runtime.block_on(Canned::new())?;
    println!("{:<44} {:>10} {:>10} {:>10} {:>7}   target", "", "min", "median", "max", "ratio");
    calls::run(options, &runtime, &canned)?;
    walks::run(options, &runtime, &canned)
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

async fn timed<T>(what: impl Future<Output = Result<T>>) -> Result<Duration> {
    let begin = Instant::now();
    what.await?;
    Ok(begin.elapsed())
}

/// How long this thread has worked: other programs on the machine are not in it.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// Samples of one figure.
struct Samples(Vec<f64>);

impl Samples {
    const fn new() -> Self {
        Self(Vec::new())
    }

    fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
    }

    fn median(&self) -> f64 {
        self.sorted().get(self.last() / 2).copied().unwrap_or(f64::NAN)
    }

    fn last(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }

    /// How many times another figure it is, by medians.
    fn times(&self, other: &Self) -> f64 {
        self.median() / other.median()
    }

    /// Between what that lies when the samples of each round are compared.
    fn spread(&self, other: &Self) -> (f64, f64) {
        let ratios = Self(self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect()).sorted();
        let at = |part: usize| ratios.get(self.last() * part / 4).copied().unwrap_or(f64::NAN);
        (at(1), at(3))
    }
}

/// A line of the table: what it is, its samples, in which unit, and what is to be said of it.
fn line(name: &str, samples: &Samples, unit: Unit, remark: impl fmt::Display) {
    let sorted = samples.sorted();
    let at = |place: usize| unit.text(sorted.get(place).copied().unwrap_or(f64::NAN));
    println!("{name:<44} {:>10} {:>10} {:>10} {remark}", at(0), at(samples.last() / 2), at(samples.last()));
}

/// A figure beside its target.
fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

#[derive(Clone, Copy)]
enum Unit {
    Microseconds,
    Milliseconds,
    Bytes,
}

impl Unit {
    fn text(self, amount: f64) -> String {
        match self {
            Self::Microseconds => format!("{:.1} µs", amount * 1e6),
            Self::Bytes => format!("{:.0} kB", amount / 1e3),
            Self::Milliseconds => format!("{:.1} ms", amount * 1e3),
        }
    }
}
