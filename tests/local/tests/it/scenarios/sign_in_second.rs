//! The second factor: codes of an app, on paper, and to a phone; and passkeys, which need none.

use std::time::Duration;

use aws_lc_rs::hmac;
use clerk_core::ErrorCode;
use clerk_fapi::types::{SignIn, SignInStatus};

use super::{
    factors::Phone,
    sign_in::{ADDRESS, NUMBER, PASSWORD, ann, meta, signed_in},
};
use crate::{authenticator::Authenticator, world::World};

scenarios![
    a_code_of_an_app_completes_and_is_taken_once,
    a_code_on_paper_is_crossed_out,
    a_code_on_paper_of_another_system_is_taken_and_its_digest_is_not,
    a_code_to_a_phone_is_sent_and_tried,
    a_second_factor_has_its_turn_after_the_first,
    wrong_second_factors_lock_the_account_too,
    a_forgotten_password_does_not_get_around_the_second_factor,
    a_passkey_signs_in_whoever_it_belongs_to,
    a_passkey_of_an_identified_user_is_asked_for_by_its_name,
    a_passkey_that_answers_wrongly_is_refused,
    a_trusted_device_signs_in_with_its_key,
    a_device_signs_what_it_was_asked_to_and_with_its_own_key,
];

/// The secret of RFC 6238's examples.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// What an app that knows the secret shows on this clock.
fn code(world: &World) -> String {
    let step = u64::try_from(world.local.clock().now().as_millis() / 30_000).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345678901234567890");
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[19] & 0x0f);
    let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

async fn with_an_app(world: &World) {
    let backend = world.backend();
    let user = backend.create_user().email_address([ADDRESS]).password(PASSWORD).totp_secret(SECRET);
    user.backup_codes(["paper001", "paper002"]).send().await.unwrap();
}

fn strategies(sign_in: &SignIn) -> Vec<&str> {
    sign_in.supported_second_factors.iter().map(|factor| factor.strategy.as_ref().unwrap().as_str()).collect()
}

async fn a_code_of_an_app_completes_and_is_taken_once(world: World) {
    with_an_app(&world).await;
    world.local.clock().freeze();
    let device = world.device();
    let sign_in = signed_in(&device).await;
    assert_eq!(sign_in.status, SignInStatus::NeedsSecondFactor);
    assert!(sign_in.created_session_id.is_none());
    assert_eq!(strategies(&sign_in), ["totp", "backup_code"]);
    let shown = code(&world);
    let wrong = if shown == "000000" { "000001" } else { "000000" };
    let error = device.attempt_sign_in_factor_two(&sign_in.id, "totp", wrong).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::FORM_CODE_INCORRECT)));
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "totp", shown.clone()).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    let proof = done.response.second_factor_verification.unwrap();
    assert_eq!((proof.strategy.unwrap().as_str(), proof.attempts), ("totp", Some(2)));

    let other = world.device();
    let sign_in = signed_in(&other).await;
    let replayed = other.attempt_sign_in_factor_two(&sign_in.id, "totp", shown).send().await.unwrap_err();
    assert_eq!(replayed.code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    world.local.clock().advance(Duration::from_secs(30));
    let done = other.attempt_sign_in_factor_two(&sign_in.id, "totp", code(&world)).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

async fn a_code_on_paper_is_crossed_out(world: World) {
    with_an_app(&world).await;
    let device = world.device();
    let sign_in = signed_in(&device).await;
    let error = device.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "paper009").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "paper001").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    let other = world.device();
    let sign_in = signed_in(&other).await;
    let used = other.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "paper001").send().await.unwrap_err();
    assert_eq!(used.code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    let done = other.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "paper002").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    let last = world.device();
    assert_eq!(strategies(&signed_in(&last).await), ["totp"], "no code is left on the paper");
}

async fn a_code_to_a_phone_is_sent_and_tried(world: World) {
    let backend = world.backend();
    let user = backend.create_user().email_address([ADDRESS]).phone_number([NUMBER]).password(PASSWORD);
    let user = user.send().await.unwrap();
    let phone = user.phone_numbers[0].id.clone().unwrap();
    backend.update_phone_number(&phone).reserved_for_second_factor(true).send().await.unwrap();
    let device = world.device();
    let sign_in = signed_in(&device).await;
    assert_eq!(sign_in.status, SignInStatus::NeedsSecondFactor);
    assert_eq!(strategies(&sign_in), ["phone_code"]);
    assert_eq!(sign_in.supported_second_factors[0].safe_identifier.as_deref(), Some("+1******0123"));
    let first: Vec<_> =
        sign_in.supported_first_factors.iter().map(|it| it.strategy.as_ref().unwrap().as_str()).collect();
    assert!(!first.contains(&"phone_code"), "what is kept for the second factor is none for the first");
    let early = device.attempt_sign_in_factor_two(&sign_in.id, "phone_code", "424242").send().await.unwrap_err();
    assert_eq!(early.code(), Some(&ErrorCode::VERIFICATION_MISSING));
    device.prepare_sign_in_factor_two(&sign_in.id, "phone_code").phone_number_id(phone.as_str()).send().await.unwrap();
    let soon = device.prepare_sign_in_factor_two(&sign_in.id, "phone_code").send().await.unwrap_err();
    assert_eq!(soon.code(), Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS));
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "phone_code", "424242").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

async fn a_second_factor_has_its_turn_after_the_first(world: World) {
    with_an_app(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let early = device.attempt_sign_in_factor_two(&sign_in.id, "totp", code(&world)).send().await.unwrap_err();
    assert_eq!((early.status().unwrap().as_u16(), early.code()), (400, Some(&ErrorCode::CLIENT_STATE_INVALID)));
    device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap();
    let again = device.attempt_sign_in_factor_one(&sign_in.id, "password").password(PASSWORD).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
    let none = device.prepare_sign_in_factor_two(&sign_in.id, "phone_code").send().await.unwrap_err();
    assert_eq!(none.code(), Some(&ErrorCode::STRATEGY_FOR_USER_INVALID));
    let odd = device.attempt_sign_in_factor_two(&sign_in.id, "password", PASSWORD).send().await.unwrap_err();
    assert_eq!(odd.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
}

async fn wrong_second_factors_lock_the_account_too(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.max_failed_attempts = Some(2))).await;
    with_an_app(&world).await;
    let device = world.device();
    let sign_in = signed_in(&device).await;
    let attempt = || device.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "wrong").send();
    assert_eq!(attempt().await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    let locked = attempt().await.unwrap_err();
    assert_eq!(locked.code(), Some(&ErrorCode::USER_LOCKED));
    assert_eq!(meta(&locked, "lockout_expires_in_seconds"), 3600);
    let right = device.attempt_sign_in_factor_two(&sign_in.id, "totp", code(&world)).send().await.unwrap_err();
    assert_eq!(right.code(), Some(&ErrorCode::USER_LOCKED));
}

async fn a_forgotten_password_does_not_get_around_the_second_factor(world: World) {
    with_an_app(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).strategy("reset_password_email_code");
    let sign_in = sign_in.send().await.unwrap().response;
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "reset_password_email_code").code("424242");
    attempt.send().await.unwrap();
    let reset = device.reset_password(&sign_in.id, "another good one").send().await.unwrap().response;
    assert_eq!(reset.status, SignInStatus::NeedsSecondFactor);
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "totp", code(&world)).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

/// Gives Ann a passkey on the authenticator.
async fn enrolled(world: &World, authenticator: &mut Authenticator) -> clerk_bapi::types::User {
    let user = ann(world).await;
    let device = world.device();
    signed_in(&device).await;
    let passkey = device.create_passkey().send().await.unwrap().response;
    let options = passkey.verification.unwrap().nonce.unwrap();
    let options = serde_json::from_str(options.expose()).unwrap();
    let answer = authenticator.create(&options, "http://localhost:3000").to_string();
    device
        .attempt_passkey_verification(&passkey.id)
        .strategy("passkey")
        .public_key_credential(answer)
        .send()
        .await
        .unwrap();
    user
}

fn options(sign_in: &SignIn) -> serde_json::Value {
    let nonce = sign_in.first_factor_verification.as_ref().unwrap().nonce.as_ref().unwrap();
    serde_json::from_str(nonce.expose()).unwrap()
}

async fn a_passkey_signs_in_whoever_it_belongs_to(world: World) {
    let mut authenticator = Authenticator::default();
    enrolled(&world, &mut authenticator).await;
    let device = world.device();
    let sign_in = device.create_sign_in().strategy("passkey").send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsIdentifier);
    let options = options(&sign_in);
    assert_eq!(options["allowCredentials"], serde_json::json!([]));
    assert_eq!(options["rpId"], "localhost");
    let answer = authenticator.get(&options, "http://localhost:3000").to_string();
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "passkey").public_key_credential(answer);
    let done = attempt.send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    assert_eq!(done.client.unwrap().last_authentication_strategy.as_deref(), Some("passkey"));
}

async fn a_passkey_of_an_identified_user_is_asked_for_by_its_name(world: World) {
    let mut authenticator = Authenticator::default();
    let user = enrolled(&world, &mut authenticator).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let sign_in = device.prepare_sign_in_factor_one(&sign_in.id, "passkey").send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsFirstFactor);
    let options = options(&sign_in);
    assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
    let answer = authenticator.get(&options, "http://localhost").to_string();
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "passkey").public_key_credential(answer);
    assert_eq!(attempt.send().await.unwrap().response.status, SignInStatus::Complete);
    assert!(world.backend().get_user(&user.id).send().await.unwrap().last_sign_in_at.is_some());
}

async fn a_passkey_that_answers_wrongly_is_refused(world: World) {
    let mut authenticator = Authenticator::default();
    enrolled(&world, &mut authenticator).await;
    let device = world.device();
    let sign_in = device.create_sign_in().strategy("passkey").send().await.unwrap().response;
    let attempt =
        |answer: String| device.attempt_sign_in_factor_one(&sign_in.id, "passkey").public_key_credential(answer).send();
    let malformed = attempt("{}".to_owned()).await.unwrap_err();
    assert_eq!(malformed.code(), Some(&ErrorCode::PASSKEY_INVALID_PUBLIC_KEY_CREDENTIAL));
    let elsewhere = authenticator.get(&options(&sign_in), "https://evil.example").to_string();
    assert_eq!(attempt(elsewhere).await.unwrap_err().code(), Some(&ErrorCode::PASSKEY_AUTHENTICATION_FAILURE));
    let mut unknown = authenticator.get(&options(&sign_in), "http://localhost");
    unknown["id"] = "AAAA".into();
    unknown["rawId"] = "AAAA".into();
    let unknown = attempt(unknown.to_string()).await.unwrap_err();
    assert_eq!((unknown.status().unwrap().as_u16(), unknown.code()), (404, Some(&ErrorCode::PASSKEY_NOT_REGISTERED)));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.first_factor_verification.unwrap().attempts, Some(3));
    world.local.clock().advance(Duration::from_secs(601));
    let late = authenticator.get(&options(&sign_in), "http://localhost").to_string();
    assert_eq!(attempt(late).await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
}

/// Lets Ann trust a phone, and gives its id.
async fn trusted(world: &World, phone: &Phone) -> clerk_core::TrustedDeviceId {
    ann(world).await;
    let device = world.device();
    signed_in(&device).await;
    let challenge = device.prepare_trusted_device(phone.prepare()).send().await.unwrap().response;
    let client_data = challenge.client_data.unwrap();
    let attempt = phone.attempt(&client_data, phone.sign(&client_data));
    device.attempt_trusted_device(attempt).send().await.unwrap().response.id
}

fn to_sign(sign_in: &SignIn) -> String {
    let proof = sign_in.first_factor_verification.as_ref().unwrap();
    proof.trusted_device_challenge.as_ref().unwrap().client_data.clone().unwrap()
}

async fn a_trusted_device_signs_in_with_its_key(world: World) {
    let phone = Phone::new();
    let id = trusted(&world, &phone).await;
    let device = world.device();
    let sign_in =
        device.create_sign_in().strategy("trusted_device").trusted_device_id(&id).send().await.unwrap().response;
    let client_data = to_sign(&sign_in);
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "trusted_device").trusted_device_id(&id);
    let attempt = attempt.client_data(&client_data).signature(phone.sign(&client_data)).algorithm("ES256");
    assert_eq!(attempt.send().await.unwrap().response.status, SignInStatus::Complete);

    let other = world.device();
    let sign_in = other.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let offered = sign_in.supported_first_factors.iter().find_map(|factor| factor.trusted_device_id.clone());
    assert_eq!(offered.as_ref(), Some(&id));
    let prepare = other.prepare_sign_in_factor_one(&sign_in.id, "trusted_device").trusted_device_id(&id);
    let client_data = to_sign(&prepare.send().await.unwrap().response);
    let attempt = other.attempt_sign_in_factor_one(&sign_in.id, "trusted_device").trusted_device_id(&id);
    let attempt = attempt.client_data(&client_data).signature(phone.sign(&client_data)).algorithm("ES256");
    assert_eq!(attempt.send().await.unwrap().response.status, SignInStatus::Complete);
}

async fn a_device_signs_what_it_was_asked_to_and_with_its_own_key(world: World) {
    let (phone, thief) = (Phone::new(), Phone::new());
    let id = trusted(&world, &phone).await;
    let device = world.device();
    let unknown =
        device.create_sign_in().strategy("trusted_device").trusted_device_id("tdev_x").send().await.unwrap_err();
    assert_eq!(
        (unknown.status().unwrap().as_u16(), unknown.code()),
        (422, Some(&ErrorCode::TRUSTED_DEVICE_NOT_REGISTERED))
    );
    let sign_in =
        device.create_sign_in().strategy("trusted_device").trusted_device_id(&id).send().await.unwrap().response;
    let client_data = to_sign(&sign_in);
    let attempt = |text: &str, signature: String| {
        let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "trusted_device").trusted_device_id(&id);
        attempt.client_data(text).signature(signature).send()
    };
    let stolen = attempt(&client_data, thief.sign(&client_data)).await.unwrap_err();
    assert_eq!(stolen.code(), Some(&ErrorCode::TRUSTED_DEVICE_SIGNATURE_VERIFICATION_FAILED));
    let other = attempt("{}", phone.sign("{}")).await.unwrap_err();
    assert_eq!(other.code(), Some(&ErrorCode::TRUSTED_DEVICE_INVALID_CLIENT_DATA));
    world.local.clock().advance(Duration::from_secs(601));
    let late = attempt(&client_data, phone.sign(&client_data)).await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::TRUSTED_DEVICE_CHALLENGE_EXPIRED));
}

async fn a_code_on_paper_of_another_system_is_taken_and_its_digest_is_not(world: World) {
    let digest = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let backend = world.backend();
    let user = backend.create_user().email_address([ADDRESS]).password(PASSWORD).totp_secret(SECRET);
    user.backup_codes([digest]).send().await.unwrap();
    let device = world.device();
    let sign_in = signed_in(&device).await;
    let stolen = device.attempt_sign_in_factor_two(&sign_in.id, "backup_code", digest).send().await.unwrap_err();
    assert_eq!(stolen.code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    let done = device.attempt_sign_in_factor_two(&sign_in.id, "backup_code", "U*U").send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}
