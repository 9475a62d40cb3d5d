//! Whose passkeys these are, and which pages may use them.

use crate::state::State;

/// The name of the relying party.
///
/// Browsers take no IP address for one, so a server on loopback goes by `localhost`.
pub(crate) fn rp_id(state: &State) -> String {
    let host = host_of(&state.addresses.frontend).unwrap_or("localhost");
    let is_address = host.starts_with('[') || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_address { "localhost".to_owned() } else { host.to_owned() }
}

/// Whether a page of an origin may use the passkeys of the relying party.
pub(crate) fn allows_origin(rp_id: &str, origin: &str) -> bool {
    host_of(origin).is_some_and(|host| {
        host == rp_id || host.strip_suffix(rp_id).is_some_and(|front| front.ends_with('.') && front.len() > 1)
    })
}

/// The host of an `http` or `https` address, without its port.
fn host_of(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let authority = rest.split('/').next().unwrap_or_default();
    let host =
        if authority.starts_with('[') { authority.split_inclusive(']').next() } else { authority.split(':').next() };
    host.filter(|host| !host.is_empty())
}
