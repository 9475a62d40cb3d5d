//! Sign-ups that come with a ticket: somebody was invited.

use crate::{
    failure::Failure,
    fapi::Call,
    model::{sign_up::SignUp, verification::Verification},
    rules::{
        invitations, organizations,
        tickets::{self, TicketKind},
        users,
    },
};

/// Takes over what the invitation of a ticket says; its address counts as verified.
pub(super) fn redeem(call: &Call<'_>, sign_up: &mut SignUp, ticket: &str) -> Result<(), Failure> {
    let ticket = tickets::read(call.state, ticket, call.now)?;
    let address = match ticket.kind {
        TicketKind::Invitation => invitation(call, sign_up, &ticket.id)?,
        TicketKind::OrganizationInvitation => organization_invitation(call, sign_up, &ticket.id)?,
        TicketKind::SignInToken => return Err(not_here("sign_in_token_cannot_be_used_code", "a sign-in token")),
        TicketKind::ActorToken => return Err(not_here("actor_token_cannot_be_used_code", "an actor token")),
        TicketKind::AgentTask => return Err(tickets::invalid()),
    };
    sign_up.email_address = Some(address);
    sign_up.email_verification = Some(Box::new(Verification::verified("ticket", call.now)));
    Ok(())
}

fn invitation(call: &Call<'_>, sign_up: &mut SignUp, id: &str) -> Result<String, Failure> {
    let invitation = call.state.tables.invitations.get(id).ok_or_else(tickets::invalid)?;
    match invitations::status(invitation, call.now) {
        "pending" => {}
        "accepted" => return Err(invitations::already_accepted()),
        "revoked" => return Err(invitations::revoked()),
        _ => return Err(tickets::expired()),
    }
    if users::email_taken(call.state, &invitation.email_address, None) {
        return Err(Failure::new(400, "invitation_account_exists", "the account exists")
            .explained("whoever was invited has an account by now; sign in instead"));
    }
    sign_up.invitation_id = Some(invitation.id.clone());
    sign_up.public_metadata = invitation.public_metadata.clone();
    Ok(invitation.email_address.clone())
}

fn organization_invitation(call: &Call<'_>, sign_up: &mut SignUp, id: &str) -> Result<String, Failure> {
    let invitation = call.state.tables.organization_invitations.get(id).ok_or_else(tickets::invalid)?;
    match organizations::invitations::status(invitation, call.now) {
        "pending" => {}
        "accepted" => {
            return Err(Failure::new(400, "organization_invitation_already_accepted", "already accepted")
                .explained("this invitation was accepted already; sign in instead"));
        }
        "revoked" => {
            return Err(Failure::new(400, "organization_invitation_revoked_code", "the invitation was revoked")
                .explained("this invitation was taken back; ask for another one"));
        }
        _ => return Err(tickets::expired()),
    }
    if call.state.tables.organizations.get(&invitation.organization_id).is_none() {
        return Err(Failure::new(400, "organization_invitation_to_deleted_organization", "the organization is gone")
            .explained("the organization that this invitation leads to was deleted"));
    }
    if users::email_taken(call.state, &invitation.email_address, None) {
        return Err(Failure::new(400, "organization_invitation_identification_already_exists", "the account exists")
            .explained("whoever was invited has an account already; sign in instead"));
    }
    sign_up.organization_invitation_id = Some(invitation.id.clone());
    Ok(invitation.email_address.clone())
}

fn not_here(code: &str, what: &str) -> Failure {
    Failure::new(400, code, "this ticket does not sign up").explained(format!("{what} signs in, and does not sign up"))
}
