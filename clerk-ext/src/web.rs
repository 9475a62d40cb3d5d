//! Web frameworks: layers, guards and extractors over [`auth`](crate::auth).

#[cfg(feature = "axum")]
mod axum;
