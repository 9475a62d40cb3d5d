//! Requests and webhooks checked on a server, against the local Clerk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]

mod answer;
mod axum_server;
mod guards;
mod layers;
mod reference;
mod request_rules;
mod webhooks;
mod world;
