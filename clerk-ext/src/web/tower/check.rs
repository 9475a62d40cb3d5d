use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use clerk_core::{
    BoxFuture,
    http::{Extensions, HeaderValue, Request, Response, Uri, header::AUTHORIZATION, request::Parts},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::web::{Checked, ClerkLayer, clerk_layer::Verdict};

impl<S> Layer<S> for ClerkLayer {
    type Service = ClerkService<S>;

    fn layer(&self, inner: S) -> ClerkService<S> {
        ClerkService { inner, layer: self.clone() }
    }
}

/// A service behind a [`ClerkLayer`].
#[derive(Clone, Debug)]
pub struct ClerkService<S> {
    inner: S,
    layer: ClerkLayer,
}

impl<S, B, R> Service<Request<B>> for ClerkService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ClerkFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let original = original_uri(request.extensions());
        let authorization = request.headers().get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        if let Some(checked) = self.layer.known(authorization, || original.unwrap_or(request.uri()).clone()) {
            request.extensions_mut().insert(checked.clone());
            return ClerkFuture { step: Step::Answering { answer: self.inner.call(request), checked: Some(checked) } };
        }
        // The service that is ready is the one that is called; its clone has to get ready first.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let (mut parts, body) = request.into_parts();
        let layer = self.layer.clone();
        let check = Box::pin(async move {
            let verdict = check(&layer, &mut parts).await;
            (parts, verdict)
        });
        ClerkFuture { step: Step::Checking { check, held: Some((ready, body)) } }
    }
}

async fn check(layer: &ClerkLayer, parts: &mut Parts) -> Verdict {
    let Some(original) = original_uri(&parts.extensions).cloned() else { return layer.check(parts).await };
    let cut = mem::replace(&mut parts.uri, original);
    let verdict = layer.check(parts).await;
    parts.uri = cut;
    verdict
}

/// The address as it came, where axum has cut off the part of a nest.
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    #[cfg(feature = "axum")]
    return extensions.get::<axum::extract::OriginalUri>().map(|original| &original.0);
    #[cfg(not(feature = "axum"))]
    {
        let _ = extensions;
        None
    }
}

pin_project! {
    /// The answer of a service behind a [`ClerkLayer`].
    pub struct ClerkFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        step: Step<S, B>,
    }
}

pin_project! {
    #[project = Stepping]
    enum Step<S, B>
    where
        S: Service<Request<B>>,
    {
        Checking { check: BoxFuture<'static, (Parts, Verdict)>, held: Option<(S, B)> },
        Answering { #[pin] answer: S::Future, checked: Option<Checked> },
    }
}

impl<S, B, R> Future for ClerkFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Default,
{
    type Output = Result<Response<R>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut step = self.project().step;
        loop {
            match step.as_mut().project() {
                Stepping::Checking { check, held } => {
                    let (mut parts, verdict) = ready!(check.as_mut().poll(context));
                    let checked = match verdict {
                        Verdict::Proceed(checked) => checked,
                        Verdict::Answer(answer) => return Poll::Ready(Ok(answer.map(|()| R::default()))),
                    };
                    let Some((mut service, body)) = held.take() else { return Poll::Pending };
                    parts.extensions.insert(checked.clone());
                    let answer = service.call(Request::from_parts(parts, body));
                    step.set(Step::Answering { answer, checked: Some(checked) });
                }
                Stepping::Answering { answer, checked } => {
                    let mut response = ready!(answer.poll(context))?;
                    if let Some(checked) = checked.take() {
                        checked.put_headers(response.headers_mut());
                    }
                    return Poll::Ready(Ok(response));
                }
            }
        }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ClerkFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkFuture").finish_non_exhaustive()
    }
}
