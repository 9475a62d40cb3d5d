//! Programs that sign people in with this instance.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_bapi::types::OAuthApplicationWithSecret;
use clerk_core::{Bytes, ErrorCode, Secret, http::Request};
use clerk_fapi::types;
use clerk_local::Api;
use serde_json::json;

use super::machines::decoded;
use crate::world::{Device, World};

scenarios![
    an_oauth_application_is_made_changed_given_a_logo_and_deleted,
    a_person_agrees_and_the_program_gets_tokens_for_what_they_agreed_to,
    a_person_who_does_not_agree_sends_the_program_away,
    somebody_who_is_not_signed_in_signs_in_first_and_comes_back,
    a_public_program_on_loopback_proves_itself_by_its_verifier,
    a_code_is_used_once_and_used_twice_takes_everything_back,
    a_code_runs_out,
    a_refresh_token_is_traded_in_once_for_no_more_than_was_granted,
    a_client_that_does_not_prove_who_it_is_gets_nothing,
    a_request_that_cannot_be_trusted_is_not_sent_back,
    a_revoked_access_token_is_inactive_everywhere,
    an_access_token_that_is_a_jwt_says_whose_it_is,
    a_program_registers_itself_where_that_is_allowed,
    the_issuer_says_where_everything_is,
];

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example.com/callback";

/// A user of this address.
pub async fn user(world: &World, address: &str) -> String {
    let backend = world.backend();
    let user = backend.create_user().email_address([address]).skip_password_requirement(true);
    let user = user.first_name("Ann").send().await.unwrap();
    user.id.as_str().to_owned()
}

/// An organization with members and their roles; the role of nobody is the default one.
pub fn organization(world: &World, members: &[(&str, &str)]) -> String {
    let mut organization = clerk_local::SeedOrganization::default();
    let id = "org_000000000000000000000000001";
    organization.id = Some(id.to_owned());
    organization.name = "Example".to_owned();
    organization.slug = Some("example".to_owned());
    organization.members = members
        .iter()
        .map(|(user, role)| {
            let mut member = clerk_local::SeedMember::default();
            member.user = (*user).to_owned();
            member.role = Some((*role).to_owned());
            member
        })
        .collect();
    let mut seed = clerk_local::Seed::default();
    seed.organizations.push(organization);
    world.local.seed(&seed).unwrap();
    id.to_owned()
}

/// A device on which a user is signed in, by way of the page that lets anyone in.
pub async fn signed_in(world: &World, user_id: &str) -> Device {
    let back = format!("{}/oauth/authorize", world.local.frontend_url());
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("user_id", user_id)
        .append_pair("redirect_url", &back)
        .finish();
    let response = world.raw(Api::Frontend, Request::post("/local/sign-in"), form).await;
    assert_eq!(response.status(), 303);
    let device = world.device();
    device.set_token(Some(cookie(&response)));
    device
}

fn cookie(response: &clerk_core::http::Response<Bytes>) -> String {
    let cookies = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let mut client = cookies.filter_map(|cookie| cookie.strip_prefix("__client="));
    client.next().unwrap().split(';').next().unwrap().to_owned()
}

/// The value of a parameter in the query of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

async fn application(world: &World) -> OAuthApplicationWithSecret {
    let backend = world.backend();
    let create = backend.create_oauth_application("Notes").redirect_uris([CALLBACK]);
    create.scopes("openid email profile offline_access public_metadata").send().await.unwrap()
}

/// A device as the program itself, with its credentials in the header.
fn program(world: &World, application: &OAuthApplicationWithSecret) -> clerk_fapi::Client {
    let secret = application.client_secret.as_ref().unwrap().expose().to_owned();
    let basic = STANDARD.encode(format!("{}:{secret}", application.client_id.as_str()));
    world.device().client.with_client_token(&Secret::from(format!("Basic {basic}"))).unwrap()
}

/// The code of an application that the person agrees to.
async fn code(device: &Device, application: &OAuthApplicationWithSecret) -> String {
    let back = device.submit_oauth_consent(application.client_id.clone(), true).send().await.unwrap().unwrap();
    parameter(&back.location, "code").unwrap()
}

async fn tokens(world: &World, application: &OAuthApplicationWithSecret) -> types::OAuthToken {
    let ann = user(world, "ann@example.com").await;
    let code = code(&signed_in(world, &ann).await, application).await;
    let program = program(world, application);
    program.get_oauth_token("authorization_code").code(code).send().await.unwrap()
}

async fn an_oauth_application_is_made_changed_given_a_logo_and_deleted(world: World) {
    let backend = world.backend();
    let made = application(&world).await;
    let id = made.id.clone();
    assert!(made.client_secret.is_some() && made.consent_screen_enabled && !made.public);
    assert_eq!(made.redirect_uris, [CALLBACK]);

    let changed = backend.update_oauth_application(id.clone()).name("Diary").pkce_required(true).send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.pkce_required), ("Diary", true));
    assert_eq!(backend.get_oauth_application(id.clone()).send().await.unwrap().name, "Diary");
    assert_eq!(backend.list_oauth_applications().name_query("diar").send().await.unwrap().total_count, Some(1));

    let rotated = backend.rotate_oauth_application_secret(id.clone()).send().await.unwrap();
    assert_ne!(rotated.client_secret.unwrap().expose(), made.client_secret.unwrap().expose());
    let mut logo = clerk_core::Upload::new("logo.png", &b"\x89PNG\r\n\x1a\n"[..]);
    logo.content_type = Some("image/png".to_owned());
    let with_logo = backend.upload_oauth_application_logo(id.clone(), logo).send().await.unwrap();
    assert!(with_logo.client_image_url.is_some());

    let wrong =
        backend.create_oauth_application("Bad").redirect_uris(["javascript:alert(1)"]).send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
    let wrong = backend.create_oauth_application("Bad").scopes("everything").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
    assert!(backend.delete_oauth_application(id.clone()).send().await.unwrap().deleted);
    assert_eq!(backend.get_oauth_application(id).send().await.unwrap_err().status().unwrap(), 404);
}

async fn a_person_agrees_and_the_program_gets_tokens_for_what_they_agreed_to(world: World) {
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &ann).await;

    let authorize = || {
        let request = device.request_oauth_authorize("code", application.client_id.clone());
        request.redirect_uri(CALLBACK).scope(["openid", "email"]).state("12345678").nonce("once")
    };
    let page = authorize().send().await.unwrap().unwrap().location;
    assert!(page.starts_with(&format!("{}/local/oauth-consent?", world.local.frontend_url())), "{page}");
    let shown = world.raw(Api::Frontend, Request::get(page.trim_start_matches(world.local.frontend_url())), "").await;
    let shown = String::from_utf8(shown.into_body().to_vec()).unwrap();
    assert!(shown.contains("See your email address") && !shown.contains("See your name"), "{shown}");
    let info = device.get_oauth_consent(application.client_id.clone()).scope("openid email").send().await.unwrap();
    assert_eq!((info.redirect_domain.as_deref(), info.scopes.len()), (Some("app.example.com"), 2));

    // The page's form carries the request along.
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("consented", "true")
        .extend_pairs(form_urlencoded::parse(page.split_once('?').unwrap().1.as_bytes()))
        .finish();
    let action = format!("/v1/me/oauth/consent/{}", application.client_id.as_str());
    let request = Request::post(action).header("cookie", format!("__client={}", device.token().unwrap()));
    let back = world.raw(Api::Frontend, request, form).await;
    let back = back.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with(&format!("{CALLBACK}?")), "{back}");
    assert_eq!(parameter(&back, "state").as_deref(), Some("12345678"));
    assert_eq!(parameter(&back, "iss").as_deref(), Some(world.local.frontend_url()));

    let program = program(&world, &application);
    let request = program.get_oauth_token("authorization_code").code(parameter(&back, "code").unwrap());
    let tokens = request.redirect_uri(CALLBACK).send().await.unwrap();
    assert_eq!((tokens.expires_in, tokens.scope.as_deref()), (Some(86_400), Some("openid email")));
    assert!(tokens.refresh_token.is_none(), "offline_access was not asked for");
    let (_, claims) = decoded(tokens.id_token.unwrap().expose());
    assert_eq!(
        (&claims["sub"], &claims["nonce"], &claims["email"]),
        (&json!(ann), &json!("once"), &json!("ann@example.com"))
    );
    assert_eq!(claims["aud"], json!(application.client_id));

    let bearer = world.device().client.with_client_token(&tokens.access_token).unwrap();
    let about = bearer.get_oauth_user_info().send().await.unwrap();
    assert_eq!((about.sub.as_str(), about.email.as_deref()), (&*ann, Some("ann@example.com")));
    assert_eq!(about.given_name, None, "profile was not asked for");
    assert_eq!(bearer.get_oauth_user_info_post().send().await.unwrap().sub, about.sub);

    // Who has agreed once is not asked again, unless for more or on demand.
    let again = authorize().send().await.unwrap().unwrap().location;
    assert!(again.starts_with(CALLBACK), "{again}");
    let asked = authorize().prompt(["consent"]).send().await.unwrap().unwrap().location;
    assert!(asked.contains("/local/oauth-consent?"), "{asked}");
    let more = authorize().scope(["profile"]).prompt(["none"]).send().await.unwrap().unwrap().location;
    assert_eq!(parameter(&more, "error").as_deref(), Some("consent_required"));
}

async fn a_person_who_does_not_agree_sends_the_program_away(world: World) {
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &ann).await;
    let back = device.submit_oauth_consent(application.client_id.clone(), false).send().await.unwrap().unwrap();
    assert!(back.location.starts_with(CALLBACK), "{}", back.location);
    assert_eq!(parameter(&back.location, "error").as_deref(), Some("access_denied"));
    assert_eq!(parameter(&back.location, "code"), None);
}

async fn somebody_who_is_not_signed_in_signs_in_first_and_comes_back(world: World) {
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let stranger = world.device();
    let request = || stranger.request_oauth_authorize_post("code", application.client_id.clone()).state("12345678");
    let page = request().send().await.unwrap().unwrap().location;
    assert!(page.starts_with(&format!("{}/local/sign-in?", world.local.frontend_url())), "{page}");
    let path = page.trim_start_matches(world.local.frontend_url()).to_owned();
    let shown = world.raw(Api::Frontend, Request::get(&path), "").await;
    assert!(String::from_utf8(shown.into_body().to_vec()).unwrap().contains("ann@example.com"));

    let back = parameter(&page, "redirect_url").unwrap();
    let form: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("user_id", &ann)
        .append_pair("redirect_url", &back)
        .finish();
    let signed_in = world.raw(Api::Frontend, Request::post("/local/sign-in"), form).await;
    assert_eq!(signed_in.headers()["location"].to_str().unwrap(), back);
    let cookie = format!("__client={}", cookie(&signed_in));
    let path = back.trim_start_matches(world.local.frontend_url()).to_owned();
    let next = world.raw(Api::Frontend, Request::get(path).header("cookie", cookie), "").await;
    assert!(next.headers()["location"].to_str().unwrap().contains("/local/oauth-consent?"));

    let silent = request().prompt("none").send().await.unwrap().unwrap().location;
    assert_eq!(parameter(&silent, "error").as_deref(), Some("login_required"));
    let elsewhere = "user_id=x&redirect_url=https%3A%2F%2Fevil.example.com%2F";
    let refused = world.raw(Api::Frontend, Request::post("/local/sign-in"), elsewhere).await;
    assert_eq!(refused.status(), 422);
}

async fn a_public_program_on_loopback_proves_itself_by_its_verifier(world: World) {
    let backend = world.backend();
    let create = backend.create_oauth_application("Tool").public(true).consent_screen_enabled(false);
    let tool = create.redirect_uris(["http://127.0.0.1/callback"]).send().await.unwrap();
    assert!(tool.client_secret.is_none() && tool.pkce_required);
    let ann = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &ann).await;
    let uri = "http://127.0.0.1:49152/callback";
    let request = || device.request_oauth_authorize("code", tool.client_id.clone()).redirect_uri(uri);

    let bare = request().send().await.unwrap().unwrap().location;
    assert_eq!(parameter(&bare, "error").as_deref(), Some("invalid_request"));
    let back = request().code_challenge(CHALLENGE).code_challenge_method("S256").send().await.unwrap().unwrap();
    assert!(back.location.starts_with(uri), "{}", back.location);
    let code = parameter(&back.location, "code").unwrap();
    let program = world.device();
    let trade = || {
        let request = program.get_oauth_token("authorization_code").client_id(tool.client_id.clone());
        request.code(code.as_str()).redirect_uri(uri)
    };
    let wrong = trade().code_verifier("x".repeat(43)).send().await.unwrap_err();
    assert_eq!((wrong.status().unwrap().as_u16(), wrong.code()), (400, Some(&ErrorCode::new("invalid_grant"))));

    let back = request().code_challenge(CHALLENGE).code_challenge_method("S256").send().await.unwrap().unwrap();
    let code = parameter(&back.location, "code").unwrap();
    let request = program.get_oauth_token("authorization_code").client_id(tool.client_id.clone());
    let tokens = request.code(code).redirect_uri(uri).code_verifier(VERIFIER).send().await.unwrap();
    assert_eq!(tokens.scope.as_deref(), Some("profile email"));
}

async fn a_code_is_used_once_and_used_twice_takes_everything_back(world: World) {
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let code = code(&signed_in(&world, &ann).await, &application).await;
    let program = program(&world, &application);
    let trade = || program.get_oauth_token("authorization_code").code(code.as_str());
    let tokens = trade().send().await.unwrap();
    let bearer = world.device().client.with_client_token(&tokens.access_token).unwrap();
    bearer.get_oauth_user_info().send().await.unwrap();
    assert_eq!(trade().send().await.unwrap_err().code(), Some(&ErrorCode::new("invalid_grant")));
    let refused = bearer.get_oauth_user_info().send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (401, Some(&ErrorCode::new("invalid_token"))));
}

async fn a_code_runs_out(world: World) {
    world.local.clock().freeze();
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let code = code(&signed_in(&world, &ann).await, &application).await;
    world.local.clock().advance(Duration::from_secs(600));
    let late = program(&world, &application).get_oauth_token("authorization_code").code(code).send().await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::new("invalid_grant")));
}

async fn a_refresh_token_is_traded_in_once_for_no_more_than_was_granted(world: World) {
    world.local.clock().freeze();
    let application = application(&world).await;
    let first = tokens(&world, &application).await;
    let program = program(&world, &application);
    let refresh = |token: &types::OAuthToken| {
        let token = token.refresh_token.as_ref().unwrap().expose().to_owned();
        program.get_oauth_token("refresh_token").refresh_token(token)
    };
    world.local.clock().advance(Duration::from_secs(86_400));
    let expired = world.device().client.with_client_token(&first.access_token).unwrap();
    assert_eq!(expired.get_oauth_user_info().send().await.unwrap_err().status().unwrap(), 401);
    let more = refresh(&first).scope("private_metadata").send().await.unwrap_err();
    assert_eq!(more.code(), Some(&ErrorCode::new("invalid_scope")));
    let second = refresh(&first).scope("openid offline_access").send().await.unwrap();
    assert_eq!(second.scope.as_deref(), Some("openid offline_access"));
    let fresh = world.device().client.with_client_token(&second.access_token).unwrap();
    fresh.get_oauth_user_info().send().await.unwrap();

    assert_eq!(refresh(&first).send().await.unwrap_err().code(), Some(&ErrorCode::new("invalid_grant")));
    assert_eq!(fresh.get_oauth_user_info().send().await.unwrap_err().status().unwrap(), 401);
    assert_eq!(refresh(&second).send().await.unwrap_err().code(), Some(&ErrorCode::new("invalid_grant")));
}

async fn a_client_that_does_not_prove_who_it_is_gets_nothing(world: World) {
    let application = application(&world).await;
    let ann = user(&world, "ann@example.com").await;
    let code = code(&signed_in(&world, &ann).await, &application).await;
    let anyone = world.device();
    let trade = || anyone.get_oauth_token("authorization_code").code(code.as_str());
    for refused in [
        trade().send().await,
        trade().client_id("nobody").send().await,
        trade().client_id(application.client_id.clone()).send().await,
        trade().client_id(application.client_id.clone()).client_secret("guessed").send().await,
    ] {
        let refused = refused.unwrap_err();
        assert_eq!(
            (refused.status().unwrap().as_u16(), refused.code()),
            (401, Some(&ErrorCode::new("invalid_client")))
        );
    }
    let secret = application.client_secret.as_ref().unwrap().expose().to_owned();
    let posted = trade().client_id(application.client_id.clone()).client_secret(secret);
    posted.send().await.unwrap();
    let other = anyone.get_oauth_token("password").send().await.unwrap_err();
    assert_eq!(
        (other.status().unwrap().as_u16(), other.code()),
        (400, Some(&ErrorCode::new("unsupported_grant_type")))
    );
    let info = anyone.get_oauth_token_info("anything").send().await.unwrap_err();
    assert_eq!(info.code(), Some(&ErrorCode::new("invalid_client")));
}

async fn a_request_that_cannot_be_trusted_is_not_sent_back(world: World) {
    let application = application(&world).await;
    let device = world.device();
    let request = |client_id: &str| device.request_oauth_authorize("code", client_id);
    let unknown = request("nobody").send().await.unwrap_err();
    assert_eq!((unknown.status().unwrap().as_u16(), unknown.code()), (400, Some(&ErrorCode::new("invalid_client"))));
    let id = application.client_id.as_str();
    let stolen = request(id).redirect_uri("https://evil.example.com/callback").send().await.unwrap_err();
    assert_eq!((stolen.status().unwrap().as_u16(), stolen.code()), (400, Some(&ErrorCode::new("invalid_request"))));
    let error = |location: &str| parameter(location, "error").unwrap();
    let scope = request(id).scope(["private_metadata"]).send().await.unwrap().unwrap().location;
    assert_eq!((scope.starts_with(CALLBACK), error(&scope).as_str()), (true, "invalid_scope"));
    let state = request(id).state("short").send().await.unwrap().unwrap().location;
    assert_eq!(error(&state), "invalid_state");
    let plain = request(id).code_challenge(VERIFIER).code_challenge_method("plain").send().await.unwrap().unwrap();
    assert_eq!(error(&plain.location), "invalid_request");
}

async fn a_revoked_access_token_is_inactive_everywhere(world: World) {
    let backend = world.backend();
    let application = application(&world).await;
    let tokens = tokens(&world, &application).await;
    let program = program(&world, &application);
    let access = tokens.access_token.expose().to_owned();
    let info = || program.get_oauth_token_info(access.as_str());
    assert_eq!(info().send().await.unwrap().client_id.as_ref(), Some(&application.client_id));
    let verified = backend.verify_oauth_access_token().access_token(access.as_str()).send().await.unwrap();
    assert_eq!((verified.revoked, verified.expired), (Some(false), Some(false)));

    let anyone = world.device();
    let refused = anyone.revoke_oauth_token().token(access.as_str()).send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::new("invalid_client")), "a secret client proves who it is");
    program.revoke_oauth_token().token(access.as_str()).send().await.unwrap();
    program.revoke_oauth_token().token("never given out").send().await.unwrap();
    assert!(!info().send().await.unwrap().active);
    let verified = backend.verify_oauth_access_token().access_token(access.as_str()).send().await.unwrap();
    assert_eq!(verified.revoked, Some(true));
    let unknown = backend.verify_oauth_access_token().access_token("oat_unknown").send().await.unwrap_err();
    assert_eq!((unknown.status().unwrap().as_u16(), unknown.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));

    let refreshed = tokens.refresh_token.unwrap();
    let again = program.get_oauth_token("refresh_token").refresh_token(&refreshed).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::new("invalid_grant")));
    let id = application.id.clone();
    let missing = backend.revoke_oauth_application_token(id.clone(), "oat_unknown").send().await.unwrap_err();
    assert_eq!(missing.status().unwrap(), 404);
    backend.revoke_oauth_application_token(id, access).send().await.unwrap();
}

async fn an_access_token_that_is_a_jwt_says_whose_it_is(world: World) {
    let backend = world.backend();
    assert!(!backend.get_instance_oauth_application_settings().send().await.unwrap().oauth_jwt_access_tokens);
    let update = backend.update_instance_oauth_application_settings().oauth_jwt_access_tokens(true);
    assert!(update.send().await.unwrap().oauth_jwt_access_tokens);
    let application = application(&world).await;
    let tokens = tokens(&world, &application).await;
    let (header, claims) = decoded(tokens.access_token.expose());
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("RS256")));
    assert_eq!(claims["client_id"], json!(application.client_id));
    assert_eq!(claims["scope"], "openid email profile offline_access public_metadata");
    let verified = backend.verify_oauth_access_token().access_token(&tokens.access_token).send().await.unwrap();
    assert_eq!((json!(verified.id), json!(verified.subject)), (claims["jti"].clone(), claims["sub"].clone()));
    let bearer = world.device().client.with_client_token(&tokens.access_token).unwrap();
    assert_eq!(json!(bearer.get_oauth_user_info().send().await.unwrap().sub), claims["sub"]);
}

async fn a_program_registers_itself_where_that_is_allowed(world: World) {
    let device = world.device();
    let register = || device.register_oauth_client(["http://localhost:8000/cb"]).client_name("Robot");
    let refused = register().send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::FEATURE_REQUIRES_DYNAMIC_OAUTH_CLIENT_REGISTRATION));
    let backend = world.backend();
    let update = backend.update_instance_oauth_application_settings().dynamic_oauth_client_registration(true);
    update.default_scopes(["openid", "email"]).send().await.unwrap();

    let made = register().token_endpoint_auth_method("none").send().await.unwrap();
    assert_eq!((made.client_secret.is_none(), made.scope.as_deref()), (true, Some("openid email")));
    let listed = backend.list_oauth_applications().send().await.unwrap().data;
    assert!(listed[0].dynamically_registered && listed[0].public && listed[0].name == "Robot");
    let silent = backend.update_oauth_application(listed[0].id.clone()).consent_screen_enabled(false);
    let silent = silent.send().await.unwrap_err();
    assert_eq!(silent.code(), Some(&ErrorCode::OAUTH_APPLICATION_CONSENT_SCREEN_CANNOT_BE_DISABLED));
    let wrong = device.register_oauth_client(["not a uri"]).send().await.unwrap_err();
    assert_eq!((wrong.status().unwrap().as_u16(), wrong.code()), (400, Some(&ErrorCode::new("invalid_redirect_uri"))));
}

async fn the_issuer_says_where_everything_is(world: World) {
    let device = world.device();
    let frontend = world.local.frontend_url();
    let server = device.get_oauth2_authorization_server_metadata().send().await.unwrap();
    assert_eq!((server.issuer.as_str(), server.registration_endpoint), (frontend, None));
    let open_id = device.get_open_id_configuration().send().await.unwrap();
    assert_eq!(open_id.userinfo_endpoint, Some(format!("{frontend}/oauth/userinfo")));
    assert_eq!(open_id.token_endpoint, server.token_endpoint);
}
