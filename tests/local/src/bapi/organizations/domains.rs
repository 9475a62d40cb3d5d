//! Domains of organizations.

use super::{named, order};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::{organization::OrganizationDomain, verification::Verification},
    rules::organizations::domains as rules,
    views::bapi::organization as views,
};

const ORDERS: [&str; 2] = ["created_at", "name"];

/// The strategy of a proof that a back end vouches for.
const MANUAL: &str = "manual_override";

fn answer(call: &Call<'_>, found: Vec<&OrganizationDomain>) -> Outcome {
    let key = |it: &OrganizationDomain, name: &str| match name {
        "name" => it.name.as_str().into(),
        _ => it.created_at.into(),
    };
    let (shown, total) = order::page(call, found, &ORDERS, "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(|it| views::domain(call.state, it, call.now)).collect();
    Ok(Answer::page(&data, total))
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    rules::available(call.state)?;
    let verified = call.input.query_flag("verified")?;
    let mode = call.input.query("enrollment_mode");
    let fits = |it: &&OrganizationDomain| {
        verified.is_none_or(|verified| rules::is_verified(it) == verified)
            && mode.is_none_or(|mode| it.enrollment_mode == mode)
    };
    let found = rules::of(call.state, &organization).filter(fits).collect();
    answer(call, found)
}

pub(super) fn list_all(call: &mut Call<'_>) -> Outcome {
    rules::available(call.state)?;
    let organization = call.input.query("organization_id");
    let verified = call.input.query_flag("verified")?;
    let modes: Vec<&str> = call.input.query_all("enrollment_mode").collect();
    let names: Vec<String> = call.input.query_all("domains").map(str::to_lowercase).collect();
    let words = call.input.query("query").map(str::to_lowercase);
    let fits = |it: &&OrganizationDomain| {
        organization.is_none_or(|id| it.organization_id.as_str() == id)
            && verified.is_none_or(|verified| rules::is_verified(it) == verified)
            && allows(&modes, &it.enrollment_mode)
            && (names.is_empty() || names.contains(&it.name))
            && words.as_deref().is_none_or(|words| it.name.contains(words) || it.id.eq_ignore_ascii_case(words))
    };
    answer(call, call.state.tables.organization_domains.iter().filter(fits).collect())
}

/// Whether a mode is among those asked for and not among those with `-` in front.
fn allows(modes: &[&str], mode: &str) -> bool {
    let mut wanted = modes.iter().filter(|given| !given.starts_with('-')).peekable();
    let unwanted = modes.iter().any(|given| given.strip_prefix('-') == Some(mode));
    !unwanted && (wanted.peek().is_none() || wanted.any(|given| *given == mode))
}

/// The id of the domain of the path.
fn domain(call: &Call<'_>) -> Result<String, Failure> {
    let organization = named(call)?;
    rules::available(call.state)?;
    Ok(rules::get(call.state, &organization, call.input.path("domain_id"))?.id.clone())
}

fn shown(call: &Call<'_>, id: &str) -> Outcome {
    let known = call.state.tables.organization_domains.get(id);
    let known = known.ok_or_else(|| Failure::not_found("organization domain", id))?;
    Ok(Answer::json(&views::domain(call.state, known, call.now)))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let organization = named(call)?;
    rules::available(call.state)?;
    let name = call.input.required_text("name")?;
    let mode = rules::mode(call.state, call.input.required_text("enrollment_mode")?)?;
    let verified = call.input.flag("verified").unwrap_or(true).then(|| Verification::verified(MANUAL, call.now));
    let id = rules::add(call.state, &organization, name, Some(mode), verified, call.now)?;
    shown(call, &id)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let id = domain(call)?;
    let mode = call.input.text("enrollment_mode").map(|mode| rules::mode(call.state, mode)).transpose()?;
    if let Some(mut domain) = call.state.tables.organization_domains.edit(&id) {
        if let Some(mode) = mode {
            domain.enrollment_mode = mode;
        }
        match call.input.flag("verified") {
            Some(true) if !rules::is_verified(&domain) => {
                domain.affiliation = Some(Box::new(Verification::verified(MANUAL, call.now)));
            }
            Some(false) => {
                domain.affiliation = None;
                domain.ownership = None;
                domain.affiliation_email_address = None;
            }
            _ => {}
        }
    }
    rules::updated(call.state, &id, call.now);
    shown(call, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = domain(call)?;
    rules::remove(call.state, &id, call.now);
    Ok(Answer::deleted("organization_domain", &id))
}

pub(super) fn verify_ownership(call: &mut Call<'_>) -> Outcome {
    let id = domain(call)?;
    let now = call.now;
    if let Some(mut domain) = call.state.tables.organization_domains.edit(&id)
        && domain.ownership.as_ref().is_none_or(|proof| !proof.is_verified())
    {
        domain.ownership = Some(Box::new(Verification::verified(MANUAL, now)));
    }
    rules::updated(call.state, &id, now);
    shown(call, &id)
}
