//! What a back end sets of its instance.

use clerk_core::Error;
use clerk_local::Environment;

use crate::world::World;

scenarios![
    what_a_back_end_changes_of_the_instance_shows_in_the_environment,
    wrong_settings_change_nothing,
    restrictions_are_changed_one_by_one,
    without_the_test_mode_a_test_address_gets_a_real_code,
    the_rules_of_organizations_are_changed,
    communication_and_protection_are_kept,
    satellite_domains_come_and_go_and_the_primary_one_stays,
    a_production_instance_moves_to_another_domain,
    redirect_urls_are_kept_by_their_text,
];

fn refused(error: &Error) -> (u16, &str) {
    (error.status().unwrap().as_u16(), error.code().unwrap().as_str())
}

async fn what_a_back_end_changes_of_the_instance_shows_in_the_environment(world: World) {
    let backend = world.backend();
    let update = backend.update_instance().support_email("help@example.com").hibp(false).clerk_js_version("5");
    let update = update.development_origin("http://localhost:5173").url_based_session_syncing(false);
    let update = update.preferred_sign_in_strategy_when_password_required("otp");
    update.allowed_origins(["chrome-extension://abc"]).send().await.unwrap();
    let instance = backend.get_instance().send().await.unwrap();
    assert_eq!(instance.environment_type.as_deref(), Some("development"));
    assert_eq!(instance.allowed_origins, ["chrome-extension://abc"]);
    let environment = world.device().get_environment().send().await.unwrap();
    let display = environment.display_config.unwrap();
    assert_eq!(display.support_email.as_deref(), Some("help@example.com"));
    assert_eq!(display.home_url.as_deref(), Some("http://localhost:5173"));
    assert_eq!(display.preferred_sign_in_strategy.unwrap().as_str(), "otp");
    assert!(!environment.auth_config.unwrap().url_based_session_syncing);
    assert!(environment.user_settings.unwrap().password_settings.unwrap().disable_hibp);
    let leaked = world.device();
    leaked.create_sign_up().password("password1").send().await.unwrap();
    backend.update_instance().hibp(true).clear_support_email().send().await.unwrap();
    let error = leaked.create_sign_up().password("password1").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_password_pwned"));
    let environment = world.device().get_environment().send().await.unwrap();
    assert!(environment.display_config.unwrap().support_email.is_none());
}

async fn wrong_settings_change_nothing(world: World) {
    let backend = world.backend();
    let update = backend.update_instance().support_email("help@example.com").allowed_origins(["example.com"]);
    let error = update.send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_invalid_origin"));
    let error = backend.update_instance().development_origin("here").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    let error = backend.update_instance().support_email("help").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    let environment = world.device().get_environment().send().await.unwrap();
    assert!(environment.display_config.unwrap().support_email.is_none());
}

async fn restrictions_are_changed_one_by_one(world: World) {
    let backend = world.backend();
    backend.update_instance_restrictions().block_email_subaddresses(true).send().await.unwrap();
    let both = backend.update_instance_restrictions().block_disposable_email_domains(true).send().await.unwrap();
    assert!(both.block_email_subaddresses && both.block_disposable_email_domains && !both.allowlist);
    let device = world.device();
    for blocked in ["ann+x@example.com", "ann@mailinator.com"] {
        let error = device.create_sign_up().email_address(blocked).send().await.unwrap_err();
        assert_eq!(refused(&error), (403, "form_email_address_blocked"));
    }
    device.create_sign_up().email_address("ann+clerk_test@example.com").send().await.unwrap();
    let config = backend.update_instance_auth_config().restricted_to_allowlist(true).from_email_address("hello");
    let config = config.progressive_sign_up(false).send().await.unwrap();
    assert!(config.restricted_to_allowlist && !config.progressive_sign_up);
    assert_eq!(config.from_email_address.as_deref(), Some("hello"));
    let error = device.create_sign_up().email_address("ann@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "not_allowed_access"));
}

async fn without_the_test_mode_a_test_address_gets_a_real_code(world: World) {
    let address = "ann+clerk_test@example.com";
    let device = world.device();
    device.create_sign_up().email_address(address).strategy("email_code").send().await.unwrap();
    assert_eq!(world.local.inbox().latest_code(address).as_deref(), Some("424242"));
    world.backend().update_instance().test_mode(false).send().await.unwrap();
    let mut codes = std::collections::BTreeSet::new();
    for _ in 0..3 {
        device.create_sign_up().email_address(address).strategy("email_code").send().await.unwrap();
        codes.insert(world.local.inbox().latest_code(address).unwrap());
    }
    assert!(codes.iter().any(|code| code != "424242"), "{codes:?}");
}

async fn the_rules_of_organizations_are_changed(world: World) {
    let backend = world.backend();
    let before = backend.get_instance_organization_settings().send().await.unwrap();
    assert!(before.enabled && !before.slug_disabled);
    let update = backend.update_instance_organization_settings().max_allowed_memberships(7).slug_disabled(true);
    let update = update.admin_delete_enabled(false).domains_enrollment_modes(["automatic_invitation"]);
    let after = update.send().await.unwrap();
    assert_eq!(after.max_allowed_memberships, Some(7));
    assert!(after.slug_disabled && !after.admin_delete_enabled);
    assert_eq!(after.domains_enrollment_modes.len(), 1);
    let error = backend.update_instance_organization_settings().creator_role_id("role_nobody").send().await;
    assert_eq!(refused(&error.unwrap_err()), (422, "form_resource_not_found"));
    let error = backend.update_instance_organization_settings().domains_enrollment_modes(["by_luck"]).send().await;
    assert_eq!(refused(&error.unwrap_err()), (422, "form_param_value_invalid"));
    let error = backend.update_instance_organization_settings().enabled(false).domains_enabled(true).send().await;
    assert_eq!(refused(&error.unwrap_err()), (403, "organization_not_enabled_in_instance"));
    assert!(backend.get_instance_organization_settings().send().await.unwrap().enabled);
}

async fn communication_and_protection_are_kept(world: World) {
    let backend = world.backend();
    let changed = backend.update_instance_communication().blocked_country_codes(["DE", "FR"]).send().await.unwrap();
    assert_eq!(changed.blocked_country_codes, ["DE", "FR"]);
    let error = backend.update_instance_communication().blocked_country_codes(["Germany"]).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_value_invalid"));
    let kept = backend.get_instance_communication().send().await.unwrap();
    assert_eq!(kept.blocked_country_codes, ["DE", "FR"]);

    let changed = backend.update_instance_protect().rules_enabled(true).send().await.unwrap();
    assert!(changed.rules_enabled && !changed.specter_enabled && changed.checks_bypassed);
    assert!(backend.get_instance_protect().send().await.unwrap().rules_enabled);
}

async fn satellite_domains_come_and_go_and_the_primary_one_stays(world: World) {
    let backend = world.backend();
    let all = backend.list_domains().send().await.unwrap();
    assert_eq!((all.data.len(), all.data[0].is_satellite), (1, false));
    let error = backend.delete_domain(&all.data[0].id).send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "operation_not_allowed_on_primary_domain"));
    let error = backend.add_domain("other.example.com", false).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "primary_domain_already_exists"));
    let added = backend.add_domain("Shop.example.com", true).send().await.unwrap();
    assert_eq!((added.name.as_str(), added.is_satellite), ("shop.example.com", true));
    let error = backend.add_domain("shop.example.com", true).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_already_exists"));
    let error = backend.add_domain("no spaces.example.com", true).send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
    let proxy = "https://shop.example.com/__clerk";
    let changed = backend.update_domain(&added.id).name("store.example.com").proxy_url(proxy).send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.proxy_url.as_deref()), ("store.example.com", Some(proxy)));
    let error = backend.update_domain("dmn_nobody").name("store.example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (404, "resource_not_found"));
    backend.delete_domain(&added.id).send().await.unwrap();
    assert_eq!(backend.list_domains().send().await.unwrap().total_count, Some(1));
}

async fn a_production_instance_moves_to_another_domain(world: World) {
    let error = world.backend().change_domain().home_url("https://new.example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "request_invalid_for_instance"));
    let world =
        world.rebuilt(|builder| builder.configure(|settings| settings.environment = Environment::Production)).await;
    let backend = world.backend();
    backend.change_domain().home_url("https://new.example.com").send().await.unwrap();
    let name = backend.list_domains().send().await.unwrap().data.remove(0).name;
    assert_eq!(name, "new.example.com");
    backend.change_production_instance_domain().home_url("newer.example.com").send().await.unwrap();
    backend.update_production_instance_domain().home_url("https://newest.example.com/").send().await.unwrap();
    let environment = world.device().get_environment().send().await.unwrap();
    assert_eq!(environment.display_config.unwrap().home_url.as_deref(), Some("https://newest.example.com"));
    let error = backend.change_domain().home_url("nowhere").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_format_invalid"));
}

async fn redirect_urls_are_kept_by_their_text(world: World) {
    let backend = world.backend();
    let made = backend.create_redirect_url("com.example.app://callback").send().await.unwrap();
    let again = backend.create_redirect_url("com.example.app://callback").send().await.unwrap_err();
    assert_eq!(refused(&again), (400, "duplicate_record"));
    let wrong = backend.create_redirect_url("callback").send().await.unwrap_err();
    assert_eq!(refused(&wrong), (422, "form_param_format_invalid"));
    assert_eq!(backend.get_redirect_url(&made.id).send().await.unwrap().url, "com.example.app://callback");
    assert_eq!(backend.list_redirect_urls().limit(1).send().await.unwrap().data.len(), 1);
    backend.delete_redirect_url(&made.id).send().await.unwrap();
    let gone = backend.get_redirect_url(&made.id).send().await.unwrap_err();
    assert_eq!(refused(&gone), (404, "resource_not_found"));
}
