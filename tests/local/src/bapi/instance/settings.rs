//! The settings that back ends read and change.

use clerk_bapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    input::Input,
    settings::Environment,
};

/// The most countries of a list.
const MAX_COUNTRIES: usize = 250;

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let settings = call.state.settings();
    let mut view = types::Instance::new(call.state.keys.instance_id.as_str());
    view.object = Some("instance".to_owned());
    let kind = match settings.environment {
        Environment::Development => "development",
        Environment::Production => "production",
    };
    view.environment_type = Some(kind.to_owned());
    view.allowed_origins.clone_from(&settings.instance.allowed_origins);
    Ok(Answer::json(&view))
}

/// Sets a flag where the request has one.
fn set(place: &mut bool, input: &Input, name: &str) {
    if let Some(flag) = input.flag(name) {
        *place = flag;
    }
}

/// Sets or clears a text where the request has it.
fn set_text(place: &mut Option<String>, input: &Input, name: &str) {
    if let Some(change) = input.change(name) {
        *place = change.map(str::to_owned);
    }
}

fn set_list(place: &mut Vec<String>, input: &Input, name: &str) {
    if input.given(name) {
        *place = input.texts(name).into_iter().map(str::to_owned).collect();
    }
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    if input.text("support_email").is_some_and(|email| !email.is_empty() && !email.contains('@')) {
        return Err(Failure::format("support_email"));
    }
    if input.text("development_origin").is_some_and(|origin| !origin.is_empty() && !is_origin(origin)) {
        return Err(Failure::format("development_origin"));
    }
    if let Some(origin) = input.texts("allowed_origins").into_iter().find(|origin| !is_origin(origin)) {
        return Err(Failure::new(422, "form_invalid_origin", "is not an origin")
            .explained(format!("{origin} is no scheme with a host behind it"))
            .param("allowed_origins"));
    }
    let settings = call.state.settings_mut();
    set(&mut settings.password.check_compromised, input, "hibp");
    let instance = &mut settings.instance;
    set(&mut instance.test_mode, input, "test_mode");
    set(&mut instance.url_based_session_syncing, input, "url_based_session_syncing");
    set_text(&mut instance.support_email, input, "support_email");
    set_text(&mut instance.clerk_js_version, input, "clerk_js_version");
    set_text(&mut instance.development_origin, input, "development_origin");
    set_list(&mut instance.allowed_origins, input, "allowed_origins");
    if let Some(strategy) = input.change("preferred_sign_in_strategy_when_password_required").flatten() {
        strategy.clone_into(&mut instance.preferred_sign_in_strategy);
    }
    Ok(Answer::empty())
}

fn is_origin(text: &str) -> bool {
    let host = text.split_once("://").filter(|(scheme, _)| !scheme.is_empty()).map(|(_, host)| host);
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#']))
}

pub(super) fn update_auth_config(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    if input.text("from_email_address").is_some_and(|local| local.contains(['@', ' '])) {
        return Err(Failure::format("from_email_address"));
    }
    let settings = call.state.settings_mut();
    set(&mut settings.sign_up.allowlist, input, "restricted_to_allowlist");
    set(&mut settings.instance.test_mode, input, "test_mode");
    set(&mut settings.instance.progressive_sign_up, input, "progressive_sign_up");
    set_text(&mut settings.instance.from_email_address, input, "from_email_address");
    let settings = call.state.settings();
    let mut view = types::InstanceSettings::new();
    view.object = Some("instance_settings".to_owned());
    view.id = Some(call.state.keys.instance_id.clone());
    view.restricted_to_allowlist = settings.sign_up.allowlist;
    view.from_email_address.clone_from(&settings.instance.from_email_address);
    view.progressive_sign_up = settings.instance.progressive_sign_up;
    Ok(Answer::json(&view))
}

pub(super) fn update_restrictions(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let settings = call.state.settings_mut();
    set(&mut settings.sign_up.allowlist, input, "allowlist");
    set(&mut settings.sign_up.blocklist, input, "blocklist");
    set(&mut settings.sign_up.block_email_subaddresses, input, "block_email_subaddresses");
    set(&mut settings.sign_up.block_disposable_email_domains, input, "block_disposable_email_domains");
    let at_sign_up_only = "allowlist_blocklist_disabled_on_sign_in";
    set(&mut settings.instance.lists_at_sign_up_only, input, at_sign_up_only);
    let mut view = types::InstanceRestrictions::new();
    view.object = Some("instance_restrictions".to_owned());
    view.allowlist = settings.sign_up.allowlist;
    view.blocklist = settings.sign_up.blocklist;
    view.allowlist_blocklist_disabled_on_sign_in = settings.instance.lists_at_sign_up_only;
    view.block_email_subaddresses = settings.sign_up.block_email_subaddresses;
    view.block_disposable_email_domains = settings.sign_up.block_disposable_email_domains;
    Ok(Answer::json(&view))
}

pub(super) fn communication(call: &mut Call<'_>) -> Outcome {
    let mut view = types::InstanceCommunication::new();
    view.object = Some("instance_communication".to_owned());
    view.blocked_country_codes.clone_from(&call.state.settings().instance.blocked_country_codes);
    Ok(Answer::json(&view))
}

pub(super) fn update_communication(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let codes = input.texts("blocked_country_codes");
    if codes.len() > MAX_COUNTRIES
        || codes.iter().any(|code| code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        return Err(Failure::value("blocked_country_codes"));
    }
    set_list(&mut call.state.settings_mut().instance.blocked_country_codes, input, "blocked_country_codes");
    communication(call)
}

pub(super) fn protect(call: &mut Call<'_>) -> Outcome {
    let instance = &call.state.settings().instance;
    let mut view = types::InstanceProtect::new();
    view.object = Some("instance_protect".to_owned());
    view.rules_enabled = instance.protect_rules;
    view.specter_enabled = instance.protect_specter;
    // Whatever is switched on, nothing is checked here.
    view.checks_bypassed = true;
    Ok(Answer::json(&view))
}

pub(super) fn update_protect(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let instance = &mut call.state.settings_mut().instance;
    set(&mut instance.protect_rules, input, "rules_enabled");
    set(&mut instance.protect_specter, input, "specter_enabled");
    protect(call)
}
