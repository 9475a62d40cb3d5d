//! Invitations, the waitlist, and who is listed as allowed or blocked.

use clerk_bapi::types;
use clerk_core::Timestamp;

use crate::{
    model::invitation::{Invitation, ListedIdentifier},
    rules::{invitations, tickets},
    state::State,
};

pub(crate) fn invitation(state: &State, invitation: &Invitation, now: Timestamp) -> types::Invitation {
    let status = invitations::status(invitation, now);
    let mut view = types::Invitation::new(invitation.id.as_str(), invitation.email_address.as_str(), status);
    view.object = Some("invitation".to_owned());
    view.public_metadata = invitation.public_metadata.clone();
    view.revoked = status == "revoked";
    // Nothing but an open one leads anywhere.
    view.url = (status == "pending").then(|| tickets::url(state, &invitation.ticket).into());
    view.expires_at = invitation.expires_at;
    view.created_at = Some(invitation.created_at);
    view.updated_at = Some(invitation.updated_at);
    view
}

/// An invitation that was just taken back.
pub(crate) fn revoked(invitation: &Invitation) -> types::RevokedInvitation {
    let mut view = types::RevokedInvitation::new(invitation.id.as_str(), invitation.email_address.as_str(), "revoked");
    view.object = Some("invitation".to_owned());
    view.public_metadata = invitation.public_metadata.clone();
    view.revoked = true;
    view.expires_at = invitation.expires_at;
    view.created_at = Some(invitation.created_at);
    view.updated_at = Some(invitation.updated_at);
    view
}

pub(crate) fn waitlist_entry(state: &State, id: &str, now: Timestamp) -> Option<types::WaitlistEntry> {
    let entry = state.tables.waitlist_entries.get(id)?;
    let mut view = types::WaitlistEntry::new(entry.id.as_str(), entry.email_address.as_str(), entry.status.as_str());
    view.object = Some("waitlist_entry".to_owned());
    view.is_locked = entry.is_locked;
    view.created_at = Some(entry.created_at);
    view.updated_at = Some(entry.updated_at);
    let invited = entry.invitation_id.as_ref().and_then(|id| state.tables.invitations.get(id));
    view.invitation = invited.map(|invited| invitation(state, invited, now));
    Some(view)
}

pub(crate) fn allowed(state: &State, listed: &ListedIdentifier) -> types::AllowlistIdentifier {
    let mut view = types::AllowlistIdentifier::new();
    view.object = Some("allowlist_identifier".to_owned());
    view.id = Some(listed.id.as_str().into());
    view.invitation_id = listed.invitation_id.as_deref().map(Into::into);
    view.identifier = Some(listed.identifier.clone());
    view.identifier_type = Some(listed.identifier_type.as_str().into());
    view.instance_id = Some(state.keys.instance_id.as_str().into());
    view.created_at = Some(listed.created_at);
    view.updated_at = Some(listed.updated_at);
    view
}

pub(crate) fn blocked(state: &State, listed: &ListedIdentifier) -> types::BlocklistIdentifier {
    let mut view = types::BlocklistIdentifier::new();
    view.object = Some("blocklist_identifier".to_owned());
    view.id = Some(listed.id.as_str().into());
    view.identifier = Some(listed.identifier.clone());
    view.identifier_type = Some(listed.identifier_type.as_str().into());
    view.instance_id = Some(state.keys.instance_id.as_str().into());
    view.created_at = Some(listed.created_at);
    view.updated_at = Some(listed.updated_at);
    view
}
