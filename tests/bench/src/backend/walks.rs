//! Walks over a long list at a server that is far away: their time, their memory, and when the first user is there.

use std::{hint::black_box, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clerk_ext::backend::Backend;
use clerk_rs::ClerkConfiguration;
use tokio::runtime::Runtime;

use super::{
    App, backend, calls, peer, raw,
    server::{Canned, PAGE, Server},
    timed,
};
use crate::{
    figure::{Figure, Unit},
    turns::{Turn, in_turns, turn},
};

/// How long the server takes.
const LATENCY: Duration = Duration::from_millis(20);

/// How many users there are, and how many there are for comparison.
const USERS: usize = 10_000;

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// How many times faster they make it.
const FASTER: f64 = 6.0;

/// After how many latencies the first user is there.
const FIRST: f64 = 1.5;

/// How many pages a walk may hold.
const HELD: f64 = 10.0;

/// How much more a walk twice as long may hold.
const LONGER: f64 = 1.1;

/// How the list is walked.
#[derive(Clone, Copy)]
enum Way {
    /// One request after the other over the generated client.
    Hand,
    ByKey,
    AtOnce,
    /// One request after the other over clerk-rs.
    Peer,
}

impl Way {
    const ALL: [Self; 4] = [Self::Hand, Self::ByKey, Self::AtOnce, Self::Peer];
}

/// Who walks.
struct Walkers {
    raw: clerk_bapi::Client,
    ext: Backend<App>,
    peer: ClerkConfiguration,
}

impl Walkers {
    fn new(server: &Server) -> Result<Self> {
        Ok(Self { raw: raw(server)?, ext: backend(server)?.typed(), peer: peer(server) })
    }

    /// Walks to the end, and counts.
    async fn walk(&self, way: Way) -> Result<usize> {
        let list = self.ext.users().list();
        let mut users = match way {
            Way::Hand => return self.by_hand().await,
            Way::Peer => return self.by_peer().await,
            Way::ByKey => list.stream(),
            Way::AtOnce => list.concurrency(AT_ONCE).stream(),
        };
        let mut count = 0;
        while let Some(user) = users.try_next().await? {
            black_box(&user);
            count += 1;
        }
        Ok(count)
    }

    async fn by_hand(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let page = self.raw.get_user_list().limit(PAGE as i64).offset(count as i64).await?;
            page.iter().for_each(|user| {
                black_box(user);
            });
            count += page.len();
            if page.len() < PAGE {
                return Ok(count);
            }
        }
    }

    async fn by_peer(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let page = calls::page_of_peer(&self.peer, PAGE as u32, Some(count as u32)).await?;
            page.iter().for_each(|user| {
                black_box(user);
            });
            count += page.len();
            if page.len() < PAGE {
                return Ok(count);
            }
        }
    }

    async fn first(&self, way: Way) -> Result<()> {
        let list = self.ext.users().list();
        let mut users = match way {
            Way::Peer => {
                black_box(calls::page_of_peer(&self.peer, PAGE as u32, None).await?.into_iter().next());
                return Ok(());
            }
            Way::Hand => {
                black_box(self.raw.get_user_list().limit(PAGE as i64).await?.into_iter().next());
                return Ok(());
            }
            Way::ByKey => list.stream(),
            Way::AtOnce => list.concurrency(AT_ONCE).stream(),
        };
        black_box(users.try_next().await?.context("there are no users")?);
        Ok(())
    }
}

const BY_HAND: &str = "clerk-bapi, page after page";
const BY_KEY: &str = "clerk-ext, one page after the other";

pub(super) fn measure(rounds: usize, runtime: &Runtime, canned: &Canned) -> Result<Vec<Figure>> {
    let pages = canned.pages(2 * USERS);
    let server = Server::start(canned, pages.get(..USERS / PAGE).unwrap_or_default(), LATENCY)?;
    let longer = Server::start(canned, &pages, LATENCY)?;
    let walkers = Walkers::new(&server)?;
    // A walk takes seconds.
    let walks = rounds.div_ceil(4);
    let mut figures = vec![times(walks, runtime, &walkers)?];
    figures.extend(first(rounds, runtime, &walkers)?);
    figures.extend(memory(walks, runtime, &server, &longer)?);
    Ok(figures)
}

/// What it is that walks with several requests under way.
fn ours() -> String {
    format!("clerk-ext, concurrency({AT_ONCE})")
}

fn times(walks: usize, runtime: &Runtime, walkers: &Walkers) -> Result<Figure> {
    let walk = |way| {
        turn(move || {
            runtime.block_on(timed(async {
                let count = walkers.walk(way).await?;
                ensure!(count == USERS, "a walk saw {count} users of {USERS}");
                Ok(())
            }))
        })
    };
    let [hand, key, at_once, peer] = in_turns(walks, 1, Way::ALL.map(walk))?;
    let what = format!("all of 10,000 users in pages of {PAGE}, answered after 20 ms");
    Ok(Figure::new("backend.walk", &what, Unit::Milliseconds, &ours(), &at_once)
        .beside(BY_HAND, &hand)
        .beside(BY_KEY, &key)
        .peer("clerk-rs", &peer)
        .faster(FASTER, BY_HAND)
        .note("by the clock"))
}

fn first(rounds: usize, runtime: &Runtime, walkers: &Walkers) -> Result<[Figure; 2]> {
    let first = |way| turn(move || runtime.block_on(timed(walkers.first(way))));
    let [hand, key, at_once, peer] = in_turns(rounds, 1, Way::ALL.map(first))?;
    let figure = |id: &str, name: &str, samples: &[f64]| {
        let what = "the first of 10,000 users, answered after 20 ms";
        Figure::new(id, what, Unit::Milliseconds, name, samples)
            .beside(BY_HAND, &hand)
            .peer("clerk-rs", &peer)
            .at_most(FIRST * LATENCY.as_secs_f64() * 1e3)
            .note("by the clock")
    };
    Ok([figure("backend.first", &ours(), &at_once), figure("backend.first.by-key", BY_KEY, &key)])
}

fn memory(walks: usize, runtime: &Runtime, server: &Server, longer: &Server) -> Result<[Figure; 2]> {
    let given = runtime.block_on(Walkers::new(server)?.ext.users().list().page())?;
    let turns = [
        turn(|| Ok(allocated(|| Ok(given.data.clone()))?.left)),
        most_heap(runtime, server, PAGE, async |of| Ok(of.ext.users().list().page().await?.data.len())),
        most_heap(runtime, server, USERS, async |of| of.walk(Way::Hand).await),
        most_heap(runtime, server, USERS, async |of| of.walk(Way::ByKey).await),
        most_heap(runtime, server, USERS, async |of| of.walk(Way::AtOnce).await),
        most_heap(runtime, longer, 2 * USERS, async |of| of.walk(Way::AtOnce).await),
    ];
    let [held, fetched, hand, key, short, long] = in_turns(walks, 1, turns)?;
    const PAGE_HELD: &str = "a page that is held";
    Ok([
        Figure::new("backend.walk.memory", "the most heap of a walk", Unit::Bytes, &ours(), &short)
            .beside(PAGE_HELD, &held)
            .beside("fetching a page", &fetched)
            .beside(BY_HAND, &hand)
            .beside(BY_KEY, &key)
            .at_most_times(HELD, PAGE_HELD),
        Figure::new(
            "backend.walk.memory.longer",
            "the most heap of a walk over 20,000 users",
            Unit::Bytes,
            &ours(),
            &long,
        )
        .beside("over 10,000", &short)
        .at_most_times(LONGER, "over 10,000"),
    ])
}

/// The most heap that it takes at a time to see so many users, connections and their buffers included: each time with a new
/// client, so that nothing is there of what was before.
fn most_heap<'a>(
    runtime: &'a Runtime,
    server: &'a Server,
    users: usize,
    what: impl AsyncFn(&Walkers) -> Result<usize> + 'a,
) -> Option<Turn<'a>> {
    turn(move || {
        let walkers = Walkers::new(server)?;
        let seen = || {
            let seen = runtime.block_on(what(&walkers))?;
            ensure!(seen == users, "a walk saw {seen} users of {users}");
            Ok(())
        };
        let most = allocated(seen)?.peak;
        drop(walkers);
        // What its connections held is given back when they find that nobody needs them.
        runtime.block_on(async { tokio::time::sleep(LATENCY).await });
        Ok(most)
    })
}

/// Bytes of the heap.
struct Allocated {
    /// What is left at the end, with the value that came out.
    left: f64,
    peak: f64,
}

fn allocated<T>(what: impl FnOnce() -> Result<T>) -> Result<Allocated> {
    let mut value = None;
    let counted = allocation_counter::measure(|| value = Some(what()));
    value.context("nothing came out")??;
    Ok(Allocated { left: counted.bytes_current as f64, peak: counted.bytes_max as f64 })
}
