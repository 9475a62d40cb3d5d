//! All users of an instance to a file of JSON Lines, with a progress bar; stopped at any point, it goes on from there.
//!
//! ```console
//! $ export CLERK_SECRET_KEY=sk_test_…
//! $ cargo run -p example-export-users -- users.jsonl
//! wrote 2500 users to users.jsonl
//! ```
//!
//! Without an account, set the variables that `cargo run -p clerk-local -- --seed examples/seed.json` prints.
//!
//! Each line is a user as the API wrote it, private metadata and keys that no type knows included: whoever reads the file reads
//! everything about everybody, so it is made for its owner alone.
//!
//! As long as `users.jsonl.position` stands beside it the file is not whole. The same command goes on behind the last user that
//! is safely in it: after Ctrl-C, an error, a kill or a power cut.
//!
//! **What is in the file.** Users are walked by key, the oldest first. Whoever exists from the beginning of the export to its end
//! is in it exactly once, also if the export took a week and others came and went. Who is created meanwhile is in it too; who is
//! deleted meanwhile may be. Each user is as they were when their page was read: it is no snapshot of one moment. With `--query`,
//! this holds for those who fit all the time. With `--concurrency` the walk is by offset: each user who is deleted behind the
//! place that was reached makes another one be missed.
//!
//! What to look at:
//!
//! - `export.rs`: the walk, page by page, so that memory stays the same however many users there are. Retries, waiting for rate
//!   limits and asking for the next page while this one is written are the client's work.
//! - `target.rs`: the order of writes that makes it safe to stop anywhere.

mod export;
mod progress;
mod target;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;

use crate::{export::Outcome, progress::tell};

/// Writes all users of a Clerk instance to a file, a JSON object on each line.
///
/// Reads CLERK_SECRET_KEY from the environment. Run again with the same arguments, it goes on where it stopped.
#[derive(Debug, Parser)]
#[command(name = "example-export-users")]
struct Arguments {
    /// Where the users go; FILE.position stands beside it until it is whole
    file: PathBuf,
    /// Only users with this text in an identifier, an id or a name
    #[arg(long, value_name = "TEXT")]
    query: Option<String>,
    /// Keeps so many requests under way: faster, but users who are deleted meanwhile make others be missed
    #[arg(long, value_name = "REQUESTS")]
    concurrency: Option<usize>,
    /// Begins anew, whatever there is
    #[arg(long)]
    restart: bool,
}

/// What a shell reports of a program that Ctrl-C ended: the file is not whole.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match export::run(&arguments).await {
        Ok(Outcome::Whole { users }) => {
            // The users are in the file, whether or not anybody reads this.
            let _ = writeln!(io::stdout(), "wrote {users} users to {}", arguments.file.display());
            ExitCode::SUCCESS
        }
        Ok(Outcome::Interrupted { users }) => {
            tell(format_args!("stopped after {users} users; run the same command again to go on"));
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            tell(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
