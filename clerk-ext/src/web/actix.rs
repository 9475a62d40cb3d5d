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
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use clerk_core::{
    Bytes,
    http::{self, Response, request::Parts},
};

use self::path::path_parameter;
pub use self::{check::ClerkMiddleware, guarded::GuardMiddleware};
use super::{bridge, response_headers::ResponseHeaders};

/// The request as it came: actix cuts nothing off its address.
fn parts(request: &HttpRequest) -> Parts {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    bridge::parts(request.method().as_str(), uri(request), headers)
}

fn uri(request: &HttpRequest) -> http::Uri {
    bridge::uri(&request.uri().to_string())
}

fn response(response: Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponseBuilder::new(status);
    for (name, value) in &parts.headers {
        if let Some(header) = header(name, value) {
            builder.append_header(header);
        }
    }
    builder.body(body)
}

/// A header as actix has it.
fn header(name: &http::HeaderName, value: &http::HeaderValue) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
    Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
}

impl ResponseHeaders for HeaderMap {
    fn has(&self, name: &http::HeaderName) -> bool {
        self.contains_key(name.as_str())
    }

    fn append(&mut self, name: &http::HeaderName, value: &http::HeaderValue) {
        if let Some((name, value)) = header(name, value) {
            self.append(name, value);
        }
    }
}
