//! What a device does against a Clerk on this machine, over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod api_keys;
mod billing;
mod browser;
mod diagnose;
mod environment;
mod events;
mod lists;
mod me;
mod offline;
mod organizations;
mod people;
mod processes;
mod reverification;
mod scripted;
mod secrets;
mod session_tasks;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod spy;
mod state;
mod stress;
mod table;
mod testing;
mod token_layer;
mod tokens;
mod upkeep;
mod waitlist;
mod wire;
mod wire_answers;
mod world;
