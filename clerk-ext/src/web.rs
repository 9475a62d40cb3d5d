//! Web frameworks: layers, guards and extractors over [`auth`](crate::auth).

#[cfg(feature = "axum")]
mod axum;

#[cfg(feature = "tower")]
mod proxy;

#[cfg(feature = "tower")]
pub use self::proxy::{Proxied, ProxiedFuture};
