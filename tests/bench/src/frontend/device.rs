//! What it takes to sign in and to load, in round trips of a slow network, and how much memory a device holds then.

use std::{
    task::{Context, Poll},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clerk_core::{
    BoxError, BoxFuture, Bytes, Transport,
    http::{Request, Response},
};
use clerk_ext::frontend::Frontend;
use clerk_local::{LocalClerk, Seed, SeedUser};
use tokio::runtime::Builder;
use tower_service::Service;

use super::Options;

/// One round trip.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// How much a device more may hold.
const MEMORY: i64 = 64 * 1024;
const PASSWORD: &str = "test-hunter2-and-more";

/// Carries requests as slowly as a network does.
#[derive(Clone)]
struct Slow(Transport);

impl Service<Request<Bytes>> for Slow {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let mut inner = self.0.clone();
        Box::pin(async move {
            tokio::time::sleep(ROUND_TRIP).await;
            inner.call(request).await
        })
    }
}

pub(super) fn run(options: &Options) -> Result<()> {
    // The server allocates on a thread of its own, so that what is counted is the device's.
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let ann = SeedUser::new("ann@example.com").password(PASSWORD);
    let local = server.block_on(LocalClerk::builder().seed(Seed::default().user(ann)).start())?;
    let here = Builder::new_current_thread().enable_all().build()?;
    let transport = Transport::reqwest()?;
    let device =
        |transport: &Transport| Frontend::builder(&local.publishable_key()).transport(transport.clone()).build();

    let slow = Transport::new(Slow(transport.clone()));
    let (mut loads, mut sign_ins) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds.max(1) {
        let clerk = device(&slow)?;
        loads.push(time(|| here.block_on(clerk.load()))?);
        sign_ins.push(time(|| here.block_on(async { sign_in(&clerk).await }))?);
    }
    println!("\n{:<38} {:>10} {:>10} {:>10}   target", "round trips of 20 ms", "min", "median", "max");
    figure("  Frontend::load", loads);
    figure("  sign-in by password", sign_ins);
    println!("{:<38} {:>32}   1, the work of both sides on top", "", "");

    println!("{:<38} {:>32}   target", "heap of one more device, bytes", "");
    let mut held = Vec::new();
    let nobody = kept(|| {
        let clerk = device(&transport)?;
        here.block_on(clerk.load())?;
        held.push(clerk);
        Ok(())
    })?;
    println!("{:<38} {:>32}   ≤ {MEMORY}", "  after load(), nobody signed in", nobody);
    let somebody = kept(|| {
        let clerk = device(&transport)?;
        here.block_on(sign_in(&clerk))?;
        here.block_on(clerk.load())?;
        held.push(clerk);
        Ok(())
    })?;
    println!("{:<38} {:>32}   ≤ {MEMORY}", "  after sign-in and load()", somebody);
    Ok(())
}

async fn sign_in(clerk: &Frontend) -> Result<()> {
    clerk.sign_in().password("ann@example.com", PASSWORD).await.map_err(clerk_ext::Error::from)?.session()?;
    Ok(())
}

fn time<T, E>(run: impl FnOnce() -> Result<T, E>) -> Result<f64>
where
    anyhow::Error: From<E>,
{
    let began = Instant::now();
    run()?;
    Ok(began.elapsed().as_secs_f64() / ROUND_TRIP.as_secs_f64())
}

fn figure(name: &str, mut samples: Vec<f64>) {
    samples.sort_by(f64::total_cmp);
    let at = |index: usize| samples.get(index).copied().unwrap_or_default();
    let (median, last) = (at(samples.len() / 2), at(samples.len().saturating_sub(1)));
    println!("{name:<38} {:>10.2} {median:>10.2} {last:>10.2}", at(0));
}

/// How many bytes are left on the heap by the second of two runs: the first one fills what is shared.
fn kept(mut run: impl FnMut() -> Result<()>) -> Result<i64> {
    run()?;
    let mut outcome = Err(anyhow::anyhow!("nothing was run"));
    let used = allocation_counter::measure(|| outcome = run());
    outcome.context("the measured run failed")?;
    Ok(used.bytes_current)
}
