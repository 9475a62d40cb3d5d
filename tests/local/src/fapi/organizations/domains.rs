//! The domains of an organization.

use clerk_core::OrganizationId;

use super::{Inside, inside, organization::gone, page};
use crate::{
    answer::Outcome,
    crypto::ids,
    failure::Failure,
    fapi::Call,
    model::{
        organization::OrganizationDomain,
        verification::{Status, Verification},
    },
    rules::{
        organizations::{
            domains::{self as rules},
            roles::{MANAGE_DOMAINS, READ_DOMAINS},
        },
        users, verification,
    },
    views::fapi::organization as views,
};

/// Who may do this, where there are domains.
pub(super) fn within(call: &Call<'_>, any_of: &[&str]) -> Result<OrganizationId, Failure> {
    let Inside { organization, .. } = inside(call, any_of)?;
    rules::available(call.state)?;
    Ok(organization)
}

/// The domain of the path, for those who may manage it.
fn named(call: &Call<'_>) -> Result<OrganizationDomain, Failure> {
    let organization = within(call, &[MANAGE_DOMAINS])?;
    rules::get(call.state, &organization, call.input.path("domain_id")).cloned()
}

fn reply(call: &mut Call<'_>, id: &str) -> Outcome {
    let domain = call.state.tables.organization_domains.get(id);
    let view = domain.map(|domain| views::domain(call.state, domain, call.now));
    call.reply(&view)
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let organization = within(call, &[READ_DOMAINS, MANAGE_DOMAINS])?;
    let verified = call.input.query_flag("verified")?;
    let mode = call.input.query("enrollment_mode");
    let fits = |domain: &&OrganizationDomain| {
        verified.is_none_or(|verified| rules::is_verified(domain) == verified)
            && mode.is_none_or(|mode| domain.enrollment_mode == mode)
    };
    let found: Vec<_> = rules::of(call.state, &organization).rev().filter(fits).collect();
    let page = page(call, found.into_iter(), |domain| views::domain(call.state, domain, call.now))?;
    call.reply(&page)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let organization = within(call, &[MANAGE_DOMAINS])?;
    let mode = call.input.text("enrollment_mode").map(|mode| rules::mode(call.state, mode)).transpose()?;
    let name = call.input.required_text("name")?;
    let id = rules::add(call.state, &organization, name, mode, None, call.now)?;
    reply(call, &id)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let organization = within(call, &[READ_DOMAINS, MANAGE_DOMAINS])?;
    let id = rules::get(call.state, &organization, call.input.path("domain_id"))?.id.clone();
    reply(call, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    rules::remove(call.state, &id, call.now);
    call.reply(&gone("organization_domain", &id))
}

pub(super) fn prepare_affiliation(call: &mut Call<'_>) -> Outcome {
    let domain = named(call)?;
    let param = "affiliation_email_address";
    let address = users::email(call.input.required_text(param)?, param)?;
    if address.rsplit_once('@').is_none_or(|(_, name)| name != domain.name) {
        return Err(Failure::new(422, "organization_domain_mismatch", "is not of the domain")
            .explained(format!("the address must be one at {}", domain.name))
            .param(param));
    }
    if domain.affiliation.as_ref().is_some_and(|proof| proof.is_verified()) {
        return Err(crate::rules::verification::already_verified());
    }
    let user = call.user_id()?;
    let proof = verification::send_code(
        call.state,
        "affiliation_email_code",
        &domain.id,
        &address,
        Some(user.as_str()),
        domain.affiliation.as_deref(),
        call.now,
    )?;
    if let Some(mut domain) = call.state.tables.organization_domains.edit(&domain.id) {
        domain.affiliation = Some(Box::new(proof));
        domain.affiliation_email_address = Some(address);
        domain.updated_at = call.now;
    }
    reply(call, &domain.id)
}

pub(super) fn attempt_affiliation(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    let code = call.input.required_text("code")?;
    let tried = match call.state.tables.organization_domains.edit(&id).as_deref_mut() {
        Some(OrganizationDomain { affiliation: Some(proof), .. }) => verification::attempt_code(proof, code, call.now),
        _ => Err(Failure::new(400, "verification_not_sent", "nothing was sent")
            .explained("a code has to be sent to an address of the domain first")),
    };
    tried?;
    rules::updated(call.state, &id, call.now);
    reply(call, &id)
}

pub(super) fn prepare_ownership(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    issue_record(call, &id)?;
    reply(call, &id)
}

/// Gives a domain the record that shows whose it is; one that has one keeps it.
pub(super) fn issue_record(call: &mut Call<'_>, id: &str) -> Result<(), Failure> {
    let now = call.now;
    let Some(mut domain) = call.state.tables.organization_domains.edit(id) else {
        return Err(Failure::not_found("organization domain", id));
    };
    match domain.ownership.as_deref().map(|proof| proof.status) {
        Some(Status::Verified) => return Err(crate::rules::verification::already_verified()),
        Some(_) => {}
        None => {
            domain.ownership = Some(Box::new(Verification {
                strategy: "txt".to_owned(),
                attempts: Some(0),
                token: Some(format!("clerk-verification={}", ids::random_hex(16))),
                ..Verification::default()
            }));
            domain.updated_at = now;
        }
    }
    Ok(())
}

pub(super) fn attempt_ownership(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    check_record(call, &id)?;
    reply(call, &id)
}

/// Looks whether somebody has shown whose the domain is. No name server is asked from here: a back end vouches for it.
pub(super) fn check_record(call: &mut Call<'_>, id: &str) -> Result<(), Failure> {
    let domain = call.state.tables.organization_domains.edit(id);
    let Some(mut domain) = domain else { return Err(Failure::not_found("organization domain", id)) };
    let name = rules::record_name(&domain);
    match domain.ownership.as_deref_mut() {
        Some(proof) if proof.is_verified() => Ok(()),
        Some(proof) => {
            proof.attempts = Some(proof.attempts.unwrap_or(0).saturating_add(1));
            Err(Failure::new(422, "organization_domain_ownership_not_verified", "ownership not verified").explained(
                format!("no TXT record was found at {name}; here a back end verifies the ownership in its place"),
            ))
        }
        None => Err(Failure::new(400, "verification_not_sent", "nothing was prepared")
            .explained("ask for the TXT record of the domain first")),
    }
}

pub(super) fn update_mode(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?.id;
    let mode = rules::mode(call.state, call.input.required_text("enrollment_mode")?)?;
    if call.input.flag("delete_pending").unwrap_or(false) {
        rules::withdraw(call.state, &id, call.now);
    }
    if let Some(mut domain) = call.state.tables.organization_domains.edit(&id) {
        domain.enrollment_mode = mode;
    }
    rules::updated(call.state, &id, call.now);
    reply(call, &id)
}
