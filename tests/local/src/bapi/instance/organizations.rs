//! The rules of organizations.

use clerk_bapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    state::State,
};

/// What a domain may lead to.
const ENROLLMENT_MODES: [&str; 4] =
    ["manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso"];

/// How many roles, and how many domains of an organization, the real service allows.
const MAX_ROLES: i64 = 10;
const MAX_DOMAINS: i64 = 10;

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let organizations = &call.state.settings().organizations;
    let mut view = types::OrganizationSettings::new();
    view.object = Some("organization_settings".to_owned());
    view.enabled = organizations.enabled;
    view.max_allowed_memberships = Some(organizations.max_allowed_memberships);
    view.max_allowed_roles = Some(MAX_ROLES);
    view.max_allowed_domains = Some(MAX_DOMAINS);
    view.creator_role = Some(organizations.creator_role.clone());
    view.admin_delete_enabled = organizations.admin_delete;
    view.domains_enabled = organizations.domains;
    view.slug_disabled = !organizations.slugs;
    view.domains_enrollment_modes =
        organizations.domain_enrollment_modes.iter().map(|mode| mode.as_str().into()).collect();
    view.domains_default_role = Some(organizations.domain_default_role.clone());
    Ok(Answer::json(&view))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let modes = input.texts("domains_enrollment_modes");
    if modes.iter().any(|mode| !ENROLLMENT_MODES.contains(mode)) {
        return Err(Failure::value("domains_enrollment_modes"));
    }
    let max = input.integer("max_allowed_memberships");
    if max.is_some_and(|max| max < 0) {
        return Err(Failure::value("max_allowed_memberships"));
    }
    let creator = role(call.state, input.text("creator_role_id"), "creator_role_id")?;
    let default = role(call.state, input.text("domains_default_role_id"), "domains_default_role_id")?;
    let enabled = input.flag("enabled").unwrap_or(call.state.settings().organizations.enabled);
    // As the real service has it, domains are a part of organizations.
    let domains = input.flag("domains_enabled");
    if !enabled && domains == Some(true) {
        return Err(Failure::new(403, "organization_not_enabled_in_instance", "there are no organizations")
            .explained("organizations are switched off in the settings of this instance"));
    }
    let organizations = &mut call.state.settings_mut().organizations;
    organizations.enabled = enabled;
    organizations.max_allowed_memberships = max.unwrap_or(organizations.max_allowed_memberships);
    organizations.admin_delete = input.flag("admin_delete_enabled").unwrap_or(organizations.admin_delete);
    organizations.domains = domains.unwrap_or(organizations.domains);
    organizations.slugs = input.flag("slug_disabled").map_or(organizations.slugs, |disabled| !disabled);
    if input.given("domains_enrollment_modes") {
        organizations.domain_enrollment_modes = modes.into_iter().map(str::to_owned).collect();
    }
    if let Some(role) = creator {
        organizations.creator_role = role;
    }
    if let Some(role) = default {
        organizations.domain_default_role = role;
    }
    get(call)
}

/// The key of the role of an id, which may be a key as well.
fn role(state: &State, given: Option<&str>, param: &str) -> Result<Option<String>, Failure> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let roles = &state.tables.roles;
    let found = roles.get(given).or_else(|| roles.find_one(&format!("key:{given}")));
    let key = found.map(|role| role.key.clone());
    key.map(Some).ok_or_else(|| {
        Failure::new(422, "form_resource_not_found", "is not there")
            .explained(format!("there is no role with the id {given}"))
            .param(param)
    })
}
