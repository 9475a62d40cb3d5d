//! Signing in on pages of the server, on behalf of an application.

use clerk_core::ErrorCode;
use clerk_core::http::{Request, StatusCode, header};
use clerk_local::Api;

use super::{
    sign_in::{ADDRESS, ann, signed_in},
    sign_in_links::{challenge, query, verifier},
};
use crate::world::{Device, World};

scenarios![
    somebody_signs_in_on_the_page_and_the_application_redeems_the_nonce,
    somebody_signs_up_on_the_page,
    a_page_that_no_application_opened_is_refused,
    an_application_begins_with_a_challenge_and_a_place_to_go_back_to,
    an_application_that_lost_its_client_is_given_another_one,
    a_solved_captcha_is_taken,
];

const CALLBACK: &str = "com.example.app://callback";

async fn page(device: &Device) -> String {
    let hosted = device.create_hosted_auth(CALLBACK, challenge(), "s1").send().await.unwrap();
    assert_eq!(hosted.response.object.as_deref(), Some("hosted_auth"));
    hosted.response.url
}

/// Sends the form of the page, and gives the status and where the browser goes.
async fn choose(world: &World, url: &str, identifier: &str) -> (StatusCode, Option<String>) {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("flow", &query(url, "flow").unwrap())
        .append_pair("identifier", identifier)
        .finish();
    let request = Request::post("/local/hosted-auth").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = world.raw(Api::Frontend, request, body).await;
    let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
    (response.status(), location)
}

async fn somebody_signs_in_on_the_page_and_the_application_redeems_the_nonce(world: World) {
    let user = ann(&world).await;
    let device = world.device();
    let url = page(&device).await;
    let path = url.strip_prefix(world.local.frontend_url()).unwrap();
    let shown = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(shown.status(), 200);
    assert!(String::from_utf8_lossy(shown.body()).contains(ADDRESS));
    let (status, back) = choose(&world, &url, user.id.as_str()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let back = back.unwrap();
    assert!(back.starts_with("com.example.app://callback?"), "{back}");
    assert_eq!(query(&back, "state").as_deref(), Some("s1"));
    let nonce = query(&back, "rotating_token_nonce").unwrap();
    let redeem = |verifier: &str| {
        let call = device.create_client().rotating_token_nonce(nonce.as_str()).code_verifier(verifier).method("GET");
        call.send()
    };
    let before = device.token();
    let wrong = redeem(&verifier().replace('d', "e")).await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::PKCE_VERIFICATION_FAILED));
    let client = redeem(verifier()).await.unwrap().response.unwrap();
    let session = client.last_active_session_id.unwrap();
    assert_eq!(query(&back, "created_session_id").as_deref(), Some(session.as_str()));
    assert_ne!(device.token(), before);
    let again = redeem(verifier()).await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::AUTHENTICATION_INVALID), "a nonce is redeemed once");
}

async fn somebody_signs_up_on_the_page(world: World) {
    let device = world.device();
    let hosted = device.create_hosted_auth(CALLBACK, challenge(), "s1").mode("sign-up").send().await.unwrap();
    let (status, back) = choose(&world, &hosted.response.url, "new@example.com").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(query(&back.unwrap(), "created_session_id").is_some());
    let users = world.backend().get_user_list().email_address(["new@example.com"]).send().await.unwrap();
    assert_eq!(users.len(), 1);
}

async fn a_page_that_no_application_opened_is_refused(world: World) {
    let user = ann(&world).await;
    let response = world.raw(Api::Frontend, Request::get("/local/hosted-auth?flow=x"), "").await;
    assert_eq!(response.status(), 400);
    let device = world.device();
    let url = page(&device).await;
    let (status, _) = choose(&world, &url, "bob@example.com").await;
    assert_eq!(status, 404);
    world.local.clock().advance(std::time::Duration::from_secs(601));
    let (status, _) = choose(&world, &url, user.id.as_str()).await;
    assert_eq!(status, 400);
}

async fn an_application_begins_with_a_challenge_and_a_place_to_go_back_to(world: World) {
    let device = world.device();
    let short = device.create_hosted_auth(CALLBACK, "short", "s1").send().await.unwrap_err();
    assert_eq!(short.code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
    let script = device.create_hosted_auth("javascript:alert(1)", challenge(), "s1").send().await.unwrap_err();
    assert_eq!(script.code(), Some(&ErrorCode::PROHIBITED_REDIRECT_URL));
    world.local.update_settings(|settings| settings.redirect_urls = vec!["other://callback".to_owned()]);
    let unlisted = device.create_hosted_auth(CALLBACK, challenge(), "s1").send().await.unwrap_err();
    assert_eq!(unlisted.code(), Some(&ErrorCode::RESOURCE_MISSMATCH));
}

async fn an_application_that_lost_its_client_is_given_another_one(world: World) {
    let device = world.device();
    device.create_sign_in().send().await.unwrap();
    device.set_token(Some("client_lost.secret".to_owned()));
    let request = Request::post("/v1/client/hosted_auth?_is_native=true")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, "client_lost.secret")
        .header("x-clerk-client-id", "client_lost");
    let response = world.raw(Api::Frontend, request, "redirect_url=a%3Ab&code_challenge=x&state=y").await;
    assert_eq!(response.status(), 401);
    assert!(String::from_utf8_lossy(response.body()).contains("signed_out"));
    device.set_token(Some(response.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned()));
    page(&device).await;
}

async fn a_solved_captcha_is_taken(world: World) {
    let device = world.device();
    let off = device.verify_client().captcha_token("x").send().await.unwrap_err();
    assert_eq!(off.code(), Some(&ErrorCode::CAPTCHA_NOT_ENABLED));
    world.local.update_settings(|settings| settings.sign_up.captcha = true);
    assert_eq!(device.verify_client().send().await.unwrap_err().code(), Some(&ErrorCode::CAPTCHA_MISSING_TOKEN));
    let wrong = device.verify_client().captcha_token("x").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::CAPTCHA_INVALID));
    let client = device.verify_client().captcha_token("XXXX.DUMMY.TOKEN.XXXX").send().await.unwrap().response.unwrap();
    assert!(client.captcha_bypass);
    let device_check = device.verify_client().platform("android").token("x").send().await.unwrap_err();
    assert_eq!(
        (device_check.status().unwrap().as_u16(), device_check.code()),
        (401, Some(&ErrorCode::DEVICE_ATTESTATION_NOT_CONFIGURED))
    );
    ann(&world).await;
    signed_in(&device).await;
}
