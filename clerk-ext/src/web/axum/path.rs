use axum::extract::{FromRequestParts as _, RawPathParams};
use clerk_core::http::request::Parts;
use futures_util::FutureExt as _;

/// A parameter of the path, decoded, as far as axum has matched it.
///
/// One that occurs twice with different values says nothing: nobody knows which one a handler reads.
pub(in crate::web) fn path_parameter(parts: &mut Parts, name: &str) -> Option<String> {
    // It waits for nothing: the parameters lie in the extensions.
    let parameters = RawPathParams::from_request_parts(parts, &()).now_or_never()?.ok()?;
    let mut values = parameters.iter().filter_map(|(known, value)| (known == name).then_some(value));
    let value = values.next()?;
    values.all(|other| other == value).then(|| value.to_owned())
}
