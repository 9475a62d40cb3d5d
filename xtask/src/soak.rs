//! Clients under random faults: `clerk-soak`, run with what was asked.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, bail};
use clap::Args;

/// How long, and with which choices.
#[derive(Args)]
pub(crate) struct Soak {
    /// For how long [default: 1].
    #[arg(long)]
    minutes: Option<u64>,
    /// The seed of the run, as a run prints it [default: another one each time].
    #[arg(long)]
    seed: Option<String>,
    /// Runs only this episode, by the seed that a run printed.
    #[arg(long, conflicts_with_all = ["seed", "minutes"])]
    episode: Option<String>,
    /// Writes the report into this file as well, as JSON.
    #[arg(long)]
    json: Option<String>,
}

/// Builds the program in the profile of development and runs it: nearly all of its time is waiting, and a release build
/// of everything would take longer than a soak.
pub(crate) fn run(root: &Path, asked: &Soak) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--quiet", "--package", "clerk-soak", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--");
    let minutes = asked.minutes.map(|minutes| minutes.to_string());
    let options =
        [("--minutes", &minutes), ("--seed", &asked.seed), ("--episode", &asked.episode), ("--json", &asked.json)];
    for (name, value) in options {
        if let Some(value) = value {
            command.args([name, value]);
        }
    }
    let status = command.status().context("cargo cannot be started")?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => bail!("something was lost; the lines above say what, and how to see it again"),
        _ => bail!("the soak did not run to its end: {status}"),
    }
}
