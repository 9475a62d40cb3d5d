//! The program as those see it who send it requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what went wrong by panicking")]

#[path = "../../../tests/program/invoicing.rs"]
mod invoicing;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-poem-api");

/// What somebody who is not signed in is answered for a path under `/api` that leads nowhere: the guard is around that too.
const NOTHING_UNDER_API: u16 = 401;

/// What an invoice is answered that is sent as plain text: it is no JSON that is wanted.
const TEXT: u16 = 400;
