//! What answers that are no success have to be.

use std::fmt::Debug;

use clerk_ext::Error;

/// Status and code of a refusal.
pub(crate) fn refused<T: Debug>(answer: Result<T, Error>) -> (u16, String) {
    let error = answer.expect_err("it is to be refused");
    let status = error.status().expect("the refusal is an answer").as_u16();
    (status, error.code().map(ToString::to_string).unwrap_or_default())
}

/// This operation is one that a Clerk on this machine does not have, and that is what it says.
#[track_caller]
pub(crate) fn not_there<T: Debug>(answer: Result<T, Error>, operation: &str) {
    let error = answer.expect_err("it is not there");
    let status = error.status().expect("the refusal is an answer").as_u16();
    assert_eq!((status, error.operation()), (501, Some(operation)), "{error}");
}
