//! From frameworks that have another version of `http`, by bytes.

use clerk_core::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, request::Parts};

/// A request as it came. What this version of `http` cannot hold is left out: nobody is let in by what is missing.
pub(super) fn parts<'h>(method: &str, uri: Uri, headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    // The default would be GET, which some refusals redirect.
    parts.method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::OPTIONS);
    parts.uri = uri;
    parts.headers = self::headers(headers);
    parts
}

fn headers<'h>(headers: impl Iterator<Item = (&'h str, &'h [u8])>) -> HeaderMap {
    let read = |(name, value): (&str, &[u8])| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers.filter_map(read) {
        map.append(name, value);
    }
    map
}

/// An address as it came; one that cannot be held is the root.
pub(super) fn uri(uri: &str) -> Uri {
    uri.parse().unwrap_or_default()
}
