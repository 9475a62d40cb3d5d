//! Extractors for axum.

mod path;
#[cfg(feature = "webhooks")]
mod webhook;

use std::cell::RefCell;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use clerk_core::http::request::Parts;
use serde::de::DeserializeOwned;

pub(super) use self::path::path_parameter;
use super::{Checked, Machine, MaybeSignedIn, Rejection, Require, SignedIn, extractors::Extract};
use crate::auth::policy::Policy;

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Self::into_response(self).map(Into::into)
    }
}

fn extract<T: Extract>(parts: &mut Parts) -> Result<T, Rejection> {
    let checked = parts.extensions.get::<Checked>().cloned();
    let checked = checked.ok_or_else(|| Rejection::without_layer(T::NAME))?;
    let parts = RefCell::new(parts);
    let extracted = T::extract(&checked, &|name| path_parameter(&mut parts.borrow_mut(), name));
    extracted.map_err(|refused| checked.refuse(&refused, parts.into_inner()))
}

impl<S: Send + Sync, C: DeserializeOwned + 'static> FromRequestParts<S> for SignedIn<C> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        extract(parts)
    }
}

impl<S: Send + Sync, C: DeserializeOwned + 'static> FromRequestParts<S> for MaybeSignedIn<C> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        extract(parts)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Machine {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        extract(parts)
    }
}

impl<S: Send + Sync, P: Policy + Default> FromRequestParts<S> for Require<P> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        extract(parts)
    }
}
