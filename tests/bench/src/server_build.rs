//! What it costs a user to compile a whole server that checks its requests: user CPU time of everything, from nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    cargo,
    figure::{Figure, Outcome, Unit},
    here, target,
};

/// How much of the time of the peer ours may take.
const OF_THE_PEER: f64 = 0.65;
/// How many seconds our crates may add to the bare server.
const ADDED: f64 = 12.0;

struct Server {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

/// The same server with nothing of Clerk, with ours, with the peer.
const SERVERS: [Server; 3] = [
    Server {
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
    Server {
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
    Server {
        name: "clerk-rs",
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

/// Compiles all of them in turns.
pub(crate) fn measure(rounds: usize) -> Result<Outcome> {
    let project = fs::canonicalize(here().join("../.."))?;
    let folder = target().join("server-build");
    let packages = SERVERS.iter().map(|subject| package(subject, &folder, &project)).collect::<Result<Vec<_>>>()?;
    let mut samples = [const { Vec::new() }; SERVERS.len()];
    let mut added = Vec::new();
    for round in 0..rounds {
        for turn in 0..SERVERS.len() {
            let index = (turn + round) % SERVERS.len();
            let (Some(package), Some(samples)) = (packages.get(index), samples.get_mut(index)) else { continue };
            samples.push(compile(package)?);
        }
        if let [bare, ours, _] = packages.as_slice() {
            added.push(again(ours, &["clerk-core", "clerk-ext", "server"])? - again(bare, &["server"])?);
        }
    }
    let [bare, ours, peer] = samples;
    let what = "compiling an axum server that checks its requests, from nothing";
    let whole = Figure::new("server-build", what, Unit::Seconds, "clerk-ext", &ours)
        .peer("clerk-rs", &peer)
        .beside("with nothing of Clerk", &bare)
        .at_most_times(OF_THE_PEER, "clerk-rs")
        .note("user CPU time, dev profile");
    // All that is in the tree of ours and not in that of the bare server, but two crates of a few lines.
    let ours = Figure::new("server-build.added", "of it our own crates", Unit::Seconds, "clerk-ext", &added)
        .at_most(ADDED)
        .note("user CPU time, dev profile");
    Ok(vec![whole, ours].into())
}

/// Writes the package of a server, and downloads what it needs.
fn package(subject: &Server, folder: &Path, project: &Path) -> Result<PathBuf> {
    let package = folder.join(subject.name);
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
    cargo::lock(&package)?;
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
    let mut command = cargo::command(package, &package.join("target"));
    command.args(arguments).env("CARGO_INCREMENTAL", "0");
    let used = cargo::run(command).with_context(|| package.display().to_string())?;
    Ok(used.as_secs_f64())
}
