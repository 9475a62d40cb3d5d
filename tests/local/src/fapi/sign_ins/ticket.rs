//! Signing in with a ticket: of a back end, of an invitation, or of an email link that an application opened.

use clerk_core::{JsonMap, OrganizationId, SignInId, UserId};

use super::{super::Call, advance, create};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::{access, verification::Verification},
    rules::{
        external::redirects,
        lockout, organizations, sign_ins,
        tickets::{self, TicketKind},
        users,
    },
    state::State,
};

/// The kind of the tickets that email links of applications give; unlike others they leave the second factor to prove.
pub(super) const MAGIC_LINK: &str = "magic_link";

/// Whom a ticket signs in, and on what terms.
struct Pass {
    user_id: UserId,
    strategy: &'static str,
    actor: Option<JsonMap>,
    session_seconds: Option<u64>,
    /// The organization that the session begins in.
    organization_id: Option<OrganizationId>,
    /// Whether the ticket stands in for a second factor too.
    whole: bool,
    spends: Spends,
}

/// What is used up.
enum Spends {
    Ticket(String),
    Invitation(String),
    OrganizationInvitation(String),
}

pub(super) fn sign_in(call: &mut Call<'_>) -> Outcome {
    let pass = read(call)?;
    let identifier = call.state.tables.users.get(&pass.user_id).map(crate::model::user::User::identifier);
    let id = create::begin(call, identifier.filter(|text| !text.is_empty()), Some(pass.user_id.clone()));
    use_up(call, &id, pass)
}

/// The same for an attempt that has begun already.
pub(super) fn attempt(call: &mut Call<'_>, id: &SignInId) -> Outcome {
    let pass = read(call)?;
    let other = call.state.tables.sign_ins.get(id).and_then(|sign_in| sign_in.user_id.clone());
    if other.is_some_and(|other| other != pass.user_id) {
        return Err(tickets::invalid());
    }
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) {
        sign_in.user_id = Some(pass.user_id.clone());
    }
    use_up(call, id, pass)
}

fn use_up(call: &mut Call<'_>, id: &SignInId, pass: Pass) -> Outcome {
    if let Some(mut sign_in) = call.state.tables.sign_ins.edit(id) {
        let verified = || Some(Box::new(Verification::verified(pass.strategy, call.now)));
        sign_in.first = verified();
        sign_in.second = if pass.whole { verified() } else { None };
        sign_in.actor = pass.actor;
        sign_in.session_seconds = pass.session_seconds;
        sign_in.organization_id = pass.organization_id;
    }
    match pass.spends {
        Spends::Ticket(id) => spend(call.state, &id, call.now),
        Spends::Invitation(id) => {
            if let Some(mut invitation) = call.state.tables.invitations.edit(&id) {
                "accepted".clone_into(&mut invitation.status);
                invitation.updated_at = call.now;
            }
        }
        Spends::OrganizationInvitation(invitation) => {
            organizations::invitations::accept(call.state, &invitation, &pass.user_id, call.now)?;
        }
    }
    advance(call, id)
}

fn spend(state: &mut State, id: &str, now: clerk_core::Timestamp) {
    if let Some(mut ticket) = state.tables.tickets.edit(id) {
        "accepted".clone_into(&mut ticket.status);
        ticket.updated_at = now;
    }
}

/// Reads the ticket of the request: it is genuine, not used, and its user may sign in.
fn read(call: &Call<'_>) -> Result<Pass, Failure> {
    let text = call.input.required_text("ticket")?;
    let ticket = tickets::read(call.state, text, call.now)?;
    let pass = match ticket.kind {
        TicketKind::Invitation => invitation(call, &ticket.id)?,
        TicketKind::OrganizationInvitation => organization_invitation(call, &ticket.id)?,
        TicketKind::SignInToken | TicketKind::ActorToken | TicketKind::AgentTask => {
            let record = call.state.tables.tickets.get(&ticket.id).ok_or_else(tickets::invalid)?;
            record_of(call, record, ticket.kind)?
        }
    };
    let user = call.state.tables.users.get(&pass.user_id).ok_or_else(tickets::invalid)?;
    lockout::check(call.state, user, call.now)?;
    if let Some(session) =
        call.client_id().and_then(|client| sign_ins::session_of(call.state, client, &user.id, call.now))
    {
        return Err(sign_ins::already_signed_in(&session));
    }
    Ok(pass)
}

/// A ticket that a back end made.
fn record_of(call: &Call<'_>, record: &access::Ticket, kind: TicketKind) -> Result<Pass, Failure> {
    let (used, revoked, gone) = match kind {
        TicketKind::ActorToken => {
            ("actor_token_already_used_code", "actor_token_revoked_code", "actor_token_subject_not_found")
        }
        TicketKind::AgentTask => ("agent_task_already_used", "agent_task_revoked", "agent_task_subject_not_found"),
        _ => ("sign_in_token_already_used_code", "sign_in_token_revoked_code", "ticket_invalid_code"),
    };
    match record.status.as_str() {
        "pending" if record.expires_at <= call.now => return Err(tickets::expired()),
        "pending" => {}
        "revoked" => {
            return Err(Failure::new(400, revoked, "the ticket was revoked")
                .explained("this ticket was taken back; ask for another one"));
        }
        _ => {
            return Err(Failure::new(400, used, "the ticket was used")
                .explained("this ticket was used already, and each is taken once; ask for another one"));
        }
    }
    let Some(user) = call.state.tables.users.get(&record.user_id) else {
        let status = if gone == "ticket_invalid_code" { 400 } else { 404 };
        return Err(Failure::new(status, gone, "the user is gone")
            .explained("whoever this ticket is for has no account any more"));
    };
    Ok(Pass {
        user_id: user.id.clone(),
        strategy: if record.kind == MAGIC_LINK { "email_link" } else { "ticket" },
        actor: record.actor.clone(),
        session_seconds: record.session_max_duration_in_seconds.and_then(|seconds| u64::try_from(seconds).ok()),
        organization_id: member_of(call, record),
        whole: record.kind != MAGIC_LINK,
        spends: Spends::Ticket(record.id.clone()),
    })
}

/// The organization that a ticket is for, if its user is a member there by now.
fn member_of(call: &Call<'_>, record: &access::Ticket) -> Option<OrganizationId> {
    let id = record.organization_id.as_deref()?;
    let user = UserId::from(record.user_id.clone());
    organizations::membership(call.state, id, &user).map(|membership| membership.organization_id.clone())
}

fn invitation(call: &Call<'_>, id: &str) -> Result<Pass, Failure> {
    let invitation = call.state.tables.invitations.get(id).ok_or_else(tickets::invalid)?;
    match invitation.status.as_str() {
        "pending" if invitation.expires_at.is_some_and(|end| end <= call.now) => return Err(tickets::expired()),
        "pending" => {}
        "accepted" => {
            return Err(Failure::new(400, "invitation_already_accepted", "already accepted")
                .explained("this invitation was accepted already; sign in without it"));
        }
        _ => {
            return Err(Failure::new(400, "revoked_invitation", "the invitation was revoked")
                .explained("this invitation was taken back; ask for another one"));
        }
    }
    let user = users::by_identifier(call.state, &invitation.email_address).ok_or_else(|| {
        Failure::new(400, "invitation_account_not_exists", "no account yet")
            .explained("whoever was invited has no account yet; sign up with this ticket")
    })?;
    Ok(pass(user.id.clone(), Spends::Invitation(invitation.id.clone())))
}

fn organization_invitation(call: &Call<'_>, id: &str) -> Result<Pass, Failure> {
    let invitation = call.state.tables.organization_invitations.get(id).ok_or_else(tickets::invalid)?;
    match invitation.status.as_str() {
        "pending" if invitation.expires_at.is_some_and(|end| end <= call.now) => return Err(tickets::expired()),
        "pending" => {}
        "accepted" => {
            return Err(Failure::new(400, "organization_invitation_already_accepted", "already accepted")
                .explained("this invitation was accepted already; sign in without it"));
        }
        _ => {
            return Err(Failure::new(400, "organization_invitation_revoked_code", "the invitation was revoked")
                .explained("this invitation was taken back; ask for another one"));
        }
    }
    if !call.state.tables.organizations.contains(&invitation.organization_id) {
        return Err(Failure::new(400, "organization_invitation_to_deleted_organization", "the organization is gone")
            .explained("the organization that this invitation leads to was deleted"));
    }
    let user = users::by_identifier(call.state, &invitation.email_address).ok_or_else(|| {
        Failure::new(400, "organization_invitation_identification_not_exist", "no account yet")
            .explained("whoever was invited has no account yet; sign up with this ticket")
    })?;
    let organization_id = Some(invitation.organization_id.clone());
    let spends = Spends::OrganizationInvitation(invitation.id.clone());
    Ok(Pass { organization_id, ..pass(user.id.clone(), spends) })
}

/// Whoever was invited has proven the address; a second factor is still theirs to prove.
fn pass(user_id: UserId, spends: Spends) -> Pass {
    Pass {
        user_id,
        strategy: "ticket",
        actor: None,
        session_seconds: None,
        organization_id: None,
        whole: false,
        spends,
    }
}

/// The page that a link with a ticket opens: it sends the browser on, with the ticket and what it is good for.
pub(super) fn accept(call: &mut Call<'_>) -> Outcome {
    let text = call.input.query("ticket").unwrap_or_default();
    let ticket = tickets::read(call.state, text, call.now)?;
    let (redirect_url, address) = match ticket.kind {
        TicketKind::Invitation => {
            let invitation = call.state.tables.invitations.get(&ticket.id).ok_or_else(tickets::invalid)?;
            (invitation.redirect_url.clone(), Some(invitation.email_address.clone()))
        }
        TicketKind::OrganizationInvitation => {
            let invitation = call.state.tables.organization_invitations.get(&ticket.id).ok_or_else(tickets::invalid)?;
            (invitation.redirect_url.clone(), Some(invitation.email_address.clone()))
        }
        TicketKind::SignInToken | TicketKind::ActorToken | TicketKind::AgentTask => (None, None),
    };
    let known = address.is_none_or(|address| users::by_identifier(call.state, &address).is_some());
    let status = if known { "sign_in" } else { "sign_up" };
    let page = if known { "/sign-in" } else { "/sign-up" };
    // Without a page of the application's own the account portal is where it goes.
    let url = redirect_url.unwrap_or_else(|| format!("{}{page}", call.state.addresses.frontend));
    let location = redirects::with_query(&url, &[("__clerk_ticket", text), ("__clerk_status", status)]);
    Ok(Answer::redirect(location).status(303))
}
