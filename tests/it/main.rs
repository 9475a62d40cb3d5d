//! The integration tests, by subject.
//!
//! What holds for every API version is always there; what calls operations by name needs the feature `newest`, which is on
//! by default and off where the crates were generated from an older document.
#![cfg_attr(not(feature = "newest"), allow(dead_code, reason = "older versions are tested by less"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(feature = "newest")]
mod answers;
mod double;
#[cfg(feature = "newest")]
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
#[cfg(feature = "newest")]
mod paths;
mod registry;
#[cfg(feature = "newest")]
mod secrets;
#[cfg(feature = "newest")]
mod send;
mod tolerance;
#[cfg(feature = "newest")]
mod urls;
#[cfg(feature = "newest")]
mod wire;
