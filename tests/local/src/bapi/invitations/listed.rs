//! The allowlist and the blocklist.

use std::time::Duration;

use clerk_core::JsonMap;

use crate::{
    answer::{Answer, Outcome},
    bapi::{Call, list},
    failure::Failure,
    model::invitation::ListedIdentifier,
    rules::{
        invitations::{self, Request},
        users,
    },
    state::State,
    views,
};

pub(super) fn allowed(call: &mut Call<'_>) -> Outcome {
    let found = entries(call.state, false);
    let views: Vec<_> = found.iter().map(|it| views::bapi::invitation::allowed(call.state, it)).collect();
    if call.input.query("limit").is_none() && call.input.query("offset").is_none() {
        return list::answer(call, &views, views.len());
    }
    let total = views.len();
    let shown = list::window(call.input)?.of(views.into_iter());
    list::answer(call, &shown, total)
}

pub(super) fn blocked(call: &mut Call<'_>) -> Outcome {
    let found = entries(call.state, true);
    let views: Vec<_> = found.iter().map(|it| views::bapi::invitation::blocked(call.state, it)).collect();
    Ok(Answer::page(&views, views.len()))
}

fn entries(state: &State, blocked: bool) -> Vec<&ListedIdentifier> {
    state.tables.listed_identifiers.iter().rev().filter(|entry| entry.blocked == blocked).collect()
}

pub(super) fn allow(call: &mut Call<'_>) -> Outcome {
    let mut entry = read(call, false)?;
    if call.input.flag("notify") == Some(true) && entry.identifier_type == "email_address" && !is_domain(&entry) {
        let request = Request {
            email_address: entry.identifier.clone(),
            public_metadata: JsonMap::new(),
            redirect_url: None,
            lifetime: invitation_lifetime(call.state),
            notify: true,
            slug: "invitation",
        };
        entry.invitation_id = Some(invitations::create(call.state, request, call.now).id);
    }
    let view = views::bapi::invitation::allowed(call.state, &entry);
    call.state.tables.listed_identifiers.insert(entry);
    Ok(Answer::json(&view))
}

pub(super) fn block(call: &mut Call<'_>) -> Outcome {
    let entry = read(call, true)?;
    let view = views::bapi::invitation::blocked(call.state, &entry);
    call.state.tables.listed_identifiers.insert(entry);
    Ok(Answer::json(&view))
}

pub(super) fn disallow(call: &mut Call<'_>) -> Outcome {
    remove(call, false, "allowlist_identifier")
}

pub(super) fn unblock(call: &mut Call<'_>) -> Outcome {
    remove(call, true, "blocklist_identifier")
}

fn remove(call: &mut Call<'_>, blocked: bool, object: &str) -> Outcome {
    let id = call.input.path("identifier_id");
    let entry = call.state.tables.listed_identifiers.get(id).filter(|entry| entry.blocked == blocked);
    let entry = entry.cloned().ok_or_else(|| Failure::not_found(&object.replace('_', " "), id))?;
    call.state.tables.listed_identifiers.remove(&entry.id);
    // Who is taken off the allowlist is no longer invited either.
    if let Some(invitation) = &entry.invitation_id {
        invitations::revoke(call.state, invitation, call.now);
    }
    Ok(Answer::deleted(object, &entry.id))
}

fn read(call: &Call<'_>, blocked: bool) -> Result<ListedIdentifier, Failure> {
    let (identifier, kind) = normal(call.input.required_text("identifier")?)?;
    let known = call.state.tables.listed_identifiers.find(&format!("identifier:{identifier}"));
    if known.into_iter().any(|entry| entry.blocked == blocked) {
        return Err(Failure::new(400, "duplicate_record", "duplicate record")
            .explained("this identifier is on the list already")
            .param("identifier"));
    }
    Ok(ListedIdentifier {
        id: State::id(if blocked { "blid" } else { "alid" }, call.now),
        blocked,
        identifier,
        identifier_type: kind.to_owned(),
        invitation_id: None,
        created_at: call.now,
        updated_at: call.now,
    })
}

/// An identifier in the form that is kept, and what it is: an address, all addresses of a domain, a number or a wallet.
fn normal(text: &str) -> Result<(String, &'static str), Failure> {
    let text = text.trim();
    if let Some(domain) = text.strip_prefix("*@").or_else(|| text.strip_prefix('@')) {
        // Any address will do to see whether the domain is one.
        users::email(&format!("any@{domain}"), "identifier")?;
        return Ok((format!("*@{}", domain.to_lowercase()), "email_address"));
    }
    if text.contains('@') {
        return Ok((users::email(text, "identifier")?, "email_address"));
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let wallet = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return if wallet { Ok((text.to_lowercase(), "web3_wallet")) } else { Err(Failure::format("identifier")) };
    }
    Ok((users::phone(text, "identifier")?, "phone_number"))
}

fn is_domain(entry: &ListedIdentifier) -> bool {
    entry.identifier.starts_with("*@")
}

fn invitation_lifetime(state: &State) -> Duration {
    state.settings().lifetimes.invitation
}
