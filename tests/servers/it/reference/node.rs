//! The published SDK, as a process that is asked.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};

use super::{case::Case, outcome::Outcome};

/// Where `.ci/run` installs it.
const INSTALLED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/reference");
const PACKAGE: &str = "node_modules/@clerk/backend/package.json";
const VERSION: &str = "3.25.0";

pub(super) struct Node {
    process: Child,
    questions: Sender<String>,
    answers: Receiver<String>,
}

impl Node {
    /// `None` where it is not installed and need not be.
    pub(super) fn start() -> Option<Self> {
        let directory = std::env::var_os("CLERK_REFERENCE_DIR").map_or_else(|| INSTALLED.into(), PathBuf::from);
        match Self::start_in(&directory) {
            Ok(node) => Some(node),
            Err(missing) => {
                let required = std::env::var("CLERK_REFERENCE").is_ok_and(|value| value == "required");
                assert!(!required, "{missing}");
                eprintln!("skipped: {missing}");
                None
            }
        }
    }

    fn start_in(directory: &Path) -> Result<Self, String> {
        let package = std::fs::read_to_string(directory.join(PACKAGE))
            .map_err(|_| format!("{} is not there: `.ci/run` installs it", directory.join(PACKAGE).display()))?;
        let package: serde_json::Value = serde_json::from_str(&package).unwrap();
        if package["version"] != VERSION {
            return Err(format!("{} is not of version {VERSION}", directory.join(PACKAGE).display()));
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/it/reference/reference.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(directory)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node does not start: {error}"))?;
        // Neither side waits for the other to read.
        let mut input = process.stdin.take().unwrap();
        let (questions, asked) = channel::<String>();
        thread::spawn(move || asked.iter().try_for_each(|line| writeln!(input, "{line}")));
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (answered, answers) = channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| answered.send(line)));
        Ok(Self { process, questions, answers })
    }

    /// Asks without waiting for the answers.
    pub(super) fn send(&self, cases: &[Case]) {
        for case in cases {
            self.questions.send(serde_json::to_string(case).unwrap()).expect("node has ended early");
        }
    }

    /// The answers to what was asked first.
    pub(super) fn receive(&self, count: usize) -> Vec<Outcome> {
        let next = |_| match self.answers.recv_timeout(Duration::from_secs(60)) {
            Ok(line) => serde_json::from_str(&line).unwrap(),
            Err(RecvTimeoutError::Timeout) => panic!("node takes longer than a minute for a request"),
            Err(RecvTimeoutError::Disconnected) => panic!("node has ended early"),
        };
        (0..count).map(next).collect()
    }

    pub(super) fn ask(&self, cases: &[Case]) -> Vec<Outcome> {
        self.send(cases);
        self.receive(cases.len())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends by itself at the end of its input too; this is for when a test panics.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
