//! Middleware and extractors for poem.

mod check;
mod extractors;
mod guarded;
mod path;
#[cfg(feature = "webhooks")]
mod webhook;

use clerk_core::{
    Bytes,
    http::{self, request::Parts},
};
use poem::{Body, Request, Response};

use self::path::path_parameter;
pub use self::{check::ClerkEndpoint, guarded::GuardEndpoint};

/// The request as it came, with the address from before routers cut off what they had matched.
fn parts(request: &Request) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    parts.method = request.method().clone();
    parts.uri = request.original_uri().clone();
    parts.headers = request.headers().clone();
    parts
}

fn response(response: http::Response<Bytes>) -> Response {
    let (parts, body) = response.into_parts();
    let mut answer = Response::builder().status(parts.status).body(Body::from(body));
    *answer.headers_mut() = parts.headers;
    answer
}
