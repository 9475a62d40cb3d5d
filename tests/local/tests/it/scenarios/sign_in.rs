//! Signing in with what is typed: an identifier, a password, a code.

use std::time::Duration;

use clerk_core::ErrorCode;
use clerk_core::http::{Request, StatusCode, header};
use clerk_fapi::types::{SignIn, SignInStatus};
use clerk_local::Api;

use crate::world::{Device, World};

scenarios![
    an_identifier_tells_the_factors_and_a_password_completes,
    a_password_with_the_identifier_signs_in_at_once,
    a_username_or_a_number_identifies_as_well,
    a_code_is_sent_with_the_first_request_where_the_strategy_says_so,
    a_code_is_prepared_tried_wrong_and_tried_right,
    a_code_runs_out,
    a_code_is_not_sent_twice_within_the_resend_window,
    five_wrong_codes_end_the_code,
    an_unknown_identifier_is_refused_and_leaves_the_attempt_as_it_was,
    a_strategy_that_the_user_does_not_have_is_refused,
    an_empty_request_begins_anew,
    an_attempt_that_took_too_long_is_abandoned,
    an_attempt_belongs_to_its_client,
    wrong_passwords_lock_the_account_until_time_has_passed,
    a_banned_user_does_not_get_in,
    who_is_signed_in_is_told_the_session,
    a_client_with_one_session_takes_no_other_sign_in,
    a_forgotten_password_is_reset_by_a_code,
    a_new_password_can_end_the_other_sessions,
    a_leaked_password_is_right_and_still_not_taken,
    an_account_can_be_made_for_an_identifier_that_nobody_has,
    an_unknown_device_has_to_be_trusted_first,
    a_native_application_has_to_attest_its_device_where_the_settings_say_so,
];

pub(super) const ADDRESS: &str = "ann+clerk_test@example.com";
pub(super) const NUMBER: &str = "+12015550123";
pub(super) const PASSWORD: &str = "correct horse battery";

/// A user with an address and a password.
pub(super) async fn ann(world: &World) -> clerk_bapi::types::User {
    let backend = world.backend();
    backend.create_user().email_address([ADDRESS]).password(PASSWORD).first_name("Ann").send().await.unwrap()
}

/// What the first error says beside its code.
pub(super) fn meta(error: &clerk_core::Error, key: &str) -> serde_json::Value {
    error.errors()[0].meta.as_ref().map_or(serde_json::Value::Null, |meta| meta[key].clone())
}

fn strategies(factors: &[clerk_fapi::types::SignInFactor]) -> Vec<&str> {
    factors.iter().map(|factor| factor.strategy.as_ref().unwrap().as_str()).collect()
}

/// Signs in with a password, and gives the finished attempt.
pub(super) async fn signed_in(device: &Device) -> SignIn {
    device.create_sign_in().identifier(ADDRESS).password(PASSWORD).send().await.unwrap().response
}

async fn an_identifier_tells_the_factors_and_a_password_completes(world: World) {
    ann(&world).await;
    let device = world.device();
    let begun = device.create_sign_in().identifier(ADDRESS).locale("en-GB").send().await.unwrap();
    let sign_in = begun.response;
    assert_eq!(sign_in.status, SignInStatus::NeedsFirstFactor);
    assert_eq!(sign_in.identifier.as_deref(), Some(ADDRESS));
    assert_eq!(sign_in.locale.as_deref(), Some("en-GB"));
    assert_eq!(sign_in.user_data.as_ref().unwrap().first_name.as_deref(), Some("Ann"));
    let expected = ["password", "email_code", "email_link", "reset_password_email_code"];
    assert_eq!(strategies(&sign_in.supported_first_factors), expected);
    assert_eq!(sign_in.supported_first_factors[1].safe_identifier.as_deref(), Some(ADDRESS));
    assert!(sign_in.supported_first_factors[1].primary);
    assert_eq!(begun.client.unwrap().sign_in.unwrap().id, sign_in.id);
    let before = device.token().unwrap();

    let wrong = device.attempt_sign_in_factor_one(&sign_in.id, "password").password("wrong").send().await.unwrap_err();
    assert_eq!((wrong.status().unwrap().as_u16(), wrong.code()), (422, Some(&ErrorCode::FORM_PASSWORD_INCORRECT)));
    let tried = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(tried.first_factor_verification.unwrap().attempts, Some(1));

    let done = device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    let proof = done.response.first_factor_verification.unwrap();
    assert_eq!(proof.status.unwrap().as_str(), "verified");
    let client = done.client.unwrap();
    assert_eq!(client.last_active_session_id, done.response.created_session_id);
    assert_eq!(client.sessions.len(), 1);
    assert!(client.sign_in.is_none(), "what is complete is no longer in progress");
    assert_ne!(device.token().unwrap(), before, "who signs in gets another token");
    let again = device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
}

async fn a_password_with_the_identifier_signs_in_at_once(world: World) {
    let user = ann(&world).await;
    let device = world.device();
    let done = signed_in(&device).await;
    assert_eq!(done.status, SignInStatus::Complete);
    let user = world.backend().get_user(&user.id).send().await.unwrap();
    assert!(user.last_sign_in_at.is_some());
    let explicit = world.device();
    let sign_in = explicit.create_sign_in().identifier("ANN+clerk_test@example.com").strategy("password");
    let done = sign_in.password(PASSWORD).send().await.unwrap().response;
    assert_eq!(done.status, SignInStatus::Complete);
    let wrong = world.device().create_sign_in().identifier(ADDRESS).password("nope").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::FORM_PASSWORD_INCORRECT));
    let none = world.device().create_sign_in().password(PASSWORD).send().await.unwrap_err();
    assert_eq!(
        (none.code(), meta(&none, "param_name").as_str()),
        (Some(&ErrorCode::FORM_PARAM_MISSING), Some("identifier"))
    );
}

async fn a_username_or_a_number_identifies_as_well(world: World) {
    let backend = world.backend();
    backend
        .create_user()
        .email_address([ADDRESS])
        .username("ann_b")
        .phone_number([NUMBER])
        .password(PASSWORD)
        .send()
        .await
        .unwrap();
    let by_name = world.device();
    let done = by_name.create_sign_in().identifier("Ann_B").password(PASSWORD).send().await.unwrap().response;
    assert_eq!(done.status, SignInStatus::Complete);
    let by_number = world.device();
    let sign_in = by_number.create_sign_in().identifier("+1 (201) 555-0123").send().await.unwrap().response;
    let code = sign_in.supported_first_factors.iter().find(|it| it.strategy.as_ref().unwrap().as_str() == "phone_code");
    let id = code.unwrap().phone_number_id.clone().unwrap();
    let sent = by_number.prepare_sign_in_factor_one(&sign_in.id, "phone_code").phone_number_id(id).send();
    let proof = sent.await.unwrap().response.first_factor_verification.unwrap();
    assert_eq!((proof.attempts, proof.channel.as_deref()), (Some(0), Some("sms")));
    let done = by_number.attempt_sign_in_factor_one(&sign_in.id, "phone_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    world.local.update_settings(|settings| settings.attributes.username.enabled = false);
    let refused = world.device().create_sign_in().identifier("ann_b").send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::FORM_IDENTIFIER_NOT_FOUND));
}

async fn a_code_is_sent_with_the_first_request_where_the_strategy_says_so(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("email_code").send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsFirstFactor);
    let proof = sign_in.first_factor_verification.unwrap();
    assert_eq!((proof.strategy.unwrap().as_str(), proof.status.unwrap().as_str()), ("email_code", "unverified"));
    let done = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    assert_eq!(done.client.unwrap().last_authentication_strategy.as_deref(), Some("email_code"));
}

async fn a_code_is_prepared_tried_wrong_and_tried_right(world: World) {
    let user = ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let early = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!(early.code(), Some(&ErrorCode::VERIFICATION_MISSING));
    let other = device.prepare_sign_in_factor_one(&sign_in.id, "email_code").email_address_id("idn_other").send().await;
    assert_eq!(other.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    let id = user.email_addresses[0].id.clone().unwrap();
    let prepare = device.prepare_sign_in_factor_one(&sign_in.id, "email_code").email_address_id(id.as_str());
    prepare.send().await.unwrap();
    let wrong = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("000000").send().await.unwrap_err();
    assert_eq!((wrong.status().unwrap().as_u16(), wrong.code()), (422, Some(&ErrorCode::FORM_CODE_INCORRECT)));
    let mixed = device.attempt_sign_in_factor_one(&sign_in.id, "phone_code").code("424242").send().await.unwrap_err();
    assert_eq!(mixed.code(), Some(&ErrorCode::VERIFICATION_STRATEGY_INVALID));
    let none = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").send().await.unwrap_err();
    assert_eq!(none.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
    let done = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    assert_eq!(done.response.first_factor_verification.unwrap().attempts, Some(2));
}

async fn a_code_runs_out(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("email_code").send().await.unwrap().response;
    world.local.clock().advance(Duration::from_secs(601));
    let late = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.first_factor_verification.unwrap().status.unwrap().as_str(), "expired");
    device.prepare_sign_in_factor_one(&sign_in.id, "email_code").send().await.unwrap();
    let done = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

async fn a_code_is_not_sent_twice_within_the_resend_window(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("email_code").send().await.unwrap().response;
    let error = device.prepare_sign_in_factor_one(&sign_in.id, "email_code").send().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.code()),
        (429, Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS))
    );
    assert!(error.headers().unwrap().contains_key(header::RETRY_AFTER));
    world.local.clock().advance(Duration::from_secs(31));
    device.prepare_sign_in_factor_one(&sign_in.id, "email_code").send().await.unwrap();
}

async fn five_wrong_codes_end_the_code(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("email_code").send().await.unwrap().response;
    let attempt = |code: &'static str| device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code(code).send();
    for _ in 0..4 {
        assert_eq!(attempt("000000").await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    }
    assert_eq!(attempt("000000").await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_FAILED));
    assert_eq!(attempt("424242").await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_FAILED));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    let proof = seen.first_factor_verification.unwrap();
    assert_eq!((proof.status.unwrap().as_str(), proof.attempts), ("failed", Some(5)));
}

async fn an_unknown_identifier_is_refused_and_leaves_the_attempt_as_it_was(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    for unknown in ["bob@example.com", "bob", "+12015550199", "@", "+", "é"] {
        let error = device.create_sign_in().identifier(unknown).send().await.unwrap_err();
        assert_eq!(
            (error.status().unwrap().as_u16(), error.code()),
            (422, Some(&ErrorCode::FORM_IDENTIFIER_NOT_FOUND))
        );
        assert_eq!(meta(&error, "param_name"), "identifier");
    }
    let kept = device.get_sign_in(&sign_in.id).send().await.unwrap();
    assert_eq!(kept.client.unwrap().sign_in.unwrap().id, sign_in.id);
}

async fn a_strategy_that_the_user_does_not_have_is_refused(world: World) {
    world.backend().create_user().email_address([ADDRESS]).skip_password_requirement(true).send().await.unwrap();
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    assert!(!strategies(&sign_in.supported_first_factors).contains(&"password"));
    for strategy in ["password", "phone_code", "passkey", "web3_metamask_signature", "no_such"] {
        let attempt = device.attempt_sign_in_factor_one(&sign_in.id, strategy).code("424242").password(PASSWORD);
        let error = attempt.public_key_credential("{}").send().await.unwrap_err();
        let expected = match strategy {
            "phone_code" => "verification_missing",
            "passkey" => "passkey_invalid_verification",
            _ => "strategy_for_user_invalid",
        };
        assert_eq!((strategy, error.code().map(ErrorCode::as_str)), (strategy, Some(expected)));
    }
    for strategy in ["phone_code", "reset_password_phone_code", "web3_metamask_signature", "no_such"] {
        let error = device.prepare_sign_in_factor_one(&sign_in.id, strategy).send().await.unwrap_err();
        assert_eq!((strategy, error.code()), (strategy, Some(&ErrorCode::STRATEGY_FOR_USER_INVALID)));
    }
    let error = device.prepare_sign_in_factor_one(&sign_in.id, "passkey").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::NO_PASSKEYS_FOUND_FOR_USER));
    for strategy in ["google_one_tap", "oauth_token_apple"] {
        let error = device.create_sign_in().strategy(strategy).token("x").send().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::STRATEGY_FOR_USER_INVALID));
    }
}

async fn an_empty_request_begins_anew(world: World) {
    ann(&world).await;
    let device = world.device();
    let first = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let anew = device.create_sign_in().send().await.unwrap();
    assert_eq!(anew.response.status, SignInStatus::NeedsIdentifier);
    assert_ne!(anew.response.id, first.id);
    assert!(anew.response.supported_first_factors.is_empty() && anew.response.user_data.is_none());
    assert_eq!(anew.client.unwrap().sign_in.unwrap().id, anew.response.id);
    let kinds: Vec<_> = anew.response.supported_identifiers.iter().map(|it| it.as_str().to_owned()).collect();
    assert_eq!(kinds, ["email_address", "phone_number", "username", "passkey", "password"]);
    let gone = device.get_sign_in(&first.id).send().await.unwrap_err();
    assert_eq!((gone.status().unwrap().as_u16(), gone.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
}

async fn an_attempt_that_took_too_long_is_abandoned(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    world.local.clock().advance(Duration::from_secs(24 * 3600));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.status, SignInStatus::Abandoned);
    let late = device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
}

async fn an_attempt_belongs_to_its_client(world: World) {
    ann(&world).await;
    let (device, other) = (world.device(), world.device());
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    other.create_sign_in().send().await.unwrap();
    let error = other.get_sign_in(&sign_in.id).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 404);
    let error = other.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    let unknown = world.device().get_sign_in("sia_unknown").send().await.unwrap_err();
    assert_eq!(unknown.status().unwrap().as_u16(), 404);
}

async fn wrong_passwords_lock_the_account_until_time_has_passed(world: World) {
    let world = world
        .rebuilt(|builder| {
            builder.configure(|settings| {
                settings.max_failed_attempts = Some(3);
                settings.lockout = Duration::from_secs(60);
            })
        })
        .await;
    let user = ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let attempt =
        |password: &'static str| device.attempt_sign_in_factor_one(&sign_in.id, "password").password(password).send();
    assert_eq!(attempt("one").await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_INCORRECT));
    assert_eq!(attempt("two").await.unwrap_err().code(), Some(&ErrorCode::FORM_PASSWORD_INCORRECT));
    let locked = attempt("three").await.unwrap_err();
    assert_eq!((locked.status().unwrap().as_u16(), locked.code()), (403, Some(&ErrorCode::USER_LOCKED)));
    assert_eq!(meta(&locked, "lockout_expires_in_seconds"), 60);
    assert_eq!(attempt(PASSWORD).await.unwrap_err().code(), Some(&ErrorCode::USER_LOCKED));
    let elsewhere = world.device().create_sign_in().identifier(ADDRESS).send().await.unwrap_err();
    assert_eq!(elsewhere.code(), Some(&ErrorCode::USER_LOCKED));
    assert!(world.backend().get_user(&user.id).send().await.unwrap().locked);
    world.local.clock().advance(Duration::from_secs(61));
    assert_eq!(
        attempt("four").await.unwrap_err().code(),
        Some(&ErrorCode::FORM_PASSWORD_INCORRECT),
        "the count began anew"
    );
    assert_eq!(attempt(PASSWORD).await.unwrap().response.status, SignInStatus::Complete);
    assert!(!world.backend().get_user(&user.id).send().await.unwrap().locked);
}

async fn a_banned_user_does_not_get_in(world: World) {
    let user = ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    world.backend().ban_user(&user.id).send().await.unwrap();
    let error = device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (403, Some(&ErrorCode::USER_BANNED)));
    let error = world.device().create_sign_in().identifier(ADDRESS).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::USER_BANNED));
}

async fn who_is_signed_in_is_told_the_session(world: World) {
    ann(&world).await;
    let device = world.device();
    let session = signed_in(&device).await.created_session_id.unwrap();
    let error = device.create_sign_in().identifier(ADDRESS).password(PASSWORD).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN)));
    assert_eq!(meta(&error, "session_id"), session.as_str());
    // Somebody else may sign in beside them.
    let bob = "bob+clerk_test@example.com";
    world.backend().create_user().email_address([bob]).password(PASSWORD).send().await.unwrap();
    let other = device.create_sign_in().identifier(bob).password(PASSWORD).send().await.unwrap();
    assert_eq!(other.client.unwrap().sessions.len(), 2);
}

async fn a_client_with_one_session_takes_no_other_sign_in(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.single_session = true)).await;
    ann(&world).await;
    let device = world.device();
    let session = signed_in(&device).await.created_session_id.unwrap();
    let error = device.create_sign_in().identifier("bob@example.com").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::SESSION_EXISTS)));
    assert_eq!(meta(&error, "session_id"), session.as_str());
}

async fn a_forgotten_password_is_reset_by_a_code(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("reset_password_email_code");
    let sign_in = sign_in.send().await.unwrap().response;
    let early = device.reset_password(&sign_in.id, "another good one").send().await.unwrap_err();
    assert_eq!(early.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "reset_password_email_code").code("424242");
    let proven = attempt.send().await.unwrap().response;
    assert_eq!(proven.status, SignInStatus::NeedsNewPassword);
    let weak = device.reset_password(&sign_in.id, "short").send().await.unwrap_err();
    assert_eq!(weak.code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
    let done = device.reset_password(&sign_in.id, "another good one").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    assert!(done.response.created_session_id.is_some());
    let old = world.device().create_sign_in().identifier(ADDRESS).password(PASSWORD).send().await.unwrap_err();
    assert_eq!(old.code(), Some(&ErrorCode::FORM_PASSWORD_INCORRECT));
    let new = world.device().create_sign_in().identifier(ADDRESS).password("another good one").send().await.unwrap();
    assert_eq!(new.response.status, SignInStatus::Complete);
}

async fn a_new_password_can_end_the_other_sessions(world: World) {
    ann(&world).await;
    let (other, device) = (world.device(), world.device());
    signed_in(&other).await;
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("reset_password_email_code");
    let sign_in = sign_in.send().await.unwrap().response;
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "reset_password_email_code").code("424242");
    attempt.send().await.unwrap();
    let reset = device.reset_password(&sign_in.id, "another good one").sign_out_of_other_sessions(true);
    let done = reset.send().await.unwrap().response;
    // The other device is signed out: there its user may sign in again, here they are signed in.
    other.create_sign_in().identifier(ADDRESS).send().await.unwrap();
    let error = device.create_sign_in().identifier(ADDRESS).send().await.unwrap_err();
    assert_eq!(meta(&error, "session_id"), done.created_session_id.unwrap().as_str());
}

async fn a_leaked_password_is_right_and_still_not_taken(world: World) {
    let backend = world.backend();
    let user = backend.create_user().email_address([ADDRESS]).password("password1").skip_password_checks(true);
    user.send().await.unwrap();
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let attempt = |id: &clerk_core::SignInId| device.attempt_sign_in_factor_one(id, "password").password("password1");
    let error = attempt(&sign_in.id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::FORM_PASSWORD_PWNED)));
    world.local.update_settings(|settings| settings.password.enforce_on_sign_in = false);
    assert_eq!(attempt(&sign_in.id).send().await.unwrap().response.status, SignInStatus::Complete);
}

async fn an_account_can_be_made_for_an_identifier_that_nobody_has(world: World) {
    let (device, other) = (world.device(), world.device());
    let create = || device.create_sign_in().identifier("Ann+clerk_test@Example.com").sign_up_if_missing(true);
    let with_password = create().password(PASSWORD).send().await.unwrap_err();
    assert_eq!(with_password.code(), Some(&ErrorCode::SIGN_UP_IF_MISSING_STRATEGY_NOT_SUPPORTED));
    let sign_in = create().strategy("email_code").send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsFirstFactor);
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242");
    let proven = attempt.send().await.unwrap_err();
    assert_eq!(
        (proven.status().unwrap().as_u16(), proven.code()),
        (404, Some(&ErrorCode::SIGN_UP_IF_MISSING_TRANSFER))
    );
    let proof = device.get_sign_in(&sign_in.id).send().await.unwrap().response.first_factor_verification.unwrap();
    let kind = (proof.object.unwrap().as_str().to_owned(), proof.status.unwrap().as_str().to_owned());
    assert_eq!(kind, ("verification_otp".to_owned(), "transferable".to_owned()));
    let made = device.create_sign_up().transfer(true).password(PASSWORD).send().await.unwrap().response;
    assert_eq!((made.status.as_str(), made.email_address.as_deref()), ("complete", Some(ADDRESS)));
    world.local.update_settings(|settings| settings.sign_up.mode = clerk_local::SignUpMode::Restricted);
    let create = || other.create_sign_in().identifier("bob@example.com").sign_up_if_missing(true);
    let refused = create().strategy("email_code").send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SIGN_UP_IF_MISSING_NOT_ALLOWED));
}

async fn an_unknown_device_has_to_be_trusted_first(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.client_trust = true)).await;
    ann(&world).await;
    let device = world.device();
    let sign_in = signed_in(&device).await;
    assert_eq!(sign_in.status, SignInStatus::NeedsClientTrust);
    assert_eq!(sign_in.client_trust_state.as_ref().unwrap().as_str(), "new");
    assert_eq!(strategies(&sign_in.supported_second_factors), ["email_code", "email_link"]);
    let sent = device.prepare_sign_in_factor_two(&sign_in.id, "email_code").send().await.unwrap().response;
    assert_eq!(sent.second_factor_verification.unwrap().strategy.unwrap().as_str(), "email_code");
    let wrong = device.attempt_sign_in_factor_two(&sign_in.id, "email_code", "000000").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "email_code", "424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    world.local.clock().advance(Duration::from_secs(8 * 24 * 3600));
    let again = signed_in(&device).await;
    assert_eq!(again.status, SignInStatus::Complete, "the device is known by now");
    assert_eq!(again.client_trust_state.unwrap().as_str(), "known");
    // A code alone proves the device too.
    let other = world.device();
    let sign_in = other.create_sign_in().identifier(ADDRESS).strategy("email_code").send().await.unwrap().response;
    assert_eq!(sign_in.client_trust_state.unwrap().as_str(), "pending");
    let done = other.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

async fn a_native_application_has_to_attest_its_device_where_the_settings_say_so(world: World) {
    let enforced = clerk_local::DeviceAttestation::Enforced;
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.device_attestation = enforced)).await;
    ann(&world).await;
    let error = world.device().create_sign_in().identifier(ADDRESS).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some(&ErrorCode::REQUIRES_DEVICE_ATTESTATION)));
    let uri = format!("/v1/client/sign_ins?__clerk_db_jwt={}", world.dev_browser().await);
    let request = Request::post(uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let browser = world.raw(Api::Frontend, request, "strategy=email_code").await;
    assert_ne!(browser.status(), StatusCode::UNAUTHORIZED);
}
