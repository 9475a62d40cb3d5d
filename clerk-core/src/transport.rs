use std::{
    error::Error as StdError,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

/// Any error that may cross threads: what a transport fails with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A boxed future that may cross threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a request is for: every request that leaves carries it in its extensions.
///
/// A layer that retries must look at `idempotent`, not at the method: some `POST` operations are safe to repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// The id that the API gives the operation, such as `UpdateUser`.
    pub id: &'static str,
    /// Whether a second sending does no more than the first.
    pub idempotent: bool,
}

impl OperationInfo {
    /// Describes an operation, for requests that are made by hand.
    #[must_use]
    pub const fn new(id: &'static str, idempotent: bool) -> Self {
        Self { id, idempotent }
    }
}

/// What carries requests to the API: any tower service, boxed.
///
/// It is a tower service itself, so that layers wrap it. Each request goes to a clone of the service, which is driven
/// to readiness first. The service must not follow redirects, and must not add cookies.
#[derive(Clone)]
pub struct Transport(Arc<dyn Carry>);

impl Transport {
    /// Boxes a service.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<Bytes>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        Self(Arc::new(Boxed(service)))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Service<Request<Bytes>> for Transport {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.0.send(request)
    }
}

trait Carry: Send + Sync {
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, BoxError>>;
}

struct Boxed<S>(S);

impl<S> Carry for Boxed<S>
where
    S: Service<Request<Bytes>, Response = Response<Bytes>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    fn send(&self, request: Request<Bytes>) -> BoxFuture<'static, Result<Response<Bytes>, BoxError>> {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context).map_err(Into::into)).await?;
            let answer = service.call(request);
            answer.await.map_err(Into::into)
        })
    }
}
