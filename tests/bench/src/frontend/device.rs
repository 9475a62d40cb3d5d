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
use clerk_local::LocalClerk;
use tokio::runtime::Builder;
use tower_service::Service;

use super::{ADDRESS, PASSWORD, ann};
use crate::figure::{Figure, Unit};

/// One round trip.
const ROUND_TRIP: Duration = Duration::from_millis(20);
/// What is wanted is one; the work of both sides is on top, and a second round trip would be two.
const ROUND_TRIPS: f64 = 1.5;
/// How many bytes a device more may hold.
const MEMORY: f64 = 65_536.0;

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

pub(super) fn measure(rounds: usize) -> Result<Vec<Figure>> {
    // The server allocates on a thread of its own, so that what is counted is the device's.
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let local = server.block_on(LocalClerk::builder().seed(ann()).start())?;
    let here = Builder::new_current_thread().enable_all().build()?;
    let transport = Transport::reqwest()?;
    let device =
        |transport: &Transport| Frontend::builder(&local.publishable_key()).transport(transport.clone()).build();

    let slow = Transport::new(Slow(transport.clone()));
    let (mut loads, mut sign_ins) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let clerk = device(&slow)?;
        loads.push(time(|| here.block_on(clerk.load()))?);
        sign_ins.push(time(|| here.block_on(async { sign_in(&clerk).await }))?);
    }

    let mut held = Vec::new();
    let nobody = kept(|| {
        let clerk = device(&transport)?;
        here.block_on(clerk.load())?;
        held.push(clerk);
        Ok(())
    })?;
    let somebody = kept(|| {
        let clerk = device(&transport)?;
        here.block_on(sign_in(&clerk))?;
        here.block_on(clerk.load())?;
        held.push(clerk);
        Ok(())
    })?;
    let trips = |id: &str, what: &str, samples: &[f64]| {
        let what = format!("round trips of 20 ms: {what}");
        Figure::new(id, &what, Unit::Count, "clerk-ext", samples).at_most(ROUND_TRIPS).note("by the clock")
    };
    let memory = |id: &str, what: &str, bytes: f64| {
        Figure::new(id, &format!("heap of one more device, {what}"), Unit::Bytes, "clerk-ext", &[bytes]).at_most(MEMORY)
    };
    Ok(vec![
        trips("frontend.load", "Frontend::load", &loads),
        trips("frontend.sign-in", "sign-in by password", &sign_ins),
        memory("frontend.memory", "loaded, nobody signed in", nobody),
        memory("frontend.memory.signed-in", "loaded, somebody signed in", somebody),
    ])
}

pub(super) async fn sign_in(clerk: &Frontend) -> Result<()> {
    clerk.sign_in().password(ADDRESS, PASSWORD).await.map_err(clerk_ext::Error::from)?.session()?;
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

/// So many devices share what their connections hold: buffers that grow and shrink as hyper sees fit.
const DEVICES: u32 = 16;

/// How many bytes a run leaves on the heap, of several after a first one that fills what is shared.
fn kept(mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    run()?;
    let mut outcome = Ok(());
    let used = allocation_counter::measure(|| outcome = (0..DEVICES).try_for_each(|_| run()));
    outcome.context("a measured run failed")?;
    Ok(used.bytes_current as f64 / f64::from(DEVICES))
}
