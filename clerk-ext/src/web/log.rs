//! What the log is told: never a header, a query or a token.

/// The server is put together in a way that cannot work.
pub(super) fn misconfigured(message: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "clerk_ext::web", "{message}");
    #[cfg(not(feature = "tracing"))]
    let _ = message;
}

/// Somebody was not let in.
pub(super) fn refused(kind: &str, why: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "clerk_ext::web", kind, why, "request refused");
    #[cfg(not(feature = "tracing"))]
    let _ = (kind, why);
}
