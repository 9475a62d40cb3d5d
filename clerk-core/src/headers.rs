use http::{HeaderMap, HeaderName};

/// The headers that hold keys and tokens; a `Location` may hold one-time values in its query.
const SECRET: [&str; 7] =
    ["authorization", "clerk-db-jwt", "clerk-secret-key", "cookie", "location", "proxy-authorization", "set-cookie"];

/// Whether the values of a header must not be printed.
pub(crate) fn is_secret(name: &HeaderName) -> bool {
    SECRET.contains(&name.as_str())
}

/// Marks the values that must not be printed, which `Debug` of a header map goes by.
pub(crate) fn hide_secrets(headers: &mut HeaderMap) {
    for (_, value) in headers.iter_mut().filter(|(name, _)| is_secret(name)) {
        value.set_sensitive(true);
    }
}
