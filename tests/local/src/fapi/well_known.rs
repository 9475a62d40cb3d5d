//! What verifiers look up: the key set.

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    rules::tokens,
};

pub(crate) const HANDLERS: Handlers = &[("getJWKS", key_set)];

fn key_set(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&tokens::key_set(call.state)))
}
