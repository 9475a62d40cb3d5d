//! The integration tests, by subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod answers;
mod double;
mod errors;
mod fixture;
#[rustfmt::skip]
mod generated {
    mod bapi_types;
    mod bapi_wire;
    mod fapi_types;
    mod fapi_wire;
    pub(crate) use bapi_types::types as bapi_types;
    pub(crate) use fapi_types::types as fapi_types;
}
mod operations;
mod paths;
mod registry;
mod secrets;
mod send;
mod tolerance;
mod urls;
mod wire;
