//! Inviting somebody to the application.

use std::time::Duration;

use clerk_core::{Json, JsonMap};

use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    input::Input,
    model::invitation::Invitation,
    rules::{
        invitations::{self, Request},
        metadata, users,
    },
    views,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The most days that an invitation lasts.
const MAX_DAYS: i64 = 365;

/// The most invitations of one request.
const MAX_AT_ONCE: usize = 10;

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let request = read(call, call.input)?;
    check(call, &request, call.input)?;
    let invitation = invitations::create(call.state, request, call.now);
    Ok(Answer::json(&views::bapi::invitation::invitation(call.state, &invitation, call.now)))
}

/// All of them or none.
pub(super) fn create_all(call: &mut Call<'_>) -> Outcome {
    if call.input.items.len() > MAX_AT_ONCE {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "too many at once")
            .explained(format!("at most {MAX_AT_ONCE} people are invited at once")));
    }
    let items = call.input.items.iter().filter_map(Json::as_object);
    let inputs: Vec<Input> = items.map(|item| Input::of(item.clone())).collect();
    let mut requests: Vec<Request> = Vec::with_capacity(inputs.len());
    for input in &inputs {
        let request = read(call, input)?;
        check(call, &request, input)?;
        if requests.iter().any(|known| known.email_address == request.email_address) && !ignores_existing(input) {
            return Err(duplicate());
        }
        requests.push(request);
    }
    let made: Vec<Invitation> =
        requests.into_iter().map(|request| invitations::create(call.state, request, call.now)).collect();
    let views: Vec<_> = made.iter().map(|it| views::bapi::invitation::invitation(call.state, it, call.now)).collect();
    Ok(Answer::json(&views))
}

fn read(call: &Call<'_>, input: &Input) -> Result<Request, Failure> {
    let email_address = users::email(input.required_text("email_address")?, "email_address")?;
    let public_metadata = input.object("public_metadata").cloned().unwrap_or_else(JsonMap::new);
    metadata::check(&public_metadata, "public_metadata")?;
    let redirect_url = input.text("redirect_url").filter(|url| !url.is_empty());
    if redirect_url.is_some_and(|url| !url.contains("://")) {
        return Err(Failure::format("redirect_url"));
    }
    let lifetime = match input.integer("expires_in_days") {
        None => call.state.settings().lifetimes.invitation,
        Some(days) if (1..=MAX_DAYS).contains(&days) => DAY * u32::try_from(days).unwrap_or(1),
        Some(_) => return Err(Failure::value("expires_in_days")),
    };
    let slug = match input.text("template_slug") {
        None | Some("invitation") => "invitation",
        Some("waitlist_invitation") => "waitlist_invitation",
        Some(_) => return Err(Failure::value("template_slug")),
    };
    Ok(Request {
        email_address,
        public_metadata,
        redirect_url: redirect_url.map(str::to_owned),
        lifetime,
        notify: input.flag("notify").unwrap_or(true),
        slug,
    })
}

fn ignores_existing(input: &Input) -> bool {
    input.flag("ignore_existing") == Some(true)
}

fn check(call: &Call<'_>, request: &Request, input: &Input) -> Result<(), Failure> {
    if ignores_existing(input) {
        return Ok(());
    }
    if users::email_taken(call.state, &request.email_address, None) {
        return Err(users::exists("email_address"));
    }
    if invitations::pending(call.state, &request.email_address, call.now).is_some() {
        return Err(duplicate());
    }
    Ok(())
}

fn duplicate() -> Failure {
    Failure::new(400, "duplicate_record", "duplicate record")
        .explained("this address has an open invitation already; set ignore_existing to send another one")
        .param("email_address")
}
