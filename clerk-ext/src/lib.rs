//! Clerk for Rust programs: what every application does with Clerk's APIs, on top of the generated clients.
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustls` (default) | TLS for the transport on reqwest |
//! | `backend` | the Backend API with your own metadata types: users, organizations, sessions, invitations |
//! | `billing`, `enterprise`, `instance`, `machines`, `oauth`, `sign_in` | the other groups of the Backend API, each |
//! | `backend-full` | all of them |
//! | `tracing` | a span for every operation |
//! | `schemars` | JSON Schemas of metadata types |
//! | `chrono`, `jiff`, `time` | conversions from and to [`Timestamp`] |

#![forbid(unsafe_code)]

#[cfg(feature = "backend")]
pub mod backend;
pub mod clock;
pub mod config;
pub mod metadata;
pub mod random;
#[cfg(feature = "schemars")]
pub mod schema;
pub mod transport;

pub use clerk_core::*;
