use poem::{FromRequest, Request, RequestBody, Response, error::ResponseError, http::StatusCode};
use serde::de::DeserializeOwned;

use super::{parts, path_parameter, response};
use crate::{
    auth::policy::Policy,
    web::{Checked, Machine, MaybeSignedIn, Rejection, Require, SignedIn, extractors::Extract},
};

impl ResponseError for Rejection {
    fn status(&self) -> StatusCode {
        self.as_response().status()
    }

    fn as_response(&self) -> Response {
        response(Self::as_response(self).clone())
    }
}

fn extract<T: Extract>(request: &Request) -> poem::Result<T> {
    let checked = request.extensions().get::<Checked>().ok_or_else(|| Rejection::without_layer(T::NAME))?;
    let extracted = T::extract(checked, &|name| path_parameter(request, name));
    extracted.map_err(|refused| checked.refuse(&refused, &parts(request)).into())
}

impl<'a, C: DeserializeOwned + Send + 'static> FromRequest<'a> for SignedIn<C> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        extract(request)
    }
}

impl<'a, C: DeserializeOwned + Send + 'static> FromRequest<'a> for MaybeSignedIn<C> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        extract(request)
    }
}

impl<'a> FromRequest<'a> for Machine {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        extract(request)
    }
}

impl<'a, P: Policy + Default> FromRequest<'a> for Require<P> {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        extract(request)
    }
}
