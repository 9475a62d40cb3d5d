//! Cargo for packages that are made here, as somebody would call it who knows nothing of this program.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

use crate::here;

/// What cargo or rustc would build differently for, and what describes the benchmark itself as a package.
const FORGOTTEN: &[&str] = &[
    "CARGO_BUILD_",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    // Whoever calls this in a build with its own jobs would have them used for rustc's threads.
    "CARGO_MAKEFLAGS",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "MAKEFLAGS",
    "MFLAGS",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
];

/// Cargo in this folder, with its files in the other one.
pub(crate) fn command(folder: &Path, target: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| FORGOTTEN.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env("CARGO_TARGET_DIR", target).env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command
}

/// Runs it to the end; gives the user CPU time of cargo and all that it ran. What it says goes to standard error: the
/// output of a subject is a table.
pub(crate) fn run(mut command: Command) -> Result<Duration> {
    let used = command.stdout(io::stderr()).spawn().context("cargo cannot be run")?.wait4()?;
    ensure!(used.status.success(), "cargo {} failed: see above", arguments(&command));
    Ok(used.rusage.utime)
}

/// Gives a package the versions of its dependencies that the benchmark itself has.
pub(crate) fn lock(folder: &Path) -> Result<()> {
    let (lock, pinned) = (folder.join("Cargo.lock"), here().join("Cargo.lock"));
    // Cargo takes out of it what the package does not need: it stays like that until ours changes.
    if modified(&lock) <= modified(&pinned) {
        fs::copy(&pinned, &lock).with_context(|| format!("{}: cannot be copied", pinned.display()))?;
    }
    Ok(())
}

pub(crate) fn arguments(command: &Command) -> String {
    command.get_args().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}
