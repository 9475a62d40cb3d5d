//! What it costs a user to compile each crate: CPU time and peak memory of the one rustc that compiles it.

mod cargo;
mod examples;
mod figures;
mod sample;
mod subject;
pub(crate) mod wrapper;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::figure::Outcome;
use crate::{here, machine::Machine, target};
use cargo::Cargo;
use figures::Samples;
use sample::Sample;
use subject::{SUBJECTS, Subject};

/// Far longer than all of it takes.
const LIMIT: Duration = Duration::from_secs(3600);

/// Builds the dependencies once, then measures every subject in turn, as many rounds as asked for.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let crates = fs::canonicalize(here().join("../.."))?;
    let folder = target().join("build");
    fs::create_dir_all(&folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let lock = File::create(folder.join("lock")).context("target/build/lock")?;
    ensure!(lock.try_lock().is_ok(), "another run is measuring in {}: wait for it to end", folder.display());

    let cargo = Cargo::new(&folder, LIMIT)?;
    write_workspace(&cargo, &crates)?;
    eprintln!("fetching the dependencies");
    cargo.run(&["fetch", "--target", &Machine::here()?.host]).context(
        "the dependencies cannot be fetched \
         (the first run needs the registry, later ones find all of them in cargo's own cache)",
    )?;

    let mut outcome = Outcome::default();
    let mut subjects = Vec::new();
    for subject in SUBJECTS {
        eprintln!("building {} with its dependencies", subject.name);
        // What this costs does not count: now and then there are dependencies to compile, or nothing.
        match samples(&cargo, subject, None) {
            Ok(_) => subjects.push(subject),
            // A peer may need what this machine has not; ours may not.
            Err(error) if subject.is_peer() => {
                eprintln!("without {}: {error:#}", subject.name);
                outcome.left_out.push(format!("compiling {}: {error:#}", subject.name));
            }
            Err(error) => return Err(error),
        }
    }
    let mut all = Samples::default();
    for round in 0..rounds {
        for subject in in_turn(&subjects, round) {
            let sample = measure_one(&cargo, subject)?;
            eprintln!("round {} of {rounds}: {}: {sample}", round + 1, subject.name);
            all.add(subject.name, sample);
        }
    }
    outcome.append(figures::figures(&all).into());
    Ok(outcome)
}

/// The subjects, a different one first in each round, so that none always follows the same other one.
fn in_turn<'a>(subjects: &'a [&Subject], round: usize) -> impl Iterator<Item = &'a Subject> {
    let first = round % subjects.len().max(1);
    subjects.iter().cycle().skip(first).take(subjects.len()).copied()
}

/// Compiles the subject, which is not compiled yet, while all that it depends on is.
fn measure_one(cargo: &Cargo, subject: &Subject) -> Result<Sample> {
    let (name, package) = (subject.name, subject.measured());
    cargo.run(&["clean", "--offline", "--package", &package])?;
    match samples(cargo, subject, Some(1))?.as_slice() {
        [sample] => Ok(*sample),
        [] => bail!("{name}: cargo did not compile {package}, so there is nothing to measure"),
        several => bail!("{name}: cargo compiled {package} {} times, not once", several.len()),
    }
}

/// Compiles the subject and whatever of its dependencies is not compiled yet, so many crates at once.
fn samples(cargo: &Cargo, subject: &Subject, jobs: Option<u32>) -> Result<Vec<Sample>> {
    let record = cargo.folder().join("record");
    if record.exists() {
        fs::remove_file(&record).with_context(|| format!("{}: cannot be removed", record.display()))?;
    }
    let (package, jobs) = (subject.folder(), jobs.map(|jobs| jobs.to_string()));
    let mut arguments = vec!["build", "--offline", "--package", &package];
    if let Some(jobs) = &jobs {
        arguments.extend(["--jobs", jobs]);
    }
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
    crate::cargo::lock(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_measures_every_subject_and_starts_with_another_one() {
        let subjects: Vec<_> = SUBJECTS.iter().collect();
        let order = |round| in_turn(&subjects, round).map(|subject| subject.name).collect::<Vec<_>>();
        assert_ne!(order(1)[0], order(2)[0]);
        let (mut first, mut second) = (order(1), order(2));
        first.sort_unstable();
        second.sort_unstable();
        assert_eq!(first, second);
        assert_eq!(first.len(), subjects.len());
    }
}
