//! Invitations that an organization sends.

use super::{Inside, Page, inside, page};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    model::organization::OrganizationInvitation,
    rules::organizations::{
        self,
        invitations::{self as rules, New},
        roles::{MANAGE_MEMBERS, READ_MEMBERS},
    },
    views::fapi::organization as views,
};

/// How many are made at once.
const MOST: usize = 10;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS, READ_MEMBERS])?;
    let statuses: Vec<&str> = call.input.query_all("status").collect();
    let now = call.now;
    let fits = |it: &&OrganizationInvitation| statuses.is_empty() || statuses.contains(&rules::status(it, now));
    let found: Vec<_> = rules::of(call.state, &organization).rev().filter(fits).collect();
    let page = page(call, found.into_iter(), |invitation| views::invitation(call.state, invitation, now))?;
    call.reply(&page)
}

pub(super) fn pending(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let (state, now) = (&*call.state, call.now);
    let pending = rules::of(state, &organization).rev().filter(|it| rules::status(it, now) == "pending");
    let data: Vec<_> = pending.map(|invitation| views::invitation(state, invitation, now)).collect();
    call.reply(&data)
}

fn new(call: &Call<'_>, address: &str, inside: &Inside) -> Result<New, Failure> {
    let role = call.input.required_text("role")?.to_owned();
    let notify = call.input.flag("notify").unwrap_or(true);
    Ok(New { role, notify, inviter_id: Some(inside.user.clone()), ..New::to(address) })
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let inside = inside(call, &[MANAGE_MEMBERS])?;
    let new = new(call, call.input.required_text("email_address")?, &inside)?;
    let id = rules::invite(call.state, &inside.organization, new, call.now)?;
    let view = views::invitation(call.state, rules::get(call.state, &inside.organization, &id)?, call.now);
    call.reply(&view)
}

pub(super) fn create_many(call: &mut Call<'_>) -> Outcome {
    let inside = inside(call, &[MANAGE_MEMBERS])?;
    let addresses = call.input.texts("email_address");
    if addresses.is_empty() {
        return Err(Failure::nil("email_address"));
    }
    if addresses.len() > MOST {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "too many at once")
            .explained(format!("at most {MOST} people are invited at once"))
            .param("email_address"));
    }
    let new: Vec<New> = addresses.iter().map(|it| new(call, it, &inside)).collect::<Result<_, _>>()?;
    let ids = rules::invite_all(call.state, &inside.organization, new, call.now)?;
    let state = &*call.state;
    let made = ids.iter().filter_map(|id| state.tables.organization_invitations.get(id));
    let data: Vec<_> = made.map(|invitation| views::invitation(state, invitation, call.now)).collect();
    call.reply(&Page { total_count: data.len(), data })
}

pub(super) fn revoke(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let id = call.input.path("invitation_id");
    if rules::status(rules::get(call.state, &organization, id)?, call.now) != "pending" {
        return Err(rules::not_pending());
    }
    organizations::invitations::revoke(call.state, id, call.now);
    let view = views::invitation(call.state, rules::get(call.state, &organization, id)?, call.now);
    call.reply(&view)
}
