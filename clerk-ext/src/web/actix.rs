//! Middleware and extractors for actix-web.

mod check;
mod extractors;
mod guarded;
mod path;
#[cfg(feature = "webhooks")]
mod webhook;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use clerk_core::{
    Bytes,
    http::{HeaderMap, Response, request::Parts},
};

use self::path::Path;
pub use self::{check::ClerkMiddleware, guarded::GuardMiddleware};
use super::bridge;

/// The request as it came: actix cuts nothing off its address.
fn parts(request: &HttpRequest) -> Parts {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    bridge::parts(request.method().as_str(), uri(request), headers)
}

fn uri(request: &HttpRequest) -> clerk_core::http::Uri {
    bridge::uri(&request.uri().to_string())
}

fn response(response: Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponseBuilder::new(status);
    for header in each(&parts.headers) {
        builder.append_header(header);
    }
    builder.body(body)
}

/// Headers as actix has them.
fn each(headers: &HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> + '_ {
    headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    })
}
