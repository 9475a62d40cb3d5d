//! Sign-ups that go on elsewhere: links in mails, and attempts that began as a sign-in.

use std::time::Duration;

use clerk_core::http::{Request, Response, header};
use clerk_core::{Bytes, ErrorCode, SignUpId};
use clerk_fapi::types::SignUpStatus;
use clerk_local::Api;

use crate::world::{Device, World};

scenarios![
    a_link_that_is_opened_completes_the_sign_up_of_the_device_that_waits,
    a_link_that_ran_out_or_was_followed_by_another_proves_nothing,
    a_link_can_be_made_to_count_only_where_it_was_asked_for,
    an_application_trades_in_what_the_page_of_the_link_hands_it,
    a_sign_in_that_found_nobody_goes_on_as_a_sign_up,
];

const ADDRESS: &str = "ann+clerk_test@example.com";
const PASSWORD: &str = "correct horse battery";
const BACK: &str = "https://app.example.com/back";

/// The example of RFC 7636.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn begun(device: &Device) -> SignUpId {
    let begun = device.create_sign_up().email_address(ADDRESS).password(PASSWORD);
    begun.strategy("email_link").redirect_url(BACK).send().await.unwrap().response.id
}

/// Opens the link of the last mail in a browser that has never been here.
async fn open(world: &World) -> Response<Bytes> {
    let link = world.local.inbox().latest_link(ADDRESS).unwrap();
    let path = link.strip_prefix(world.local.frontend_url()).unwrap();
    world.raw(Api::Frontend, Request::get(path), "").await
}

fn location(answer: &Response<Bytes>) -> &str {
    answer.headers()[header::LOCATION].to_str().unwrap()
}

fn parameter(url: &str, name: &str) -> String {
    let pairs = url.split_once('?').unwrap().1.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).unwrap().1.to_owned()
}

async fn a_link_that_is_opened_completes_the_sign_up_of_the_device_that_waits(world: World) {
    let device = world.device();
    let id = begun(&device).await;
    let token = device.token();
    let opened = open(&world).await;
    assert!(location(&opened).starts_with(BACK), "{}", location(&opened));
    assert_eq!(parameter(location(&opened), "__clerk_status"), "verified");
    let seen = device.get_sign_up(&id).send().await.unwrap();
    assert_eq!(seen.response.status, SignUpStatus::Complete);
    let proof = seen.response.verifications.unwrap().email_address.unwrap();
    assert_eq!(proof.status.unwrap().as_str(), "verified");
    assert!(proof.verified_at_client.is_some(), "it was opened in another browser");
    assert_eq!(seen.client.unwrap().sessions.len(), 1);
    assert_eq!(device.token(), token, "the device that waits keeps its token");
    assert_eq!(parameter(location(&open(&world).await), "__clerk_status"), "failed");
}

async fn a_link_that_ran_out_or_was_followed_by_another_proves_nothing(world: World) {
    let device = world.device();
    let id = begun(&device).await;
    let first = world.local.inbox().latest_link(ADDRESS).unwrap();
    world.local.clock().advance(Duration::from_secs(601));
    assert_eq!(parameter(location(&open(&world).await), "__clerk_status"), "expired");
    device.prepare_sign_up_verification(&id, "email_link").redirect_url(BACK).send().await.unwrap();
    let path = first.strip_prefix(world.local.frontend_url()).unwrap();
    let stale = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(stale.status(), 400);
    assert!(String::from_utf8_lossy(stale.body()).contains("verification_link_token_stale"));
    assert_eq!(device.get_sign_up(&id).send().await.unwrap().response.status, SignUpStatus::MissingRequirements);
    open(&world).await;
    assert_eq!(device.get_sign_up(&id).send().await.unwrap().response.status, SignUpStatus::Complete);
}

async fn a_link_can_be_made_to_count_only_where_it_was_asked_for(world: World) {
    world.local.update_settings(|settings| settings.instance.email_link_same_client = true);
    let device = world.device();
    let id = begun(&device).await;
    assert_eq!(parameter(location(&open(&world).await), "__clerk_status"), "client_mismatch");
    assert_eq!(device.get_sign_up(&id).send().await.unwrap().response.status, SignUpStatus::MissingRequirements);
    let link = world.local.inbox().latest_link(ADDRESS).unwrap();
    let path = link.strip_prefix(world.local.frontend_url()).unwrap();
    let here = Request::get(path).header(header::COOKIE, format!("__client={}", device.token().unwrap()));
    let opened = world.raw(Api::Frontend, here, "").await;
    assert_eq!(parameter(location(&opened), "__clerk_status"), "verified");
}

async fn an_application_trades_in_what_the_page_of_the_link_hands_it(world: World) {
    let device = world.device();
    let id = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).send().await.unwrap().response.id;
    let prepare = device.prepare_sign_up_verification(&id, "email_link").redirect_uri("com.example.app://link");
    prepare.code_challenge(CHALLENGE).code_challenge_method("S256").send().await.unwrap();
    let opened = open(&world).await;
    let back = location(&opened);
    assert!(back.starts_with("com.example.app://link?"), "{back}");
    let (flow, approval) = (parameter(back, "flow_id"), parameter(back, "approval_token"));
    let waiting = device.get_sign_up(&id).send().await.unwrap().response;
    assert_eq!(waiting.status, SignUpStatus::MissingRequirements, "opening it is not enough");
    let wrong = device.complete_magic_link(flow.as_str(), approval.as_str(), "x".repeat(43)).send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::PKCE_VERIFICATION_FAILED));
    let done = device.complete_magic_link(flow.as_str(), approval.as_str(), VERIFIER).send().await.unwrap();
    assert_eq!(done.response.status.unwrap().as_str(), "complete");
    assert_eq!(done.client.unwrap().sessions.len(), 1);
}

async fn a_sign_in_that_found_nobody_goes_on_as_a_sign_up(world: World) {
    let device = world.device();
    let begun = device.create_sign_in().identifier(ADDRESS).strategy("email_code").sign_up_if_missing(true);
    let sign_in = begun.send().await.unwrap().response;
    // Whether the address is known is told only to who has it.
    let attempt = device.attempt_sign_in_factor_one(&sign_in.id, "email_code").code("424242").send().await;
    assert_eq!(attempt.unwrap_err().code(), Some(&ErrorCode::SIGN_UP_IF_MISSING_TRANSFER));
    let begun = device.create_sign_up().transfer(true).send().await.unwrap().response;
    assert_eq!((begun.email_address.as_deref(), begun.unverified_fields.len()), (Some(ADDRESS), 0));
    let done = device.update_sign_up(&begun.id).password(PASSWORD).send().await.unwrap();
    assert_eq!(done.response.status, SignUpStatus::Complete);
    assert!(done.client.unwrap().sign_in.is_none());
}
