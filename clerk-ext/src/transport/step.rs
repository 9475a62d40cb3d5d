use std::{
    borrow::Cow,
    future::{Future, poll_fn},
    task::{Context, Poll},
};

use clerk_core::{
    BoxError, BoxFuture, Bytes, OperationInfo,
    http::{Request, Response},
};
use tower_service::Service;

/// Any service that a [`Transport`](clerk_core::Transport) can be made of; there is nothing to implement.
pub trait Carrier:
    Service<Request<Bytes>, Response = Response<Bytes>, Error: Into<BoxError>, Future: Send + 'static>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Carrier for S where
    S: Service<Request<Bytes>, Response = Response<Bytes>, Error: Into<BoxError>, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static
{
}

/// What a layer does with a request on its way: all layers here are made of this.
pub trait Step: Clone + Send + Sync + 'static {
    /// Carries a request over the service within, as often as it has to be.
    fn carry<S: Carrier>(
        self,
        inner: S,
        request: Request<Bytes>,
    ) -> impl Future<Output = Result<Response<Bytes>, BoxError>> + Send + 'static;
}

/// A service with a [`Step`] around it: what a layer gives.
///
/// It is always ready: each request waits for a clone of the service within, so that this wait is bounded and
/// cancelled with the request.
#[derive(Clone, Debug)]
pub struct Stepped<L, S> {
    step: L,
    inner: S,
}

impl<L, S> Stepped<L, S> {
    pub(crate) fn new(step: L, inner: S) -> Self {
        Self { step, inner }
    }
}

impl<L: Step, S: Carrier> Service<Request<Bytes>> for Stepped<L, S> {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(self.step.clone().carry(self.inner.clone(), request))
    }
}

/// Waits until a service takes a request.
pub(crate) async fn ready<S: Carrier>(service: &mut S) -> Result<(), BoxError> {
    poll_fn(|context| service.poll_ready(context).map_err(Into::into)).await
}

/// Sends a request over a service that may not be ready yet.
pub(crate) async fn send<S: Carrier>(mut service: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
    ready(&mut service).await?;
    let answer = service.call(request);
    answer.await.map_err(Into::into)
}

/// What errors and spans call a request: its operation, or its method when a client was not told the operation.
pub(crate) fn operation(request: &Request<Bytes>) -> Cow<'static, str> {
    match request.extensions().get::<OperationInfo>() {
        Some(info) => info.id.into(),
        None => request.method().as_str().to_owned().into(),
    }
}

/// Whether sending a request twice does no more than sending it once.
pub(crate) fn is_idempotent(request: &Request<Bytes>) -> bool {
    match request.extensions().get::<OperationInfo>() {
        Some(info) => info.idempotent,
        None => request.method().is_idempotent(),
    }
}
