//! Signing in by a link in a mail, opened in a browser or by an application.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::ErrorCode;
use clerk_core::http::{Request, header};
use clerk_fapi::types::{SignIn, SignInStatus, SignUpStatus};
use clerk_local::Api;

use super::sign_in::{ADDRESS, PASSWORD, ann};
use crate::world::{Device, World};

scenarios![
    an_opened_link_completes_the_sign_in_that_waits_elsewhere,
    a_link_opened_where_it_was_asked_for_signs_in_there,
    a_link_runs_out_and_a_newer_one_takes_its_place,
    a_link_is_opened_once,
    a_link_that_is_none_is_refused,
    a_link_leads_to_pages_only,
    an_application_trades_the_link_in_with_its_verifier,
    an_application_needs_the_link_opened_and_the_right_verifier,
    a_link_leaves_the_second_factor_to_prove,
    an_unknown_device_is_trusted_by_a_link,
    a_link_of_a_sign_up_completes_it,
    an_application_completes_a_sign_up_by_a_link,
];

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes()))
}

pub(super) fn verifier() -> &'static str {
    VERIFIER
}

/// Opens a URL of this server in a browser without cookies, and gives where it is sent on to.
pub(super) async fn opened(world: &World, url: &str) -> String {
    let path = url.strip_prefix(world.local.frontend_url()).unwrap();
    let response = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(response.status(), 303, "{:?}", response.body());
    response.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// A parameter of a URL's query.
pub(super) fn query(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn link(world: &World) -> String {
    world.local.inbox().latest_link(ADDRESS).unwrap()
}

async fn waiting(device: &Device) -> SignIn {
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let prepare =
        device.prepare_sign_in_factor_one(&sign_in.id, "email_link").redirect_url("https://app.example.com/?a=b");
    prepare.send().await.unwrap().response
}

async fn waiting_natively(device: &Device) -> SignIn {
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let prepare = device.prepare_sign_in_factor_one(&sign_in.id, "email_link").redirect_uri("app://callback");
    let prepare = prepare.code_challenge(challenge()).code_challenge_method("S256");
    prepare.send().await.unwrap().response
}

async fn an_opened_link_completes_the_sign_in_that_waits_elsewhere(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = waiting(&device).await;
    let token = device.token();
    let proof = sign_in.first_factor_verification.unwrap();
    assert_eq!((proof.strategy.unwrap().as_str(), proof.status.unwrap().as_str()), ("email_link", "unverified"));
    let back = opened(&world, &link(&world)).await;
    assert!(back.starts_with("https://app.example.com/?a=b&"), "{back}");
    assert_eq!(query(&back, "__clerk_status").as_deref(), Some("verified"));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.status, SignInStatus::Complete);
    assert_eq!(device.token(), token, "the device is known by the token that it has");
    let session = seen.created_session_id.unwrap();
    assert_eq!(query(&back, "__clerk_created_session").as_deref(), Some(session.as_str()));
    let proof = seen.first_factor_verification.unwrap();
    assert_eq!(proof.status.unwrap().as_str(), "verified");
    let (client, _) = token.as_deref().unwrap().split_once('.').unwrap();
    assert_ne!(proof.verified_at_client.as_deref().unwrap(), client, "it was opened elsewhere");
}

async fn a_link_opened_where_it_was_asked_for_signs_in_there(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = waiting(&device).await;
    let token = query(&link(&world), "token").unwrap();
    let before = device.token();
    device.verify_email_link(token).send().await.unwrap();
    assert_ne!(device.token(), before);
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap();
    assert_eq!(seen.response.status, SignInStatus::Complete);
    let opener = seen.response.first_factor_verification.unwrap().verified_at_client;
    assert_eq!(opener.as_deref(), Some(seen.client.unwrap().id.as_str()));
}

async fn a_link_runs_out_and_a_newer_one_takes_its_place(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = waiting(&device).await;
    let first = link(&world);
    world.local.clock().advance(Duration::from_secs(601));
    let back = opened(&world, &first).await;
    assert_eq!(query(&back, "__clerk_status").as_deref(), Some("expired"));
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.first_factor_verification.unwrap().status.unwrap().as_str(), "expired");
    let again = device.prepare_sign_in_factor_one(&sign_in.id, "email_link").redirect_url("https://app.example.com");
    again.send().await.unwrap();
    let path = first.strip_prefix(world.local.frontend_url()).unwrap();
    let stale = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(stale.status(), 400);
    assert!(String::from_utf8_lossy(stale.body()).contains("verification_link_token_stale"));
    opened(&world, &link(&world)).await;
    assert_eq!(device.get_sign_in(&sign_in.id).send().await.unwrap().response.status, SignInStatus::Complete);
}

async fn a_link_is_opened_once(world: World) {
    ann(&world).await;
    let device = world.device();
    waiting(&device).await;
    opened(&world, &link(&world)).await;
    let again = opened(&world, &link(&world)).await;
    assert_eq!(query(&again, "__clerk_status").as_deref(), Some("failed"));
    assert_eq!(query(&again, "__clerk_created_session"), None);
}

async fn a_link_that_is_none_is_refused(world: World) {
    let device = world.device();
    for token in ["x", "sia_x.y", ".", "idn_x.y"] {
        let error = device.verify_email_link(token).send().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::VERIFICATION_LINK_TOKEN_INVALID));
    }
}

async fn a_link_leads_to_pages_only(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let prepare = || device.prepare_sign_in_factor_one(&sign_in.id, "email_link");
    assert_eq!(prepare().send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_MISSING));
    let script = prepare().redirect_url("javascript:alert(1)").send().await.unwrap_err();
    assert_eq!(script.code(), Some(&ErrorCode::PROHIBITED_REDIRECT_URL));
    let bare = prepare().redirect_uri("app://callback").send().await.unwrap_err();
    assert_eq!(bare.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
    let plain = prepare().redirect_uri("app://callback").code_challenge(challenge()).code_challenge_method("plain");
    assert_eq!(plain.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    assert!(world.local.inbox().latest_link(ADDRESS).is_none());
}

async fn an_application_trades_the_link_in_with_its_verifier(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = waiting_natively(&device).await;
    let back = opened(&world, &link(&world)).await;
    assert!(back.starts_with("app://callback?"), "{back}");
    let flow = query(&back, "flow_id").unwrap();
    let approval = query(&back, "approval_token").unwrap();
    let done = device.complete_magic_link(&flow, approval.clone(), VERIFIER).send().await.unwrap().response;
    let ticket = done.ticket.unwrap();
    let again = device.complete_magic_link(&flow, approval, VERIFIER).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::APPROVAL_TOKEN_CONSUMED));
    let done = device.create_sign_in().strategy("ticket").ticket(ticket.clone()).send().await.unwrap().response;
    assert_eq!(done.status, SignInStatus::Complete);
    assert_ne!(done.id, sign_in.id);
    let used = world.device().create_sign_in().strategy("ticket").ticket(ticket).send().await.unwrap_err();
    assert_eq!(used.code(), Some(&ErrorCode::SIGN_IN_TOKEN_ALREADY_USED_CODE));
}

async fn an_application_needs_the_link_opened_and_the_right_verifier(world: World) {
    ann(&world).await;
    let device = world.device();
    let sign_in = waiting_natively(&device).await;
    let flow = sign_in.id.as_str();
    let complete = |approval: &str, verifier: &str| device.complete_magic_link(flow, approval, verifier).send();
    let early = complete("x", VERIFIER).await.unwrap_err();
    assert_eq!((early.status().unwrap().as_u16(), early.code()), (422, Some(&ErrorCode::FLOW_NOT_APPROVED)));
    let back = opened(&world, &link(&world)).await;
    assert_eq!(complete("x", VERIFIER).await.unwrap_err().code(), Some(&ErrorCode::APPROVAL_TOKEN_INVALID));
    let approval = query(&back, "approval_token").unwrap();
    let wrong = complete(&approval, &VERIFIER.replace('d', "e")).await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::PKCE_VERIFICATION_FAILED));
    let other = device.complete_magic_link("sia_other", approval.clone(), VERIFIER).send().await.unwrap_err();
    assert_eq!(other.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    world.local.clock().advance(Duration::from_secs(601));
    assert_eq!(complete(&approval, VERIFIER).await.unwrap_err().code(), Some(&ErrorCode::APPROVAL_TOKEN_EXPIRED));
}

async fn a_link_leaves_the_second_factor_to_prove(world: World) {
    let backend = world.backend();
    let user = backend
        .create_user()
        .email_address([ADDRESS])
        .password(PASSWORD)
        .totp_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    user.send().await.unwrap();
    let device = world.device();
    let sign_in = waiting(&device).await;
    let back = opened(&world, &link(&world)).await;
    assert_eq!(query(&back, "__clerk_created_session"), None);
    let seen = device.get_sign_in(&sign_in.id).send().await.unwrap().response;
    assert_eq!(seen.status, SignInStatus::NeedsSecondFactor);

    let native = world.device();
    waiting_natively(&native).await;
    let back = opened(&world, &link(&world)).await;
    let (flow, approval) = (query(&back, "flow_id").unwrap(), query(&back, "approval_token").unwrap());
    let ticket = native.complete_magic_link(flow, approval, VERIFIER).send().await.unwrap().response.ticket.unwrap();
    let sign_in = native.create_sign_in().ticket(ticket).send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsSecondFactor);
}

async fn an_unknown_device_is_trusted_by_a_link(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.client_trust = true)).await;
    ann(&world).await;
    let device = world.device();
    let sign_in = device.create_sign_in().identifier(ADDRESS).password(PASSWORD).send().await.unwrap().response;
    assert_eq!(sign_in.status, SignInStatus::NeedsClientTrust);
    let prepare = device.prepare_sign_in_factor_two(&sign_in.id, "email_link").redirect_url("https://app.example.com");
    let sent = prepare.send().await.unwrap().response;
    assert_eq!(sent.second_factor_verification.unwrap().strategy.unwrap().as_str(), "email_link");
    opened(&world, &link(&world)).await;
    assert_eq!(device.get_sign_in(&sign_in.id).send().await.unwrap().response.status, SignInStatus::Complete);
}

async fn a_link_of_a_sign_up_completes_it(world: World) {
    let device = world.device();
    let sign_up = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).send().await.unwrap().response;
    let prepare =
        device.prepare_sign_up_verification(&sign_up.id, "email_link").redirect_url("https://app.example.com");
    prepare.send().await.unwrap();
    let back = opened(&world, &link(&world)).await;
    assert_eq!(query(&back, "__clerk_status").as_deref(), Some("verified"));
    let seen = device.get_sign_up(&sign_up.id).send().await.unwrap().response;
    assert_eq!(seen.status, SignUpStatus::Complete);
    let session = query(&back, "__clerk_created_session");
    assert_eq!(session.as_deref(), seen.created_session_id.as_ref().map(|id| id.as_str()));
}

async fn an_application_completes_a_sign_up_by_a_link(world: World) {
    let device = world.device();
    let sign_up = device.create_sign_up().email_address(ADDRESS).password(PASSWORD).send().await.unwrap().response;
    let prepare = device.prepare_sign_up_verification(&sign_up.id, "email_link").redirect_uri("app://callback");
    prepare.code_challenge(challenge()).code_challenge_method("S256").send().await.unwrap();
    let back = opened(&world, &link(&world)).await;
    let (flow, approval) = (query(&back, "flow_id").unwrap(), query(&back, "approval_token").unwrap());
    let done = device.complete_magic_link(flow, approval, VERIFIER).send().await.unwrap();
    assert_eq!(done.response.id.unwrap(), sign_up.id);
    assert_eq!(done.response.status.unwrap().as_str(), "complete");
    assert_eq!(done.client.unwrap().last_active_session_id, done.response.created_session_id);
}
