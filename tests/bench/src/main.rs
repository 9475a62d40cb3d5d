//! Benchmarks of the Clerk crates beside their peers. `README.md` says what is measured and how.

#[cfg(feature = "auth")]
mod auth;
#[cfg(feature = "backend")]
mod backend;
mod build;
#[cfg(feature = "decode")]
mod decode;
#[cfg(feature = "frontend")]
mod frontend;
#[cfg(feature = "local")]
mod local;
mod server_build;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use build::wrapper;

#[derive(Parser)]
#[command(name = "clerk-bench", about = "Benchmarks of the Clerk crates beside their peers")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What it costs a user to compile a whole server that checks its requests.
    ServerBuild(server_build::Options),
    /// What it costs a server to check its requests.
    #[cfg(feature = "auth")]
    Auth(auth::Options),
    /// What clerk-ext costs beside requests by hand: time of calls and walks, memory of walks.
    #[cfg(feature = "backend")]
    Backend(backend::Options),
    /// What it costs a user to compile each crate: CPU time and peak memory.
    Build(build::Options),
    /// What it takes to read a page of users: time and memory.
    #[cfg(feature = "decode")]
    Decode(decode::Options),
    /// How fast clerk-local is, and what it takes to keep many users.
    #[cfg(feature = "local")]
    Local(local::Options),
    /// What a device costs: a token at hand, a sign-in, loading, memory.
    #[cfg(feature = "frontend")]
    Frontend(frontend::Options),
}

fn main() -> ExitCode {
    // Cargo calls a rustc wrapper with rustc's arguments, which are no command line of this program's:
    // what it is called for shows in the environment.
    let outcome = match wrapper::Request::from_environment() {
        Ok(Some(request)) => wrapper::run(&request, std::env::args_os().skip(1)),
        Ok(None) => command(Arguments::parse()),
        Err(error) => Err(error),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("clerk-bench: {error:#}");
        ExitCode::FAILURE
    })
}

fn command(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::ServerBuild(options) => server_build::run(&options)?,
        #[cfg(feature = "auth")]
        Command::Auth(options) => auth::run(&options)?,
        #[cfg(feature = "backend")]
        Command::Backend(options) => backend::run(&options)?,
        Command::Build(options) => build::run(&options)?,
        #[cfg(feature = "decode")]
        Command::Decode(options) => decode::run(&options)?,
        #[cfg(feature = "local")]
        Command::Local(options) => local::run(&options)?,
        #[cfg(feature = "frontend")]
        Command::Frontend(options) => frontend::run(&options)?,
    }
    Ok(ExitCode::SUCCESS)
}
