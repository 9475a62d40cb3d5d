//! What browsers need: cookies and cross-origin headers.

use clerk_core::http::{HeaderMap, HeaderValue};

use crate::inbound::Inbound;

/// Lets pages of other origins read the answer, with cookies, as a development instance does.
pub(crate) fn allow_origin(inbound: &Inbound, headers: &mut HeaderMap) {
    let Some(origin) = inbound.headers.get("origin") else { return };
    headers.insert("access-control-allow-origin", origin.clone());
    headers.insert("access-control-allow-credentials", HeaderValue::from_static("true"));
    headers
        .insert("access-control-expose-headers", HeaderValue::from_static("Authorization, X-Country, Clerk-Trace-Id"));
    headers.append("vary", HeaderValue::from_static("Origin"));
    if inbound.method == "OPTIONS" {
        headers
            .insert("access-control-allow-methods", HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE, OPTIONS"));
        if let Some(asked) = inbound.headers.get("access-control-request-headers") {
            headers.insert("access-control-allow-headers", asked.clone());
        }
        headers.insert("access-control-max-age", HeaderValue::from_static("3600"));
    }
}
