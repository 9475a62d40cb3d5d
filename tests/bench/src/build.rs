//! What it costs a user to compile each crate: CPU time and peak memory of the one rustc that compiles it.

mod cargo;
mod examples;
mod machine;
mod report;
mod sample;
mod subject;
pub(crate) mod wrapper;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};

use cargo::Cargo;
pub(crate) use machine::Machine;
use report::Report;
use sample::Sample;
use subject::{SUBJECTS, Subject};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How often each crate is measured.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Measure only this subject; may be given several times.
    #[arg(long = "subject", value_name = "NAME")]
    subjects: Vec<String>,
    /// Where the folders clerk-core, clerk-bapi and clerk-fapi are; another checkout, for instance.
    #[arg(long, value_name = "FOLDER", default_value_os_t = bench_folder().join("../.."))]
    crates: PathBuf,
    /// Also write every figure to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// How many crates cargo may compile at once; only for the dependencies, which are not measured.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    jobs: u32,
    /// Give up after this many minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
}

/// Builds the dependencies once, then measures every subject in turn, as many rounds as asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    let crates =
        fs::canonicalize(&options.crates).with_context(|| format!("{}: no such folder", options.crates.display()))?;
    let subjects = Subject::chosen(&options.subjects)?;
    let folder = bench_folder().join("target/build");
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let lock = File::create(folder.join("lock")).context("target/build/lock")?;
    ensure!(lock.try_lock().is_ok(), "another run is measuring in {}: wait for it to end", folder.display());

    let started = Instant::now();
    let cargo = Cargo::new(&folder, Duration::from_secs(options.minutes.saturating_mul(60)))?;
    let machine = Machine::here()?;
    println!("{machine}");
    write_workspace(&cargo, &crates)?;
    eprintln!("fetching the dependencies");
    cargo.run(&["fetch", "--target", &machine.host]).context(
        "the dependencies cannot be fetched \
         (the first run needs the registry, later ones find all of them in cargo's own cache)",
    )?;

    for subject in &subjects {
        eprintln!("building {} with its dependencies", subject.name);
        // What this costs does not count: now and then there are dependencies to compile, or nothing.
        samples(&cargo, subject, options.jobs)?;
    }
    let mut report = Report::new(machine, &subjects);
    for round in 1..=options.rounds {
        for subject in in_turn(&subjects, round) {
            let sample = measure(&cargo, subject)?;
            eprintln!("round {round} of {}: {}: {sample}", options.rounds, subject.name);
            report.add(subject, sample);
        }
    }
    println!("\n{report}");
    println!("\nrounds: {}; {} s in all", options.rounds, started.elapsed().as_secs());
    if let Some(file) = &options.json {
        fs::write(file, report.to_json()).with_context(|| format!("{}: cannot be written", file.display()))?;
    }
    Ok(())
}

/// The subjects, a different one first in each round, so that none always follows the same other one.
fn in_turn<'a>(subjects: &'a [&Subject], round: u32) -> impl Iterator<Item = &'a Subject> {
    let first = usize::try_from(round).unwrap_or(0) % subjects.len().max(1);
    subjects.iter().cycle().skip(first).take(subjects.len()).copied()
}

/// Compiles the subject, which is not compiled yet, while all that it depends on is.
fn measure(cargo: &Cargo, subject: &Subject) -> Result<Sample> {
    let (name, package) = (subject.name, subject.measured());
    cargo.run(&["clean", "--offline", "--package", &package])?;
    match samples(cargo, subject, 1)?.as_slice() {
        [sample] => Ok(*sample),
        [] => bail!("{name}: cargo did not compile {package}, so there is nothing to measure"),
        several => bail!("{name}: cargo compiled {package} {} times, not once", several.len()),
    }
}

/// Compiles the subject and whatever of its dependencies is not compiled yet.
fn samples(cargo: &Cargo, subject: &Subject, jobs: u32) -> Result<Vec<Sample>> {
    let record = cargo.folder().join("record");
    if record.exists() {
        fs::remove_file(&record).with_context(|| format!("{}: cannot be removed", record.display()))?;
    }
    let jobs = jobs.to_string();
    let arguments = ["build", "--offline", "--jobs", &jobs, "--package", &subject.folder()];
    cargo.measure(&arguments, &subject.measured().replace('-', "_"), &record)?;
    Sample::read(&record)
}

/// Writes one package per subject, all in one workspace so that they share one lock file.
///
/// All of them, whichever are measured: cargo takes out of the lock file what no member needs.
fn write_workspace(cargo: &Cargo, crates: &Path) -> Result<()> {
    let folder = cargo.workspace();
    let write = |path: PathBuf, text: &str| -> Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("{}: cannot be made", parent.display()))?;
        }
        // A file that stays as it is keeps its time, and cargo does not take it for new.
        if fs::read_to_string(&path).is_ok_and(|present| present == text) {
            return Ok(());
        }
        fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))
    };
    write(folder.join("Cargo.toml"), &subject::workspace_manifest())?;
    for subject in SUBJECTS {
        let package = folder.join(subject.folder());
        write(package.join("Cargo.toml"), &subject.manifest(crates))?;
        write(package.join("src/lib.rs"), &subject.source(crates)?)?;
    }
    let (lock, pinned) = (folder.join("Cargo.lock"), bench_folder().join("Cargo.lock"));
    if modified(&lock) <= modified(&pinned) {
        fs::copy(&pinned, &lock).with_context(|| format!("{}: cannot be copied", pinned.display()))?;
    }
    Ok(())
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn bench_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_measures_every_subject_and_starts_with_another_one() {
        let subjects = Subject::chosen(&[]).unwrap();
        let order = |round| in_turn(&subjects, round).map(|subject| subject.name).collect::<Vec<_>>();
        assert_ne!(order(1)[0], order(2)[0]);
        let (mut first, mut second) = (order(1), order(2));
        first.sort_unstable();
        second.sort_unstable();
        assert_eq!(first, second);
        assert_eq!(first.len(), subjects.len());
    }
}
