use rocket::{
    Request,
    request::{FromRequest, Outcome},
};
use serde::de::DeserializeOwned;

use super::{Refused, checked, parts, path_parameter, status};
use crate::{
    auth::policy::Policy,
    web::{Machine, MaybeSignedIn, Rejection, Require, SignedIn, extractors::Extract},
};

fn extract<T: Extract>(request: &Request<'_>) -> Outcome<T, Rejection> {
    let extracted = checked(request, T::NAME).and_then(|checked| {
        T::extract(checked, &|name| path_parameter(request, name))
            .map_err(|refused| checked.refuse(&refused, &parts(request)))
    });
    match extracted {
        Ok(extracted) => Outcome::Success(extracted),
        Err(rejection) => {
            Refused::of(request).set(rejection.as_response().clone());
            Outcome::Error((status(rejection.status()), rejection))
        }
    }
}

#[rocket::async_trait]
impl<'r, C: DeserializeOwned + Send + Sync + 'static> FromRequest<'r> for SignedIn<C> {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        extract(request)
    }
}

#[rocket::async_trait]
impl<'r, C: DeserializeOwned + Send + Sync + 'static> FromRequest<'r> for MaybeSignedIn<C> {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        extract(request)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Machine {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        extract(request)
    }
}

#[rocket::async_trait]
impl<'r, P: Policy + Default> FromRequest<'r> for Require<P> {
    type Error = Rejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Rejection> {
        extract(request)
    }
}
