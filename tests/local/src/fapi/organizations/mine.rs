//! The organizations of who is signed in, and the ways into others.

use clerk_core::UserId;
use clerk_fapi::types;

use super::{organization::gone, page, reply_list};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    model::organization::OrganizationInvitation,
    rules::organizations::{self, invitations as rules},
    views::fapi::organization as views,
};

pub(super) fn memberships(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let now = call.now;
    let found: Vec<_> = call.state.tables.memberships.find(&format!("user:{user}")).rev().collect();
    let page = page(call, found.into_iter(), |membership| views::membership(call.state, membership, now))?;
    reply_list(call, &page)
}

pub(super) fn leave(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let organization = call.input.path("organization_id");
    organizations::get(call.state, organization)?;
    let Some(membership) = organizations::membership(call.state, organization, &user) else {
        return Err(super::not_a_member(organization));
    };
    let id = membership.id.clone();
    organizations::someone_is_left(call.state, &id)?;
    organizations::remove_membership(call.state, &id, call.now);
    call.reply(&gone("organization_membership", &id))
}

/// Whether an invitation is one of this user: it went to a verified address, or names the user.
fn is_for(call: &Call<'_>, user: &UserId, invitation: &OrganizationInvitation) -> bool {
    let Some(user) = call.state.tables.users.get(user) else { return false };
    let address = &invitation.email_address;
    user.email_addresses.iter().any(|email| email.email_address == *address && email.is_verified())
        || invitation.user_id.as_ref() == Some(&user.id)
}

pub(super) fn invitations(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let statuses: Vec<&str> = call.input.query_all("status").collect();
    let now = call.now;
    let fits = |it: &&OrganizationInvitation| {
        is_for(call, &user, it) && (statuses.is_empty() || statuses.contains(&rules::status(it, now)))
    };
    let found: Vec<_> = call.state.tables.organization_invitations.iter().rev().filter(fits).collect();
    let page = page(call, found.into_iter(), |invitation| views::user_invitation(call.state, invitation, now))?;
    call.reply(&page)
}

pub(super) fn accept_invitation(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let id = call.input.path("invitation_id");
    let invitation = call.state.tables.organization_invitations.get(id).filter(|it| is_for(call, &user, it));
    if invitation.is_none() {
        return Err(Failure::new(404, "organization_invitation_not_found", "invitation not found")
            .explained(format!("you have no invitation with id {id}")));
    }
    rules::accept(call.state, id, &user, call.now)?;
    let invitation = call.state.tables.organization_invitations.get(id);
    let view = invitation.map(|invitation| views::user_invitation(call.state, invitation, call.now));
    call.reply(&view)
}

pub(super) fn suggestions(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let statuses: Vec<&str> = call.input.query_all("status").collect();
    let known = call.state.tables.organization_suggestions.find(&format!("user:{user}")).rev();
    // Nobody is told that a request was turned down.
    let found: Vec<_> = known
        .filter(|it| it.status != "rejected" && (statuses.is_empty() || statuses.contains(&it.status.as_str())))
        .collect();
    let page = page(call, found.into_iter(), |suggestion| views::suggestion(call.state, suggestion))?;
    call.reply(&page)
}

pub(super) fn accept_suggestion(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    organizations::enabled(call.state)?;
    let id = call.input.path("suggestion_id");
    let suggestion = call.state.tables.organization_suggestions.get(id);
    let suggestion = suggestion.filter(|it| it.user_id == user && it.status != "rejected");
    let status = suggestion.map(|it| it.status.clone());
    match status.as_deref() {
        None => return Err(Failure::not_found("organization suggestion", id)),
        Some("pending") => {}
        Some(_) => {
            return Err(Failure::new(400, "organization_suggestion_already_accepted", "already accepted")
                .explained("this suggestion has been accepted already"));
        }
    }
    if let Some(mut suggestion) = call.state.tables.organization_suggestions.edit(id) {
        suggestion.status = "accepted".to_owned();
        suggestion.updated_at = call.now;
    }
    let suggestion = call.state.tables.organization_suggestions.get(id);
    let view = suggestion.map(|suggestion| views::suggestion(call.state, suggestion));
    call.reply(&view)
}

pub(super) fn creation_defaults(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    organizations::enabled(call.state)?;
    let mut form = types::OrganizationCreationForm::new();
    // The company of a work address, or the person.
    let company = user.email_addresses.iter().filter(|email| email.is_verified()).find_map(|email| {
        let (_, domain) = email.email_address.rsplit_once('@')?;
        let label = domain.split('.').next()?;
        (!organizations::domains::is_common(domain)).then(|| capitalized(label))
    });
    let person = || user.first_name.as_ref().map(|name| format!("{name}'s organization"));
    form.name = company.or_else(person);
    let mut view = types::OrganizationCreationDefaults::new();
    view.form = Some(form);
    call.reply(&view)
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
