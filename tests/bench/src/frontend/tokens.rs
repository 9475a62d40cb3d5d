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
use clerk_local::LocalClerk;

use super::{ADDRESS, PASSWORD, ann};
use crate::{
    clock::worked,
    figure::{Figure, Unit},
    turns::{in_turns, turn},
};

/// How many nanoseconds a token may take on one thread.
const TIME: f64 = 200.0;
/// How many times as long it may take on several.
const SHARED: f64 = 2.0;

/// Threads at once.
const THREADS: u32 = 8;

/// Tokens in one sample, for each thread.
const TOKENS: u32 = 500_000;

/// Measures all of it.
pub(super) fn measure(rounds: usize) -> Result<Vec<Figure>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (_local, clerk, session) = runtime.block_on(signed_in())?;
    let of_session = || black_box(&session).token();
    let of_device = || black_box(&clerk).token();
    let clock = || async {
        black_box(std::time::SystemTime::now());
        Ok(())
    };
    let turns = [
        turn(|| sample(1, clock)),
        turn(|| sample(1, of_session)),
        turn(|| sample(1, of_device)),
        turn(|| sample(THREADS, of_session)),
        turn(|| sample(THREADS, of_device)),
    ];
    let [looks, session_alone, device_alone, session_together, device_together] = in_turns(rounds, 1, turns)?;
    let used = allocation_counter::measure(|| drop(black_box(at_once(session.token()))));

    let figure = |id: &str, what: &str, unit, name: &str, samples: &[f64]| {
        Figure::new(&format!("frontend.{id}"), what, unit, name, samples)
    };
    let alone = "one thread";
    let together = format!("a token at hand, {THREADS} threads at once");
    let nanoseconds = |id: &str, what: &str, name: &str, samples: &[f64]| {
        figure(id, what, Unit::Nanoseconds, name, samples).note("CPU time")
    };
    Ok(vec![
        nanoseconds("token", "a token at hand, one thread", "Session::token", &session_alone)
            .beside("a look at the clock", &looks)
            .at_most(TIME),
        nanoseconds("token.device", "a token at hand, one thread", "Frontend::token", &device_alone)
            .beside("a look at the clock", &looks)
            .at_most(TIME),
        nanoseconds("token.shared", &together, "Session::token", &session_together)
            .beside(alone, &session_alone)
            .at_most_times(SHARED, alone),
        nanoseconds("token.device.shared", &together, "Frontend::token", &device_together)
            .beside(alone, &device_alone)
            .at_most_times(SHARED, alone),
        figure(
            "token.allocations",
            "allocations for a token at hand",
            Unit::Count,
            "Session::token",
            &[used.count_total as f64],
        )
        .at_most(0.0),
    ])
}

async fn signed_in() -> Result<(LocalClerk, Frontend, Session)> {
    let local = LocalClerk::builder()
        .seed(ann())
        .configure(|settings| settings.lifetimes.token = Duration::from_secs(3600))
        .start()
        .await?;
    let clerk = Frontend::builder(&local.publishable_key()).build()?;
    let sign_in = clerk.raw().create_sign_in().identifier(ADDRESS).password(PASSWORD);
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

/// What a token takes with so many threads, in nanoseconds: how long all of them have worked together.
fn sample<T, F: Future<Output = Result<T, clerk_ext::Error>>>(
    threads: u32,
    token: impl Fn() -> F + Sync,
) -> Result<f64> {
    let start = Barrier::new(threads as usize);
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let began = worked();
                    for _ in 0..TOKENS {
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
        Ok(total.as_nanos() as f64 / f64::from(TOKENS) / f64::from(threads))
    })
}
