use std::{
    cell::RefCell,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use clerk_core::{
    Bytes,
    http::{Request, Response, request::Parts},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::web::{Checked, Guard, Rejection};

impl<S> Layer<S> for Guard {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { inner, guard: self.clone() }
    }
}

/// A service behind a [`Guard`].
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    guard: Guard,
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let outcome = match admit(&self.guard, &mut parts) {
            Ok(()) => Outcome::Admitted { answer: self.inner.call(Request::from_parts(parts, body)) },
            Err(rejection) => Outcome::Refused { answer: Some(rejection.into_response().map(R::from)) },
        };
        GuardFuture { outcome }
    }
}

fn admit(guard: &Guard, parts: &mut Parts) -> Result<(), Rejection> {
    let checked = parts.extensions.get::<Checked>().cloned();
    let checked = checked.ok_or_else(|| Rejection::without_layer("a Guard"))?;
    let parts = RefCell::new(parts);
    let admitted = guard.admit(&checked, &|name| path_parameter(&mut parts.borrow_mut(), name));
    admitted.map_err(|refused| checked.refuse(&refused, parts.into_inner()))
}

#[cfg(feature = "axum")]
use crate::web::axum::path_parameter;

/// The parameters of a path are known to routers alone.
#[cfg(not(feature = "axum"))]
fn path_parameter(_: &mut Parts, _: &str) -> Option<String> {
    None
}

pin_project! {
    /// The answer of a service behind a [`Guard`].
    pub struct GuardFuture<F, R> {
        #[pin]
        outcome: Outcome<F, R>,
    }
}

pin_project! {
    #[project = Outcoming]
    enum Outcome<F, R> {
        Admitted { #[pin] answer: F },
        Refused { answer: Option<Response<R>> },
    }
}

impl<F, R, E> Future for GuardFuture<F, R>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().outcome.project() {
            Outcoming::Admitted { answer } => answer.poll(context),
            Outcoming::Refused { answer } => answer.take().map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer))),
        }
    }
}

impl<F, R> fmt::Debug for GuardFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
