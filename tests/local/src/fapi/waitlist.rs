//! The waitlist, for who wants to be on it.

use clerk_fapi::types;

use super::{Call, Handlers};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    rules::{invitations, restrictions, users},
    settings::SignUpMode,
};

pub(crate) const HANDLERS: Handlers = &[("joinWaitlist", join)];

fn join(call: &mut Call<'_>) -> Outcome {
    let address = users::email(call.input.required_text("email_address")?, "email_address")?;
    if call.state.settings().sign_up.mode != SignUpMode::Waitlist {
        return Err(Failure::new(403, "waitlist_not_accepting_entries", "there is no waitlist")
            .explained("this instance takes no entries to a waitlist; sign up instead"));
    }
    restrictions::check_sign_up(call.state, &address, true, "email_address")?;
    if users::email_taken(call.state, &address, None) {
        return Err(users::exists("email_address"));
    }
    let id = invitations::join_waitlist(call.state, &address, true, call.now);
    let mut view = types::WaitlistEntry::new(id);
    view.object = Some("waitlist_entry".to_owned());
    Ok(Answer::json(&view))
}
