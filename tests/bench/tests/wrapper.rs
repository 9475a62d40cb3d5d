//! The program as cargo calls it: in front of rustc.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Compiles the text as the crate `sample` through the wrapper.
fn compile(folder: &Path, text: &str, wanted: &str, limit: Duration) -> ExitStatus {
    let source = folder.join("sample.rs");
    fs::write(&source, text).unwrap();
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + limit;
    Command::new(env!("CARGO_BIN_EXE_clerk-bench"))
        .args(["rustc", "--crate-name", "sample", "--crate-type", "lib", "--emit", "metadata"])
        .arg("--out-dir")
        .arg(folder)
        .arg(&source)
        .env("CLERK_BENCH_CRATE", wanted)
        .env("CLERK_BENCH_RECORD", folder.join("record"))
        .env("CLERK_BENCH_DEADLINE", deadline.as_secs().to_string())
        .status()
        .unwrap()
}

const LONG: Duration = Duration::from_secs(600);

#[test]
fn the_wanted_crate_is_compiled_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    assert!(compile(folder.path(), "pub fn one() {}", "sample", LONG).success());
    assert!(folder.path().join("libsample.rmeta").exists());
    let record = fs::read_to_string(folder.path().join("record")).unwrap();
    let numbers: Vec<u64> = record.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let [user, system, bytes] = numbers[..] else { panic!("{record:?}") };
    assert!(user + system > 0, "{record:?}");
    // Even an empty crate takes rustc some ten megabytes, and never ten gigabytes: the unit is right.
    assert!((10_000_000..10_000_000_000).contains(&bytes), "{record:?}");
}

#[test]
fn another_crate_is_compiled_and_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    assert!(compile(folder.path(), "pub fn one() {}", "other", LONG).success());
    assert!(folder.path().join("libsample.rmeta").exists());
    assert!(!folder.path().join("record").exists());
}

#[test]
fn a_failing_rustc_fails_the_wrapper_and_records_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(compile(folder.path(), "pub fn one() { missing() }", "sample", LONG).code(), Some(1));
    assert!(!folder.path().join("record").exists());
}

#[test]
fn the_measured_crate_is_not_linted_as_no_crate_of_a_registry_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = "#![deny(unused_variables)] pub fn one() { let two = 2; }";
    assert!(compile(folder.path(), text, "sample", LONG).success());
    assert!(!compile(folder.path(), text, "other", LONG).success());
}

#[test]
fn rustc_is_ended_at_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    // An endless loop that only the compiler runs.
    let text = "#![allow(long_running_const_eval)] pub const ONE: u8 = { loop {} };";
    let started = Instant::now();
    assert!(!compile(folder.path(), text, "sample", Duration::from_secs(2)).success());
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
