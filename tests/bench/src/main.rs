//! Benchmarks of the Clerk crates beside their peers. `README.md` says what is measured and how.

mod auth;
mod backend;
mod build;
mod cargo;
mod clock;
mod decode;
mod figure;
mod first_run;
mod frontend;
mod local;
mod machine;
mod process;
mod server_build;
mod table;
mod turns;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Instant,
};

use anyhow::{Context as _, Result};
use clap::{Parser, ValueEnum};

use build::wrapper;
use figure::{Outcome, Report};
use machine::Machine;
use table::Table;

#[derive(Parser)]
#[command(name = "clerk-bench", about = "Benchmarks of the Clerk crates beside their peers")]
struct Arguments {
    /// Only this subject; may be given several times.
    #[arg(long, value_name = "SUBJECT")]
    only: Vec<Subject>,
    /// Samples of each figure [default: each subject's own].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,
    /// Also write all figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is measured, in the order in which it is.
#[derive(Clone, Copy, ValueEnum)]
enum Subject {
    /// Checking session tokens, requests and webhooks on a server.
    Auth,
    /// Calls and walks of the Backend API: time and memory.
    Backend,
    /// Reading a page of users: time and memory.
    Decode,
    /// A device: a token at hand, a sign-in, loading, memory.
    Frontend,
    /// How fast clerk-local is, and what it takes to keep many users.
    Local,
    /// Compiling each crate: CPU time and peak memory.
    Build,
    /// Compiling a whole server that checks its requests.
    ServerBuild,
    /// The first two commands on a machine that has nothing yet.
    FirstRun,
}

impl Subject {
    fn measure(self, rounds: Option<u32>) -> Result<Outcome> {
        let rounds = |default| rounds.unwrap_or(default) as usize;
        match self {
            Self::Auth => auth::measure(rounds(30)),
            Self::Backend => backend::measure(rounds(20)),
            Self::Decode => decode::measure(rounds(40)),
            Self::Frontend => frontend::measure(rounds(20)),
            Self::Local => local::measure(rounds(15)),
            Self::Build => build::measure(rounds(2)),
            Self::ServerBuild => server_build::measure(rounds(2)),
            // Minutes each, and nothing of it is made twice.
            Self::FirstRun => first_run::measure(),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn main() -> ExitCode {
    // Cargo calls a rustc wrapper with rustc's arguments, which are no command line of this program's:
    // what it is called for shows in the environment.
    let outcome = match wrapper::Request::from_environment() {
        Ok(Some(request)) => wrapper::run(&request, std::env::args_os().skip(1)),
        Ok(None) => run(&Arguments::parse()),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("clerk-bench: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let machine = Machine::here()?;
    let (outcome, failed) = match arguments.only.as_slice() {
        [subject] => (subject.measure(arguments.rounds)?, false),
        [] => in_turn(Subject::value_variants(), arguments.rounds)?,
        several => in_turn(several, arguments.rounds)?,
    };
    println!("{machine}\n\n{}", Table(&outcome.figures));
    for left_out in &outcome.left_out {
        println!("left out: {left_out}");
    }
    if let Some(file) = &arguments.json {
        let report = serde_json::to_string_pretty(&Report { machine, outcome })?;
        fs::write(file, report + "\n").with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Measures each in a process of its own, so that none finds memory, threads or connections of another.
///
/// One that fails does not cost the figures of the others; whether one did is the second of the answer.
fn in_turn(subjects: &[Subject], rounds: Option<u32>) -> Result<(Outcome, bool)> {
    let (mut all, mut failed) = (Outcome::default(), false);
    let started = Instant::now();
    for subject in subjects {
        let name = subject.name();
        eprintln!("{name}, after {} s", started.elapsed().as_secs());
        let file = target().join(format!("{name}.json"));
        fs::create_dir_all(target())?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--only", &name]).arg("--json").arg(&file);
        if let Some(rounds) = rounds {
            command.args(["--rounds", &rounds.to_string()]);
        }
        // Its table is printed with the others, at the end.
        let output = command.stderr(Stdio::inherit()).output()?;
        if output.status.success() {
            let report: Report = serde_json::from_slice(&fs::read(&file)?)?;
            all.append(report.outcome);
        } else {
            failed = true;
            all.left_out.push(format!("{name}: it failed"));
        }
    }
    Ok((all, failed))
}

/// Where this package is.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where all files go that are made here.
fn target() -> PathBuf {
    here().join("target")
}
