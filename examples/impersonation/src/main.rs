//! A member of the staff acts for a user, and the API knows who it really is.
//!
//! People write to support: "it does not work". Whoever helps them has to see what they see, without their password and
//! without being taken for them. For that a back end makes an *actor token*: a ticket with which one person signs in as
//! another, once. All tokens of that session name the actor in the claim `act`.
//!
//! ```console
//! $ export CLERK_SECRET_KEY=sk_test_… CLERK_PUBLISHABLE_KEY=pk_test_…
//! $ cargo run -p example-impersonation -- link --staff user_2ab… --user ann@example.com
//! actor token act_2xy…: good for 10 minutes, and once
//! open in a private window: https://…
//! $ cargo run -p example-impersonation -- revoke act_2xy…
//! $ PORT=3000 AUTHORIZED_PARTIES=https://app.example.com cargo run -p example-impersonation -- serve
//! $ curl -H "Authorization: Bearer …" http://127.0.0.1:3000/me
//! ann@example.com, acted for by user_2ab…
//! ```
//!
//! Without an account: `cargo run -p clerk-local -- --seed examples/seed.json` in another terminal prints the keys of a Clerk on this machine.
//! `AUTHORIZED_PARTIES` are the origins of your pages, with commas between; set it in production.
//!
//! What to look at:
//!
//! - `ticket.rs`: the ticket is good for minutes and the session for less than an hour, so that neither lies about.
//!   Whoever has the secret key may make one, so put this command behind the sign-in of your staff.
//! - `api.rs`: the policy `Themselves`, around the routes for what cannot be undone. It refuses whoever acts for a user,
//!   and also whoever's token says something that it cannot read. And whatever somebody does for a user is noted.

mod api;
mod serve;
mod ticket;

use std::{error::Error, process::ExitCode};

use clap::Parser;

use crate::ticket::Link;

/// What any step may fail with, in words for whoever runs the program.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Lets the staff act for users, and serves an API that knows when they do.
#[derive(Parser)]
enum Command {
    /// Make a link with which a member of the staff signs in as a user, once
    Link(Link),
    /// Take a link back that nobody has used
    Revoke {
        /// The actor token, as `link` prints it
        id: String,
    },
    /// Serve the API: PORT, 3000 unless set, and AUTHORIZED_PARTIES
    Serve,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Command::parse() {
        Command::Link(link) => link.make().await,
        Command::Revoke { id } => ticket::revoke(&id).await,
        Command::Serve => serve::until_stopped().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-impersonation: {error}");
            ExitCode::FAILURE
        }
    }
}
