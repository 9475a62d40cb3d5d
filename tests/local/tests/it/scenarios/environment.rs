//! What an application reads of the settings.

use clerk_fapi::types::{AttributeSetting, SignUpMode};
use clerk_local::{DeviceAttestation, Environment};

use crate::world::World;

scenarios![the_environment_is_what_the_settings_say, a_browser_that_announces_itself_is_told_the_environment];

async fn the_environment_is_what_the_settings_say(world: World) {
    let plain = world.device().get_environment().send().await.unwrap();
    let users = plain.user_settings.unwrap();
    assert_eq!(users.sign_up.unwrap().mode, Some(SignUpMode::Public));
    assert_eq!(plain.auth_config.unwrap().password, Some(AttributeSetting::Required));
    let display = plain.display_config.unwrap();
    assert!(display.captcha_public_key.is_none() && display.show_devmode_warning);

    let world = world
        .rebuilt(|builder| {
            builder.configure(|settings| {
                settings.application_name = "Acme".to_owned();
                settings.environment = Environment::Production;
                settings.attributes.username.required = true;
                settings.attributes.phone_number.enabled = false;
                settings.attributes.password.required = false;
                settings.single_session = true;
                settings.sign_up.captcha = true;
                settings.sign_up.mode = clerk_local::SignUpMode::Waitlist;
                settings.second_factor_required = true;
                settings.device_attestation = DeviceAttestation::Onboarding;
                settings.password.min_length = 12;
                settings.max_failed_attempts = None;
                settings.organizations.slugs = false;
                settings.instance.home_url = Some("https://acme.example.com/".to_owned());
            })
        })
        .await;
    let environment = world.device().get_environment().send().await.unwrap();
    let auth = environment.auth_config.unwrap();
    assert!(auth.single_session_mode);
    assert_eq!(auth.username, Some(AttributeSetting::Required));
    assert_eq!(auth.phone_number, Some(AttributeSetting::Off));
    assert_eq!(auth.password, Some(AttributeSetting::On));
    assert_eq!(auth.identification_strategies, ["email_address", "username", "oauth_github", "oauth_google"]);
    assert!(!auth.first_factors.iter().any(|factor| factor == "phone_code"));
    let display = environment.display_config.unwrap();
    assert_eq!(display.application_name.as_deref(), Some("Acme"));
    assert_eq!(display.sign_in_url.as_deref(), Some("https://acme.example.com/sign-in"));
    assert!(display.captcha_public_key.is_some() && !display.show_devmode_warning);
    let users = environment.user_settings.unwrap();
    assert_eq!(users.social["oauth_google"].name.as_deref(), Some("Google"));
    assert_eq!(users.password_settings.unwrap().min_length, Some(12));
    assert!(users.sign_in.unwrap().second_factor.unwrap().required);
    assert!(!users.attack_protection.unwrap().user_lockout.unwrap().enabled);
    assert_eq!(users.sign_up.unwrap().mode, Some(SignUpMode::Waitlist));
    assert!(environment.organization_settings.unwrap().slug.unwrap().disabled);
    let attestation = environment.fraud_settings.unwrap().native.unwrap().device_attestation_mode.unwrap();
    assert_eq!(attestation.as_str(), "onboarding");
}

async fn a_browser_that_announces_itself_is_told_the_environment(world: World) {
    let device = world.device();
    let announced = device.update_environment().send().await.unwrap();
    let read = device.get_environment().send().await.unwrap();
    assert_eq!(announced.auth_config.unwrap().id, read.auth_config.unwrap().id);
}
