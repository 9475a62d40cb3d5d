//! Who may sign up: captcha, attested devices, modes, one session, and what back ends have to say.

use std::time::Duration;

use clerk_core::{
    Bytes, Error, Json,
    http::{Request, Response, header},
};
use clerk_fapi::types::SignUpStatus;
use clerk_local::{Api, DeviceAttestation, Environment, Settings, SignUpMode};

use crate::world::World;

scenarios![
    a_browser_solves_a_captcha_and_a_native_application_does_not,
    a_testing_token_takes_the_place_of_the_captcha_for_an_hour,
    a_device_has_to_be_attested_where_that_is_enforced,
    signing_up_takes_an_invitation_where_it_is_restricted,
    who_is_signed_in_does_not_sign_up_where_there_is_one_session,
    a_back_end_names_the_user_and_reports_its_step,
    a_sign_up_without_a_known_domain_has_no_enterprise_connections,
    there_is_nothing_to_transfer_without_a_sign_in,
    an_email_link_says_where_it_leads_on_to,
];

const ADDRESS: &str = "ann+clerk_test@example.com";
const PASSWORD: &str = "correct horse battery";

fn refused(error: &Error) -> (u16, &str) {
    (error.status().unwrap().as_u16(), error.code().unwrap().as_str())
}

/// In production, so that a browser needs no token of development.
fn with_captcha(settings: &mut Settings) {
    settings.environment = Environment::Production;
    settings.sign_up.captcha = true;
}

async fn browser(world: &World, query: &str, body: &'static str) -> Response<Bytes> {
    let request = Request::post(format!("/v1/client/sign_ups{query}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    world.raw(Api::Frontend, request, body).await
}

fn code(answer: &Response<Bytes>) -> String {
    let body: Json = serde_json::from_slice(answer.body()).unwrap();
    body["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

async fn a_browser_solves_a_captcha_and_a_native_application_does_not(world: World) {
    let world = world.rebuilt(|it| it.configure(with_captcha)).await;
    world.device().create_sign_up().email_address(ADDRESS).send().await.unwrap();
    let none = browser(&world, "", "email_address=ann%40example.com").await;
    assert_eq!((none.status().as_u16(), code(&none).as_str()), (400, "captcha_missing_token"));
    let wrong = browser(&world, "", "email_address=ann%40example.com&captcha_token=guess").await;
    assert_eq!((wrong.status().as_u16(), code(&wrong).as_str()), (400, "captcha_invalid"));
    let solved = browser(&world, "", "email_address=ann%40example.com&captcha_token=XXXX.DUMMY.TOKEN.XXXX").await;
    assert_eq!(solved.status(), 200);
}

async fn a_testing_token_takes_the_place_of_the_captcha_for_an_hour(world: World) {
    let world = world.rebuilt(|it| it.configure(with_captcha)).await;
    let made = world.backend().create_testing_token().send().await.unwrap();
    let now = world.local.clock().now().as_millis() / 1000;
    assert!((now + 3590..=now + 3600).contains(&made.expires_at.unwrap()));
    let query = format!("?__clerk_testing_token={}", made.token.expose());
    let with = || browser(&world, &query, "email_address=ann%40example.com");
    assert_eq!(with().await.status(), 200);
    let unknown = browser(&world, "?__clerk_testing_token=guess", "email_address=ann%40example.com").await;
    assert_eq!(code(&unknown), "captcha_missing_token");
    world.local.clock().advance(Duration::from_secs(3600));
    assert_eq!(code(&with().await), "captcha_missing_token");
}

async fn a_device_has_to_be_attested_where_that_is_enforced(world: World) {
    world.local.update_settings(|settings| settings.device_attestation = DeviceAttestation::Onboarding);
    world.device().create_sign_up().send().await.unwrap();
    world.local.update_settings(|settings| settings.device_attestation = DeviceAttestation::Enforced);
    let error = world.device().create_sign_up().send().await.unwrap_err();
    assert_eq!(refused(&error), (401, "requires_device_attestation"));
}

async fn signing_up_takes_an_invitation_where_it_is_restricted(world: World) {
    world.local.update_settings(|settings| settings.sign_up.mode = SignUpMode::Restricted);
    let device = world.device();
    let error = device.create_sign_up().email_address(ADDRESS).send().await.unwrap_err();
    assert_eq!(refused(&error), (403, "sign_up_mode_restricted"));
    assert!(device.token().is_some(), "the client stays, refused or not");
}

async fn who_is_signed_in_does_not_sign_up_where_there_is_one_session(world: World) {
    let device = world.device();
    world.local.update_settings(|settings| {
        settings.attributes.email_address.verify_at_sign_up = false;
    });
    let one = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(one.status, SignUpStatus::Complete);
    let two = device.create_sign_up().email_address("bob@example.com").password(PASSWORD).send().await.unwrap();
    assert_eq!(two.client.unwrap().sessions.len(), 2);
    world.local.update_settings(|settings| settings.single_session = true);
    let error = device.create_sign_up().email_address("carl@example.com").send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "session_exists"));
    let session = error.errors()[0].meta.as_ref().unwrap()["session_id"].as_str().unwrap().to_owned();
    assert_eq!(session, one.created_session_id.unwrap().as_str());
}

async fn a_back_end_names_the_user_and_reports_its_step(world: World) {
    world.local.update_settings(|settings| {
        settings.attributes.email_address.verify_at_sign_up = false;
        settings.sign_up.custom_action_required = true;
    });
    let (device, backend) = (world.device(), world.backend());
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(begun.missing_fields, ["custom_action"]);
    let read = backend.get_sign_up(&begun.id).send().await.unwrap();
    assert_eq!(read.missing_fields, ["custom_action"]);
    assert!(read.password_enabled && read.verifications.unwrap().email_address.is_some());
    let named = backend.update_sign_up(&begun.id).external_id("ann-1").send().await.unwrap();
    assert_eq!((named.external_id.as_deref(), named.created_user_id), (Some("ann-1"), None));
    let done = backend.update_sign_up(&begun.id).custom_action(true).send().await.unwrap();
    let user = backend.get_user(done.created_user_id.unwrap()).send().await.unwrap();
    assert_eq!(user.external_id.as_deref(), Some("ann-1"));
    let shown = device.get_sign_up(&begun.id).send().await.unwrap().response;
    assert_eq!(shown.status, SignUpStatus::Complete);
    let late = backend.update_sign_up(&begun.id).external_id("ann-2").send().await.unwrap_err();
    assert_eq!(refused(&late), (403, "sign_up_cannot_be_updated"));
    let other = device.create_sign_up().email_address("bob@example.com").send().await.unwrap().response;
    let taken = backend.update_sign_up(&other.id).external_id("ann-1").send().await.unwrap_err();
    assert_eq!(refused(&taken), (422, "form_identifier_exists"));
    let missing = backend.get_sign_up("sua_nobody").send().await.unwrap_err();
    assert_eq!(refused(&missing), (404, "resource_not_found"));
}

async fn a_sign_up_without_a_known_domain_has_no_enterprise_connections(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address_or_phone_number(ADDRESS).send().await.unwrap().response.id;
    let connections = device.get_sign_up_enterprise_connections(&id).send().await.unwrap();
    assert!(connections.response.is_empty());
}

async fn there_is_nothing_to_transfer_without_a_sign_in(world: World) {
    let error = world.device().create_sign_up().transfer(true).send().await.unwrap_err();
    assert_eq!(refused(&error), (400, "account_transfer_invalid"));
}

async fn an_email_link_says_where_it_leads_on_to(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address(ADDRESS).send().await.unwrap().response.id;
    let error = device.prepare_sign_up_verification(&id, "email_link").send().await.unwrap_err();
    assert_eq!(refused(&error), (422, "form_param_missing"));
    let plain = device.prepare_sign_up_verification(&id, "email_link").redirect_uri("app://back");
    let plain = plain
        .code_challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        .code_challenge_method("plain")
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused(&plain), (422, "form_param_value_invalid"));
    let sent = device.prepare_sign_up_verification(&id, "email_link").redirect_url("https://app.example.com/back");
    let proof = sent.send().await.unwrap().response.verifications.unwrap().email_address.unwrap();
    assert_eq!(proof.strategy.unwrap().as_str(), "email_link");
    let link = world.local.inbox().latest_link(ADDRESS).unwrap();
    assert!(link.starts_with(&format!("{}/v1/verify?token=", world.local.frontend_url())), "{link}");
}
