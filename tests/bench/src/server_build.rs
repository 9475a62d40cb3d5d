//! What it costs a user to compile a whole server that checks its requests: user CPU time of everything, from nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use wait4::Wait4 as _;

use crate::build::Machine;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How often each server is compiled.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// How much of the time of the peer ours may take.
const OF_THE_PEER: f64 = 0.65;
/// How many seconds our crates may add to the bare server.
const ADDED: f64 = 12.0;

struct Subject {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

/// The same server with nothing of Clerk, with ours, with the peer.
const SUBJECTS: [Subject; 3] = [
    Subject {
        name: "bare",
        dependencies: r#"
aws-lc-rs = { version = "1.19", default-features = false, features = ["aws-lc-sys"] }
reqwest = { version = "0.13.5", default-features = false, features = ["rustls"] }
serde_json = "1"
"#,
        main: r#"
use axum::{Router, routing::get};

pub fn app() -> Router {
    Router::new().route("/me", get(async || "hello"))
}
"#,
    },
    Subject {
        name: "clerk-ext",
        dependencies: "clerk-ext = { path = \"FOLDER/clerk-ext\", features = [\"axum\"] }\n",
        main: r#"
use axum::{Router, routing::get};
use clerk_ext::{auth::Clerk, web::{ClerkLayer, SignedIn}};

pub fn app() -> Router {
    let clerk = Clerk::from_env().unwrap();
    Router::new().route("/me", get(async |user: SignedIn| user.user_id().to_string())).layer(ClerkLayer::new(clerk))
}
"#,
    },
    Subject {
        name: "clerk-rs 0.5.0",
        dependencies: "clerk-rs = { version = \"=0.5.0\", features = [\"axum\"] }\n",
        main: r#"
use axum::{Extension, Router, routing::get};
use clerk_rs::{
    ClerkConfiguration,
    clerk::Clerk,
    validators::{authorizer::ClerkJwt, axum::ClerkLayer, jwks::MemoryCacheJwksProvider},
};

pub fn app() -> Router {
    let clerk = Clerk::new(ClerkConfiguration::new(std::env::var("CLERK_SECRET_KEY").unwrap()));
    Router::new()
        .route("/me", get(async |Extension(user): Extension<ClerkJwt>| user.sub))
        .layer(ClerkLayer::new(MemoryCacheJwksProvider::new(clerk), None, true))
}
"#,
    },
];

/// Compiles all of them in turns, and prints them beside the targets.
pub(crate) fn run(options: &Options) -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let project = fs::canonicalize(here.join("../.."))?;
    let folder = here.join("target/server-build");
    println!("{}", Machine::here()?);
    let packages = SUBJECTS.iter().map(|subject| package(subject, &folder, &project)).collect::<Result<Vec<_>>>()?;
    let mut samples = [const { Vec::new() }; SUBJECTS.len()];
    let mut added = Vec::new();
    for round in 0..options.rounds.max(1) {
        for turn in 0..SUBJECTS.len() {
            let index = (turn + round) % SUBJECTS.len();
            let (Some(package), Some(samples)) = (packages.get(index), samples.get_mut(index)) else { continue };
            samples.push(compile(package)?);
        }
        if let [bare, ours, _] = packages.as_slice() {
            added.push(again(ours, &["clerk-core", "clerk-ext", "server"])? - again(bare, &["server"])?);
        }
    }
    println!("{:<38} {:>10} {:>10} {:>10}   target", "user CPU seconds of a clean build", "min", "median", "max");
    let medians: Vec<f64> =
        SUBJECTS.iter().zip(&mut samples).map(|(subject, samples)| figure(subject.name, samples)).collect();
    // All that is in the tree of ours and not in that of the bare server, but two crates of a few lines.
    figure("of it clerk-core and clerk-ext", &mut added);
    if let [_, ours, peer] = medians.as_slice() {
        println!("{:<38} {:>21.2}              ≤ {OF_THE_PEER}", "  clerk-ext against clerk-rs", ours / peer);
    }
    println!("{:<38} {:>21}              ≤ {ADDED}", "  our crates", "");
    Ok(())
}

fn figure(name: &str, samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    let at = |index: usize| samples.get(index).copied().unwrap_or_default();
    let median = at(samples.len() / 2);
    println!("  {name:<36} {:>10.1} {median:>10.1} {:>10.1}", at(0), at(samples.len().saturating_sub(1)));
    median
}

/// Writes the package of a server, and downloads what it needs.
fn package(subject: &Subject, folder: &Path, project: &Path) -> Result<PathBuf> {
    let package = folder.join(subject.name.replace([' ', '.'], "-"));
    fs::create_dir_all(package.join("src"))?;
    let project = project.to_str().context("the path of the project is no text")?;
    let manifest = format!(
        r#"[package]
name = "server"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
axum = "0.8"
serde = {{ version = "1", features = ["derive"] }}
tokio = {{ version = "1", features = ["macros", "net", "rt-multi-thread"] }}
{}"#,
        subject.dependencies.replace("FOLDER", project)
    );
    fs::write(package.join("Cargo.toml"), manifest)?;
    let main = format!(
        "{}\n#[tokio::main]\nasync fn main() {{\n    let listener = tokio::net::TcpListener::bind(\"127.0.0.1:0\").await.unwrap();\n    axum::serve(listener, app()).await.unwrap();\n}}\n",
        subject.main
    );
    fs::write(package.join("src/main.rs"), main)?;
    cargo(&package, &["fetch", "-q"])?;
    Ok(package)
}

/// The user CPU time of cargo and all that it runs, in seconds.
fn compile(package: &Path) -> Result<f64> {
    let target = package.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    cargo(package, &["build", "-q", "--offline"])
}

/// The user CPU time of compiling these again, with all else as it is.
fn again(package: &Path, crates: &[&str]) -> Result<f64> {
    for name in crates {
        cargo(package, &["clean", "-q", "--offline", "-p", name])?;
    }
    cargo(package, &["build", "-q", "--offline"])
}

fn cargo(package: &Path, arguments: &[&str]) -> Result<f64> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(package).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_") && name != "CARGO_HOME" || name == "RUSTFLAGS") {
            command.env_remove(name);
        }
    }
    command.env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", package.join("target"));
    let used = command.spawn().context("cargo cannot be run")?.wait4()?;
    ensure!(used.status.success(), "{}: cargo {} failed", package.display(), arguments.join(" "));
    Ok(used.rusage.utime.as_secs_f64())
}
