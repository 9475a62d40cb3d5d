use clerk_local::LocalClerk;
use serde_json::{Value, json};

use super::*;
use crate::frontend::{FieldName, Provider, Strategy};

fn read(json: Value) -> Environment {
    serde_json::from_value(json).unwrap()
}

fn names<T: AsRef<str>>(values: &[T]) -> Vec<&str> {
    values.iter().map(AsRef::as_ref).collect()
}

/// An instance with all there is.
fn everything() -> Environment {
    let part = |first: &[&str], second: &[&str], required: bool| {
        json!({
            "enabled": true, "required": required, "verify_at_sign_up": required, "verifications": first,
            "used_for_first_factor": !first.is_empty(), "first_factors": first,
            "used_for_second_factor": !second.is_empty(), "second_factors": second,
        })
    };
    let provider = |strategy: &str, name: &str| json!({ "enabled": true, "authenticatable": true, "strategy": strategy, "name": name, "logo_url": "" });
    let on = json!({ "enabled": true });
    read(json!({
        "auth_config": {
            "first_factors": ["email_code", "password", "ticket", "smoke_signal"],
            "second_factors": ["phone_code", "totp", "carrier_pigeon"],
            "identification_strategies": ["email_address", "username"],
            "single_session_mode": true, "session_minter": true, "reverification": true, "test_mode": true,
            "claimed_at": 1_700_000_000_000_i64, "native_settings": { "api_enabled": true },
        },
        "display_config": {
            "instance_environment_type": "production", "application_name": "Example",
            "preferred_sign_in_strategy": "otp", "logo_image_url": "https://example.com/logo.png",
            "home_url": "https://example.com", "support_email": "ann@example.com", "help_url": "",
            "terms_url": "https://example.com/terms", "privacy_policy_url": "https://example.com/privacy",
            "waitlist_url": "https://example.com/waitlist", "after_sign_in_url": "", "branded": true,
            "captcha_widget_type": "invisible", "captcha_provider": "turnstile",
            "captcha_oauth_bypass": ["oauth_google"],
        },
        "user_settings": {
            "attributes": {
                "email_address": part(&["email_code", "email_link"], &[], true),
                "phone_number": part(&["phone_code"], &["phone_code"], false),
                "username": { "enabled": true },
                "web3_wallet": part(&["web3_metamask_signature"], &[], false),
                "first_name": part(&[], &[], false),
                "last_name": part(&[], &[], true),
                "password": part(&[], &[], true),
                "authenticator_app": part(&[], &["totp"], true),
                "ticket": on,
                "backup_code": part(&[], &["backup_code"], false),
                "passkey": part(&["passkey"], &[], false),
            },
            "social": {
                "oauth_apple": provider("oauth_apple", "Apple"),
                "oauth_custom_acme": provider("oauth_custom_acme", "Acme & Co"),
                "oauth_github": { "enabled": true, "required": true, "authenticatable": false, "strategy": null },
                "oauth_google": { "enabled": false, "authenticatable": true, "strategy": "oauth_google" },
                "oauth_line": { "enabled": true, "authenticatable": true, "not_selectable": true },
                "oauth_tomorrow": provider("oauth_tomorrow", ""),
            },
            "enterprise_sso": on,
            "sign_in": { "second_factor": { "required": true } },
            "sign_up": {
                "mode": "waitlist", "progressive": true, "legal_consent_enabled": true, "captcha_enabled": true,
                "custom_action_required": true, "mfa": { "required": true },
            },
            "username_settings": { "min_length": 4, "max_length": 64, "allow_numeric_usernames": true },
            "actions": { "create_organization": true, "create_organizations_limit": true },
            "passkey_settings": { "allow_autofill": true, "show_sign_in_button": true },
            "attack_protection": {
                "enumeration_protection": on, "email_link": { "require_same_client": true },
            },
        },
        "organization_settings": {
            "enabled": true, "max_allowed_memberships": 5, "actions": { "admin_delete": true },
            "domains": { "enabled": true, "enrollment_modes": ["automatic_invitation", "telepathy"],
                         "default_role": "org:member" },
            "slug": { "disabled": true }, "creator_role": "org:admin", "force_organization_selection": true,
        },
        "fraud_settings": { "native": { "device_attestation_mode": "enforced" } },
        "commerce_settings": { "billing": { "user": on, "free_trial_requires_payment_method": true } },
        "api_keys_settings": { "enabled": true, "user_api_keys_enabled": true },
        "protect_config": { "loaders": [{ "type": "script" }] },
        "maintenance_mode": true,
    }))
}

#[test]
fn a_sign_in_starts_with_what_the_instance_signs_in_with() {
    let environment = everything();
    assert_eq!(
        environment.identifiers(),
        [
            Identifier::EmailAddress,
            Identifier::PhoneNumber,
            Identifier::Username,
            Identifier::Web3Wallet,
            Identifier::Passkey,
        ]
    );
}

#[test]
fn an_address_that_is_only_kept_starts_no_sign_in() {
    let kept = json!({ "enabled": true, "used_for_first_factor": false });
    let off = json!({ "enabled": false, "used_for_first_factor": true });
    let environment = read(json!({
        "auth_config": { "identification_strategies": ["email_address", "phone_number", "passkey"] },
        "user_settings": { "attributes": { "email_address": kept, "phone_number": off, "username": kept } },
    }));
    // Of the passkey only the older form speaks.
    assert_eq!(environment.identifiers(), [Identifier::Passkey]);
}

#[test]
fn factors_are_named_once_and_unknown_ones_are_kept() {
    let environment = everything();
    assert_eq!(
        names(&environment.first_factors()),
        [
            "password",
            "email_code",
            "email_link",
            "phone_code",
            "web3_metamask_signature",
            "passkey",
            "ticket",
            "smoke_signal",
            "oauth_apple",
            "oauth_custom_acme",
            "oauth_line",
            "oauth_tomorrow",
            "enterprise_sso",
        ]
    );
    assert_eq!(names(&environment.second_factors()), ["phone_code", "totp", "backup_code", "carrier_pigeon"]);
}

#[test]
fn a_strategy_is_enabled_as_a_first_or_as_a_second_factor() {
    let environment = everything();
    for on in ["password", "totp", "smoke_signal", "oauth_apple", "oauth_token_apple", "enterprise_sso"] {
        assert!(environment.is_enabled(on), "{on}");
    }
    for off in ["oauth_google", "google_one_tap", "oauth_github", "reset_password_email_code", ""] {
        assert!(!environment.is_enabled(off), "{off}");
    }
    assert!(environment.is_enabled(Provider::APPLE) && environment.is_enabled(&Strategy::PASSKEY));
}

#[test]
fn a_provider_has_a_button_when_one_can_sign_in_with_it_and_it_may_be_chosen() {
    let providers = everything().providers();
    let buttons: Vec<_> = providers.iter().filter(|it| it.can_sign_in()).map(|it| it.name.as_str()).collect();
    assert_eq!(buttons, ["Apple", "Acme & Co", "tomorrow"]);
    let github = providers.iter().find(|it| it.provider == Provider::GITHUB).unwrap();
    assert_eq!(
        (github.name.as_str(), github.strategy.as_str(), github.logo_url.as_ref()),
        ("GitHub", "oauth_github", None)
    );
    assert!(github.enabled && github.required && github.selectable && !github.authenticatable && !github.deprecated);
    assert_eq!(providers.len(), 6);
}

#[test]
fn fields_of_a_registration_come_in_the_order_in_which_to_ask() {
    let rules = everything().sign_up();
    let fields: Vec<_> = rules.fields.iter().map(|it| (it.field.as_str(), it.setting.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("email_address", "required"),
            ("phone_number", "on"),
            ("username", "on"),
            ("password", "required"),
            ("first_name", "on"),
            ("last_name", "required"),
            ("web3_wallet", "on"),
            ("authenticator_app", "required"),
            ("oauth_github", "required"),
            ("legal_accepted", "required"),
            ("custom_action", "required"),
        ]
    );
    let email = &rules.fields[0];
    assert_eq!(names(&email.verifications), ["email_code", "email_link"]);
    assert!(email.verified_at_sign_up && email.is_required());
    assert_eq!(rules.mode, SignUpMode::Waitlist);
    assert!(rules.legal_consent_required && rules.progressive && rules.second_factor_required);
    assert!(rules.custom_action_required && rules.allows_ticket);
    assert_eq!(rules.setting(&FieldName::Passkey), AttributeSetting::Off);
}

#[test]
fn what_the_newer_form_does_not_say_is_read_from_the_older_one() {
    let environment = read(json!({
        "auth_config": {
            "email_address": "required", "phone_number": "off", "username": "on", "password": "sometimes",
            "first_factors": ["ticket", "passkey"], "identification_strategies": ["email_address", "username"],
            "email_address_verification_strategies": ["email_code"],
        },
    }));
    let rules = environment.sign_up();
    let asked: Vec<_> = rules.asked().map(|it| (it.field.as_str(), it.setting.as_str())).collect();
    // A setting that nobody knows is asked for, and not insisted on.
    assert_eq!(asked, [("email_address", "required"), ("username", "on"), ("password", "sometimes")]);
    assert!(!rules.fields[3].is_required());
    assert_eq!(names(&rules.fields[0].verifications), ["email_code"]);
    assert!(rules.allows_ticket && environment.passkeys().enabled);
    assert_eq!(environment.identifiers(), [Identifier::EmailAddress, Identifier::Username]);
    assert_eq!(names(&environment.first_factors()), ["password", "ticket", "passkey"]);
}

#[test]
fn the_newer_form_wins_over_the_older_one() {
    let environment = read(json!({
        "auth_config": { "username": "required", "password": "on" },
        "user_settings": { "attributes": {
            "username": { "enabled": false, "required": true }, "password": { "enabled": false },
        } },
    }));
    assert_eq!(environment.sign_up().asked().count(), 0);
    assert!(!environment.is_enabled(Strategy::PASSWORD));
}

#[test]
fn rules_beside_signing_in_are_told() {
    let environment = everything();
    assert!(environment.second_factor_required() && environment.enterprise_sso_enabled());
    assert_eq!(environment.preferred_strategy(), Some(PreferredSignInStrategy::Otp));
    let passkeys = environment.passkeys();
    assert!(passkeys.enabled && passkeys.allow_autofill && passkeys.show_sign_in_button);
    assert!(!passkeys.satisfies_second_factor);
    assert_eq!(environment.sessions(), SessionRules { single: true, minter: true, reverification: true });
    assert_eq!(environment.api_keys(), ApiKeyRules { users: true, organizations: false });
    let billing = environment.billing();
    assert!(billing.users && !billing.organizations && billing.free_trial_requires_payment_method);
    let usernames = environment.usernames();
    assert_eq!((usernames.min_length, usernames.max_length), (Some(4), Some(64)));
    assert!(usernames.numeric && !usernames.extended_special_characters);
    assert_eq!(environment.instance_kind(), Some(InstanceEnvironmentType::Production));
    assert_eq!(environment.claimed_at(), Some(Timestamp::from_millis(1_700_000_000_000)));
    assert_eq!(environment.native_api_enabled(), Some(true));
    assert!(environment.test_mode() && environment.maintenance_mode());
}

#[test]
fn rules_for_organizations_are_told() {
    let rules = everything().organizations();
    assert!(rules.enabled && rules.users_may_create && rules.creation_limited && rules.admin_delete && !rules.slugs);
    assert_eq!((rules.max_memberships, rules.creator_role.as_deref()), (Some(5), Some("org:admin")));
    assert_eq!(names(&rules.domains.enrollment_modes), ["automatic_invitation", "telepathy"]);
    assert!(rules.domains.enabled && rules.force_selection);
    assert_eq!(rules.domains.default_role.as_deref(), Some("org:member"));
}

#[test]
fn measures_against_robots_are_told() {
    let protection = everything().protection();
    assert_eq!(protection.device_attestation, DeviceAttestationMode::Enforced);
    assert_eq!(protection.captcha_widget, Some(CaptchaWidgetType::Invisible));
    assert_eq!(protection.captcha_provider.as_deref(), Some("turnstile"));
    assert_eq!(names(&protection.captcha_bypass), ["oauth_google"]);
    assert!(protection.captcha && protection.protect && protection.hides_accounts);
    assert!(protection.email_link_same_client);
}

#[test]
fn an_address_that_is_not_set_is_none_however_the_server_writes_it() {
    let environment = everything();
    let branding = environment.branding();
    assert_eq!(branding.application_name.as_deref(), Some("Example"));
    assert_eq!(branding.logo_url.as_deref(), Some("https://example.com/logo.png"));
    assert_eq!(branding.home_url.as_deref(), Some("https://example.com"));
    assert_eq!(branding.support_email.as_deref(), Some("ann@example.com"));
    assert_eq!(branding.terms_url.as_deref(), Some("https://example.com/terms"));
    assert_eq!(branding.privacy_policy_url.as_deref(), Some("https://example.com/privacy"));
    assert!(branding.branded && branding.help_url.is_none() && branding.favicon_url.is_none());
    let urls = environment.urls();
    assert_eq!(urls.waitlist.as_deref(), Some("https://example.com/waitlist"));
    assert_eq!((urls.after_sign_in, urls.sign_in), (None, None));
}

#[test]
fn an_environment_that_says_nothing_has_everything_off() {
    let nulls = json!({
        "auth_config": null, "display_config": null, "user_settings": null, "organization_settings": null,
        "fraud_settings": null, "commerce_settings": null, "api_keys_settings": null, "protect_config": null,
        "maintenance_mode": null,
    });
    let empty_parts = json!({
        "auth_config": {}, "display_config": {}, "user_settings": { "attributes": {}, "social": null },
        "organization_settings": {}, "fraud_settings": { "native": null }, "commerce_settings": { "billing": null },
        "api_keys_settings": {}, "protect_config": { "loaders": null },
    });
    let off = json!({ "enabled": false, "used_for_first_factor": true, "first_factors": ["email_code"],
                      "used_for_second_factor": true, "second_factors": ["phone_code"] });
    let all_off = json!({ "user_settings": { "attributes": {
        "email_address": off, "phone_number": off, "username": off, "web3_wallet": off, "first_name": off,
        "last_name": off, "password": off, "authenticator_app": off, "ticket": off, "backup_code": off, "passkey": off,
    } } });
    for json in [json!({}), nulls, empty_parts, all_off] {
        let environment = read(json);
        assert!(environment.identifiers().is_empty() && environment.providers().is_empty());
        assert!(environment.first_factors().is_empty() && environment.second_factors().is_empty());
        assert!(!environment.second_factor_required() && !environment.enterprise_sso_enabled());
        assert_eq!(environment.preferred_strategy(), None);
        assert_eq!(environment.passkeys(), PasskeyRules::default());
        let sign_up = environment.sign_up();
        assert_eq!((sign_up.mode.clone(), sign_up.asked().count()), (SignUpMode::Public, 0));
        assert!(!sign_up.legal_consent_required && !sign_up.progressive && !sign_up.allows_ticket);
        assert_eq!(environment.usernames(), UsernameRules::default());
        assert_eq!(environment.organizations(), OrganizationRules { slugs: true, ..OrganizationRules::default() });
        assert_eq!(environment.sessions(), SessionRules::default());
        assert_eq!(environment.api_keys(), ApiKeyRules::default());
        assert_eq!(environment.billing(), BillingRules::default());
        assert_eq!(environment.branding(), Branding::default());
        assert_eq!(environment.urls(), Urls::default());
        let protection = environment.protection();
        assert_eq!(protection.device_attestation, DeviceAttestationMode::Disabled);
        assert!(!protection.captcha && !protection.protect && !protection.hides_accounts);
        assert_eq!((environment.native_api_enabled(), environment.instance_kind()), (None, None));
        assert!(!environment.test_mode() && !environment.maintenance_mode());
    }
}

#[test]
fn values_that_nobody_knows_are_kept() {
    let environment = read(json!({
        "display_config": { "instance_environment_type": "rehearsal", "preferred_sign_in_strategy": "telepathy" },
        "user_settings": { "sign_up": { "mode": "lottery" } },
        "fraud_settings": { "native": { "device_attestation_mode": "sometimes" } },
    }));
    assert_eq!(environment.instance_kind().unwrap().as_str(), "rehearsal");
    assert_eq!(environment.preferred_strategy().unwrap().as_str(), "telepathy");
    assert_eq!(environment.sign_up().mode.as_str(), "lottery");
    assert_eq!(environment.protection().device_attestation.as_str(), "sometimes");
    assert_eq!(FieldName::from("shoe_size").as_str(), "shoe_size");
}

#[test]
fn a_kept_environment_is_read_back_the_same() {
    let environment = everything();
    let kept = serde_json::to_value(&environment).unwrap();
    let back = read(kept.clone());
    assert_eq!(serde_json::to_value(&back).unwrap(), kept);
    assert_eq!(kept["user_settings"]["social"]["oauth_custom_acme"]["name"], "Acme & Co");
    assert_eq!(back.sign_up(), environment.sign_up());
    assert_eq!(back.first_factors(), environment.first_factors());
}

#[test]
fn a_clone_shares_what_the_api_said() {
    let environment = everything();
    assert!(std::ptr::eq(environment.raw(), environment.clone().raw()));
}

#[tokio::test]
async fn a_server_is_understood() {
    let local = LocalClerk::builder()
        .configure(|settings| {
            settings.attributes.phone_number.enabled = false;
            settings.attributes.last_name.required = true;
            settings.password.min_length = 10;
            settings.password.require_numbers = true;
            settings.sign_up.legal_consent_required = true;
            settings.second_factor_required = true;
            settings.organizations.force_selection = true;
            settings.instance.preferred_sign_in_strategy = "otp".to_owned();
        })
        .start()
        .await
        .unwrap();
    let client = clerk_fapi::Client::builder_for(local.frontend_url()).build().unwrap();
    let environment = Environment::new(client.get_environment().send().await.unwrap());

    assert_eq!(environment.identifiers(), [Identifier::EmailAddress, Identifier::Username, Identifier::Passkey]);
    for on in [Strategy::PASSWORD, Strategy::EMAIL_CODE, Strategy::EMAIL_LINK, Strategy::TICKET, Strategy::TOTP] {
        assert!(environment.is_enabled(&on), "{on}");
    }
    assert!(!environment.is_enabled(Strategy::PHONE_CODE) && !environment.is_enabled(Strategy::ENTERPRISE_SSO));
    let providers = environment.providers();
    let buttons: Vec<_> = providers.iter().filter(|it| it.can_sign_in()).map(|it| it.provider.as_str()).collect();
    assert_eq!(buttons, ["github", "google"]);
    assert!(environment.is_enabled(Strategy::GOOGLE_ONE_TAP));
    assert_eq!(environment.preferred_strategy(), Some(PreferredSignInStrategy::Otp));
    assert!(environment.second_factor_required());

    let rules = environment.sign_up();
    let required: Vec<_> = rules.asked().filter(|it| it.is_required()).map(|it| it.field.as_str()).collect();
    assert_eq!(required, ["email_address", "password", "last_name", "legal_accepted"]);
    assert_eq!(rules.setting(&FieldName::PhoneNumber), AttributeSetting::Off);
    assert!(rules.allows_ticket);

    assert_eq!(environment.instance_kind(), Some(InstanceEnvironmentType::Development));
    assert_eq!(environment.native_api_enabled(), Some(true));
    assert!(environment.test_mode() && environment.organizations().force_selection);
    assert_eq!(environment.branding().application_name.as_deref(), Some("Local"));
}

#[tokio::test]
async fn a_password_that_misses_a_rule_is_refused_by_the_server_with_the_same_code() {
    let local = LocalClerk::builder()
        .configure(|settings| {
            settings.password.require_numbers = true;
            settings.password.require_uppercase = true;
            settings.password.require_special_char = true;
        })
        .start()
        .await
        .unwrap();
    let client = clerk_fapi::Client::builder_for(local.frontend_url()).build().unwrap();
    let rules = Environment::new(client.get_environment().send().await.unwrap()).passwords();
    let too_long = "Test1!".repeat(13);
    for password in ["Test1!", "testtest1!", "Testtest!", "Testtest1", too_long.as_str(), "x"] {
        let unmet = rules.check(&password.into()).unmet;
        let refused = client.create_sign_up().email_address("ann@example.com").password(password).send().await;
        let refused = refused.unwrap_err();
        assert!(!unmet.is_empty());
        for rule in unmet {
            assert!(refused.has_code(rule.code()), "{password}: {rule}");
        }
    }
    assert!(rules.check(&"Testtest1!".into()).is_ok());
    client.create_sign_up().email_address("ann@example.com").password("Testtest1!").send().await.unwrap();
}
