//! What users may have, and how they come in.

use clerk_fapi::types;

use crate::{
    settings::{Attribute, Settings, SignUpMode, SocialProvider},
    state::State,
};

/// What counts as a special character of a password.
const SPECIAL_CHARACTERS: &str = "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~";

/// The bounds of a username.
const USERNAME_LENGTH: (i64, i64) = (4, 64);

pub(super) fn settings(state: &State, settings: &Settings) -> types::UserSettings {
    let has_connections = !state.tables.enterprise_connections.is_empty();
    let enterprise = || {
        let mut view = types::UserSettingsEnterpriseSso::new();
        view.enabled = has_connections;
        view
    };
    let mut second_factor = types::UserSettingsSignInSecondFactor::new();
    second_factor.required = settings.second_factor_required;
    let mut sign_in = types::UserSettingsSignIn::new();
    sign_in.second_factor = Some(second_factor);
    let mut username = types::UsernameSettings::new();
    username.min_length = Some(USERNAME_LENGTH.0);
    username.max_length = Some(USERNAME_LENGTH.1);
    let mut actions = types::UserActionsSettings::new();
    actions.delete_self = settings.delete_self;
    actions.create_organization = settings.organizations.enabled && settings.organizations.users_may_create;
    let mut passkey = types::PasskeySettings::new();
    passkey.allow_autofill = true;
    passkey.show_sign_in_button = settings.attributes.passkey.enabled;
    let mut view = types::UserSettings::new();
    view.attributes = Some(attributes(settings));
    view.social = settings.social.iter().map(|(name, it)| (format!("oauth_{name}"), social(name, it))).collect();
    view.saml = Some(enterprise());
    view.enterprise_sso = Some(enterprise());
    view.sign_in = Some(sign_in);
    view.sign_up = Some(sign_up(settings));
    view.restrictions = Some(restrictions(settings));
    view.password_settings = Some(password(settings));
    view.username_settings = Some(username);
    view.actions = Some(actions);
    view.attack_protection = Some(attack_protection(settings));
    view.passkey_settings = Some(passkey);
    view
}

fn attributes(settings: &Settings) -> types::UserSettingsAttributes {
    let all = &settings.attributes;
    // There is always a way in for who has a ticket.
    let ticket = Attribute { enabled: true, first_factors: vec!["ticket".to_owned()], ..Attribute::default() };
    let mut view = types::UserSettingsAttributes::new();
    view.email_address = Some(attribute(&all.email_address));
    view.phone_number = Some(attribute(&all.phone_number));
    view.username = Some(attribute(&all.username));
    view.web3_wallet = Some(attribute(&all.web3_wallet));
    view.first_name = Some(attribute(&all.first_name));
    view.last_name = Some(attribute(&all.last_name));
    view.password = Some(attribute(&all.password));
    view.authenticator_app = Some(attribute(&all.authenticator_app));
    view.ticket = Some(attribute(&ticket));
    view.backup_code = Some(attribute(&all.backup_code));
    view.passkey = Some(attribute(&all.passkey));
    view
}

fn attribute(attribute: &Attribute) -> types::UserSettingsAttribute {
    let mut view = types::UserSettingsAttribute::new();
    view.enabled = attribute.enabled;
    view.required = attribute.required;
    view.used_for_first_factor = attribute.enabled && !attribute.first_factors.is_empty();
    view.first_factors.clone_from(&attribute.first_factors);
    view.used_for_second_factor = attribute.enabled && !attribute.second_factors.is_empty();
    view.second_factors.clone_from(&attribute.second_factors);
    view.verifications.clone_from(&attribute.verifications);
    view.verify_at_sign_up = attribute.verify_at_sign_up;
    view.immutable = attribute.immutable;
    view
}

fn social(name: &str, provider: &SocialProvider) -> types::UserSettingsSocial {
    let mut title: String = name.strip_prefix("custom_").unwrap_or(name).replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut view = types::UserSettingsSocial::new();
    view.enabled = provider.enabled;
    view.authenticatable = provider.authenticatable;
    view.block_email_subaddresses = provider.block_email_subaddresses;
    view.strategy = Some(format!("oauth_{name}"));
    view.name = Some(title);
    view
}

fn sign_up(settings: &Settings) -> types::UserSettingsSignUp {
    let rules = &settings.sign_up;
    let mode = match rules.mode {
        SignUpMode::Public => "public",
        SignUpMode::Restricted => "restricted",
        SignUpMode::Waitlist => "waitlist",
    };
    let mut mfa = types::UserSettingsSignUpMfa::new();
    mfa.required = settings.second_factor_required;
    let mut view = types::UserSettingsSignUp::new();
    view.captcha_enabled = rules.captcha;
    view.captcha_widget_type = Some("smart".into());
    view.custom_action_required = rules.custom_action_required;
    view.progressive = settings.instance.progressive_sign_up;
    view.mode = Some(mode.into());
    view.legal_consent_enabled = rules.legal_consent_required;
    view.mfa = Some(mfa);
    view
}

fn restrictions(settings: &Settings) -> types::UserSettingsRestrictions {
    let rules = &settings.sign_up;
    let restriction = |enabled| {
        let mut view = types::UserSettingsRestriction::new();
        view.enabled = enabled;
        Some(view)
    };
    let mut view = types::UserSettingsRestrictions::new();
    view.allowlist = restriction(rules.allowlist);
    view.blocklist = restriction(rules.blocklist);
    view.allowlist_blocklist_disabled_on_sign_in = restriction(settings.instance.lists_at_sign_up_only);
    view.block_email_subaddresses = restriction(rules.block_email_subaddresses);
    view.block_disposable_email_domains = restriction(rules.block_disposable_email_domains);
    view
}

fn password(settings: &Settings) -> types::PasswordSettings {
    let rules = &settings.password;
    let mut view = types::PasswordSettings::new();
    view.disable_hibp = !rules.check_compromised;
    view.min_length = Some(rules.min_length.into());
    view.max_length = Some(rules.max_length.into());
    view.require_special_char = rules.require_special_char;
    view.require_numbers = rules.require_numbers;
    view.require_uppercase = rules.require_uppercase;
    view.require_lowercase = rules.require_lowercase;
    view.min_zxcvbn_strength = Some(0);
    view.enforce_hibp_on_sign_in = rules.enforce_on_sign_in;
    view.allowed_special_characters = Some(SPECIAL_CHARACTERS.to_owned());
    view
}

fn attack_protection(settings: &Settings) -> types::AttackProtectionSettings {
    let mut lockout = types::UserLockoutSettings::new();
    lockout.enabled = settings.max_failed_attempts.is_some();
    lockout.max_attempts = Some(settings.max_failed_attempts.map_or(0, i64::from));
    lockout.duration_in_minutes = Some(i64::try_from(settings.lockout.as_secs() / 60).unwrap_or(i64::MAX));
    let mut email_link = types::EmailLinkProtectionSettings::new();
    email_link.require_same_client = settings.instance.email_link_same_client;
    let mut view = types::AttackProtectionSettings::new();
    view.user_lockout = Some(lockout);
    view.pii = Some(types::PiiProtectionSettings::new());
    view.email_link = Some(email_link);
    view.enumeration_protection = Some(types::EnumerationProtectionSettings::new());
    view
}
