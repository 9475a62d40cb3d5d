//! What a service answers to a request.

use std::future::poll_fn;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, Response};
use tower_service::Service;

use crate::world::Ask;

/// An answer, with its body read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header, which must be there once.
    pub fn header(&self, name: &str) -> &str {
        let values = self.all(name);
        assert_eq!(values.len(), 1, "the header {name} is there {} times", values.len());
        values[0]
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Status and body, such as `200 ann`.
    pub fn told(&self) -> String {
        format!("{} {}", self.status, self.body)
    }
}

/// Asks a service as a server does: only when it is ready.
pub async fn ask<S>(mut service: S, ask: &Ask) -> Answer
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Error: std::fmt::Debug,
{
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let request = Request::from_parts(ask.parts(), Body::empty());
    let (parts, body) = service.call(request).await.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}
