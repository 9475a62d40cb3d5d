//! A command line that people sign in to with their browser.
//!
//! It shows how a program on somebody's own machine signs them in without ever seeing a password: the browser goes to
//! Clerk's pages and comes back to an address of this machine, on which the program listens for that moment alone. From
//! then on the program is a device of theirs, as a telephone is one.
//!
//! ```console
//! $ export CLERK_PUBLISHABLE_KEY=pk_test_…     # the only key: it is public. A secret key has no place in a program
//! $ cargo run -p example-cli -- login          # that people have
//! open this address in a browser, if none has opened:
//!   https://…
//! waiting for it to come back to http://127.0.0.1:8765/callback
//! signed in as Ann Example <ann@example.com>
//! $ cargo run -p example-cli -- whoami
//! $ cargo run -p example-cli -- organizations
//! $ cargo run -p example-cli -- switch acme
//! $ curl -H "Authorization: Bearer $(cargo run -q -p example-cli -- token)" https://api.example.com/me
//! $ cargo run -p example-cli -- logout
//! ```
//!
//! Without an account: `cargo run -p clerk-local -- --seed examples/seed.json` in another terminal prints the key of a Clerk on this machine.
//!
//! In the Dashboard, native applications have to be allowed, and the address that the browser comes back to has to be in
//! their list of redirect URLs: `http://127.0.0.1:8765/callback`, or with the port of `login --port`. Where an instance
//! does not take such an address for its own pages, `login --provider github` goes to a provider's pages right away. The
//! browser is one on this machine; on a server at the other end of SSH, forward the port: `ssh -L 8765:127.0.0.1:8765 …`.
//!
//! What to look at:
//!
//! - `device.rs`: where credentials are kept, and the patience of a program that somebody waits for.
//! - `login.rs`: the way through the browser. What comes back is taken only if it belongs to this very sign-in, so that no
//!   page elsewhere can sign somebody in here as somebody else.
//! - `account.rs`: who is signed in, also without a network; a token for a request.
//! - `organizations.rs`: which there are, and working in another one.
//! - `output.rs`, `problem.rs`: what people get to see, and what they are told when it does not work.

mod account;
mod device;
mod login;
mod organizations;
mod output;
mod problem;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{device::Device, login::Login, organizations::Switch, problem::Problem};

/// Signs in with the browser, and shows who is signed in.
#[derive(Parser)]
struct Arguments {
    /// The folder for credentials, in place of one in the user's configuration folder
    #[arg(long, global = true, value_name = "FOLDER")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sign in with the browser
    Login(Login),
    /// Show who is signed in, and in which organization they work
    Whoami,
    /// Print a session token, for the `Authorization` of a request
    Token,
    /// List the organizations of whoever is signed in
    Organizations,
    /// Work in another organization
    Switch(Switch),
    /// Sign out
    Logout,
}

#[tokio::main]
async fn main() -> ExitCode {
    match carried_out(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // Nobody may be reading this either.
            let _ = writeln!(io::stderr(), "example-cli: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn carried_out(arguments: Arguments) -> Result<(), Problem> {
    let mut device = Device::open(arguments.config)?;
    match arguments.command {
        Command::Login(login) => login.carried_out(&device).await,
        Command::Whoami => account::whoami(&mut device).await,
        Command::Token => account::token(&mut device).await,
        Command::Organizations => organizations::list(&mut device).await,
        Command::Switch(switch) => switch.carried_out(&mut device).await,
        Command::Logout => account::logout(&device).await,
    }
}
