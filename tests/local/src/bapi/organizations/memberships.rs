//! Memberships.

use clerk_core::UserId;

use super::{
    merged_metadata, named, new_metadata, order,
    select_members::{Filter, ORDERS, key},
};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::Membership,
    rules::organizations::{self, NewMember},
    views::bapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let filter = Filter::read(call)?;
    let found = organizations::members(call.state, &organization).filter(|it| filter.fits(call.state, it));
    answer(call, found.collect())
}

pub(super) fn list_all(call: &mut Call<'_>) -> Outcome {
    answer(call, call.state.tables.memberships.iter().collect())
}

pub(super) fn list_of_user(call: &mut Call<'_>) -> Outcome {
    let user = call.input.path("user_id");
    if !call.state.tables.users.contains(user) {
        return Err(Failure::not_found("user", user));
    }
    answer(call, call.state.tables.memberships.find(&format!("user:{user}")).collect())
}

fn answer(call: &Call<'_>, found: Vec<&Membership>) -> Outcome {
    let (shown, total) = order::page(call, found, &ORDERS, "-created_at", |it, name| key(call.state, it, name))?;
    let data: Vec<_> = shown.into_iter().map(|it| views::membership(call.state, it)).collect();
    Ok(Answer::page(&data, total))
}

fn shown(call: &Call<'_>, id: &str) -> Outcome {
    let known = call.state.tables.memberships.get(id);
    let known = known.ok_or_else(|| Failure::not_found("organization membership", id))?;
    Ok(Answer::json(&views::membership(call.state, known)))
}

/// The membership of the user of the path in the organization of the path.
fn member<'a>(call: &'a Call<'_>) -> Result<&'a Membership, Failure> {
    let organization = named(call)?;
    let user = call.input.path("user_id");
    let found = organizations::membership(call.state, organization.as_str(), &UserId::from(user));
    found.ok_or_else(|| Failure::not_found("organization membership", user))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let user = UserId::from(call.input.required_text("user_id")?);
    let new = NewMember {
        role: Some(call.input.required_text("role")?),
        public_metadata: new_metadata(call, "public_metadata")?,
        private_metadata: new_metadata(call, "private_metadata")?,
    };
    let id = organizations::add_member(call.state, &organization, &user, new, call.now)?;
    shown(call, &id)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let id = member(call)?.id.clone();
    organizations::change_role(call.state, &id, call.input.required_text("role")?, call.now)?;
    shown(call, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let membership = member(call)?;
    let id = membership.id.clone();
    let view = views::membership(call.state, membership);
    organizations::someone_is_left(call.state, &id)?;
    organizations::remove_membership(call.state, &id, call.now);
    Ok(Answer::json(&view))
}

pub(super) fn merge_metadata(call: &mut Call<'_>) -> Outcome {
    let known = member(call)?;
    let public = merged_metadata(call, "public_metadata", &known.public_metadata)?;
    let private = merged_metadata(call, "private_metadata", &known.private_metadata)?;
    let id = known.id.clone();
    if let Some(mut known) = call.state.tables.memberships.edit(&id) {
        known.public_metadata = public;
        known.private_metadata = private;
        known.updated_at = call.now;
    }
    organizations::emit_membership(call.state, "organizationMembership.updated", &id, call.now);
    shown(call, &id)
}
