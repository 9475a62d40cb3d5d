//! The local Clerk, asked by the generated clients; every answer is held against the documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

mod authenticator;
mod contract;
mod readme;
mod scenarios;
mod world;
