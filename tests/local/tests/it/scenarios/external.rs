//! Signing in, signing up and connecting accounts through a provider, from setting out to coming back.

use std::time::Duration;

use clerk_core::ErrorCode;
use clerk_core::http::{Request, StatusCode, header};
use clerk_fapi::types::{SignIn, SignUp};
use clerk_local::{Api, ProviderAccount, ProviderMode};

use super::oauth_server::{parameter, signed_in, user};
use crate::world::{Device, World};

scenarios![
    somebody_new_signs_up_through_a_provider,
    whoever_signed_up_through_a_provider_signs_in_through_it,
    a_verified_address_links_the_account_to_its_user,
    an_address_that_the_provider_has_not_verified_links_nothing,
    a_sign_in_with_an_unknown_account_is_transferred_to_a_sign_up,
    a_sign_up_with_a_known_account_is_transferred_to_a_sign_in,
    whoever_denies_or_cancels_is_told_and_nothing_is_made,
    the_page_of_the_provider_asks_and_takes_any_account,
    the_provider_can_approve_or_deny_at_once,
    a_browser_comes_back_with_its_cookie_and_no_nonce,
    a_round_trip_that_took_too_long_has_expired,
    a_callback_that_was_not_set_out_for_is_refused,
    a_provider_that_the_settings_do_not_have_is_refused,
    a_redirect_url_that_is_not_listed_is_refused,
    an_account_is_connected_and_gone_to_again,
    an_account_of_somebody_else_is_not_connected,
    an_account_is_connected_only_by_who_has_proven_a_factor_lately,
    an_address_that_the_provider_has_not_verified_is_not_taken_over_by_connecting,
    an_address_that_the_provider_has_not_verified_is_not_taken_over_by_signing_in,
    an_address_that_the_provider_has_not_verified_has_to_be_verified_to_sign_up,
    an_address_that_its_user_has_not_verified_links_nothing,
    a_provider_answers_with_a_posted_form_too,
    a_banned_user_does_not_come_in_through_a_provider,
    a_seeded_account_is_one_that_the_provider_knows,
];

const BACK: &str = "com.example.app://callback";

async fn sign_in(device: &Device, strategy: &str) -> SignIn {
    device.create_sign_in().strategy(strategy).redirect_url(BACK).send().await.unwrap().response
}

async fn sign_up(device: &Device, strategy: &str) -> SignUp {
    device.create_sign_up().strategy(strategy).redirect_url(BACK).send().await.unwrap().response
}

/// The URL that a sign-in sends the browser to.
pub fn away(sign_in: &SignIn) -> String {
    let first = sign_in.first_factor_verification.as_ref().unwrap();
    first.external_verification_redirect_url.clone().unwrap()
}

fn away_up(sign_up: &SignUp) -> String {
    let external = sign_up.verifications.as_ref().unwrap().external_account.as_ref().unwrap();
    external.external_verification_redirect_url.clone().unwrap()
}

fn ann() -> ProviderAccount {
    ProviderAccount::new("google", "ann@example.com").first_name("Ann").last_name("Example")
}

/// The sign-in as it is for the device that its browser came back to.
pub async fn returned(device: &Device, id: &clerk_core::SignInId, back: &str) -> SignIn {
    let request = device.get_sign_in(id.clone());
    match parameter(back, "rotating_token_nonce") {
        Some(nonce) => request.rotating_token_nonce(nonce).send().await.unwrap().response,
        None => request.send().await.unwrap().response,
    }
}

/// Signs Ann up through Google, and gives the device on which she is signed in.
async fn ann_signed_up(world: &World) -> Device {
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_up(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away_up(&started)).await.unwrap();
    let nonce = parameter(&back, "rotating_token_nonce").unwrap();
    device.get_sign_up(started.id).rotating_token_nonce(nonce).send().await.unwrap();
    device
}

async fn somebody_new_signs_up_through_a_provider(world: World) {
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_up(&device, "oauth_google").await;
    let before = device.token();
    let back = world.local.provider().approve(&away_up(&started)).await.unwrap();
    assert!(back.starts_with(&format!("{BACK}?")), "{back}");
    let session = parameter(&back, "created_session_id").unwrap();
    let nonce = parameter(&back, "rotating_token_nonce").unwrap();
    let done = device.get_sign_up(started.id.clone()).rotating_token_nonce(nonce.clone()).send().await.unwrap();
    assert_ne!(device.token(), before, "the token was handed over");
    assert_eq!(done.response.created_session_id.as_ref().unwrap().as_str(), session);

    let me = device.get_user().send().await.unwrap().response;
    assert_eq!(me.first_name.as_deref(), Some("Ann"));
    assert_eq!(me.external_accounts.len(), 1);
    assert_eq!(me.email_addresses[0].email_address, "ann@example.com");
    assert_eq!(me.email_addresses[0].linked_to[0].id, me.external_accounts[0].id.as_str());
    assert_eq!(me.primary_email_address_id.as_ref(), Some(&me.email_addresses[0].id));

    let thief = world.device();
    let again = thief.get_sign_up(started.id).rotating_token_nonce(nonce).send().await.unwrap_err();
    assert_eq!(again.status().unwrap(), StatusCode::UNAUTHORIZED, "a nonce is good once");
}

async fn whoever_signed_up_through_a_provider_signs_in_through_it(world: World) {
    let first = ann_signed_up(&world).await;
    let id = first.get_user().send().await.unwrap().response.id;
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve_as(&away(&started), "ann@example.com").await.unwrap();
    let done = returned(&device, &started.id, &back).await;
    assert_eq!(done.status.as_str(), "complete");
    assert_eq!(done.created_session_id.as_ref().unwrap().as_str(), parameter(&back, "created_session_id").unwrap());
    assert_eq!(device.get_user().send().await.unwrap().response.id, id);
}

async fn a_verified_address_links_the_account_to_its_user(world: World) {
    let id = user(&world, "ann@example.com").await;
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    returned(&device, &started.id, &back).await;
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!((me.id.as_str(), me.external_accounts.len()), (&*id, 1));
}

async fn an_address_that_the_provider_has_not_verified_links_nothing(world: World) {
    user(&world, "ann@example.com").await;
    world.local.provider().add(&ann().unverified());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("external_account_not_found"));
    assert_eq!(parameter(&back, "created_session_id"), None);
    let left = returned(&device, &started.id, &back).await;
    assert_eq!(left.created_session_id, None);
}

async fn a_sign_in_with_an_unknown_account_is_transferred_to_a_sign_up(world: World) {
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_status").as_deref(), Some("failed"));
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("external_account_not_found"));
    let left = returned(&device, &started.id, &back).await;
    let first = left.first_factor_verification.unwrap();
    assert_eq!(first.status.unwrap().as_str(), "transferable");
    assert_eq!(first.error.unwrap().code, "external_account_not_found");

    let done = device.create_sign_up().transfer(true).send().await.unwrap().response;
    assert!(done.created_session_id.is_some());
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!((me.external_accounts.len(), me.email_addresses[0].email_address.as_str()), (1, "ann@example.com"));
}

async fn a_sign_up_with_a_known_account_is_transferred_to_a_sign_in(world: World) {
    let id = ann_signed_up(&world).await.get_user().send().await.unwrap().response.id;
    let device = world.device();
    let started = sign_up(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away_up(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("external_account_exists"));
    let left = device.get_sign_up(started.id).send().await.unwrap().response;
    let external = left.verifications.unwrap().external_account.unwrap();
    assert_eq!(external.status.unwrap().as_str(), "transferable");
    device.create_sign_in().transfer(true).send().await.unwrap();
    assert_eq!(device.get_user().send().await.unwrap().response.id, id);
}

async fn whoever_denies_or_cancels_is_told_and_nothing_is_made(world: World) {
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().deny(&away(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("oauth_access_denied"));
    let left = returned(&device, &started.id, &back).await;
    let first = left.first_factor_verification.unwrap();
    assert_eq!((first.status.unwrap().as_str(), first.error.unwrap().code.as_str()), ("failed", "oauth_access_denied"));

    let started = sign_up(&device, "oauth_github").await;
    let back = world.local.provider().cancel(&away_up(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("oauth_access_denied"));
    assert_eq!(world.backend().get_users_count().send().await.unwrap().total_count, 0);
    let again = world.local.provider().approve(&away_up(&started)).await.unwrap_err();
    assert!(again.contains("oauth_authorize_request_error"), "{again}");
}

async fn the_page_of_the_provider_asks_and_takes_any_account(world: World) {
    world.local.provider().add(&ann().first_name("<b>Ann</b>"));
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let url = away(&started);
    let path = url.strip_prefix(world.local.frontend_url()).unwrap();
    let page = world.raw(Api::Frontend, Request::get(path), "").await;
    let page = String::from_utf8(page.into_body().to_vec()).unwrap();
    assert!(page.contains("Sign in with google") && page.contains("&lt;b&gt;Ann"), "{page}");
    assert!(!page.contains("<b>Ann"), "what people are called is no markup");

    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", &parameter(&url, "state").unwrap())
        .append_pair("action", "approve")
        .append_pair("email_address", "bob@example.com")
        .append_pair("first_name", "Bob")
        .finish();
    let callback = world.raw(Api::Frontend, Request::post("/local/provider/decide"), form.clone()).await;
    let callback = callback.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(callback.starts_with(&format!("{}/v1/oauth_callback?", world.local.frontend_url())), "{callback}");
    let request = world.device().client;
    let request = request.get_oauth_callback().state(parameter(&callback, "state").unwrap());
    let back = request.code(parameter(&callback, "code").unwrap()).send().await.unwrap().unwrap().location;
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("external_account_not_found"));
    device.create_sign_up().transfer(true).send().await.unwrap();
    assert_eq!(device.get_user().send().await.unwrap().response.first_name.as_deref(), Some("Bob"));
    let twice = world.raw(Api::Frontend, Request::post("/local/provider/decide"), form).await;
    assert_eq!(twice.status(), StatusCode::BAD_REQUEST);
}

async fn the_provider_can_approve_or_deny_at_once(world: World) {
    for (mode, parameter_name) in [(ProviderMode::Approve, "code"), (ProviderMode::Deny, "error")] {
        world.local.update_settings(|settings| settings.provider = mode);
        let device = world.device();
        let url = away(&sign_in(&device, "oauth_google").await);
        let path = url.strip_prefix(world.local.frontend_url()).unwrap();
        let answer = world.raw(Api::Frontend, Request::get(path), "").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let callback = answer.headers()[header::LOCATION].to_str().unwrap();
        assert!(parameter(callback, parameter_name).is_some(), "{callback}");
    }
}

async fn a_browser_comes_back_with_its_cookie_and_no_nonce(world: World) {
    world.local.update_settings(|settings| settings.provider = ProviderMode::Approve);
    user(&world, "ann@example.com").await;
    world.local.provider().add(&ann());
    let dev_browser = world.dev_browser().await;
    let form = "strategy=oauth_google&redirect_url=https%3A%2F%2Fapp.example.com%2Fsso\
        &action_complete_redirect_url=https%3A%2F%2Fapp.example.com%2Fhome";
    let path = format!("/v1/client/sign_ins?__clerk_db_jwt={dev_browser}");
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let started = world.raw(Api::Frontend, request.header(header::ORIGIN, "https://app.example.com"), form).await;
    assert_eq!(started.status(), StatusCode::OK, "{}", String::from_utf8_lossy(started.body()));
    let started: serde_json::Value = serde_json::from_slice(started.body()).unwrap();
    let url = &started["response"]["first_factor_verification"]["external_verification_redirect_url"];
    let path = url.as_str().unwrap().strip_prefix(world.local.frontend_url()).unwrap().to_owned();
    let callback = world.raw(Api::Frontend, Request::get(path), "").await;
    let callback = callback.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let path = callback.strip_prefix(world.local.frontend_url()).unwrap().to_owned();
    let back = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(back.headers()[header::LOCATION], "https://app.example.com/home");
    let cookies = back.headers().get_all(header::SET_COOKIE).iter();
    assert!(cookies.map(|cookie| cookie.to_str().unwrap()).any(|cookie| cookie.starts_with("__client=")));
}

async fn a_round_trip_that_took_too_long_has_expired(world: World) {
    world.local.clock().freeze();
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let url = away(&started);
    world.local.clock().advance(Duration::from_secs(599));
    let state = parameter(&url, "state").unwrap();
    let form = format!("state={state}&action=approve&email_address=ann%40example.com");
    let callback = world.raw(Api::Frontend, Request::post("/local/provider/decide"), form).await;
    let callback = callback.headers()[header::LOCATION].to_str().unwrap().to_owned();
    world.local.clock().advance(Duration::from_secs(1));
    let path = callback.strip_prefix(world.local.frontend_url()).unwrap().to_owned();
    let back = world.raw(Api::Frontend, Request::get(path), "").await;
    let back = back.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("verification_expired"));
    let left = returned(&device, &started.id, &back).await;
    assert_eq!(left.first_factor_verification.unwrap().status.unwrap().as_str(), "expired");
}

async fn a_callback_that_was_not_set_out_for_is_refused(world: World) {
    let device = world.device();
    for request in [device.get_oauth_callback(), device.get_oauth_callback().state("unknown").code("unknown")] {
        let refused = request.send().await.unwrap_err();
        assert_eq!(
            (refused.status().unwrap(), refused.code()),
            (StatusCode::BAD_REQUEST, Some(&ErrorCode::OAUTH_CALLBACK_INVALID))
        );
    }
    let started = sign_in(&device, "oauth_google").await;
    let state = parameter(&away(&started), "state").unwrap();
    let back = device.get_oauth_callback().state(state).code("guessed").send().await.unwrap().unwrap().location;
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("oauth_token_exchange_error"));
}

async fn a_provider_that_the_settings_do_not_have_is_refused(world: World) {
    world.local.update_settings(|settings| {
        settings.social.get_mut("github").unwrap().authenticatable = false;
        settings.social.entry("custom_acme".to_owned()).or_default();
    });
    let device = world.device();
    for (strategy, code) in [
        ("oauth_slack", "oauth_provider_not_enabled"),
        ("oauth_acme", "oauth_unsupported_provider"),
        ("oauth_github", "oauth_non_authenticatable_provider"),
    ] {
        let refused = device.create_sign_in().strategy(strategy).redirect_url(BACK).send().await.unwrap_err();
        assert_eq!(
            (refused.status().unwrap(), refused.code().map(ErrorCode::as_str)),
            (StatusCode::BAD_REQUEST, Some(code)),
            "{strategy}"
        );
    }
    sign_in(&device, "oauth_custom_acme").await;
}

async fn a_redirect_url_that_is_not_listed_is_refused(world: World) {
    let device = world.device();
    let start = |url: &'static str| device.create_sign_in().strategy("oauth_google").redirect_url(url).send();
    sign_in(&device, "oauth_google").await;
    for (url, code) in [("nothing", "invalid_redirect_url"), ("javascript:alert(1)", "prohibited_redirect_url")] {
        assert_eq!(start(url).await.unwrap_err().code().map(ErrorCode::as_str), Some(code), "{url}");
    }
    world.local.update_settings(|settings| settings.redirect_urls = vec!["com.example.app://other".to_owned()]);
    let refused = start(BACK).await.unwrap_err();
    assert_eq!(
        (refused.status().unwrap(), refused.code()),
        (StatusCode::BAD_REQUEST, Some(&ErrorCode::RESOURCE_MISSMATCH))
    );
    start("com.example.app://other").await.unwrap();
    let missing = device.create_sign_in().strategy("oauth_google").send().await.unwrap_err();
    assert_eq!(missing.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
}

async fn an_account_is_connected_and_gone_to_again(world: World) {
    let id = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &id).await;
    world.local.provider().add(&ProviderAccount::new("github", "ann@work.example.com").username("ann"));
    let connect = || device.create_external_account("oauth_github").redirect_url(BACK);
    let started = connect().additional_scope(["repo"]).send().await.unwrap().response;
    let verification = started.verification.unwrap();
    assert_eq!(verification.status.unwrap().as_str(), "unverified");
    let url = verification.external_verification_redirect_url.unwrap();
    let back = world.local.provider().approve(&url).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_status"), None, "{back}");

    let me = device.get_user().send().await.unwrap().response;
    let account = &me.external_accounts[0];
    assert_eq!((&account.id, account.username.as_deref()), (&started.id, Some("ann")));
    assert_eq!(account.verification.as_ref().unwrap().status.as_ref().unwrap().as_str(), "verified");
    assert_eq!(account.approved_scopes.as_deref(), Some("openid email profile repo"));
    assert!(me.email_addresses.iter().any(|email| email.email_address == "ann@work.example.com"));
    let twice = connect().send().await.unwrap_err();
    assert_eq!(twice.code(), Some(&ErrorCode::OAUTH_ACCOUNT_ALREADY_CONNECTED));

    let again = device.reauthorize_external_account(account.id.clone(), BACK).additional_scope(["gist"]);
    let again = again.send().await.unwrap().response.verification.unwrap();
    let url = again.external_verification_redirect_url.unwrap();
    world.local.provider().approve(&url).await.unwrap();
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!(me.external_accounts[0].approved_scopes.as_deref(), Some("openid email profile gist"));
    let unknown = device.reauthorize_external_account("eac_unknown", BACK).send().await.unwrap_err();
    assert_eq!(unknown.status().unwrap(), StatusCode::NOT_FOUND);
}

async fn an_account_of_somebody_else_is_not_connected(world: World) {
    ann_signed_up(&world).await;
    let bob = user(&world, "bob@example.com").await;
    let device = signed_in(&world, &bob).await;
    let connect = || device.create_external_account("oauth_google").redirect_url(BACK);
    let url = |account: clerk_fapi::types::ExternalAccountWithVerification| {
        account.verification.unwrap().external_verification_redirect_url.unwrap()
    };
    let started = connect().send().await.unwrap().response;
    let back = world.local.provider().approve_as(&url(started), "ann@example.com").await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("external_account_exists"));
    let me = device.get_user().send().await.unwrap().response;
    let failed = me.external_accounts[0].verification.as_ref().unwrap();
    assert_eq!(failed.status.as_ref().unwrap().as_str(), "failed");

    // Another account, with an address that is hers.
    world.local.provider().add(&ann().subject("another"));
    let started = connect().send().await.unwrap().response;
    let back = world.local.provider().approve(&url(started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("oauth_identification_claimed"));
    assert_eq!(device.get_user().send().await.unwrap().response.external_accounts.len(), 1, "what failed gave way");
}

async fn a_provider_answers_with_a_posted_form_too(world: World) {
    world.local.provider().add(&ann());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let state = parameter(&away(&started), "state").unwrap();
    let form = format!("state={state}&action=approve&email_address=ann%40example.com");
    let callback = world.raw(Api::Frontend, Request::post("/local/provider/decide"), form).await;
    let code = parameter(callback.headers()[header::LOCATION].to_str().unwrap(), "code").unwrap();
    let posted = world.device().client;
    let posted = posted.post_oauth_callback().state(state).code(code).send().await.unwrap();
    assert!(posted.location.starts_with(BACK), "{}", posted.location);
}

async fn a_banned_user_does_not_come_in_through_a_provider(world: World) {
    let id = user(&world, "ann@example.com").await;
    world.local.provider().add(&ann());
    world.backend().ban_user(id).send().await.unwrap();
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert_eq!(parameter(&back, "__clerk_error_code").as_deref(), Some("user_banned"));
    assert_eq!(returned(&device, &started.id, &back).await.created_session_id, None);
}

async fn a_seeded_account_is_one_that_the_provider_knows(world: World) {
    let mut ann = clerk_local::SeedUser::default();
    ann.email_addresses = vec!["ann@example.com".to_owned()];
    ann.external_accounts = vec![("google".to_owned(), "12345".to_owned())];
    let mut seed = clerk_local::Seed::default();
    seed.users.push(ann);
    world.local.seed(&seed).unwrap();
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert_eq!(returned(&device, &started.id, &back).await.status.as_str(), "complete", "{back}");
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!(me.external_accounts.len(), 1);
    assert_eq!(me.external_accounts[0].provider_user_id.as_deref(), Some("12345"));
}

fn addresses(user: &clerk_fapi::types::User) -> Vec<&str> {
    user.email_addresses.iter().map(|email| email.email_address.as_str()).collect()
}

async fn an_address_that_the_provider_has_not_verified_is_not_taken_over_by_connecting(world: World) {
    let eve = user(&world, "eve@example.com").await;
    let device = signed_in(&world, &eve).await;
    world.local.provider().add(&ann().unverified());
    let started = device.create_external_account("oauth_google").redirect_url(BACK).send().await.unwrap().response;
    let url = started.verification.unwrap().external_verification_redirect_url.unwrap();
    world.local.provider().approve(&url).await.unwrap();
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!((addresses(&me), me.external_accounts.len()), (vec!["eve@example.com"], 1));
    // It is Ann's still: she signs up with it, and nobody is in her way.
    user(&world, "ann@example.com").await;
}

async fn an_address_that_the_provider_has_not_verified_is_not_taken_over_by_signing_in(world: World) {
    let eve = ProviderAccount::new("google", "eve@example.com").subject("eve");
    world.local.provider().add(&eve);
    let device = world.device();
    let started = sign_up(&device, "oauth_google").await;
    world.local.provider().approve(&away_up(&started)).await.unwrap();
    // She changes her address there, and nobody asks her whether it is hers.
    world.local.provider().add(&ann().subject("eve").unverified());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert!(returned(&device, &started.id, &back).await.created_session_id.is_some(), "it is her account all the same");
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!(addresses(&me), ["eve@example.com"]);
}

async fn an_address_that_the_provider_has_not_verified_has_to_be_verified_to_sign_up(world: World) {
    world.local.provider().add(&ann().unverified());
    let device = world.device();
    let started = sign_in(&device, "oauth_google").await;
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    returned(&device, &started.id, &back).await;
    // With an address of her own the account is made, and the other one is not hers.
    let request = device.create_sign_up().transfer(true).email_address("eve@example.com");
    let begun = request.send().await.unwrap().response;
    assert_eq!(begun.created_session_id, None, "neither of the addresses is proven");
    let prepare = device.prepare_sign_up_verification(&begun.id, "email_code");
    prepare.send().await.unwrap();
    let to = begun.email_address.as_deref().unwrap();
    let code = world.local.inbox().latest_code(to).unwrap();
    let attempt = device.attempt_sign_up_verification(begun.id, "email_code").code(code);
    attempt.send().await.unwrap();
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!((addresses(&me), me.external_accounts.len()), (vec![to], 1));
}

async fn an_address_that_its_user_has_not_verified_links_nothing(world: World) {
    let eve = user(&world, "eve@example.com").await;
    let eves = signed_in(&world, &eve).await;
    eves.create_email_address("ann@example.com").send().await.unwrap();
    let device = ann_signed_up(&world).await;
    let me = device.get_user().send().await.unwrap().response;
    assert_ne!(me.id.as_str(), eve);
    assert_eq!(addresses(&me), ["ann@example.com"]);
}

async fn an_account_is_connected_only_by_who_has_proven_a_factor_lately(world: World) {
    world.local.clock().freeze();
    let ann = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &ann).await;
    let connect = async || device.create_external_account("oauth_google").redirect_url(BACK).send().await;
    connect().await.unwrap();
    world.local.clock().advance(Duration::from_secs(600));
    let refused = connect().await.unwrap_err();
    assert_eq!(
        (refused.status().unwrap(), refused.code()),
        (StatusCode::FORBIDDEN, Some(&ErrorCode::SESSION_REVERIFICATION_REQUIRED))
    );
}
