use clerk_core::{
    Bytes, Error,
    http::{Response, StatusCode},
};
use clerk_fapi::types::ClerkError;

/// The error for what Clerk refused while nobody waited for its answer, with the code that it gave.
pub(super) fn refusal(operation: &'static str, error: &ClerkError) -> Error {
    let body = serde_json::json!({ "errors": [error] });
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    Error::from_response(operation, answer)
}
