//! Invitations to the application: open, taken, over; and the waitlist that they end.

use clerk_core::Timestamp;

use crate::{
    model::{invitation::Invitation, sign_up::SignUp},
    state::State,
    views,
};

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
