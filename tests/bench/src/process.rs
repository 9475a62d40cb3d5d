//! A peer that runs in a process of its own: it is asked line by line, and so takes its turn in every round.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

/// Longer than any sample takes.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Process {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("a peer does not start")?;
        let questions = child.stdin.take().context("a peer does not listen")?;
        let output = child.stdout.take().context("a peer says nothing")?;
        let (answer, answers) = channel();
        // On a thread, because a line may be waited for only so long.
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| answer.send(line))
        });
        Ok(Self { child, questions, answers })
    }

    pub(crate) fn tell(&self, line: &str) -> Result<()> {
        writeln!(&self.questions, "{line}").context("a peer has ended early")
    }

    /// One sample of what is named.
    pub(crate) fn sample(&self, what: &str) -> Result<f64> {
        self.tell(what)?;
        let answer =
            self.answers.recv_timeout(PATIENCE).with_context(|| format!("a peer gives no sample of {what}"))?;
        answer.trim().parse().with_context(|| format!("a peer gives no number for {what}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
