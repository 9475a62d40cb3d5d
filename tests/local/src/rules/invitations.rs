//! Invitations to the application: open, taken, over; and the waitlist that they end.

use std::time::Duration;

use clerk_core::{JsonMap, Timestamp};

use super::tickets::{self, TicketKind};
use crate::{
    clock::Later,
    failure::Failure,
    inbox::{self, Outgoing},
    model::{
        invitation::{Invitation, WaitlistEntry},
        sign_up::SignUp,
    },
    state::State,
    views,
};

/// Who is to be invited, and how.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) email_address: String,
    pub(crate) public_metadata: JsonMap,
    pub(crate) redirect_url: Option<String>,
    pub(crate) lifetime: Duration,
    /// Whether a mail goes out.
    pub(crate) notify: bool,
    /// What the mail is made by.
    pub(crate) slug: &'static str,
}

/// Makes an invitation, and sends it where that is asked for.
pub(crate) fn create(state: &mut State, request: Request, now: Timestamp) -> Invitation {
    let id = State::id("inv", now);
    let expires_at = Some(now.after(request.lifetime));
    let ticket = tickets::issue(state, TicketKind::Invitation, &id, expires_at, now);
    let link = tickets::url(state, &ticket);
    let invitation = Invitation {
        id,
        email_address: request.email_address,
        status: "pending".to_owned(),
        ticket,
        redirect_url: request.redirect_url,
        public_metadata: request.public_metadata,
        expires_at,
        created_at: now,
        updated_at: now,
    };
    if request.notify {
        let to = &invitation.email_address;
        inbox::send(state, Outgoing { to, slug: request.slug, code: None, link: Some(&link), user_id: None }, now);
    }
    state.tables.invitations.insert(invitation.clone());
    invitation
}

/// The open invitation of an address.
pub(crate) fn pending<'a>(state: &'a State, address: &str, now: Timestamp) -> Option<&'a Invitation> {
    let key = format!("email:{}", address.to_lowercase());
    state.tables.invitations.find(&key).find(|invitation| status(invitation, now) == "pending")
}

/// Takes an invitation back; one that somebody took already stays as it is.
pub(crate) fn revoke(state: &mut State, id: &str, now: Timestamp) {
    if let Some(mut invitation) = state.tables.invitations.edit(id)
        && invitation.status == "pending"
    {
        "revoked".clone_into(&mut invitation.status);
        invitation.updated_at = now;
    }
}

/// Puts an address on the waitlist, and gives the entry's id: the one it has already, where it has one.
pub(crate) fn join_waitlist(state: &mut State, address: &str, notify: bool, now: Timestamp) -> String {
    let known = state.tables.waitlist_entries.find_one(&format!("email:{}", address.to_lowercase()));
    if let Some(known) = known {
        return known.id.clone();
    }
    let id = State::id("wle", now);
    state.tables.waitlist_entries.insert(WaitlistEntry {
        id: id.clone(),
        email_address: address.to_owned(),
        status: "pending".to_owned(),
        invitation_id: None,
        is_locked: false,
        created_at: now,
        updated_at: now,
    });
    if notify {
        let slug = "waitlist_confirmation";
        inbox::send(state, Outgoing { to: address, slug, code: None, link: None, user_id: None }, now);
    }
    if let Some(view) = views::bapi::invitation::waitlist_entry(state, &id, now) {
        state.emit("waitlistEntry.created", &view, now);
    }
    id
}

/// What an invitation is now: one that nobody took in time has expired.
pub(crate) fn status(invitation: &Invitation, now: Timestamp) -> &str {
    match invitation.expires_at {
        Some(end) if end <= now && invitation.status == "pending" => "expired",
        _ => &invitation.status,
    }
}

/// Marks as taken what brought a sign-up about that is complete now.
pub(crate) fn accept(state: &mut State, sign_up: &SignUp, now: Timestamp) {
    if let Some(id) = &sign_up.invitation_id
        && let Some(mut invitation) = state.tables.invitations.edit(id)
    {
        "accepted".clone_into(&mut invitation.status);
        invitation.updated_at = now;
    }
    let Some(address) = &sign_up.email_address else { return };
    let waiting = state.tables.waitlist_entries.find(&format!("email:{address}"));
    let waiting: Vec<String> =
        waiting.filter(|entry| entry.status != "completed").map(|entry| entry.id.clone()).collect();
    for id in waiting {
        set_waitlist_status(state, &id, "completed", now);
    }
}

/// Moves an entry of the waitlist on, and tells of it.
pub(crate) fn set_waitlist_status(state: &mut State, id: &str, status: &str, now: Timestamp) {
    let Some(mut entry) = state.tables.waitlist_entries.edit(id) else { return };
    status.clone_into(&mut entry.status);
    entry.updated_at = now;
    drop(entry);
    if let Some(view) = views::bapi::invitation::waitlist_entry(state, id, now) {
        state.emit("waitlistEntry.updated", &view, now);
    }
}

/// The failure for an invitation that somebody took already.
pub(crate) fn already_accepted() -> Failure {
    Failure::new(400, "invitation_already_accepted", "already accepted")
        .explained("this invitation was accepted already")
}

/// The failure for an invitation that was taken back.
pub(crate) fn revoked() -> Failure {
    Failure::new(400, "revoked_invitation", "the invitation was revoked")
        .explained("this invitation was taken back; ask for another one")
}
