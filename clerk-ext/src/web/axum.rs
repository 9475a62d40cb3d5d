//! Extractors for axum.

#[cfg(feature = "webhooks")]
mod webhook;
