//! The environment: the settings, as applications read them.

mod display;
mod users;

use clerk_fapi::types;

use crate::{
    settings::{Attribute, DeviceAttestation, Settings},
    state::State,
};

pub(crate) fn environment(state: &State) -> types::Environment {
    let settings = state.settings();
    let mut view = types::Environment::new();
    view.auth_config = Some(auth_config(state, settings));
    view.display_config = Some(display::config(state, settings));
    view.user_settings = Some(users::settings(state, settings));
    view.organization_settings = Some(organizations(settings));
    view.fraud_settings = Some(fraud(settings));
    view.commerce_settings = Some(commerce());
    view.api_keys_settings = Some(api_keys(settings));
    view.protect_config = Some(types::ProtectConfig::new());
    view
}

/// The id of a part of the instance's configuration: that of the instance under another prefix.
fn part_id(state: &State, prefix: &str) -> String {
    let id = state.keys.instance_id.strip_prefix("ins_").unwrap_or(&state.keys.instance_id);
    format!("{prefix}_{id}")
}

fn setting(attribute: &Attribute) -> Option<types::AttributeSetting> {
    let setting = match (attribute.enabled, attribute.required) {
        (false, _) => "off",
        (true, true) => "required",
        (true, false) => "on",
    };
    Some(setting.into())
}

/// The strategies of the providers that sign people in.
fn social_strategies(settings: &Settings) -> impl Iterator<Item = String> {
    let social = settings.social.iter().filter(|(_, provider)| provider.enabled && provider.authenticatable);
    social.map(|(name, _)| format!("oauth_{name}"))
}

fn auth_config(state: &State, settings: &Settings) -> types::AuthConfig {
    let attributes = &settings.attributes;
    let identifiers = [
        ("email_address", &attributes.email_address),
        ("phone_number", &attributes.phone_number),
        ("username", &attributes.username),
    ];
    let enabled = || identifiers.iter().filter(|(_, attribute)| attribute.enabled);
    let (required, optional): (Vec<_>, Vec<_>) = enabled().partition(|(_, attribute)| attribute.required);
    let all = [
        &attributes.email_address,
        &attributes.phone_number,
        &attributes.passkey,
        &attributes.authenticator_app,
        &attributes.backup_code,
    ];
    let used = || all.into_iter().filter(|attribute| attribute.enabled);
    let mut view = types::AuthConfig::new();
    view.object = Some("auth_config".to_owned());
    view.id = Some(part_id(state, "aconf"));
    view.first_name = setting(&attributes.first_name);
    view.last_name = setting(&attributes.last_name);
    view.email_address = setting(&attributes.email_address);
    view.phone_number = setting(&attributes.phone_number);
    view.username = setting(&attributes.username);
    view.password = setting(&attributes.password);
    view.identification_requirements =
        vec![names(&required).chain(social_strategies(settings)).collect(), names(&optional).collect()];
    view.identification_strategies =
        enabled().map(|(name, _)| (*name).to_owned()).chain(social_strategies(settings)).collect();
    view.first_factors = used().flat_map(|attribute| attribute.first_factors.iter().cloned()).collect();
    if attributes.password.enabled {
        view.first_factors.push("password".to_owned());
    }
    view.first_factors.push("ticket".to_owned());
    view.first_factors.extend(social_strategies(settings));
    view.second_factors = used().flat_map(|attribute| attribute.second_factors.iter().cloned()).collect();
    view.email_address_verification_strategies.clone_from(&attributes.email_address.verifications);
    view.single_session_mode = settings.single_session;
    view.test_mode = settings.instance.test_mode;
    view.url_based_session_syncing = settings.instance.url_based_session_syncing;
    view.reverification = true;
    view.native_settings = Some(native(settings));
    view
}

fn names(list: &[&(&str, &Attribute)]) -> impl Iterator<Item = String> {
    list.iter().map(|(name, _)| (*name).to_owned())
}

fn native(settings: &Settings) -> types::NativeSettings {
    let mut view = types::NativeSettings::new();
    view.object = Some("native_settings".to_owned());
    view.api_enabled = settings.native_api;
    view
}

fn organizations(settings: &Settings) -> types::OrganizationSettings {
    let organizations = &settings.organizations;
    let mut actions = types::OrganizationActionsSettings::new();
    actions.admin_delete = organizations.admin_delete;
    let mut domains = types::OrganizationDomainsSettings::new();
    domains.enabled = organizations.domains;
    domains.enrollment_modes = organizations.domain_enrollment_modes.iter().map(|mode| mode.as_str().into()).collect();
    domains.default_role = Some(organizations.domain_default_role.clone());
    let mut slug = types::OrganizationSlugSettings::new();
    slug.disabled = !organizations.slugs;
    let mut view = types::OrganizationSettings::new();
    view.enabled = organizations.enabled;
    view.max_allowed_memberships = Some(organizations.max_allowed_memberships);
    view.actions = Some(actions);
    view.domains = Some(domains);
    view.slug = Some(slug);
    view.creator_role = Some(organizations.creator_role.clone());
    view.force_organization_selection = organizations.force_selection;
    view
}

fn fraud(settings: &Settings) -> types::FraudSettings {
    let mode = match settings.device_attestation {
        DeviceAttestation::Disabled => "disabled",
        DeviceAttestation::Onboarding => "onboarding",
        DeviceAttestation::Enforced => "enforced",
    };
    let mut native = types::NativeFraudSettings::new();
    native.device_attestation_mode = Some(mode.into());
    let mut view = types::FraudSettings::new();
    view.object = Some("fraud_settings".to_owned());
    view.native = Some(native);
    view
}

/// Nothing is sold here.
fn commerce() -> types::CommerceSettings {
    let mut billing = types::CommerceSettingsBilling::new();
    billing.user = Some(types::CommerceSettingsBillingUser::new());
    billing.organization = Some(types::CommerceSettingsBillingOrganization::new());
    let mut view = types::CommerceSettings::new();
    view.billing = Some(billing);
    view
}

fn api_keys(settings: &Settings) -> types::ApiKeysSettings {
    let mut view = types::ApiKeysSettings::new();
    view.enabled = settings.api_keys;
    view.user_api_keys_enabled = settings.api_keys;
    view.orgs_api_keys_enabled = settings.api_keys && settings.organizations.enabled;
    view
}
