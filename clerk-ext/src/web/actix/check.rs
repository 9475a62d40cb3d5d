use std::{
    fmt,
    future::{Ready, ready},
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage as _,
    body::EitherBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    error::InternalError,
    http::header::{AUTHORIZATION, HeaderValue, SET_COOKIE},
};
use futures_util::future::LocalBoxFuture;

use super::{parts, response, uri};
use crate::web::{Checked, ClerkLayer, clerk_layer::Verdict};

impl<S, B> Transform<S, ServiceRequest> for ClerkLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ClerkMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ClerkMiddleware { service: Rc::new(service), layer: self.clone() }))
    }
}

/// A service of actix-web behind a [`ClerkLayer`].
pub struct ClerkMiddleware<S> {
    service: Rc<S>,
    layer: ClerkLayer,
}

impl<S, B> Service<ServiceRequest> for ClerkMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let authorization = request.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes);
        if let Some(checked) = self.layer.known(authorization, || uri(request.request())) {
            return Box::pin(pass(Rc::clone(&self.service), request, checked));
        }
        let (service, layer) = (Rc::clone(&self.service), self.layer.clone());
        Box::pin(async move {
            let seen = parts(request.request());
            match layer.check(&seen).await {
                Verdict::Proceed(checked) => pass(service, request, checked).await,
                Verdict::Answer(answer) => {
                    let answer = response(answer.map(|()| clerk_core::Bytes::new()));
                    Ok(request.into_response(answer).map_into_right_body())
                }
            }
        })
    }
}

async fn pass<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    checked: Checked,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    request.extensions_mut().insert(checked.clone());
    match service.call(request).await {
        Ok(mut answer) => {
            checked.put_headers(answer.headers_mut());
            Ok(answer.map_into_left_body())
        }
        // Cookies are not lost because something failed further in; otherwise the error goes on as it is.
        Err(error) if checked.state().headers().contains_key(SET_COOKIE.as_str()) => {
            let mut answer = error.error_response();
            checked.put_headers(answer.headers_mut());
            Err(InternalError::from_response(error, answer).into())
        }
        Err(error) => Err(error),
    }
}

impl<S> fmt::Debug for ClerkMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkMiddleware").field("layer", &self.layer).finish_non_exhaustive()
    }
}
