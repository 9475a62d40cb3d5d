//! The API as those meet it who call it: the program runs as a process, and Clerk is one on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod by_hand;
mod keys;
mod organizations;
mod refusals;
mod running;
mod webhooks;
mod world;
