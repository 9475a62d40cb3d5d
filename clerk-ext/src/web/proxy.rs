use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use clerk_core::{
    BoxFuture, Bytes,
    http::{Request, Response},
};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::auth::{FrontendProxy, proxy};

/// A service behind a [`FrontendProxy`]: requests below the proxy's path go to the Frontend API, all others to the service.
///
/// Put it outside of the layer that checks who is signed in: the browser asks the Frontend API who it is.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::auth::FrontendProxy;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let local = clerk_local::LocalClerk::builder().start().await?;
/// # let config = clerk_ext::config::Config::builder().publishable_key(local.publishable_key()).secret_key(local.secret_key());
/// # let config = config.build()?;
/// # let proxy = FrontendProxy::builder().config(&config).transport(local.transport()).proxy_url("https://example.com/__clerk");
/// let proxy = proxy.build()?;
/// let mut app = Router::new().route("/", get(|| async { "a page" })).layer(proxy);
/// # let request = |path: &str| axum::http::Request::get(path).header("host", "example.com").body(axum::body::Body::empty());
/// assert_eq!(app.call(request("/__clerk/v1/environment")?).await?.status(), 200);
/// assert_eq!(app.call(request("/")?).await?.status(), 200);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Proxied<S> {
    proxy: FrontendProxy,
    inner: S,
}

impl<S> Layer<S> for FrontendProxy {
    type Service = Proxied<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Proxied { proxy: self.clone(), inner }
    }
}

impl<S, B, R> Service<Request<B>> for Proxied<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: Body<Data = Bytes> + Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ProxiedFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if !self.proxy.serves(request.uri().path()) {
            return ProxiedFuture { answer: Answer::Behind { future: self.inner.call(request) } };
        }
        let proxy = self.proxy.clone();
        let future = Box::pin(async move {
            let (parts, body) = request.into_parts();
            match collected(body, proxy.largest_body()).await {
                Ok(body) => proxy.forward(Request::from_parts(parts, body)).await,
                Err(refused) => *refused,
            }
        });
        ProxiedFuture { answer: Answer::Proxy { future } }
    }
}

pin_project! {
    /// What a [`Proxied`] service answers.
    pub struct ProxiedFuture<F> {
        #[pin]
        answer: Answer<F>,
    }
}

pin_project! {
    #[project = Projected]
    enum Answer<F> {
        Behind { #[pin] future: F },
        Proxy { future: BoxFuture<'static, Response<Bytes>> },
    }
}

impl<F, R, E> Future for ProxiedFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().answer.project() {
            Projected::Behind { future } => future.poll(context),
            Projected::Proxy { future } => Poll::Ready(Ok(ready!(future.as_mut().poll(context)).map(R::from))),
        }
    }
}

impl<F> fmt::Debug for ProxiedFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxiedFuture")
    }
}

/// The whole body, unless it is larger than this.
async fn collected<B: Body<Data = Bytes>>(body: B, largest: usize) -> Result<Bytes, Box<Response<Bytes>>> {
    let mut body = pin!(body);
    let mut collected: Vec<u8> = Vec::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let frame = frame.map_err(|_| Box::new(proxy::unreadable()))?;
        // Trailers are about one connection.
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > largest - collected.len() {
            return Err(Box::new(proxy::too_large()));
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.into())
}
