//! What verifiers and monitors look up: the key set, and whether the service is there.

use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    rules::tokens,
};

pub(crate) const HANDLERS: Handlers = &[("getJWKS", key_set), ("getHealth", health)];

fn key_set(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&tokens::key_set(call.state)))
}

fn health(_call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&types::Health::new("healthy")))
}
