//! Users, organizations and memberships of an instance, kept in SQLite: by webhooks as things happen, and by a fill that reads
//! all there is, at first and whenever something may have been missed.
//!
//! ```console
//! $ export CLERK_SECRET_KEY=sk_test_… CLERK_WEBHOOK_SIGNING_SECRET=whsec_…
//! $ cargo run -p example-sqlite-mirror -- serve
//! listening on http://127.0.0.1:3000
//! ```
//!
//! and beside it, once and then every night:
//!
//! ```console
//! $ cargo run -p example-sqlite-mirror -- fill
//! users: 2500 read, 0 removed
//! organizations: 40 read, 0 removed
//! memberships: 3100 read, 0 removed
//! $ cargo run -p example-sqlite-mirror -- list users
//! {"id":"user_…",…}
//! ```
//!
//! In the dashboard the endpoint is `https://YOUR-HOST/webhooks/clerk`, with the events of users, organizations and memberships.
//! Without an account `cargo run -p clerk-local -- --seed examples/seed.json` prints the variables, and
//! `curl http://127.0.0.1:4010/local/webhooks -d '{"url": "http://127.0.0.1:3000/webhooks/clerk"}'` adds the endpoint and prints
//! its secret. `PORT` is 3000 unless set. The file is `mirror.sqlite` unless `--database` says otherwise; it holds all that is
//! known of people, private metadata included.
//!
//! **Webhooks come late, twice, in any order, or not at all.** Each is survived:
//!
//! | what comes | what keeps the mirror right |
//! |---|---|
//! | an older state after a newer one | a row gives way only to what has a later `updated_at` (`mirror.rs`) |
//! | the same message again | it is noted in the transaction that changes the row (`messages.rs`) |
//! | an update after the deletion | ids of what was deleted are remembered |
//! | a membership before its user | nothing refers to anything |
//! | nothing, or a program that was down for days | `fill` (`fill.rs`) |
//!
//! A membership carries names of its user and its organization, which are as old as its last event; a fill renews them.
//!
//! What to look at: `serve.rs` is all of the server. `mirror.rs` has one `store` for what events tell and what lists give, since
//! both are the same types. `fill.rs` runs while the server does, and takes away only what Clerk, asked once more, does not know.

mod database;
mod fill;
mod messages;
mod mirror;
mod serve;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{database::Database, mirror::Table};

/// Keeps the users, organizations and memberships of a Clerk instance in SQLite.
#[derive(Debug, Parser)]
#[command(name = "example-sqlite-mirror")]
struct Arguments {
    /// Where they are kept
    #[arg(long, value_name = "FILE", default_value = "mirror.sqlite", global = true)]
    database: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes webhooks at /webhooks/clerk; reads CLERK_WEBHOOK_SIGNING_SECRET and PORT
    Serve,
    /// Reads all there is, and takes away what is gone; reads CLERK_SECRET_KEY
    Fill,
    /// Prints what is kept, a JSON object on each line
    List { table: Table },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be reading it.
            let _ = writeln!(io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let database = Database::open(&arguments.database)?;
    match arguments.command {
        Command::Serve => serve::serve(database).await,
        Command::Fill => fill::fill(&database).await,
        Command::List { table } => {
            let mut last = String::new();
            loop {
                // Part by part: whoever reads the output slowly keeps nobody from writing.
                let part = database.change(move |transaction| mirror::part(transaction, table, &last)).await?;
                let Some((id, _)) = part.last() else { return Ok(()) };
                last = id.clone();
                let mut output = io::stdout().lock();
                for (_, data) in &part {
                    match writeln!(output, "{data}") {
                        // Whoever reads it has seen enough.
                        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                        written => written?,
                    }
                }
            }
        }
    }
}
