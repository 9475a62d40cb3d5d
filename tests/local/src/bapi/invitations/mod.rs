//! Who may come in: invitations, the waitlist, allow- and blocklist.

mod invite;
mod listed;
mod waitlist;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::invitation::Invitation,
    rules::invitations,
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListInvitations", index),
    ("CreateInvitation", invite::create),
    ("CreateBulkInvitations", invite::create_all),
    ("RevokeInvitation", revoke),
    ("DeleteInvitation", delete),
    ("ListAllowlistIdentifiers", listed::allowed),
    ("CreateAllowlistIdentifier", listed::allow),
    ("DeleteAllowlistIdentifier", listed::disallow),
    ("ListBlocklistIdentifiers", listed::blocked),
    ("CreateBlocklistIdentifier", listed::block),
    ("DeleteBlocklistIdentifier", listed::unblock),
    ("ListWaitlistEntries", waitlist::index),
    ("CreateWaitlistEntry", waitlist::create),
    ("CreateBulkWaitlistEntries", waitlist::create_all),
    ("InviteWaitlistEntry", waitlist::invite),
    ("RejectWaitlistEntry", waitlist::reject),
    ("DeleteWaitlistEntry", waitlist::delete),
];

const ORDERS: [&str; 3] = ["created_at", "email_address", "expires_at"];

fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let (order, descending) = list::order(call.input.query("order_by"), &ORDERS)?.unwrap_or(("created_at", true));
    let status = call.input.query("status");
    if status.is_some_and(|status| !matches!(status, "pending" | "accepted" | "revoked" | "expired")) {
        return Err(Failure::value("status"));
    }
    let query = call.input.query("query").map(str::to_lowercase);
    let fits = |invitation: &&Invitation| {
        status.is_none_or(|status| invitations::status(invitation, call.now) == status)
            && query.as_ref().is_none_or(|query| invitation.email_address.contains(query) || invitation.id == *query)
    };
    let mut found: Vec<&Invitation> = call.state.tables.invitations.iter().filter(fits).collect();
    match order {
        "email_address" => found.sort_by(|left, right| left.email_address.cmp(&right.email_address)),
        "expires_at" => found.sort_by_key(|invitation| invitation.expires_at),
        // They are kept in the order in which they were made.
        _ => {}
    }
    if descending {
        found.reverse();
    }
    let total = found.len();
    let shown = window.of(found.into_iter());
    let views: Vec<_> =
        shown.into_iter().map(|it| views::bapi::invitation::invitation(call.state, it, call.now)).collect();
    list::answer(call, &views, total)
}

fn revoke(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("invitation_id");
    let missing = || Failure::not_found("invitation", id);
    let invitation = call.state.tables.invitations.get(id).ok_or_else(missing)?;
    match invitations::status(invitation, call.now) {
        "accepted" => return Err(invitations::already_accepted()),
        "revoked" => {
            return Err(Failure::new(400, "invitation_already_revoked", "already revoked")
                .explained("this invitation was taken back already"));
        }
        _ => invitations::revoke(call.state, id, call.now),
    }
    let invitation = call.state.tables.invitations.get(id).ok_or_else(missing)?;
    Ok(Answer::json(&views::bapi::invitation::revoked(invitation)))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("invitation_id");
    match call.state.tables.invitations.remove(id) {
        Some(invitation) => Ok(Answer::deleted("invitation", &invitation.id)),
        None => Err(Failure::not_found("invitation", id)),
    }
}
