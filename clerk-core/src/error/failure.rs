//! What a transport's error is, from fixed words only: its own text may quote a URL.

use std::{borrow::Cow, error::Error as StdError, io, iter};

use super::ErrorKind;

pub(super) struct Failure {
    pub(super) kind: ErrorKind,
    pub(super) message: Cow<'static, str>,
    /// Whether nothing of the request left, for certain.
    pub(super) unsent: bool,
}

pub(super) fn failure(error: &(dyn StdError + 'static)) -> Failure {
    let (kind, message) = kind_and_message(error);
    Failure { kind, message, unsent: is_unsent(error) }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&cause| match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // Its `source` is that of what it wraps, and passes over that itself.
        Some(wrapped) => Some(wrapped as _),
        None => cause.source(),
    })
}

fn kind_and_message(error: &(dyn StdError + 'static)) -> (ErrorKind, Cow<'static, str>) {
    let mut io_error = None;
    for cause in causes(error) {
        if is_timeout(cause) {
            return (ErrorKind::Timeout, "no answer came in time".into());
        }
        if is_lookup(cause) {
            return (ErrorKind::Offline, "the name of the host cannot be looked up".into());
        }
        if let Some(cause) = cause.downcast_ref::<io::Error>() {
            match cause.kind() {
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown | io::ErrorKind::HostUnreachable => {
                    return (ErrorKind::Offline, "the host cannot be reached".into());
                }
                kind => io_error = Some(kind),
            }
        }
    }
    match io_error {
        Some(kind) => (ErrorKind::Network, format!("no answer came: {kind}").into()),
        None => (ErrorKind::Network, "no answer came".into()),
    }
}

fn is_unsent(error: &(dyn StdError + 'static)) -> bool {
    // reqwest knows whether it was connecting.
    #[cfg(feature = "reqwest")]
    if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<reqwest::Error>()) {
        return error.is_connect();
    }
    // That a host or a network is out of reach also comes over a connection that has carried the request.
    causes(error).any(|cause| {
        is_lookup(cause)
            || cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    })
}

fn is_lookup(error: &(dyn StdError + 'static)) -> bool {
    let text = error.to_string();
    text.contains("dns error") || text.contains("failed to lookup address")
}

fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
        return true;
    }
    #[cfg(feature = "reqwest")]
    if error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_timeout) {
        return true;
    }
    // The time-out errors of tokio and tower are types of crates that this one does not know.
    matches!(error.to_string().as_str(), "deadline has elapsed" | "request timed out" | "operation timed out")
}
