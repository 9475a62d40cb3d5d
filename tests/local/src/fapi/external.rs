//! Back from a provider.

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    rules::external,
};

pub(crate) const HANDLERS: Handlers = &[("getOauthCallback", callback), ("postOauthCallback", callback)];

fn callback(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let given = |name: &str| input.query(name).or_else(|| input.text(name)).filter(|text| !text.is_empty());
    let state = given("state").ok_or_else(|| {
        Failure::new(400, "oauth_callback_invalid", "no state").explained("the provider came back without a state")
    })?;
    let returned = match (given("error"), given("code")) {
        (Some(error), _) => Err(error),
        (None, Some(code)) => Ok(code),
        (None, None) => Err("invalid_request"),
    };
    let location = external::finish(call, state, returned)?;
    Ok(Answer::redirect(location).status(303))
}
