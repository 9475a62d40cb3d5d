//! Cargo, run the same way for every subject, and never past the deadline.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

use super::wrapper::Request;

/// How many lines of its output are shown when cargo fails.
const LINES_SHOWN: usize = 40;

pub(crate) struct Cargo {
    wrapper: PathBuf,
    folder: PathBuf,
    deadline: Instant,
}

impl Cargo {
    /// All its files go into the folder.
    pub(crate) fn new(folder: &Path, limit: Duration) -> Result<Self> {
        Ok(Self {
            wrapper: std::env::current_exe().context("the path of this program is unknown")?,
            folder: folder.to_owned(),
            deadline: Instant::now().checked_add(limit).context("too many minutes")?,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where cargo runs.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.folder.join("subjects")
    }

    /// Runs cargo in the workspace of the subjects.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<()> {
        self.finish(self.command(arguments), arguments)
    }

    /// Runs cargo with the wrapper, which adds to the record what compiling the wanted crate cost.
    pub(crate) fn measure(&self, arguments: &[&str], wanted: &str, record: &Path) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
        let left = self.deadline.saturating_duration_since(Instant::now());
        let request = Request { wanted: wanted.to_owned(), record: record.to_owned(), deadline: now + left };
        let mut command = self.command(arguments);
        command.env("RUSTC_WRAPPER", &self.wrapper);
        request.to_environment(&mut command);
        self.finish(command, arguments)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = crate::cargo::command(&self.workspace(), &self.folder.join("out"));
        command.args(arguments).env("CARGO_INCREMENTAL", "0");
        command
    }

    fn finish(&self, mut command: Command, arguments: &[&str]) -> Result<()> {
        let what = format!("cargo {}", arguments.join(" "));
        // A file, because nobody reads a pipe while cargo runs.
        let log = self.folder.join("cargo.log");
        let file = File::create(&log).with_context(|| format!("{}: cannot be written", log.display()))?;
        command.stdout(Stdio::null()).stderr(file);
        let mut child = command.spawn().with_context(|| format!("{what} cannot be run"))?;
        let status = loop {
            if let Some(status) = child.try_wait().with_context(|| what.clone())? {
                break status;
            }
            if Instant::now() >= self.deadline {
                // Its rustc ends by itself: the wrapper has the same deadline.
                child.kill().and_then(|()| child.wait()).with_context(|| what.clone())?;
                bail!("the time is up during {what}");
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        if status.success() {
            return Ok(());
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines.iter().skip(lines.len().saturating_sub(LINES_SHOWN));
        for line in last {
            eprintln!("  {line}");
        }
        bail!("{what} failed: {status}; its whole output is in {}", log.display())
    }
}
