use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

use super::{parts, path_parameter, response};
use crate::web::{Checked, Guard, Rejection};

impl<E: Endpoint> Middleware<E> for Guard {
    type Output = GuardEndpoint<E>;

    fn transform(&self, inner: E) -> GuardEndpoint<E> {
        GuardEndpoint { inner, guard: self.clone() }
    }
}

/// An endpoint of poem behind a [`Guard`].
#[derive(Debug)]
pub struct GuardEndpoint<E> {
    inner: E,
    guard: Guard,
}

impl<E: Endpoint> Endpoint for GuardEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        match admit(&self.guard, &request) {
            Ok(()) => self.inner.call(request).await.map(IntoResponse::into_response),
            Err(rejection) => Ok(response(rejection.into_response())),
        }
    }
}

fn admit(guard: &Guard, request: &Request) -> Result<(), Rejection> {
    let checked = request.extensions().get::<Checked>().ok_or_else(|| Rejection::without_layer("a Guard"))?;
    guard
        .admit(checked, &|name| path_parameter(request, name))
        .map_err(|refused| checked.refuse(&refused, &parts(request)))
}
