//! What an application has to know of the instance.

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    views,
};

// A browser announces itself by the second one, and is told the same.
pub(crate) const HANDLERS: Handlers = &[("getEnvironment", get), ("updateEnvironment", get)];

fn get(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::json(&views::fapi::environment::environment(call.state)))
}
