//! What clerk-ext does against a Clerk on this machine, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod examples;
mod faults;
mod handles;
mod limits;
mod metadata;
mod types;
mod updates;
mod walks;
mod world;
