//! Members.

use clerk_core::UserId;

use super::{Inside, inside, page, reply_list};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    rules::organizations::{
        self, NewMember,
        roles::{MANAGE_MEMBERS, READ_MEMBERS},
    },
    views::fapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[READ_MEMBERS, MANAGE_MEMBERS])?;
    let roles: Vec<&str> = call.input.query_all("role").collect();
    let words = call.input.query("query").map(str::to_lowercase);
    let now = call.now;
    let state = &*call.state;
    let fits = |member: &&crate::model::organization::Membership| {
        (roles.is_empty() || roles.contains(&member.role.as_str()))
            && words.as_deref().is_none_or(|words| {
                state.tables.users.get(&member.user_id).is_some_and(|user| organizations::search::fits(user, words))
            })
    };
    let found: Vec<_> = organizations::members(state, &organization).rev().filter(fits).collect();
    let page = page(call, found.into_iter(), |member| views::membership(call.state, member, now))?;
    reply_list(call, &page)
}

/// A text that a request has to have, though the document lets it be null.
fn text<'a>(call: &Call<'a>, name: &str) -> Result<&'a str, Failure> {
    call.input.required_text(name)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let user = UserId::from(text(call, "user_id")?);
    let member = NewMember { role: Some(text(call, "role")?), ..NewMember::default() };
    let id = organizations::add_member(call.state, &organization, &user, member, call.now)?;
    reply(call, &id)
}

fn reply(call: &mut Call<'_>, id: &str) -> Outcome {
    let membership = call.state.tables.memberships.get(id);
    let view = membership.map(|membership| views::membership(call.state, membership, call.now));
    let view = view.ok_or_else(|| Failure::not_found("organization membership", id))?;
    call.reply(&view)
}

/// The membership of the user of the path.
fn named(call: &Call<'_>, organization: &str) -> Result<String, Failure> {
    let user = call.input.path("user_id");
    let membership = organizations::membership(call.state, organization, &UserId::from(user));
    membership.map(|it| it.id.clone()).ok_or_else(|| Failure::not_found("organization membership", user))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let id = named(call, organization.as_str())?;
    organizations::change_role(call.state, &id, text(call, "role")?, call.now)?;
    reply(call, &id)
}

pub(super) fn remove(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_MEMBERS])?;
    let id = named(call, organization.as_str())?;
    organizations::someone_is_left(call.state, &id)?;
    let membership = call.state.tables.memberships.get(&id);
    let view = membership.map(|membership| views::membership(call.state, membership, call.now));
    organizations::remove_membership(call.state, &id, call.now);
    call.reply(&view)
}
