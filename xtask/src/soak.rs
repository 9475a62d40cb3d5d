//! Clients under random faults: `clerk-soak`, run with what was asked.

use std::{ffi::OsString, path::Path, process::Command};

use anyhow::{Context as _, Result};
use clap::Args;

/// What `clerk-soak` takes, and its help.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Soak {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Builds the program in the profile of development and runs it: nearly all of its time is waiting, and a release build
/// of everything would take longer than a soak.
pub(crate) fn run(root: &Path, asked: &Soak) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "clerk-soak", "--manifest-path"]).arg(root.join("Cargo.toml"));
    in_our_place(command.arg("--").args(&asked.arguments)).context("cargo cannot be started")
}

/// Ctrl-C is for the soak alone, which shows what it has found until then; its status is ours.
#[cfg(unix)]
fn in_our_place(command: &mut Command) -> std::io::Result<()> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

#[cfg(not(unix))]
fn in_our_place(command: &mut Command) -> std::io::Result<()> {
    std::process::exit(command.status()?.code().unwrap_or(2))
}
