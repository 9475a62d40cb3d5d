//! Signing in with a ticket: of a back end, or of an invitation.

use std::time::Duration;

use clerk_core::ErrorCode;
use clerk_core::http::Request;
use clerk_fapi::types::SignInStatus;
use clerk_local::Api;

use super::{
    sign_in::{ADDRESS, PASSWORD, ann, signed_in},
    sign_in_links::query,
};
use crate::world::World;

scenarios![
    a_sign_in_token_signs_in_once,
    a_sign_in_token_stands_in_for_the_second_factor,
    a_sign_in_token_runs_out_and_can_be_taken_back,
    a_ticket_that_is_none_is_refused,
    an_actor_token_lets_somebody_act_for_the_user,
    a_ticket_finishes_an_attempt_of_its_user_only,
    who_was_invited_and_has_an_account_signs_in_with_the_ticket,
    a_page_sends_the_browser_on_with_the_ticket,
    a_user_who_is_gone_has_no_ticket,
];

async fn token(world: &World, user: &clerk_core::UserId) -> String {
    let token = world.backend().create_sign_in_token(user).send().await.unwrap();
    token.token.unwrap().expose().to_owned()
}

async fn a_sign_in_token_signs_in_once(world: World) {
    let user = ann(&world).await;
    let token = token(&world, &user.id).await;
    let device = world.device();
    let done = device.create_sign_in().strategy("ticket").ticket(token.as_str()).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    assert_eq!(done.response.identifier.as_deref(), Some(ADDRESS));
    assert_eq!(done.response.first_factor_verification.unwrap().strategy.unwrap().as_str(), "ticket");
    let again = world.device().create_sign_in().strategy("ticket").ticket(token.as_str()).send().await.unwrap_err();
    assert_eq!(
        (again.status().unwrap().as_u16(), again.code()),
        (400, Some(&ErrorCode::SIGN_IN_TOKEN_ALREADY_USED_CODE))
    );
}

async fn a_sign_in_token_stands_in_for_the_second_factor(world: World) {
    let backend = world.backend();
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let user = backend.create_user().email_address([ADDRESS]).password(PASSWORD).totp_secret(secret);
    let user = user.send().await.unwrap();
    let token = token(&world, &user.id).await;
    let done = world.device().create_sign_in().ticket(token).send().await.unwrap().response;
    assert_eq!(done.status, SignInStatus::Complete);
    assert_eq!(done.second_factor_verification.unwrap().strategy.unwrap().as_str(), "ticket");
}

async fn a_sign_in_token_runs_out_and_can_be_taken_back(world: World) {
    let user = ann(&world).await;
    let backend = world.backend();
    let short = backend.create_sign_in_token(&user.id).expires_in_seconds(60).send().await.unwrap();
    let revoked = backend.create_sign_in_token(&user.id).send().await.unwrap();
    backend.revoke_sign_in_token(&revoked.id).send().await.unwrap();
    let device = world.device();
    let error = device.create_sign_in().ticket(revoked.token.unwrap()).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SIGN_IN_TOKEN_REVOKED_CODE));
    world.local.clock().advance(Duration::from_secs(60));
    let error = device.create_sign_in().ticket(short.token.unwrap()).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::TICKET_EXPIRED_CODE));
}

async fn a_ticket_that_is_none_is_refused(world: World) {
    let device = world.device();
    for ticket in ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let error = device.create_sign_in().strategy("ticket").ticket(ticket).send().await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::TICKET_INVALID_CODE)));
    }
    let none = device.create_sign_in().strategy("ticket").send().await.unwrap_err();
    assert_eq!(none.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
}

async fn an_actor_token_lets_somebody_act_for_the_user(world: World) {
    let user = ann(&world).await;
    let backend = world.backend();
    let actor = serde_json::json!({"sub": "user_support"});
    let token = backend.create_actor_token(&user.id, actor.clone()).session_max_duration_in_seconds(600);
    let token = token.send().await.unwrap();
    let device = world.device();
    let done = device.create_sign_in().strategy("ticket").ticket(token.token.unwrap()).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
    let client = done.client.unwrap();
    assert_eq!(serde_json::to_value(&client.sessions[0]).unwrap()["actor"], actor);
    world.local.clock().advance(Duration::from_secs(601));
    let client = device.get_client().send().await.unwrap().response.unwrap();
    assert!(client.sessions.iter().all(|session| session.status.as_str() != "active"), "it lasts as long as it says");
}

#[allow(deprecated, reason = "the server takes it still, and applications that are out there send it")]
async fn a_ticket_finishes_an_attempt_of_its_user_only(world: World) {
    let user = ann(&world).await;
    let other = "bob+clerk_test@example.com";
    world.backend().create_user().email_address([other]).password(PASSWORD).send().await.unwrap();
    let token = token(&world, &user.id).await;
    let device = world.device();
    let theirs = device.create_sign_in().identifier(other).send().await.unwrap().response;
    let error =
        device.attempt_sign_in_factor_one(&theirs.id, "ticket").ticket(token.as_str()).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::TICKET_INVALID_CODE));
    let own = device.create_sign_in().identifier(ADDRESS).send().await.unwrap().response;
    let done = device.attempt_sign_in_factor_one(&own.id, "ticket").ticket(token.as_str()).send().await.unwrap();
    assert_eq!(done.response.status, SignInStatus::Complete);
}

async fn who_was_invited_and_has_an_account_signs_in_with_the_ticket(world: World) {
    let backend = world.backend();
    let invitation = backend.create_invitation(ADDRESS).send().await.unwrap();
    let url = invitation.url.unwrap().expose().to_owned();
    let ticket = query(&url, "ticket").unwrap();
    let early = world.device().create_sign_in().ticket(ticket.as_str()).send().await.unwrap_err();
    assert_eq!(early.code(), Some(&ErrorCode::INVITATION_ACCOUNT_NOT_EXISTS));
    ann(&world).await;
    let done = world.device().create_sign_in().ticket(ticket.as_str()).send().await.unwrap().response;
    assert_eq!(done.status, SignInStatus::Complete);
    let again = world.device().create_sign_in().ticket(ticket).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::INVITATION_ALREADY_ACCEPTED));
}

async fn a_page_sends_the_browser_on_with_the_ticket(world: World) {
    let backend = world.backend();
    let invitation = backend.create_invitation(ADDRESS).redirect_url("https://app.example.com/join").send().await;
    let url = invitation.unwrap().url.unwrap().expose().to_owned();
    let ticket = query(&url, "ticket").unwrap();
    let path = url.strip_prefix(world.local.frontend_url()).unwrap();
    let response = world.raw(Api::Frontend, Request::get(path), "").await;
    assert_eq!(response.status(), 303);
    let back = response.headers()["location"].to_str().unwrap().to_owned();
    assert!(back.starts_with("https://app.example.com/join?"), "{back}");
    assert_eq!(query(&back, "__clerk_ticket").as_deref(), Some(ticket.as_str()));
    assert_eq!(query(&back, "__clerk_status").as_deref(), Some("sign_up"));
    ann(&world).await;
    world.device().accept_ticket(ticket.as_str()).send().await.unwrap();
    let response = world.raw(Api::Frontend, Request::get(path), "").await;
    let back = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(query(&back, "__clerk_status").as_deref(), Some("sign_in"));
    assert_eq!(
        world.device().accept_ticket("x").send().await.unwrap_err().code(),
        Some(&ErrorCode::TICKET_INVALID_CODE)
    );
}

async fn a_user_who_is_gone_has_no_ticket(world: World) {
    let user = ann(&world).await;
    let token = token(&world, &user.id).await;
    let device = world.device();
    let session = signed_in(&device).await.created_session_id;
    assert!(session.is_some());
    let twice = device.create_sign_in().ticket(token.as_str()).send().await.unwrap_err();
    assert_eq!(twice.code(), Some(&ErrorCode::IDENTIFIER_ALREADY_SIGNED_IN), "the ticket is not used up by that");
    world.backend().delete_user(&user.id).send().await.unwrap();
    let error = world.device().create_sign_in().ticket(token).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::TICKET_INVALID_CODE));
}
