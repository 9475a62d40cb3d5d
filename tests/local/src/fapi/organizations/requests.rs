//! Requests to join.

use super::{Inside, inside, page};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    model::organization::OrganizationSuggestion,
    rules::organizations::{self, NewMember, roles::MANAGE_MEMBERS},
    views::fapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let statuses: Vec<&str> = call.input.query_all("status").collect();
    let known = call.state.tables.organization_suggestions.find(&format!("org:{organization}"));
    // A suggestion that nobody took up is no request.
    let requests = known.rev().filter(|it| it.status != "pending");
    let requests = requests.map(|it| views::request(call.state, it));
    let fits = |it: &clerk_fapi::types::OrganizationMembershipRequest| {
        statuses.is_empty() || statuses.contains(&it.status.as_str())
    };
    let found: Vec<_> = requests.filter(fits).collect();
    let page = page(call, found.iter(), Clone::clone)?;
    call.reply(&page)
}

/// The request of the path, if it is still open.
fn open(call: &Call<'_>, inside: &Inside) -> Result<OrganizationSuggestion, Failure> {
    let id = call.input.path("request_id");
    let request = call.state.tables.organization_suggestions.get(id);
    let request = request.filter(|it| it.organization_id == inside.organization && it.status == "accepted");
    request.cloned().ok_or_else(|| Failure::not_found("organization membership request", id))
}

pub(super) fn accept(call: &mut Call<'_>) -> Outcome {
    let inside = inside(call, &[MANAGE_MEMBERS])?;
    let request = open(call, &inside)?;
    let role = call.state.settings().organizations.domain_default_role.clone();
    let member = NewMember { role: Some(&role), ..NewMember::default() };
    organizations::add_member(call.state, &inside.organization, &request.user_id, member, call.now)?;
    settle(call, &request.id, "completed")
}

pub(super) fn reject(call: &mut Call<'_>) -> Outcome {
    let inside = inside(call, &[MANAGE_MEMBERS])?;
    let request = open(call, &inside)?;
    settle(call, &request.id, "rejected")
}

fn settle(call: &mut Call<'_>, id: &str, status: &str) -> Outcome {
    if let Some(mut request) = call.state.tables.organization_suggestions.edit(id) {
        request.status = status.to_owned();
        request.updated_at = call.now;
    }
    let request = call.state.tables.organization_suggestions.get(id);
    let view = request.map(|request| views::request(call.state, request));
    call.reply(&view)
}
