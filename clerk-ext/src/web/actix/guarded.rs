use std::{
    fmt,
    future::{Ready, ready},
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::EitherBody,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};
use futures_util::{
    TryFutureExt as _,
    future::{Either, MapOk},
};

use super::{parts, path_parameter, response};
use crate::web::{Checked, Guard, Rejection};

impl<S, B> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = GuardMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GuardMiddleware { service, guard: self.clone() }))
    }
}

/// A service of actix-web behind a [`Guard`].
pub struct GuardMiddleware<S> {
    service: S,
    guard: Guard,
}

/// What the service answers, or what the guard does.
type Answer<F, B> = Either<MapOk<F, fn(ServiceResponse<B>) -> ServiceResponse<EitherBody<B>>>, Ready<Refused<B>>>;
type Refused<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

impl<S, B> Service<ServiceRequest> for GuardMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answer<S::Future, B>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match admit(&self.guard, request.request()) {
            Ok(()) => Either::Left(self.service.call(request).map_ok(ServiceResponse::map_into_left_body)),
            Err(rejection) => {
                let answer = request.into_response(response(rejection.into_response()));
                Either::Right(ready(Ok(answer.map_into_right_body())))
            }
        }
    }
}

fn admit(guard: &Guard, request: &HttpRequest) -> Result<(), Rejection> {
    let checked = request.extensions().get::<Checked>().cloned();
    let checked = checked.ok_or_else(|| Rejection::without_layer("a Guard"))?;
    guard
        .admit(&checked, &|name| path_parameter(request, name))
        .map_err(|refused| checked.refuse(&refused, &parts(request)))
}

impl<S> fmt::Debug for GuardMiddleware<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardMiddleware").field("guard", &self.guard).finish_non_exhaustive()
    }
}
