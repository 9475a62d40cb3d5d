//! The program as cargo's `RUSTC_WRAPPER`: runs rustc, and of the one wanted crate records what it cost.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use wait4::Wait4 as _;

use super::sample::Sample;

const CRATE: &str = "CLERK_BENCH_CRATE";
const RECORD: &str = "CLERK_BENCH_RECORD";
const DEADLINE: &str = "CLERK_BENCH_DEADLINE";

/// What the benchmark asks of the wrapper, handed over in the environment.
pub(crate) struct Request {
    /// The crate to measure, by its name in Rust.
    pub(crate) wanted: String,
    /// The file to add the sample to.
    pub(crate) record: PathBuf,
    /// When to give up, counted from 1970: the wrapper is another process, which shares no `Instant`.
    pub(crate) deadline: Duration,
}

impl Request {
    /// None: the program was not called as a wrapper.
    pub(crate) fn from_environment() -> Result<Option<Self>> {
        let (Ok(wanted), Some(record)) = (std::env::var(CRATE), std::env::var_os(RECORD)) else {
            return Ok(None);
        };
        let deadline = std::env::var(DEADLINE).with_context(|| format!("{DEADLINE} is not set"))?;
        let deadline = deadline.parse().with_context(|| format!("{DEADLINE}={deadline} is no number"))?;
        Ok(Some(Self { wanted, record: record.into(), deadline: Duration::from_secs(deadline) }))
    }

    pub(crate) fn to_environment(&self, command: &mut Command) {
        command.env(CRATE, &self.wanted).env(RECORD, &self.record).env(DEADLINE, self.deadline.as_secs().to_string());
    }
}

/// Runs rustc, the first of the arguments, with the others, and ends as it ends.
pub(crate) fn run(request: &Request, mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let rustc = arguments.next().context("called as a wrapper without the path of rustc")?;
    let arguments: Vec<OsString> = arguments.collect();
    let measured = crate_name(&arguments).is_some_and(|name| name == request.wanted.as_str());
    let mut command = Command::new(&rustc);
    command.args(&arguments);
    if measured && !arguments.iter().any(|argument| argument == "--cap-lints") {
        // As cargo does for every crate of a registry. A path dependency would be checked for lints that
        // its users never run.
        command.args(["--cap-lints", "allow"]);
    }
    let mut child = command.spawn().with_context(|| format!("{} cannot be run", rustc.display()))?;
    kill_at(request.deadline, child.id());
    let used = child.wait4().with_context(|| format!("waiting for {}", rustc.display()))?;
    if measured && used.status.success() {
        let usage = used.rusage;
        Sample { user: usage.utime, system: usage.stime, bytes: usage.maxrss }.append(&request.record)?;
    }
    Ok(match used.status.code() {
        Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        None => {
            eprintln!("rustc was ended by a signal: {}", used.status);
            ExitCode::FAILURE
        }
    })
}

fn crate_name(arguments: &[OsString]) -> Option<&OsStr> {
    let name = arguments.iter().skip_while(|argument| *argument != "--crate-name").nth(1)?;
    Some(name)
}

/// Ends the process at the deadline, should this one still be waiting for it then.
///
/// Through the command `kill`: the standard library kills only through the `Child`, which is lent to
/// `wait4` all the while.
fn kill_at(deadline: Duration, process: u32) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = deadline.saturating_sub(now);
    std::thread::spawn(move || {
        std::thread::sleep(left);
        eprintln!("rustc is ended: the time of the benchmark is up");
        if let Err(error) = Command::new("kill").args(["-KILL", &process.to_string()]).status() {
            eprintln!("kill cannot be run: {error}");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_name_is_what_follows_its_flag() {
        let arguments = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let named = arguments("--edition=2024 --crate-name clerk_bapi --crate-type lib");
        assert_eq!(crate_name(&named), Some(OsStr::new("clerk_bapi")));
        assert_eq!(crate_name(&arguments("-vV")), None);
        assert_eq!(crate_name(&arguments("--crate-name")), None);
    }
}
