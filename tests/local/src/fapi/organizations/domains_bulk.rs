//! Several domains at once: some may go through while others do not.

use clerk_core::OrganizationId;
use clerk_fapi::types;

use super::domains;
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    rules::organizations::{domains as rules, roles::MANAGE_DOMAINS},
    views::fapi::organization as views,
};

/// How many are dealt with at once.
const MOST: usize = 10;

fn several<'a>(call: &Call<'a>, name: &str) -> Result<Vec<&'a str>, Failure> {
    let given = call.input.texts(name);
    if given.is_empty() {
        return Err(Failure::nil(name));
    }
    if given.len() > MOST {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "too many at once")
            .explained(format!("at most {MOST} domains are dealt with at once"))
            .param(name));
    }
    Ok(given)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let organization = domains::within(call, &[MANAGE_DOMAINS])?;
    let mode = call.input.text("enrollment_mode").map(|mode| rules::mode(call.state, mode)).transpose()?;
    let mut view = types::OrganizationDomainBulkCreate::new();
    for name in several(call, "names")? {
        match rules::add(call.state, &organization, name, mode.clone(), None, call.now) {
            Ok(id) => view.data.extend(shown(call, &id)),
            Err(failure) => view.errors.push(types::OrganizationDomainBulkCreateError::new(name, failure.code())),
        }
    }
    call.reply(&view)
}

fn shown(call: &Call<'_>, id: &str) -> Option<types::OrganizationDomain> {
    let domain = call.state.tables.organization_domains.get(id)?;
    Some(views::domain(call.state, domain, call.now))
}

pub(super) fn prepare_ownership(call: &mut Call<'_>) -> Outcome {
    each(call, domains::issue_record)
}

pub(super) fn attempt_ownership(call: &mut Call<'_>) -> Outcome {
    each(call, domains::check_record)
}

fn each(call: &mut Call<'_>, step: fn(&mut Call<'_>, &str) -> Result<(), Failure>) -> Outcome {
    let organization = domains::within(call, &[MANAGE_DOMAINS])?;
    let mut view = types::OrganizationDomainBulkOwnershipVerification::new();
    for id in several(call, "organization_domain_ids")? {
        match known(call, &organization, id).and_then(|()| step(call, id)) {
            Ok(()) => view.data.extend(shown(call, id)),
            Err(failure) => {
                let error = types::OrganizationDomainBulkOwnershipVerificationError::new(id, failure.code());
                view.errors.push(error);
            }
        }
    }
    call.reply(&view)
}

fn known(call: &Call<'_>, organization: &OrganizationId, id: &str) -> Result<(), Failure> {
    rules::get(call.state, organization, id).map(|_| ())
}
