//! Signing up: what is asked for, what is given, and the user that comes of it.

use clerk_core::ErrorCode;
use clerk_core::http::{Request, header};
use clerk_fapi::sign_ups::CreateSignUp;
use clerk_fapi::types::{SignUp, SignUpStatus};
use clerk_local::Api;

use crate::world::{Device, World};

scenarios![
    an_address_and_a_password_and_a_code_make_a_user_and_a_session,
    what_is_missing_can_be_given_later,
    a_code_is_sent_with_the_first_request_where_the_strategy_says_so,
    a_wrong_code_is_counted_and_five_of_them_end_the_code,
    a_code_runs_out_and_another_one_can_be_sent,
    a_code_is_not_sent_twice_within_the_resend_window,
    a_number_is_proven_by_a_code_to_the_phone,
    everything_that_is_wrong_is_told_at_once,
    a_name_that_is_taken_is_refused_and_so_is_one_that_is_taken_meanwhile,
    an_attempt_that_took_too_long_is_abandoned,
    another_sign_up_takes_the_place_of_the_one_before,
    a_sign_up_belongs_to_its_client,
    what_the_instance_does_not_have_is_an_unknown_parameter,
    the_terms_have_to_be_accepted_where_the_settings_say_so,
    a_changed_address_has_to_be_proven_anew,
    a_code_cannot_be_tried_before_it_was_sent,
];

const ADDRESS: &str = "ann+clerk_test@example.com";
const PASSWORD: &str = "correct horse battery";

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn email_next(sign_up: &SignUp) -> String {
    let verifications = sign_up.verifications.as_ref().unwrap();
    let proof = verifications.email_address.as_ref().unwrap();
    proof.next_action.as_ref().unwrap().as_str().to_owned()
}

async fn an_address_and_a_password_and_a_code_make_a_user_and_a_session(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address("Ann+clerk_test@Example.com").password(PASSWORD);
    let begun = begun.first_name("Ann").locale("en-GB").unsafe_metadata(serde_json::json!({"seat": "4A"}));
    let begun = begun.send().await.unwrap();
    let sign_up = begun.response;
    assert_eq!(sign_up.status, SignUpStatus::MissingRequirements);
    assert_eq!(names(&sign_up.required_fields), ["email_address", "password"]);
    assert_eq!(names(&sign_up.unverified_fields), ["email_address"]);
    assert!(sign_up.missing_fields.is_empty() && sign_up.has_password);
    assert_eq!(email_next(&sign_up), "needs_prepare");
    assert_eq!(begun.client.unwrap().sign_up.unwrap().id, sign_up.id);
    let first_token = device.token().unwrap();

    let sent = device.prepare_sign_up_verification(&sign_up.id, "email_code").send().await.unwrap().response;
    assert_eq!(email_next(&sent), "needs_attempt");
    let done = device.attempt_sign_up_verification(&sign_up.id, "email_code").code("424242").send().await.unwrap();
    let (complete, client) = (done.response, done.client.unwrap());
    assert_eq!(complete.status, SignUpStatus::Complete);
    let session = complete.created_session_id.clone().unwrap();
    assert_eq!(client.last_active_session_id.as_ref(), Some(&session));
    assert!(client.sign_up.is_none(), "a complete sign-up is no longer in progress");
    assert_ne!(device.token().unwrap(), first_token, "who signs in gets another token");

    let again = device.get_sign_up(&sign_up.id).send().await.unwrap().response;
    assert_eq!(again.status, SignUpStatus::Complete);
    let error = device.update_sign_up(&sign_up.id).first_name("Anne").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));

    let user = world.backend().get_user(complete.created_user_id.unwrap()).send().await;
    if let Ok(user) = user {
        assert_eq!(user.first_name.as_deref(), Some("Ann"));
        assert_eq!(user.email_addresses[0].email_address, ADDRESS);
        assert_eq!(user.unsafe_metadata["seat"], "4A");
    }
}

async fn what_is_missing_can_be_given_later(world: World) {
    let device = world.device();
    let sign_up = device.create_sign_up().send().await.unwrap().response;
    assert_eq!(names(&sign_up.missing_fields), ["email_address", "password"]);
    assert!(sign_up.verifications.as_ref().unwrap().email_address.is_none());
    let sign_up = device.update_sign_up(&sign_up.id).email_address(ADDRESS).send().await.unwrap().response;
    assert_eq!(names(&sign_up.missing_fields), ["password"]);
    device.prepare_sign_up_verification(&sign_up.id, "email_code").send().await.unwrap();
    let proven = device.attempt_sign_up_verification(&sign_up.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(proven.response.status, SignUpStatus::MissingRequirements);
    assert_eq!(email_next(&proven.response), "");
    assert!(proven.response.unverified_fields.is_empty());
    let done = device.update_sign_up(&sign_up.id).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(done.status, SignUpStatus::Complete);
    assert!(done.created_session_id.is_some());
}

async fn a_code_is_sent_with_the_first_request_where_the_strategy_says_so(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code");
    let sign_up = begun.send().await.unwrap().response;
    assert_eq!(email_next(&sign_up), "needs_attempt");
    let done = device.attempt_sign_up_verification(&sign_up.id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignUpStatus::Complete);
}

async fn a_wrong_code_is_counted_and_five_of_them_end_the_code(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code");
    let id = begun.send().await.unwrap().response.id;
    for attempt in 1..=5 {
        let wrong = device.attempt_sign_up_verification(&id, "email_code").code("000000").send().await.unwrap_err();
        let expected = if attempt < 5 { "form_code_incorrect" } else { "verification_failed" };
        assert_eq!(wrong.code().map(ErrorCode::as_str), Some(expected));
        let sign_up = device.get_sign_up(&id).send().await.unwrap().response;
        let proof = sign_up.verifications.unwrap().email_address.unwrap();
        assert_eq!(proof.attempts, Some(attempt));
    }
    let right = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!(right.code(), Some(&ErrorCode::VERIFICATION_FAILED));
    let sign_up = device.get_sign_up(&id).send().await.unwrap().response;
    assert_eq!(email_next(&sign_up), "needs_prepare");
}

async fn a_code_runs_out_and_another_one_can_be_sent(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code");
    let id = begun.send().await.unwrap().response.id;
    world.local.clock().advance(std::time::Duration::from_secs(601));
    let late = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!((late.status().unwrap().as_u16(), late.code()), (400, Some(&ErrorCode::VERIFICATION_EXPIRED)));
    device.prepare_sign_up_verification(&id, "email_code").send().await.unwrap();
    let done = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(done.response.status, SignUpStatus::Complete);
}

async fn a_code_is_not_sent_twice_within_the_resend_window(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code");
    let id = begun.send().await.unwrap().response.id;
    let soon = device.prepare_sign_up_verification(&id, "email_code").send().await.unwrap_err();
    assert_eq!(
        (soon.status().unwrap().as_u16(), soon.code()),
        (429, Some(&ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS))
    );
    assert!(soon.retry_after().unwrap().as_secs() <= 30);
    world.local.clock().advance(std::time::Duration::from_secs(31));
    device.prepare_sign_up_verification(&id, "email_code").send().await.unwrap();
}

async fn a_number_is_proven_by_a_code_to_the_phone(world: World) {
    let world = world
        .rebuilt(|builder| {
            builder.configure(|settings| {
                settings.attributes.email_address.required = false;
                settings.attributes.password.required = false;
                settings.attributes.phone_number.required = true;
            })
        })
        .await;
    let device = world.device();
    let begun = device.create_sign_up().phone_number("+1 (415) 555-0123").strategy("phone_code").send().await.unwrap();
    let proof = begun.response.verifications.unwrap().phone_number.unwrap();
    assert_eq!(proof.channel.as_deref(), Some("sms"));
    let id = begun.response.id;
    let done = device.attempt_sign_up_verification(&id, "phone_code").code("424242").send().await.unwrap().response;
    assert_eq!(done.status, SignUpStatus::Complete);
    assert_eq!(done.phone_number.as_deref(), Some("+14155550123"));
}

async fn everything_that_is_wrong_is_told_at_once(world: World) {
    let device = world.device();
    let begun = device.create_sign_up().email_address("ann").username("a b").password("short").phone_number("12");
    let error = begun.first_name("n".repeat(257)).send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 422);
    let wrong: Vec<(&str, &str)> = error
        .errors()
        .iter()
        .map(|error| (error.code.as_str(), error.meta.as_ref().unwrap()["param_name"].as_str().unwrap()))
        .collect();
    assert_eq!(
        wrong,
        [
            ("form_param_format_invalid", "email_address"),
            ("form_param_format_invalid", "phone_number"),
            ("form_username_invalid_length", "username"),
            ("form_password_length_too_short", "password"),
            ("form_param_max_length_exceeded", "first_name"),
        ]
    );
    let same = device.create_sign_up().email_address("ann@example.com").password("ANN@example.com");
    let same = same.send().await.unwrap_err();
    assert_eq!(same.code(), Some(&ErrorCode::FORM_PASSWORD_MATCHES_IDENTIFIER));
    assert!(device.get_client().send().await.is_err() || device.token().is_some());
}

fn begin(device: &Device) -> CreateSignUp {
    device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code")
}

async fn a_name_that_is_taken_is_refused_and_so_is_one_that_is_taken_meanwhile(world: World) {
    let (first, second) = (world.device(), world.device());
    let one = begin(&first).username("ann_one").send().await.unwrap().response.id;
    let two = begin(&second).username("ann_two").send().await.unwrap().response.id;
    first.attempt_sign_up_verification(&one, "email_code").code("424242").send().await.unwrap();
    let late = second.attempt_sign_up_verification(&two, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!((late.status().unwrap().as_u16(), late.code()), (422, Some(&ErrorCode::FORM_IDENTIFIER_EXISTS)));
    let device = world.device();
    let third = begin(&device).username("ANN_one").send().await.unwrap_err();
    let codes: Vec<&str> = third.errors().iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["form_identifier_exists", "form_identifier_exists"]);
}

async fn an_attempt_that_took_too_long_is_abandoned(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address(ADDRESS).send().await.unwrap().response.id;
    world.local.clock().advance(std::time::Duration::from_secs(24 * 3600 + 1));
    let sign_up = device.get_sign_up(&id).send().await.unwrap().response;
    assert_eq!(sign_up.status, SignUpStatus::Abandoned);
    let error = device.update_sign_up(&id).password(PASSWORD).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::CLIENT_STATE_INVALID));
}

async fn another_sign_up_takes_the_place_of_the_one_before(world: World) {
    let device = world.device();
    let before = device.create_sign_up().email_address(ADDRESS).send().await.unwrap().response.id;
    let refused = device.create_sign_up().email_address("nobody").send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
    let kept = device.get_sign_up(&before).send().await.unwrap();
    assert_eq!(kept.response.status, SignUpStatus::MissingRequirements, "a refused one takes no place");
    let after = device.create_sign_up().email_address(ADDRESS).send().await.unwrap();
    assert_eq!(after.client.unwrap().sign_up.unwrap().id, after.response.id);
    let over = device.get_sign_up(&before).send().await.unwrap().response;
    assert_eq!(over.status, SignUpStatus::Abandoned);
}

async fn a_sign_up_belongs_to_its_client(world: World) {
    let id = world.device().create_sign_up().email_address(ADDRESS).send().await.unwrap().response.id;
    let stranger = world.device();
    let error = stranger.get_sign_up(&id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    let error = stranger.update_sign_up(&id).password(PASSWORD).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn what_the_instance_does_not_have_is_an_unknown_parameter(world: World) {
    let world =
        world.rebuilt(|builder| builder.configure(|settings| settings.attributes.username.enabled = false)).await;
    let error = world.device().create_sign_up().username("ann_the_first").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::FORM_PARAM_UNKNOWN)));
    let device = world.device();
    let strategy = device.create_sign_up().email_address(ADDRESS).strategy("telepathy").send().await.unwrap_err();
    assert_eq!(strategy.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    let form = Request::post("/v1/client/sign_ups?_is_native=1")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world.raw(Api::Frontend, form, "unsafe_metadata=%5B1%5D").await;
    assert_eq!(answer.status(), 422);
}

async fn the_terms_have_to_be_accepted_where_the_settings_say_so(world: World) {
    let world =
        world.rebuilt(|builder| builder.configure(|settings| settings.sign_up.legal_consent_required = true)).await;
    let device = world.device();
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).strategy("email_code");
    let sign_up = begun.send().await.unwrap().response;
    assert_eq!(names(&sign_up.missing_fields), ["legal_accepted"]);
    let id = sign_up.id;
    let proven = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap();
    assert_eq!(proven.response.status, SignUpStatus::MissingRequirements);
    let refused = device.update_sign_up(&id).legal_accepted(false).send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::LEGAL_NOT_ACCEPTED));
    let done = device.update_sign_up(&id).legal_accepted(true).send().await.unwrap().response;
    assert_eq!(done.status, SignUpStatus::Complete);
    assert!(done.legal_accepted_at.is_some());
}

async fn a_changed_address_has_to_be_proven_anew(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address(ADDRESS).strategy("email_code").send().await.unwrap().response.id;
    device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap();
    let same = device.update_sign_up(&id).email_address(ADDRESS).send().await.unwrap().response;
    assert!(same.unverified_fields.is_empty());
    let other = device.update_sign_up(&id).email_address("bob+clerk_test@example.com").send().await.unwrap().response;
    assert_eq!(names(&other.unverified_fields), ["email_address"]);
    assert_eq!(email_next(&other), "needs_prepare");
    let cleared = device.update_sign_up(&id).clear_email_address().send().await.unwrap().response;
    assert_eq!(names(&cleared.missing_fields), ["email_address", "password"]);
}

async fn a_code_cannot_be_tried_before_it_was_sent(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address(ADDRESS).send().await.unwrap().response.id;
    let error = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::VERIFICATION_NOT_SENT)));
    let link = device.prepare_sign_up_verification(&id, "email_link").redirect_url("https://app.example.com/back");
    link.send().await.unwrap();
    let error = device.attempt_sign_up_verification(&id, "email_code").code("424242").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::VERIFICATION_STRATEGY_INVALID));
    let error = device.prepare_sign_up_verification(&id, "phone_code").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
}
