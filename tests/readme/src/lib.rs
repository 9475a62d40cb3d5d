//! The documents of this project, so that the Rust in them is compiled, and run where it can be.

#[doc = include_str!("../../../README.md")]
mod readme {}
#[doc = include_str!("../../../MIGRATING.md")]
mod migrating {}
#[doc = include_str!("../../../SECURITY.md")]
mod security {}
#[doc = include_str!("../../../clerk-ext/README.md")]
mod clerk_ext {}
#[doc = include_str!("../../../clerk-bapi/README.md")]
mod clerk_bapi {}
#[doc = include_str!("../../../clerk-fapi/README.md")]
mod clerk_fapi {}
