//! The local Clerk, asked by the generated clients; every answer is held against the documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod authenticator;
mod binary;
mod contract;
mod readme;
mod receiver;
mod scenarios;
mod world;
