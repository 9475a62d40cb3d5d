//! What a session token costs that is at hand: time, from one thread and from several, and memory.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use clerk_ext::frontend::{Frontend, Session, SessionToken};
use clerk_local::{LocalClerk, Seed, SeedUser};

use super::Options;

/// How long a token may take on one thread.
const TIME: Duration = Duration::from_nanos(200);
/// How many times as long it may take on several.
const SHARED: f64 = 2.0;

/// Measures all of it, and prints it beside the targets.
pub(super) fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (_local, clerk, session) = runtime.block_on(signed_in())?;
    println!("{:<38} {:>10} {:>10} {:>10}   target", "CPU ns a token", "min", "median", "max");
    let of_session = || black_box(&session).token();
    let of_device = || black_box(&clerk).token();
    let clock = || async {
        black_box(std::time::SystemTime::now());
        Ok(())
    };
    figure("  a look at the clock, for comparison", options, 1, clock)?;
    let alone = figure("  Session::token, one thread", options, 1, of_session)?;
    figure("  Frontend::token, one thread", options, 1, of_device)?;
    let together = figure("  Session::token, all threads", options, options.threads, of_session)?;
    figure("  Frontend::token, all threads", options, options.threads, of_device)?;
    println!("{:<38} {:>32}   ≤ {} ns", "", "one thread", TIME.as_nanos());
    println!("{:<38} {:>32.2}   ≤ {SHARED}", "  all threads against one", together / alone);
    let used = allocation_counter::measure(|| drop(black_box(at_once(session.token()))));
    println!("{:<38} {:>32}   0", "  allocations", used.count_total);
    Ok(())
}

async fn signed_in() -> Result<(LocalClerk, Frontend, Session)> {
    let ann = SeedUser::new("ann@example.com").password("test-hunter2-and-more");
    let local = LocalClerk::builder()
        .seed(Seed::default().user(ann))
        .configure(|settings| settings.lifetimes.token = Duration::from_secs(3600))
        .start()
        .await?;
    let clerk = Frontend::builder(&local.publishable_key()).build()?;
    let sign_in = clerk.raw().create_sign_in().identifier("ann@example.com").password("test-hunter2-and-more");
    sign_in.send().await?;
    let session = clerk.session().context("nobody is signed in")?;
    let token: SessionToken = session.token().await?;
    ensure!(clerk.token().await?.expose() == token.expose(), "the two ways give different tokens");
    Ok((local, clerk, session))
}

/// What a future gives that is ready at once, as one is whose token is at hand.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Measures with so many threads; gives the median.
fn figure<T, F: Future<Output = Result<T, clerk_ext::Error>>>(
    name: &str,
    options: &Options,
    threads: u32,
    token: impl Fn() -> F + Sync,
) -> Result<f64> {
    let mut samples = Vec::with_capacity(options.rounds);
    for _ in 0..options.rounds.max(1) {
        let worked = sample(options.tokens, threads, &token)?;
        samples.push(worked.as_nanos() as f64 / f64::from(options.tokens) / f64::from(threads));
    }
    samples.sort_by(f64::total_cmp);
    let at = |index: usize| samples.get(index).copied().unwrap_or_default();
    let median = at(samples.len() / 2);
    println!("{name:<38} {:>10.0} {median:>10.0} {:>10.0}", at(0), at(samples.len().saturating_sub(1)));
    Ok(median)
}

/// How long all threads have worked together: other programs on the machine are not in it.
fn sample<T, F: Future<Output = Result<T, clerk_ext::Error>>>(
    tokens: u32,
    threads: u32,
    token: &(impl Fn() -> F + Sync),
) -> Result<Duration> {
    let start = Barrier::new(threads as usize);
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let began = worked();
                    for _ in 0..tokens {
                        let token = at_once(token()).context("a token was not at hand")??;
                        drop(black_box(token));
                    }
                    anyhow::Ok(worked().saturating_sub(began))
                })
            })
            .collect();
        let mut total = Duration::ZERO;
        for one in all {
            total += one.join().map_err(|_| anyhow::anyhow!("a thread of the benchmark failed"))??;
        }
        Ok(total)
    })
}

/// How long this thread has worked.
fn worked() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}
