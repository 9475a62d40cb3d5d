//! The walk over all users, from the API to the file.

use std::pin::pin;

use anyhow::Context as _;
use clerk_ext::backend::Backend;

use crate::{
    Arguments,
    progress::{Progress, tell},
    target::{Selection, Target},
};

/// The most that the API gives at once: the rate limit counts requests, not users.
const PAGE_SIZE: u32 = 500;

/// How far it came.
pub(crate) enum Outcome {
    /// All users are in the file.
    Whole { users: u64 },
    /// Somebody pressed Ctrl-C when so many were.
    Interrupted { users: u64 },
}

pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let clerk = Backend::from_env()?;
    let instance = clerk.instance_settings().get().await.context("the instance cannot be asked for its id")?;
    let selection =
        Selection { instance: instance.id, query: arguments.query.clone(), concurrency: arguments.concurrency };
    let mut target = Target::open(&arguments.file, selection, arguments.restart)?;

    // The oldest first: whoever signs up during the export comes at its end, and is in it.
    let mut list = clerk.users().list().order_by("created_at").page_size(PAGE_SIZE);
    if let Some(query) = &arguments.query {
        list = list.query(query);
    }
    let total = list.clone().count().await.context("the users cannot be counted")?;
    if let Some(requests) = arguments.concurrency {
        list = list.concurrency(requests);
    }
    if let Some(position) = target.position() {
        tell(format_args!("going on after {} users", target.users()));
        list = list.resume(position.clone());
    }

    let mut progress = Progress::new(total, target.users())?;
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let mut pages = list.json().pages();
    loop {
        let page = tokio::select! {
            signal = &mut interrupted => {
                signal.context("Ctrl-C cannot be waited for")?;
                return Ok(Outcome::Interrupted { users: target.users() });
            }
            page = pages.try_next() => page,
        };
        let page = page
            .with_context(|| format!("stopped after {} users; run the same command again to go on", target.users()))?;
        let Some(page) = page else { break };
        target.append(&page.data, pages.position())?;
        progress.reached(target.users());
    }
    drop(progress);
    let users = target.users();
    target.finish()?;
    Ok(Outcome::Whole { users })
}
