//! Invitations into organizations.

use clerk_core::{Json, JsonMap, UserId};

use super::{named, order};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::OrganizationInvitation,
    rules::organizations::{
        self,
        invitations::{self as rules, New},
    },
    views::bapi::organization as views,
};

/// How many are made at once.
const MOST: usize = 10;

const ORDERS: [&str; 2] = ["created_at", "email_address"];

fn key(invitation: &OrganizationInvitation, name: &str) -> order::Key {
    match name {
        "email_address" => invitation.email_address.as_str().into(),
        _ => invitation.created_at.into(),
    }
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let status = call.input.query("status");
    let address = call.input.query("email_address").map(str::to_lowercase);
    let fits = |it: &&OrganizationInvitation| {
        status.is_none_or(|status| rules::status(it, call.now) == status)
            && address.as_deref().is_none_or(|address| it.email_address == address)
    };
    let found = rules::of(call.state, &organization).filter(fits).collect();
    answer(call, found)
}

fn answer(call: &Call<'_>, found: Vec<&OrganizationInvitation>) -> Outcome {
    let (shown, total) = order::page(call, found, &ORDERS, "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(|it| views::invitation(call.state, it, call.now)).collect();
    Ok(Answer::page(&data, total))
}

pub(super) fn pending(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let pending = rules::of(call.state, &organization).filter(|it| rules::status(it, call.now) == "pending");
    answer(call, pending.collect())
}

pub(super) fn list_all(call: &mut Call<'_>) -> Outcome {
    let status = call.input.query("status");
    let words = call.input.query("query").map(str::to_lowercase);
    let fits = |it: &&OrganizationInvitation| {
        status.is_none_or(|status| rules::status(it, call.now) == status)
            && words.as_deref().is_none_or(|words| {
                it.id.eq_ignore_ascii_case(words)
                    || it.organization_id.as_str().eq_ignore_ascii_case(words)
                    || it.email_address.contains(words)
            })
    };
    let found = call.state.tables.organization_invitations.iter().filter(fits).collect();
    answer_with_organizations(call, found)
}

pub(super) fn list_of_user(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("user_id");
    let user = call.state.tables.users.get(id).ok_or_else(|| Failure::not_found("user", id))?;
    let status = call.input.query("status");
    let is_theirs = |it: &&OrganizationInvitation| {
        it.user_id.as_ref() == Some(&user.id)
            || user.email_addresses.iter().any(|email| email.email_address == it.email_address && email.is_verified())
    };
    let found = call.state.tables.organization_invitations.iter().filter(is_theirs);
    let found = found.filter(|it| status.is_none_or(|status| rules::status(it, call.now) == status)).collect();
    answer_with_organizations(call, found)
}

fn answer_with_organizations(call: &Call<'_>, found: Vec<&OrganizationInvitation>) -> Outcome {
    let (shown, total) = order::page(call, found, &ORDERS, "-created_at", key)?;
    let show = |it| views::invitation_with_organization(call.state, it, call.now);
    let data: Vec<_> = shown.into_iter().map(show).collect();
    Ok(Answer::page(&data, total))
}

/// An invitation as a body describes it.
fn new(call: &Call<'_>, body: &JsonMap) -> Result<New, Failure> {
    let text = |name: &str| body.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let required = |name: &str| text(name).map(str::to_owned).ok_or_else(|| Failure::nil(name));
    let object = |name: &str| body.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    let inviter_id = text("inviter_user_id").map(UserId::from);
    if let Some(id) = &inviter_id {
        let organization = call.input.path("organization_id");
        if organizations::membership(call.state, organization, id).is_none() {
            return Err(Failure::new(403, "not_a_member_in_organization", "not a member")
                .explained(format!("user {id} is not a member of organization {organization}"))
                .param("inviter_user_id"));
        }
    }
    let redirect_url = text("redirect_url").map(str::to_owned);
    if redirect_url.as_deref().is_some_and(|url| !url.contains("://")) {
        return Err(Failure::format("redirect_url"));
    }
    Ok(New {
        email_address: required("email_address")?,
        role: required("role")?,
        inviter_id,
        user_id: None,
        domain_id: None,
        redirect_url,
        public_metadata: object("public_metadata"),
        private_metadata: object("private_metadata"),
        expires_in_days: body.get("expires_in_days").and_then(Json::as_i64),
        notify: body.get("notify").and_then(Json::as_bool).unwrap_or(true),
    })
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let new = new(call, &call.input.body)?;
    let id = rules::invite(call.state, &organization, new, call.now)?;
    let known = rules::get(call.state, &organization, &id)?;
    Ok(Answer::json(&views::invitation(call.state, known, call.now)))
}

pub(super) fn create_many(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let bodies: Vec<&JsonMap> = call.input.items.iter().filter_map(Json::as_object).collect();
    if bodies.is_empty() {
        return Err(Failure::new(422, "form_data_missing", "nothing is there")
            .explained("the list of invitations has to name somebody"));
    }
    if bodies.len() > MOST {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "too many at once")
            .explained(format!("at most {MOST} people are invited at once")));
    }
    let all: Vec<New> = bodies.into_iter().map(|body| new(call, body)).collect::<Result<_, _>>()?;
    let ids = rules::invite_all(call.state, &organization, all, call.now)?;
    let made = ids.iter().filter_map(|id| call.state.tables.organization_invitations.get(id));
    let data: Vec<_> = made.map(|it| views::invitation(call.state, it, call.now)).collect();
    Ok(Answer::page(&data, data.len()))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let known = rules::get(call.state, &organization, call.input.path("invitation_id"))?;
    Ok(Answer::json(&views::invitation(call.state, known, call.now)))
}

pub(super) fn revoke(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    let id = call.input.path("invitation_id");
    if let Some(user) = call.input.text("requesting_user_id").filter(|user| !user.is_empty())
        && organizations::membership(call.state, organization.as_str(), &UserId::from(user)).is_none()
    {
        return Err(Failure::new(403, "not_a_member_in_organization", "not a member")
            .explained(format!("user {user} is not a member of this organization"))
            .param("requesting_user_id"));
    }
    match rules::status(rules::get(call.state, &organization, id)?, call.now) {
        "pending" => rules::revoke(call.state, id, call.now),
        "accepted" => {
            return Err(Failure::new(400, "organization_invitation_already_accepted", "already accepted")
                .explained("this invitation was accepted; remove the member instead"));
        }
        _ => return Err(rules::not_pending()),
    }
    let known = rules::get(call.state, &organization, id)?;
    Ok(Answer::json(&views::invitation(call.state, known, call.now)))
}
