use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use reqwest::{Client, redirect::Policy};
use tower_service::Service;

use crate::{
    error::Error,
    transport::{BoxError, BoxFuture, Transport},
};

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take from its start to the last byte of the answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

impl Transport {
    /// The transport that is used when no other is given.
    ///
    /// Connecting may take 10 seconds and a whole request 30. It follows no redirect, keeps no cookies and sends no
    /// `Referer`. Without the feature `rustls` it speaks plain HTTP only, which is enough for a server on this machine.
    ///
    /// # Errors
    ///
    /// A configuration error when the TLS library cannot be set up.
    pub fn reqwest() -> Result<Self, Error> {
        Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .build()
            .map(Self::from_reqwest)
            .map_err(|error| Error::config("the HTTP client cannot be set up").with_source(error.without_url()))
    }

    /// A transport on a client that you set up yourself, for proxies, certificates or other limits.
    ///
    /// The client must not follow redirects (`redirect(Policy::none())`): operations that redirect would give the page
    /// behind the redirect, and a key could travel to another host. Nor should it keep cookies.
    #[must_use]
    pub fn from_reqwest(client: Client) -> Self {
        Self::new(OnReqwest(client))
    }
}

#[derive(Clone)]
struct OnReqwest(Client);

impl Service<Request<Bytes>> for OnReqwest {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { exchange(client, request).await.map_err(|error| error.without_url().into()) })
    }
}

async fn exchange(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
    let mut answer = client.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
