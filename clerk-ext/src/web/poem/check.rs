use clerk_core::http::{
    HeaderValue,
    header::{AUTHORIZATION, SET_COOKIE},
};
use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response};

use super::{parts, response};
use crate::web::{ClerkLayer, Rejection, clerk_layer::Verdict};

impl<E: Endpoint> Middleware<E> for ClerkLayer {
    type Output = ClerkEndpoint<E>;

    fn transform(&self, inner: E) -> ClerkEndpoint<E> {
        ClerkEndpoint { inner, layer: self.clone() }
    }
}

/// An endpoint of poem behind a [`ClerkLayer`].
#[derive(Debug)]
pub struct ClerkEndpoint<E> {
    inner: E,
    layer: ClerkLayer,
}

impl<E: Endpoint> Endpoint for ClerkEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let authorization = request.headers().get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let checked = match self.layer.known(authorization, || request.original_uri().clone()) {
            Some(checked) => checked,
            None => {
                let parts = parts(&request);
                match self.layer.check(&parts).await {
                    Verdict::Proceed(checked) => checked,
                    Verdict::Answer(answer) => return Ok(response(answer.map(|()| clerk_core::Bytes::new()))),
                }
            }
        };
        request.extensions_mut().insert(checked.clone());
        match self.inner.call(request).await {
            Ok(answer) => {
                let mut answer = answer.into_response();
                checked.put_headers(answer.headers_mut());
                Ok(answer)
            }
            // Refusals look the same whoever refused, and cookies are not lost because something failed further in.
            // All other errors go on as they are, to whoever catches them.
            Err(error) if error.is::<Rejection>() || checked.state().headers().contains_key(SET_COOKIE) => {
                let mut answer = error.into_response();
                checked.put_headers(answer.headers_mut());
                Err(Error::from_response(answer))
            }
            Err(error) => Err(error),
        }
    }
}
