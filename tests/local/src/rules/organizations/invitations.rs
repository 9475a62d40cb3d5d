//! Invitations into organizations.

use clerk_core::{JsonMap, OrganizationId, Timestamp, UserId};

use super::{NewMember, admit, membership, roles, room};
use crate::{
    clock::Later,
    failure::Failure,
    inbox::{self, Outgoing},
    model::organization::OrganizationInvitation,
    rules::{
        metadata,
        tickets::{self, TicketKind},
        users,
    },
    state::State,
    views,
};

/// An invitation to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct New {
    pub(crate) email_address: String,
    /// The key of a role.
    pub(crate) role: String,
    pub(crate) inviter_id: Option<UserId>,
    /// Who is known to have the address.
    pub(crate) user_id: Option<UserId>,
    /// The domain that brings it about.
    pub(crate) domain_id: Option<String>,
    pub(crate) redirect_url: Option<String>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    pub(crate) expires_in_days: Option<i64>,
    /// Whether a mail goes out.
    pub(crate) notify: bool,
}

impl New {
    /// An invitation of which only the address is known yet.
    pub(crate) fn to(address: &str) -> Self {
        Self { email_address: address.to_owned(), notify: true, ..Self::default() }
    }
}

/// What an invitation is now: one that nobody answered may have run out.
pub(crate) fn status(invitation: &OrganizationInvitation, now: Timestamp) -> &str {
    match invitation.expires_at {
        Some(end) if invitation.status == "pending" && end <= now => "expired",
        _ => &invitation.status,
    }
}

/// Those of an organization, the oldest first.
pub(crate) fn of<'a>(
    state: &'a State,
    organization: &OrganizationId,
) -> impl DoubleEndedIterator<Item = &'a OrganizationInvitation> + Clone + use<'a> {
    state.tables.organization_invitations.find(&format!("org:{organization}"))
}

pub(crate) fn pending_count(state: &State, organization: &OrganizationId, now: Timestamp) -> usize {
    of(state, organization).filter(|invitation| status(invitation, now) == "pending").count()
}

/// An invitation of an organization.
///
/// # Errors
///
/// The organization has none of this id.
pub(crate) fn get<'a>(
    state: &'a State,
    organization: &OrganizationId,
    id: &str,
) -> Result<&'a OrganizationInvitation, Failure> {
    let invitation = state.tables.organization_invitations.get(id).filter(|it| it.organization_id == *organization);
    invitation.ok_or_else(|| Failure::not_found("organization invitation", id))
}

/// Checks everything about an invitation that can be checked before it is made.
///
/// # Errors
///
/// The address is none, is a member's or is invited already, or the organization has no such role.
pub(crate) fn check(
    state: &State,
    organization: &OrganizationId,
    new: &New,
    now: Timestamp,
) -> Result<String, Failure> {
    let address = users::email(&new.email_address, "email_address")?;
    roles::offered(state, super::get(state, organization.as_str())?, &new.role)?;
    metadata::check(&new.public_metadata, "public_metadata")?;
    metadata::check(&new.private_metadata, "private_metadata")?;
    if new.expires_in_days.is_some_and(|days| !(1..=365).contains(&days)) {
        return Err(Failure::value("expires_in_days"));
    }
    let owner = users::by_identifier(state, &address);
    if owner.is_some_and(|user| membership(state, organization.as_str(), &user.id).is_some()) {
        return Err(Failure::new(400, "already_a_member_in_organization", "already a member")
            .explained(format!("{address} is the address of a member of this organization"))
            .param("email_address"));
    }
    let mut invitations = state.tables.organization_invitations.find(&format!("email:{address}"));
    if invitations.any(|it| it.organization_id == *organization && status(it, now) == "pending") {
        return Err(Failure::new(400, "organization_invitation_not_unique", "is invited already")
            .explained(format!("{address} has an invitation into this organization that is still open"))
            .param("email_address"));
    }
    Ok(address)
}

/// Makes an invitation, tells of it, and sends it where it is to be sent: its id.
///
/// # Errors
///
/// Those of [`check`], or the organization has no room left.
pub(crate) fn invite(
    state: &mut State,
    organization: &OrganizationId,
    new: New,
    now: Timestamp,
) -> Result<String, Failure> {
    let address = check(state, organization, &new, now)?;
    room(state, organization, 1, now)?;
    let lifetime = match new.expires_in_days.and_then(|days| u64::try_from(days).ok()) {
        Some(days) => std::time::Duration::from_secs(days.saturating_mul(24 * 3600)),
        None => state.settings().lifetimes.invitation,
    };
    let expires_at = now.after(lifetime);
    let id = State::id("orginv", now);
    let ticket = tickets::issue(state, TicketKind::OrganizationInvitation, &id, Some(expires_at), now);
    let user_id = new.user_id.or_else(|| users::by_identifier(state, &address).map(|user| user.id.clone()));
    let link = tickets::url(state, &ticket);
    state.tables.organization_invitations.insert(OrganizationInvitation {
        id: id.clone(),
        organization_id: organization.clone(),
        email_address: address.clone(),
        role: new.role,
        status: "pending".to_owned(),
        inviter_id: new.inviter_id,
        user_id: user_id.clone(),
        domain_id: new.domain_id,
        redirect_url: new.redirect_url,
        ticket,
        public_metadata: new.public_metadata,
        private_metadata: new.private_metadata,
        expires_at: Some(expires_at),
        created_at: now,
        updated_at: now,
    });
    if new.notify {
        let user_id = user_id.as_ref().map(UserId::as_str);
        let mail = Outgoing { to: &address, slug: "organization_invitation", code: None, link: Some(&link), user_id };
        inbox::send(state, mail, now);
    }
    emit(state, "organizationInvitation.created", &id, now);
    Ok(id)
}

/// Makes several invitations, or none of them: their ids.
///
/// # Errors
///
/// Those of [`check`], two of them go to one address, or the organization has no room for all.
pub(crate) fn invite_all(
    state: &mut State,
    organization: &OrganizationId,
    all: Vec<New>,
    now: Timestamp,
) -> Result<Vec<String>, Failure> {
    let mut addresses = Vec::new();
    for new in &all {
        let address = check(state, organization, new, now)?;
        if addresses.contains(&address) {
            return Err(Failure::new(422, "duplicate_list_items_not_allowed", "is there twice")
                .explained(format!("{address} is in the list more than once"))
                .param("email_address"));
        }
        addresses.push(address);
    }
    room(state, organization, all.len(), now)?;
    all.into_iter().map(|new| invite(state, organization, new, now)).collect()
}

/// Makes a user a member by an invitation: the id of the membership.
///
/// # Errors
///
/// It is no longer open, or the user cannot become a member.
pub(crate) fn accept(state: &mut State, id: &str, user: &UserId, now: Timestamp) -> Result<String, Failure> {
    let Some(invitation) = state.tables.organization_invitations.get(id).cloned() else {
        return Err(Failure::new(404, "organization_invitation_not_found", "invitation not found")
            .explained(format!("there is no invitation with id {id}")));
    };
    match status(&invitation, now) {
        "pending" => {}
        "accepted" => {
            return Err(Failure::new(400, "organization_invitation_already_accepted", "already accepted")
                .explained("this invitation has been accepted already"));
        }
        "revoked" => {
            return Err(Failure::new(400, "organization_invitation_revoked_code", "revoked")
                .explained("this invitation was taken back; ask for another one"));
        }
        _ => return Err(tickets::expired()),
    }
    let new = NewMember {
        role: Some(&invitation.role),
        public_metadata: invitation.public_metadata.clone(),
        private_metadata: invitation.private_metadata.clone(),
    };
    let membership = admit(state, &invitation.organization_id, user, new, now)?;
    if let Some(mut invitation) = state.tables.organization_invitations.edit(id) {
        invitation.status = "accepted".to_owned();
        invitation.user_id = Some(user.clone());
        invitation.updated_at = now;
    }
    emit(state, "organizationInvitation.accepted", id, now);
    Ok(membership)
}

/// Takes an invitation back, if it is still open.
pub(crate) fn revoke(state: &mut State, id: &str, now: Timestamp) {
    let Some(mut invitation) = state.tables.organization_invitations.edit(id) else { return };
    if invitation.status != "pending" {
        return;
    }
    invitation.status = "revoked".to_owned();
    invitation.updated_at = now;
    drop(invitation);
    emit(state, "organizationInvitation.revoked", id, now);
}

/// The failure for one that is no longer open.
pub(crate) fn not_pending() -> Failure {
    Failure::new(404, "organization_invitation_not_pending", "not pending")
        .explained("this invitation was accepted or revoked, or has expired")
}

fn emit(state: &mut State, kind: &str, id: &str, now: Timestamp) {
    let Some(invitation) = state.tables.organization_invitations.get(id) else { return };
    if kind == "organizationInvitation.accepted" {
        let view = views::bapi::organization::accepted_invitation(state, invitation, now);
        state.emit(kind, &view, now);
    } else {
        let view = views::bapi::organization::created_invitation(state, invitation, now);
        state.emit(kind, &view, now);
    }
}
