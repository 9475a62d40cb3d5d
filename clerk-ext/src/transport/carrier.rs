use std::time::Duration;

use clerk_core::{Error, Transport};

/// What carries single requests, where none is given.
#[cfg(feature = "rustls")]
pub(crate) fn default_transport(connect_timeout: Duration) -> Result<Transport, Error> {
    Transport::reqwest_connecting_within(connect_timeout)
}

/// There is none without TLS.
#[cfg(not(feature = "rustls"))]
pub(crate) fn default_transport(_: Duration) -> Result<Transport, Error> {
    Err(Error::config("no transport is compiled in: give the builder one, or turn on the feature `rustls`"))
}
