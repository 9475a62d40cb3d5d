//! `cargo xtask soak`: how reliable the clients are, measured.

use std::{
    io::{self, Write as _},
    ops::ControlFlow,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use clap::Parser;
use clerk_soak::{Report, again, read_seed, run};

/// How often the progress is told.
const TELLS: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(
    bin_name = "cargo xtask soak",
    about = "Clients under random faults: what was tried, survived, reported, lost"
)]
struct Arguments {
    /// For how long.
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// The seed of the run, as a run prints it [default: another one each time].
    #[arg(long)]
    seed: Option<String>,
    /// Runs only this episode, by the seed that a run printed.
    #[arg(long, conflicts_with_all = ["seed", "minutes"])]
    episode: Option<String>,
    /// Writes the report into this file as well, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match soak(Arguments::parse()).await {
        Ok(report) if report.lost() == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn soak(arguments: Arguments) -> anyhow::Result<Report> {
    let report = match &arguments.episode {
        Some(episode) => again(read_seed(episode)?).await?,
        None => {
            let seed = arguments.seed.as_deref().map_or_else(|| Ok(any_seed()), read_seed)?;
            let (mut last, is_stopped) = (Instant::now(), stopped());
            let lasts = Duration::from_secs(arguments.minutes.saturating_mul(60));
            let soaking = run(seed, lasts, |report| {
                if last.elapsed() >= TELLS {
                    last = Instant::now();
                    // Where nobody reads it any more, there is still the file of the report.
                    let _ = writeln!(io::stdout(), "{}", report.progress());
                }
                if is_stopped.load(Ordering::SeqCst) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            soaking.await?
        }
    };
    let _ = writeln!(io::stdout(), "\n{report}");
    if let Some(file) = &arguments.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(report)
}

/// Whether somebody pressed Ctrl-C: the episode is run to its end then, and the report is that of all until then.
fn stopped() -> Arc<AtomicBool> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    let seen = is_stopped.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            seen.store(true, Ordering::SeqCst);
        }
    });
    is_stopped
}

/// The time will do: a run prints its seed.
fn any_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos() & u128::from(u64::MAX)).unwrap_or_default()
}
