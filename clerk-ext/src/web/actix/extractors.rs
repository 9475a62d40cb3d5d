use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, dev::Payload, http::StatusCode,
};
use serde::de::DeserializeOwned;

use super::{parts, path_parameter, response};
use crate::{
    auth::policy::Policy,
    web::{Checked, Machine, MaybeSignedIn, Rejection, Require, SignedIn, extractors::Extract},
};

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        response(self.as_response().clone())
    }
}

fn extract<T: Extract>(request: &HttpRequest) -> Ready<Result<T, Rejection>> {
    let extracted = || {
        let checked = request.extensions().get::<Checked>().cloned();
        let checked = checked.ok_or_else(|| Rejection::without_layer(T::NAME))?;
        T::extract(&checked, &|name| path_parameter(request, name))
            .map_err(|refused| checked.refuse(&refused, &parts(request)))
    };
    ready(extracted())
}

impl<C: DeserializeOwned + 'static> FromRequest for SignedIn<C> {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request)
    }
}

impl<C: DeserializeOwned + 'static> FromRequest for MaybeSignedIn<C> {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request)
    }
}

impl FromRequest for Machine {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request)
    }
}

impl<P: Policy + Default> FromRequest for Require<P> {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request)
    }
}
