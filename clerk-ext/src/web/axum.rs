//! Extractors for axum.

mod path;
#[cfg(feature = "webhooks")]
mod webhook;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use clerk_core::http::request::Parts;
use serde::de::DeserializeOwned;

pub(super) use self::path::Path;
use super::{Checked, Machine, MaybeSignedIn, Rejection, Require, SignedIn, extract::Extract};
use crate::auth::policy::Policy;

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Self::into_response(self).map(Into::into)
    }
}

fn extract<T: Extract>(parts: &mut Parts) -> Result<T, Rejection> {
    let Some(checked) = parts.extensions.get::<Checked>().cloned() else {
        return Err(Rejection::without_layer(T::NAME));
    };
    let path = if T::ASKS_FOR_THE_PATH { Path::of(parts) } else { Path::default() };
    T::extract(&checked, &|name| path.get(name)).map_err(|refused| checked.refuse(&refused, parts))
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
