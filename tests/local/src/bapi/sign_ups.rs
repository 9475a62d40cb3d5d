//! Sign-ups, where a back end has a step of its own in them.

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::sign_up::SignUp,
    rules::sign_ups::{self, Status},
    views,
};

pub(crate) const HANDLERS: Handlers = &[("GetSignUp", get), ("UpdateSignUp", update)];

fn get(call: &mut Call<'_>) -> Outcome {
    let id = of_path(call)?.id.clone();
    let view = views::bapi::sign_up::sign_up(call.state, &id, call.now);
    view.map(|view| Answer::json(&view)).ok_or_else(|| Failure::not_found("sign up", id.as_str()))
}

/// Says who the user will be in the back end's own system, and that a step of its own is done.
fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let sign_up = of_path(call)?;
    if sign_ups::status(sign_up, call.now) != Status::MissingRequirements {
        return Err(Failure::new(403, "sign_up_cannot_be_updated", "this sign-up cannot be changed")
            .explained("a sign-up that is complete or abandoned cannot be changed"));
    }
    let id = sign_up.id.clone();
    let external_id = input.change("external_id");
    if let Some(given) = external_id.flatten()
        && call.state.tables.users.find_one(&format!("external:{given}")).is_some()
    {
        return Err(crate::rules::users::exists("external_id"));
    }
    if let Some(mut sign_up) = call.state.tables.sign_ups.edit(&id) {
        if let Some(external_id) = external_id {
            sign_up.external_id = external_id.map(str::to_owned);
        }
        if let Some(done) = input.flag("custom_action") {
            sign_up.custom_action = done;
        }
    }
    sign_ups::settle(call.state, &id, None, call.now)?;
    get(call)
}

fn of_path<'a>(call: &'a Call<'_>) -> Result<&'a SignUp, Failure> {
    let id = call.input.path("id");
    call.state.tables.sign_ups.get(id).ok_or_else(|| Failure::not_found("sign up", id))
}
