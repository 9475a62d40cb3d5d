//! Walks over a long list at a server that is far away: their time, their memory, and when the first user is there.

use std::{hint::black_box, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clerk_ext::backend::Backend;
use tokio::runtime::Runtime;

use super::{
    App, Options, Samples, Unit, backend, line, raw,
    server::{Canned, PAGE, Server},
    timed, verdict,
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
}

/// Who walks.
struct Walkers {
    raw: clerk_bapi::Client,
    ext: Backend<App>,
}

impl Walkers {
    fn new(server: &Server) -> Result<Self> {
        Ok(Self { raw: raw(server)?, ext: backend(server)?.typed() })
    }

    /// Walks to the end, and counts.
    async fn walk(&self, way: Way) -> Result<usize> {
        let list = self.ext.users().list();
        let mut users = match way {
            Way::Hand => return self.by_hand().await,
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

    async fn first(&self, way: Way) -> Result<()> {
        let list = self.ext.users().list();
        let mut users = match way {
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

pub(super) fn run(options: &Options, runtime: &Runtime, canned: &Canned) -> Result<()> {
    let pages = canned.pages(2 * USERS);
    let size = pages.first().map_or(0, |page| page.len());
    let server = Server::start(canned, pages.get(..USERS / PAGE).unwrap_or_default(), LATENCY)?;
    let longer = Server::start(canned, &pages, LATENCY)?;
    let (walkers, longer) = (Walkers::new(&server)?, Walkers::new(&longer)?);
    println!("{USERS} users in pages of {PAGE} ({} kB each), answered after {LATENCY:?}", size / 1000);
    times(options, runtime, &walkers)?;
    first(options, runtime, &walkers)?;
    memory(options, runtime, &walkers, &longer)
}

fn times(options: &Options, runtime: &Runtime, walkers: &Walkers) -> Result<()> {
    let [mut hand, mut key, mut at_once] = [const { Samples::new() }; 3];
    runtime.block_on(async {
        for _ in 0..options.walks {
            for (way, samples) in [(Way::Hand, &mut hand), (Way::AtOnce, &mut at_once), (Way::ByKey, &mut key)] {
                let walk = async {
                    let count = walkers.walk(way).await?;
                    ensure!(count == USERS, "a walk saw {count} users of {USERS}");
                    Ok(())
                };
                samples.push(timed(walk).await?);
            }
        }
        anyhow::Ok(())
    })?;
    let faster = hand.times(&at_once);
    let (low, high) = hand.spread(&at_once);
    line("  by hand, page after page", &hand, Unit::Milliseconds, "");
    line("  stream by key", &key, Unit::Milliseconds, format!("{:>7.2}", key.times(&hand)));
    let remark = format!(
        "{:>7.2}   {faster:.1} × as fast, half of the rounds {low:.1} to {high:.1}; ≥ {FASTER}, {}",
        at_once.times(&hand),
        verdict(faster >= FASTER),
    );
    line(&format!("  stream with concurrency({AT_ONCE})"), &at_once, Unit::Milliseconds, remark);
    Ok(())
}

fn first(options: &Options, runtime: &Runtime, walkers: &Walkers) -> Result<()> {
    let [mut hand, mut key, mut at_once] = [const { Samples::new() }; 3];
    runtime.block_on(async {
        for _ in 0..options.rounds {
            for (way, samples) in [(Way::Hand, &mut hand), (Way::AtOnce, &mut at_once), (Way::ByKey, &mut key)] {
                samples.push(timed(walkers.first(way)).await?);
            }
        }
        anyhow::Ok(())
    })?;
    println!("the first user, in times of the {LATENCY:?}");
    for (name, samples, judged) in [
        ("  by hand, of the first page".to_owned(), hand, false),
        ("  stream by key".to_owned(), key, true),
        (format!("  stream with concurrency({AT_ONCE})"), at_once, true),
    ] {
        let latencies = samples.median() / LATENCY.as_secs_f64();
        let target = if judged { format!("≤ {FIRST}, {}", verdict(latencies <= FIRST)) } else { String::new() };
        line(&name, &samples, Unit::Milliseconds, format!("{latencies:>7.2}   {target}"));
    }
    Ok(())
}

fn memory(options: &Options, runtime: &Runtime, walkers: &Walkers, longer: &Walkers) -> Result<()> {
    let [mut held, mut fetched, mut hand, mut key, mut short, mut long] = [const { Samples::new() }; 6];
    for _ in 0..options.walks {
        let page = || runtime.block_on(async { Ok(walkers.ext.users().list().page().await?) });
        let given = page()?;
        held.0.push(allocated(|| Ok(given.data.clone()))?.left);
        fetched.0.push(allocated(page)?.peak);
        for (walkers, way, samples) in [
            (walkers, Way::Hand, &mut hand),
            (walkers, Way::ByKey, &mut key),
            (walkers, Way::AtOnce, &mut short),
            (longer, Way::AtOnce, &mut long),
        ] {
            samples.0.push(allocated(|| runtime.block_on(walkers.walk(way)))?.peak);
        }
    }
    println!("memory at the peak, in pages as they are held");
    let pages = |samples: &Samples| format!("{:>7.2}   ", samples.times(&held));
    line("  a page that is held", &held, Unit::Bytes, pages(&held));
    line("  fetching a page", &fetched, Unit::Bytes, pages(&fetched));
    line("  by hand, page after page", &hand, Unit::Bytes, pages(&hand));
    line("  stream by key", &key, Unit::Bytes, pages(&key));
    let remark = format!("{}≤ {HELD}, {}", pages(&short), verdict(short.times(&held) <= HELD));
    line(&format!("  stream with concurrency({AT_ONCE})"), &short, Unit::Bytes, remark);
    let more = long.times(&short);
    let remark = format!("{}{more:.2} × that, ≤ {LONGER}, {}", pages(&long), verdict(more <= LONGER));
    line(&format!("  the same over {} users", 2 * USERS), &long, Unit::Bytes, remark);
    Ok(())
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
