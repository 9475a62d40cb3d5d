//! A service that answers as a test says.

use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_core::{
    BoxError, BoxFuture, Bytes, OperationInfo,
    http::{Method, Request, Response, header::RETRY_AFTER},
};
use tower_service::Service;

use super::step::{Carrier, send};

pub(crate) type Answer = Result<Response<Bytes>, BoxError>;

/// Counts what it is sent, and answers by a function of the number of the request, from 1, and the request.
#[derive(Clone)]
pub(crate) struct Scripted {
    script: Arc<dyn Fn(u32, Request<Bytes>) -> BoxFuture<'static, Answer> + Send + Sync>,
    sent: Arc<AtomicU32>,
}

impl Scripted {
    pub(crate) fn new<F>(script: impl Fn(u32, Request<Bytes>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let script = move |number, request| -> BoxFuture<'static, Answer> { Box::pin(script(number, request)) };
        Self { script: Arc::new(script), sent: Arc::default() }
    }

    /// Answers at once, the first request by the first and so on; the last one again and again.
    pub(crate) fn answering(answers: impl Fn(u32) -> Answer + Send + Sync + 'static) -> Self {
        Self::new(move |number, _| std::future::ready(answers(number)))
    }

    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl Service<Request<Bytes>> for Scripted {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        (self.script)(self.sent.fetch_add(1, Ordering::SeqCst) + 1, request)
    }
}

pub(crate) fn answer(status: u16) -> Answer {
    Ok(Response::builder().status(status).body(Bytes::from_static(b"{}"))?)
}

/// An answer that asks to wait.
pub(crate) fn wait(status: u16, retry_after: &str) -> Answer {
    Ok(Response::builder().status(status).header(RETRY_AFTER, retry_after).body(Bytes::new())?)
}

pub(crate) fn broken() -> Answer {
    Err(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

pub(crate) fn refused() -> Answer {
    Err(io::Error::from(io::ErrorKind::ConnectionRefused).into())
}

/// A request as a client makes it.
pub(crate) fn request(method: Method, operation: &'static str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    let idempotent = method.is_idempotent();
    *request.method_mut() = method;
    *request.uri_mut() = "https://api.example.com/v1/things?secret=query-test".parse().unwrap();
    request.headers_mut().insert("authorization", "Bearer sk_test_secret".parse().unwrap());
    request.extensions_mut().insert(OperationInfo::new(operation, idempotent));
    request
}

pub(crate) fn read() -> Request<Bytes> {
    request(Method::GET, "GetThing")
}

pub(crate) fn write() -> Request<Bytes> {
    request(Method::POST, "CreateThing")
}

pub(crate) async fn status(service: impl Carrier, request: Request<Bytes>) -> u16 {
    send(service, request).await.unwrap().status().as_u16()
}

/// What kept an answer from coming.
pub(crate) async fn failure(service: impl Carrier, request: Request<Bytes>) -> clerk_core::Error {
    clerk_core::Error::transport("unknown", send(service, request).await.unwrap_err())
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
