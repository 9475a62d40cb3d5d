//! What a device does against a Clerk on this machine, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod session_tasks;
mod sign_up;
mod state;
mod waitlist;
mod world;
