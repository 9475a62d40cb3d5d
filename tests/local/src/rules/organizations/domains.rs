//! Domains of organizations: whoever has an address there may come in, one way or another.

use clerk_core::{OrganizationId, Timestamp, UserId};

use super::{enabled, invitations, membership};
use crate::{
    failure::Failure,
    model::{
        organization::{OrganizationDomain, OrganizationSuggestion},
        user::User,
        verification::{Status, Verification},
    },
    state::State,
    views,
};

/// How many domains an organization may have.
const MOST: usize = 10;

/// Domains that everyone gets addresses of.
const COMMON: [&str; 12] = [
    "aol.com",
    "gmail.com",
    "googlemail.com",
    "gmx.de",
    "gmx.net",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "outlook.com",
    "proton.me",
    "yahoo.com",
    "yandex.ru",
];

/// Whether everyone can have an address there.
pub(crate) fn is_common(name: &str) -> bool {
    COMMON.contains(&name)
}

/// Checks that organizations have domains.
///
/// # Errors
///
/// The instance has them switched off.
pub(crate) fn available(state: &State) -> Result<(), Failure> {
    enabled(state)?;
    if state.settings().organizations.domains {
        return Ok(());
    }
    Err(Failure::new(403, "organization_domains_not_enabled", "no domains here")
        .explained("domains of organizations are switched off in the settings of this instance"))
}

/// A domain of an organization.
///
/// # Errors
///
/// The organization has no such domain.
pub(crate) fn get<'a>(
    state: &'a State,
    organization: &OrganizationId,
    id: &str,
) -> Result<&'a OrganizationDomain, Failure> {
    let domain = state.tables.organization_domains.get(id).filter(|domain| domain.organization_id == *organization);
    domain.ok_or_else(|| Failure::not_found("organization domain", id))
}

/// Those of an organization, the oldest first.
pub(crate) fn of<'a>(
    state: &'a State,
    organization: &OrganizationId,
) -> impl DoubleEndedIterator<Item = &'a OrganizationDomain> + Clone + use<'a> {
    state.tables.organization_domains.find(&format!("org:{organization}"))
}

/// Whether somebody has shown that the domain is the organization's.
pub(crate) fn is_verified(domain: &OrganizationDomain) -> bool {
    let done = |proof: &Option<Box<Verification>>| proof.as_ref().is_some_and(|proof| proof.is_verified());
    done(&domain.affiliation) || done(&domain.ownership)
}

/// The name of a domain in the form that is kept.
fn name(given: &str) -> Result<String, Failure> {
    let name = given.trim().trim_end_matches('.').to_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let good = name.len() <= 253 && name.contains('.') && name.split('.').all(label);
    if good { Ok(name) } else { Err(Failure::format("name")) }
}

/// An enrollment mode that the instance has.
///
/// # Errors
///
/// There is no such mode, or the instance has it switched off.
pub(crate) fn mode(state: &State, given: &str) -> Result<String, Failure> {
    if !matches!(given, "manual_invitation" | "automatic_invitation" | "automatic_suggestion" | "enterprise_sso") {
        return Err(Failure::value("enrollment_mode"));
    }
    if state.settings().organizations.domain_enrollment_modes.iter().any(|known| known == given) {
        return Ok(given.to_owned());
    }
    Err(Failure::new(403, "organization_domain_enrollment_mode_not_enabled", "enrollment mode not enabled")
        .explained(format!("{given} is not among the enrollment modes of this instance"))
        .param("enrollment_mode"))
}

/// Adds a domain that nobody has verified, and tells of it: its id.
///
/// # Errors
///
/// It is none, is everyone's, is another organization's or this one's already, or there are too many.
pub(crate) fn add(
    state: &mut State,
    organization: &OrganizationId,
    given: &str,
    mode: Option<String>,
    verified: Option<Verification>,
    now: Timestamp,
) -> Result<String, Failure> {
    let name = name(given)?;
    if is_common(&name) {
        return Err(Failure::new(422, "organization_domain_common", "is a common domain")
            .explained(format!("everyone can have an address at {name}, so it cannot be an organization's"))
            .param("name"));
    }
    unclaimed(state, organization, &name)?;
    if of(state, organization).count() >= MOST {
        return Err(Failure::new(403, "organization_domain_quota_exceeded", "too many domains")
            .explained(format!("an organization has at most {MOST} domains")));
    }
    let id = State::id("orgdmn", now);
    state.tables.organization_domains.insert(OrganizationDomain {
        id: id.clone(),
        organization_id: organization.clone(),
        name,
        enrollment_mode: mode.unwrap_or_else(|| "manual_invitation".to_owned()),
        affiliation: verified.map(Box::new),
        affiliation_email_address: None,
        ownership: None,
        created_at: now,
        updated_at: now,
    });
    emit(state, "organizationDomain.created", &id, now);
    enroll_all(state, &id, now);
    Ok(id)
}

/// Checks that a domain is neither this organization's already nor verified by another.
fn unclaimed(state: &State, organization: &OrganizationId, name: &str) -> Result<(), Failure> {
    let known = state.tables.organization_domains.find(&format!("name:{name}"));
    if known.clone().any(|domain| domain.organization_id == *organization) {
        return Err(Failure::new(422, "organization_domain_already_exists_same_organization", "is there already")
            .explained(format!("this organization has the domain {name} already"))
            .param("name"));
    }
    if known.clone().any(is_verified) {
        return Err(Failure::new(422, "organization_domain_already_exists", "is taken")
            .explained(format!("{name} is a verified domain of another organization"))
            .param("name"));
    }
    Ok(())
}

/// Tells that a domain changed, and when; it may take in others from now on.
pub(crate) fn updated(state: &mut State, id: &str, now: Timestamp) {
    if let Some(mut domain) = state.tables.organization_domains.edit(id) {
        domain.updated_at = now;
    }
    emit(state, "organizationDomain.updated", id, now);
    enroll_all(state, id, now);
}

/// Removes a domain with what it offered, and tells of it.
pub(crate) fn remove(state: &mut State, id: &str, now: Timestamp) {
    withdraw(state, id, now);
    if state.tables.organization_domains.remove(id).is_some() {
        let gone = serde_json::json!({"object": "organization_domain", "id": id, "deleted": true});
        state.emit("organizationDomain.deleted", &gone, now);
    }
}

/// Takes back the invitations and suggestions of a domain that nobody has answered.
pub(crate) fn withdraw(state: &mut State, id: &str, now: Timestamp) {
    for invitation in pending_invitations(state, id, now) {
        invitations::revoke(state, &invitation, now);
    }
    for suggestion in pending_suggestions(state, id) {
        state.tables.organization_suggestions.remove(&suggestion);
    }
}

/// The invitations that a domain brought about and nobody has answered.
pub(crate) fn pending_invitations(state: &State, id: &str, now: Timestamp) -> Vec<String> {
    let Some(domain) = state.tables.organization_domains.get(id) else { return Vec::new() };
    let all = state.tables.organization_invitations.find(&format!("org:{}", domain.organization_id));
    let pending = all.filter(|it| it.domain_id.as_deref() == Some(id) && invitations::status(it, now) == "pending");
    pending.map(|invitation| invitation.id.clone()).collect()
}

/// The suggestions that a domain brought about and nobody has answered.
pub(crate) fn pending_suggestions(state: &State, id: &str) -> Vec<String> {
    let Some(domain) = state.tables.organization_domains.get(id) else { return Vec::new() };
    let all = state.tables.organization_suggestions.find(&format!("org:{}", domain.organization_id));
    let pending = all.filter(|it| it.domain_id.as_deref() == Some(id) && it.status == "pending");
    pending.map(|suggestion| suggestion.id.clone()).collect()
}

/// Brings a user with verified addresses into the organizations whose domains take them.
pub(crate) fn enroll(state: &mut State, user: &UserId, now: Timestamp) {
    let Some(known) = state.tables.users.get(user) else { return };
    let names: Vec<String> = verified_domains(known).map(|(_, name)| format!("name:{name}")).collect();
    let found = names.iter().flat_map(|name| state.tables.organization_domains.find(name));
    let domains: Vec<String> = found.filter(|domain| is_verified(domain)).map(|domain| domain.id.clone()).collect();
    for domain in domains {
        offer(state, &domain, user, now);
    }
}

/// Brings those in who have been here before the domain was verified.
fn enroll_all(state: &mut State, id: &str, now: Timestamp) {
    let Some(domain) = state.tables.organization_domains.get(id) else { return };
    if !is_verified(domain) || domain.enrollment_mode == "manual_invitation" {
        return;
    }
    let name = domain.name.clone();
    let fits = |user: &&User| verified_domains(user).any(|(_, known)| known == name);
    let users: Vec<UserId> = state.tables.users.iter().filter(fits).map(|user| user.id.clone()).collect();
    for user in users {
        offer(state, id, &user, now);
    }
}

/// The verified addresses of a user, each with its domain.
fn verified_domains(user: &User) -> impl Iterator<Item = (&str, &str)> {
    let verified = user.email_addresses.iter().filter(|email| email.is_verified());
    verified.filter_map(|email| Some((email.email_address.as_str(), email.email_address.rsplit_once('@')?.1)))
}

/// Offers a user the way in that a domain has.
fn offer(state: &mut State, domain: &str, user: &UserId, now: Timestamp) {
    let settings = &state.settings().organizations;
    if !settings.enabled || !settings.domains {
        return;
    }
    let Some(domain) = state.tables.organization_domains.get(domain).cloned() else { return };
    let organization = &domain.organization_id;
    if membership(state, organization.as_str(), user).is_some() {
        return;
    }
    match domain.enrollment_mode.as_str() {
        "automatic_invitation" => {
            let Some(known) = state.tables.users.get(user) else { return };
            let address = verified_domains(known).find(|(_, name)| *name == domain.name);
            let Some(address) = address.map(|(address, _)| address.to_owned()) else { return };
            let role = state.settings().organizations.domain_default_role.clone();
            let new = invitations::New {
                role,
                user_id: Some(user.clone()),
                domain_id: Some(domain.id),
                ..invitations::New::to(&address)
            };
            // Who is invited already, or finds no room, is not invited by the domain.
            let _ = invitations::invite(state, organization, new, now);
        }
        "automatic_suggestion" => {
            if is_suggested(state, organization, user) {
                return;
            }
            state.tables.organization_suggestions.insert(OrganizationSuggestion {
                id: State::id("orgsug", now),
                organization_id: organization.clone(),
                user_id: user.clone(),
                domain_id: Some(domain.id),
                status: "pending".to_owned(),
                created_at: now,
                updated_at: now,
            });
        }
        _ => {}
    }
}

/// Whether an organization was suggested to a user before, whatever came of it.
fn is_suggested(state: &State, organization: &OrganizationId, user: &UserId) -> bool {
    let mut known = state.tables.organization_suggestions.find(&format!("user:{user}"));
    known.any(|suggestion| suggestion.organization_id == *organization)
}

/// What a domain shows as its proof: ownership where it is there, else affiliation.
pub(crate) fn proof(domain: &OrganizationDomain) -> Option<&Verification> {
    let done = |proof: &&Verification| proof.status == Status::Verified;
    let ownership = domain.ownership.as_deref();
    let affiliation = domain.affiliation.as_deref();
    ownership.filter(done).or(affiliation.filter(done)).or(ownership).or(affiliation)
}

/// Where a TXT record shows that the domain is the organization's.
pub(crate) fn record_name(domain: &OrganizationDomain) -> String {
    format!("_clerk-challenge.{}", domain.name)
}

fn emit(state: &mut State, kind: &str, id: &str, now: Timestamp) {
    let view = state.tables.organization_domains.get(id);
    let view = view.map(|domain| views::bapi::organization::domain(state, domain, now));
    if let Some(view) = view {
        state.emit(kind, &view, now);
    }
}
