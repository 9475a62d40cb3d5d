//! The waitlist: who joined it, and who is let in.

use clerk_core::{Json, JsonMap};

use crate::{
    answer::{Answer, Outcome},
    bapi::{Call, list},
    failure::Failure,
    input::Input,
    model::invitation::WaitlistEntry,
    rules::{
        invitations::{self, Request},
        users,
    },
    views,
};

const ORDERS: [&str; 3] = ["created_at", "email_address", "invited_at"];

pub(super) fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let (order, descending) = list::order(call.input.query("order_by"), &ORDERS)?.unwrap_or(("created_at", true));
    let status = call.input.query("status");
    if status.is_some_and(|status| !matches!(status, "pending" | "invited" | "completed" | "rejected")) {
        return Err(Failure::value("status"));
    }
    let query = call.input.query("query").map(str::to_lowercase);
    let fits = |entry: &&WaitlistEntry| {
        status.is_none_or(|status| entry.status == status)
            && query.as_ref().is_none_or(|query| entry.email_address.contains(query) || entry.id == *query)
    };
    let tables = &call.state.tables;
    let mut found: Vec<&WaitlistEntry> = tables.waitlist_entries.iter().filter(fits).collect();
    match order {
        "email_address" => found.sort_by(|left, right| left.email_address.cmp(&right.email_address)),
        "invited_at" => found.sort_by_key(|entry| {
            let invitation = entry.invitation_id.as_ref().and_then(|id| tables.invitations.get(id));
            invitation.map(|invitation| invitation.created_at)
        }),
        // They are kept in the order in which they were made.
        _ => {}
    }
    if descending {
        found.reverse();
    }
    let total = found.len();
    let shown = window.of(found.into_iter());
    let views: Vec<_> = shown
        .into_iter()
        .filter_map(|entry| views::bapi::invitation::waitlist_entry(call.state, &entry.id, call.now))
        .collect();
    Ok(Answer::page(&views, total))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let address = address(call, call.input)?;
    let id = invitations::join_waitlist(call.state, &address, notifies(call.input), call.now);
    answer(call, &id)
}

/// All of them or none.
pub(super) fn create_all(call: &mut Call<'_>) -> Outcome {
    let items = call.input.items.iter().filter_map(Json::as_object);
    let inputs: Vec<Input> = items.map(|item| Input::of(item.clone())).collect();
    let addresses = inputs.iter().map(|input| Ok((address(call, input)?, notifies(input))));
    let addresses: Vec<(String, bool)> = addresses.collect::<Result<_, Failure>>()?;
    let mut views = Vec::with_capacity(addresses.len());
    for (address, notify) in addresses {
        let id = invitations::join_waitlist(call.state, &address, notify, call.now);
        views.extend(views::bapi::invitation::waitlist_entry(call.state, &id, call.now));
    }
    Ok(Answer::json(&views))
}

fn address(call: &Call<'_>, input: &Input) -> Result<String, Failure> {
    let address = users::email(input.required_text("email_address")?, "email_address")?;
    if users::email_taken(call.state, &address, None) {
        return Err(users::exists("email_address"));
    }
    Ok(address)
}

fn notifies(input: &Input) -> bool {
    input.flag("notify").unwrap_or(true)
}

pub(super) fn invite(call: &mut Call<'_>) -> Outcome {
    let again = call.input.flag("ignore_existing") == Some(true);
    let entry = of_path(call)?.clone();
    match entry.status.as_str() {
        "completed" => return Err(already("completed")),
        "invited" if !again => return Err(already("invited")),
        _ if entry.is_locked => {
            return Err(Failure::new(409, "waitlist_entry_locked", "the entry is locked")
                .explained("this entry is being changed by somebody else; try again"));
        }
        _ => {}
    }
    if !again && users::email_taken(call.state, &entry.email_address, None) {
        return Err(users::exists("email_address"));
    }
    if let Some(before) = &entry.invitation_id {
        invitations::revoke(call.state, before, call.now);
    }
    let request = Request {
        email_address: entry.email_address.clone(),
        public_metadata: JsonMap::new(),
        redirect_url: None,
        lifetime: call.state.settings().lifetimes.invitation,
        notify: true,
        slug: "waitlist_invitation",
    };
    let invitation = invitations::create(call.state, request, call.now);
    if let Some(mut entry) = call.state.tables.waitlist_entries.edit(&entry.id) {
        entry.invitation_id = Some(invitation.id);
    }
    invitations::set_waitlist_status(call.state, &entry.id, "invited", call.now);
    answer(call, &entry.id)
}

pub(super) fn reject(call: &mut Call<'_>) -> Outcome {
    let entry = of_path(call)?.clone();
    match entry.status.as_str() {
        "completed" => return Err(already("completed")),
        "rejected" => return Err(already("rejected")),
        _ => {}
    }
    if let Some(invitation) = &entry.invitation_id {
        invitations::revoke(call.state, invitation, call.now);
    }
    invitations::set_waitlist_status(call.state, &entry.id, "rejected", call.now);
    answer(call, &entry.id)
}

/// Only who still waits can be taken off the list.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let entry = of_path(call)?;
    match entry.status.as_str() {
        "invited" => return Err(already("invited")),
        "completed" => return Err(already("completed")),
        "rejected" => return Err(already("rejected")),
        _ => {}
    }
    let id = entry.id.clone();
    call.state.tables.waitlist_entries.remove(&id);
    Ok(Answer::deleted("waitlist_entry", &id))
}

fn of_path<'a>(call: &'a Call<'_>) -> Result<&'a WaitlistEntry, Failure> {
    let id = call.input.path("waitlist_entry_id");
    call.state.tables.waitlist_entries.get(id).ok_or_else(|| Failure::not_found("waitlist entry", id))
}

fn already(status: &str) -> Failure {
    Failure::new(409, format!("waitlist_entry_already_{status}"), format!("already {status}"))
        .explained(format!("this entry of the waitlist is {status} already"))
}

fn answer(call: &Call<'_>, id: &str) -> Outcome {
    let view = views::bapi::invitation::waitlist_entry(call.state, id, call.now);
    view.map(|view| Answer::json(&view)).ok_or_else(|| Failure::not_found("waitlist entry", id))
}
