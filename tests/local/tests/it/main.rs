//! The local Clerk, asked by the generated clients; every answer is held against the documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]
#![allow(unreachable_pub, reason = "nothing of a test is reachable")]
#![allow(deprecated, reason = "deprecated operations are answered too")]
#![allow(clippy::cloned_ref_to_slice_refs, reason = "`[id.clone()]` reads as the list that it is")]

mod authenticator;
mod binary;
mod contract;
mod fuzz;
#[path = "../../src/generated/mod.rs"]
#[allow(dead_code, reason = "the tables say more than is drawn by")]
mod generated;
#[path = "../../src/operation.rs"]
#[allow(dead_code, reason = "the tables say more than is drawn by")]
mod operation;
mod readme;
mod receiver;
mod scenarios;
mod world;
