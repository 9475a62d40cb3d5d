use std::borrow::Cow;

use axum::extract::{FromRequestParts as _, RawPathParams};
use clerk_core::http::request::Parts;
use futures_util::FutureExt as _;

/// The parameters of the path, decoded, as far as axum has matched it.
#[derive(Default)]
pub(in crate::web) struct Path(Option<RawPathParams>);

impl Path {
    pub(in crate::web) fn of(parts: &mut Parts) -> Self {
        // It waits for nothing: the parameters lie in the extensions.
        Self(RawPathParams::from_request_parts(parts, &()).now_or_never().and_then(Result::ok))
    }

    /// A parameter that occurs twice with different values says nothing: nobody knows which one a handler reads.
    pub(in crate::web) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.0.iter().flatten().filter_map(|(key, value)| (key == name).then_some(value));
        let value = values.next()?;
        values.all(|other| other == value).then_some(Cow::Borrowed(value))
    }
}
