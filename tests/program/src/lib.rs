//! Runs a program of `examples/` as a person would, against a Clerk on this machine.
//!
//! A program that serves says `listening on http://…` on its standard output; what is started here is stopped when the
//! [`Running`] is dropped, at the latest.

#![allow(clippy::expect_used, clippy::panic)] // only tests call it

use std::{
    ffi::OsStr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use clerk_local::LocalClerk;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// No program of ours takes longer, on a machine that does other work as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is not running yet.
#[derive(Debug)]
pub struct Program {
    command: Command,
}

impl Program {
    /// The program of this file: `env!("CARGO_BIN_EXE_…")` in a test of its package.
    ///
    /// Nothing that is called `CLERK_…` in the test's own environment reaches it.
    #[must_use]
    pub fn new(executable: &str) -> Self {
        let mut command = Command::new(executable);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().contains("CLERK_") {
                command.env_remove(name);
            }
        }
        Self { command }
    }

    /// Gives it the keys of this Clerk, and where that is.
    #[must_use]
    pub fn clerk(self, local: &LocalClerk) -> Self {
        self.env("CLERK_PUBLISHABLE_KEY", local.publishable_key().to_string())
            .env("CLERK_SECRET_KEY", local.secret_key().expose())
            .env("CLERK_API_URL", local.backend_url())
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds to its command line.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Runs it to its end, with nothing on its standard input.
    ///
    /// # Panics
    /// When it does not start or does not end.
    pub async fn run(self) -> Ended {
        self.start().end().await
    }

    /// Runs it to its end while nobody reads what it says, as in `program 2>&1 | head -0`.
    ///
    /// # Panics
    /// When it does not start or does not end.
    pub async fn unread(mut self) -> ExitStatus {
        let (reader, output) = std::io::pipe().expect("there are pipes");
        drop(reader);
        let errors = output.try_clone().expect("there are pipes");
        self.command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let ended = timeout(PATIENCE, self.command.status()).await.expect("it ends");
        ended.expect("it can be started")
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(mut self) -> Running {
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let output = child.stdout.take().expect("the output is piped");
        let input = child.stdin.take();
        // Read as it comes, so that a program that tells much does not wait for its reader.
        let mut errors = child.stderr.take().expect("the errors are piped");
        let errors = tokio::spawn(async move {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text).await;
            String::from_utf8_lossy(&text).into_owned()
        });
        Running { child, input, lines: BufReader::new(output).lines(), errors, told: String::new() }
    }

    /// Starts it, and waits until it says where it listens: that address, without a slash at its end.
    ///
    /// # Panics
    /// When it ends before it has said so.
    pub async fn serve(self) -> (Running, String) {
        let mut running = self.start();
        let line = running.line_with("listening on http").await;
        let url = line.split_once("listening on ").map_or(line.as_str(), |(_, url)| url);
        let url = url.trim().trim_end_matches('/').to_owned();
        (running, url)
    }
}

/// A program that runs, and is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    errors: tokio::task::JoinHandle<String>,
    told: String,
}

impl Running {
    /// The next line of its standard output that has this in it.
    ///
    /// # Panics
    /// When its output ends before, or no such line comes.
    pub async fn line_with(&mut self, text: &str) -> String {
        loop {
            match timeout(PATIENCE, self.lines.next_line()).await {
                Ok(Ok(Some(line))) => {
                    self.told.push_str(&line);
                    self.told.push('\n');
                    if line.contains(text) {
                        return line;
                    }
                }
                Ok(_) => {
                    let errors = (&mut self.errors).await.unwrap_or_default();
                    panic!("it ended without a line with '{text}'\n{}{errors}", self.told)
                }
                Err(_) => panic!("no line with '{text}' came\n{}", self.told),
            }
        }
    }

    /// Types a line into its standard input.
    ///
    /// # Panics
    /// When it no longer reads.
    pub async fn types(&mut self, line: &str) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads what is typed");
        input.flush().await.expect("it reads what is typed");
    }

    /// The number by which the system knows it.
    ///
    /// # Panics
    /// When it has ended.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Kills it, as a machine that loses its power does, and gives what it has told since [`Program::start`].
    ///
    /// # Panics
    /// When the system refuses.
    pub async fn kill(mut self) -> Ended {
        self.child.start_kill().expect("it can be killed");
        self.end().await
    }

    /// Closes its standard input and waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn end(mut self) -> Ended {
        drop(self.input.take());
        let ended = timeout(PATIENCE, async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                self.told.push_str(&line);
                self.told.push('\n');
            }
            let status = self.child.wait().await.expect("it can be waited for");
            let errors = (&mut self.errors).await.unwrap_or_default();
            (status, errors)
        });
        let Ok((status, errors)) = ended.await else { panic!("it did not end\n{}", self.told) };
        Ended { status, output: self.told, errors }
    }
}

/// What is left of a program.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub output: String,
    /// All of its standard error.
    pub errors: String,
}

impl Ended {
    /// Its standard output.
    ///
    /// # Panics
    /// When it did not end well.
    #[must_use]
    pub fn well(self) -> String {
        assert!(self.status.success(), "{}\n{}{}", self.status, self.output, self.errors);
        self.output
    }
}
