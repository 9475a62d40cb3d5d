//! Sessions: what begins, changes and ends them, and proving a factor again.

use std::time::Duration;

use clerk_core::{ErrorCode, SessionId, UserId};

use crate::world::{Device, World};

scenarios![
    a_session_is_shown_with_its_user_and_a_token,
    an_ended_session_leaves_the_client_and_cannot_end_again,
    a_session_of_somebody_else_is_not_found,
    a_user_sees_and_revokes_sessions_on_other_devices,
    a_session_runs_out_when_its_time_is_over,
    a_session_that_nobody_uses_is_abandoned,
    with_single_session_the_new_one_takes_the_place_of_the_old,
    a_client_switches_between_its_sessions,
    tasks_keep_a_session_pending,
    a_back_end_makes_lists_and_revokes_sessions,
    production_has_no_sessions_without_a_sign_in,
    a_first_factor_is_proven_again_by_password_or_code,
    a_second_factor_is_proven_again_by_app_or_paper,
    a_second_factor_is_proven_again_by_a_code_to_the_phone,
    reverification_has_an_order,
];

/// A user with a password, and a test address.
pub async fn user(world: &World, email: &str) -> UserId {
    let backend = world.backend();
    let create = backend.create_user().email_address([email]).password("correct horse battery");
    create.send().await.unwrap().id
}

/// A device on which a new user is signed in, and the session.
pub async fn signed_in(world: &World) -> (Device, SessionId) {
    let user = user(world, "ann+clerk_test@example.com").await;
    signed_in_as(world, &user)
}

pub fn signed_in_as(world: &World, user: &UserId) -> (Device, SessionId) {
    let signed_in = world.local.sign_in_as(user.as_str()).unwrap();
    let device = world.device();
    device.set_token(Some(signed_in.client_token.expose().to_owned()));
    (device, signed_in.session_id)
}

async fn a_session_is_shown_with_its_user_and_a_token(world: World) {
    let (device, id) = signed_in(&world).await;
    let client = device.get_client().send().await.unwrap().response.unwrap();
    assert_eq!(client.last_active_session_id.as_ref(), Some(&id));
    let session = device.get_session(&id).send().await.unwrap().response;
    assert_eq!(session.status.as_str(), "active");
    assert_eq!(session.factor_verification_age, [0, -1]);
    assert_eq!(session.public_user_data.unwrap().identifier.unwrap(), "ann+clerk_test@example.com");
    assert!(session.user.is_some() && session.last_active_token.is_some() && session.tasks.is_empty());
    world.local.clock().advance(Duration::from_secs(150));
    let later = device.touch_session(&id).send().await.unwrap().response;
    assert_eq!(later.factor_verification_age, [2, -1]);
    assert!(later.last_active_at > session.last_active_at);
}

async fn an_ended_session_leaves_the_client_and_cannot_end_again(world: World) {
    let (device, id) = signed_in(&world).await;
    let ended = device.end_session(&id).send().await.unwrap();
    assert_eq!(ended.response.status.as_str(), "ended");
    assert!(ended.client.unwrap().sessions.is_empty());
    let error = device.end_session(&id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::INVALID_ACTION_FOR_SESSION)));
    let error = device.create_session_token(&id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (401, Some(&ErrorCode::AUTHENTICATION_INVALID)));
    assert_eq!(device.touch_session(&id).send().await.unwrap_err().code(), Some(&ErrorCode::AUTHENTICATION_INVALID));

    let user = user(&world, "bob@example.com").await;
    let (device, id) = signed_in_as(&world, &user);
    assert_eq!(device.remove_session(&id).send().await.unwrap().response.status.as_str(), "removed");
    // A removed one is no longer the client's at all.
    let error = device.get_session(&id).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
}

async fn a_session_of_somebody_else_is_not_found(world: World) {
    let (_, of_ann) = signed_in(&world).await;
    let bob = user(&world, "bob@example.com").await;
    let (device, _) = signed_in_as(&world, &bob);
    assert_eq!(device.get_session(&of_ann).send().await.unwrap_err().status().unwrap(), 404);
    assert_eq!(device.create_session_token(&of_ann).send().await.unwrap_err().status().unwrap(), 404);
    assert_eq!(device.revoke_session(&of_ann).send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn a_user_sees_and_revokes_sessions_on_other_devices(world: World) {
    let user = user(&world, "ann@example.com").await;
    let (phone, on_phone) = signed_in_as(&world, &user);
    let (laptop, on_laptop) = signed_in_as(&world, &user);
    let active = laptop.get_active_sessions().send().await.unwrap();
    let ids: Vec<_> = active.iter().map(|session| session.id.clone()).collect();
    assert_eq!(ids, [on_laptop.clone(), on_phone.clone()]);
    assert!(active[0].latest_activity.is_some());
    let revoked = laptop.revoke_session(&on_phone).send().await.unwrap().response;
    assert_eq!(revoked.status.as_str(), "revoked");
    assert_eq!(
        laptop.revoke_session(&on_phone).send().await.unwrap_err().code(),
        Some(&ErrorCode::INVALID_ACTION_FOR_SESSION)
    );
    assert_eq!(laptop.get_active_sessions().send().await.unwrap().len(), 1);
    assert_eq!(laptop.get_user_sessions().send().await.unwrap().len(), 2);
    let client = phone.get_client().send().await.unwrap().response.unwrap();
    assert!(client.sessions.is_empty() && client.last_active_session_id.is_none());
    assert_eq!(phone.get_active_sessions().send().await.unwrap_err().status().unwrap(), 401);
}

async fn a_session_runs_out_when_its_time_is_over(world: World) {
    let (device, id) = signed_in(&world).await;
    world.local.clock().advance(Duration::from_secs(7 * 24 * 3600 - 60));
    device.create_session_token(&id).send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(60));
    assert_eq!(
        device.create_session_token(&id).send().await.unwrap_err().code(),
        Some(&ErrorCode::AUTHENTICATION_INVALID)
    );
    assert!(device.get_client().send().await.unwrap().response.unwrap().sessions.is_empty());
    assert_eq!(device.get_session(&id).send().await.unwrap().response.status.as_str(), "expired");
    let backend = world.backend();
    assert_eq!(backend.get_session_list().status("expired").send().await.unwrap().data.len(), 1);
    assert!(backend.get_session_list().status("active").send().await.unwrap().data.is_empty());
}

async fn a_session_that_nobody_uses_is_abandoned(world: World) {
    world.local.update_settings(|settings| {
        settings.lifetimes.session_inactivity = Some(Duration::from_secs(600));
    });
    let (device, id) = signed_in(&world).await;
    world.local.clock().advance(Duration::from_secs(590));
    device.touch_session(&id).send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(590));
    assert_eq!(device.get_session(&id).send().await.unwrap().response.status.as_str(), "active");
    world.local.clock().advance(Duration::from_secs(10));
    assert_eq!(device.get_session(&id).send().await.unwrap().response.status.as_str(), "abandoned");
    assert_eq!(device.touch_session(&id).send().await.unwrap_err().status().unwrap(), 401);
}

async fn with_single_session_the_new_one_takes_the_place_of_the_old(world: World) {
    world.local.update_settings(|settings| settings.single_session = true);
    let (device, first) = signed_in(&world).await;
    let bob = user(&world, "bob@example.com").await;
    world.local.sign_in_on(&device.token().unwrap(), bob.as_str()).unwrap();
    let client = device.get_client().send().await.unwrap().response.unwrap();
    assert_eq!(client.sessions.len(), 1);
    assert_ne!(client.sessions[0].id, first);
    assert_eq!(world.backend().get_session(&first).send().await.unwrap().status.as_str(), "replaced");
}

async fn a_client_switches_between_its_sessions(world: World) {
    let (device, of_ann) = signed_in(&world).await;
    let bob = user(&world, "bob@example.com").await;
    let of_bob = world.local.sign_in_on(&device.token().unwrap(), bob.as_str()).unwrap().session_id;
    let foreground = async || device.get_client().send().await.unwrap().response.unwrap().last_active_session_id;
    assert_eq!(foreground().await, Some(of_bob.clone()));
    // Who is meant is named where it is not who is in front.
    let of_user = device.get_active_sessions().clerk_session_id(&of_ann).send().await.unwrap();
    assert_eq!(of_user[0].id, of_ann);
    device.touch_session(&of_ann).intent("select_session").send().await.unwrap();
    assert_eq!(foreground().await, Some(of_ann.clone()));
    // When the one in front ends, the other comes forward.
    device.end_session(&of_ann).send().await.unwrap();
    assert_eq!(foreground().await, Some(of_bob));
}

async fn tasks_keep_a_session_pending(world: World) {
    world.local.update_settings(|settings| {
        settings.second_factor_required = true;
        settings.organizations.force_selection = true;
    });
    let (device, id) = signed_in(&world).await;
    let session = device.get_session(&id).send().await.unwrap().response;
    assert_eq!(session.status.as_str(), "pending");
    let tasks: Vec<_> = session.tasks.iter().map(|task| task.key.as_str()).collect();
    assert_eq!(tasks, ["choose-organization", "setup-mfa"]);
    // There is no personal account to go to.
    let touched = device.touch_session(&id).active_organization_id("").send().await.unwrap().response;
    assert_eq!(touched.status.as_str(), "pending");
    world.local.update_settings(|settings| settings.second_factor_required = false);
    world.local.update_settings(|settings| settings.organizations.force_selection = false);
    let client = device.get_client().send().await.unwrap().response.unwrap();
    assert_eq!(client.sessions[0].status.as_str(), "active");
}

#[allow(deprecated, reason = "it is still served")]
async fn a_back_end_makes_lists_and_revokes_sessions(world: World) {
    let backend = world.backend();
    let ann = user(&world, "ann@example.com").await;
    let bob = user(&world, "bob@example.com").await;
    let made = backend.create_session(&ann).send().await.unwrap();
    let other = backend.create_session(&bob).send().await.unwrap();
    assert_eq!((made.status.as_str(), &made.user_id), ("active", &ann));
    let ids =
        |list: clerk_core::Page<clerk_bapi::types::Session>| list.data.into_iter().map(|it| it.id).collect::<Vec<_>>();
    let all = backend.get_session_list().send().await.unwrap();
    assert_eq!(ids(all), [other.id.clone(), made.id.clone()]);
    assert_eq!(ids(backend.get_session_list().user_id(&ann).send().await.unwrap()), [made.id.clone()]);
    let client = made.client_id.clone().unwrap();
    assert_eq!(ids(backend.get_session_list().client_id(client).send().await.unwrap()), [made.id.clone()]);
    assert_eq!(ids(backend.get_session_list().limit(1).offset(1).send().await.unwrap()), [made.id.clone()]);
    assert_eq!(backend.get_session_list().status("odd").send().await.unwrap_err().status().unwrap(), 422);
    assert_eq!(backend.revoke_session(&made.id).send().await.unwrap().status.as_str(), "revoked");
    assert_eq!(ids(backend.get_session_list().status("revoked").send().await.unwrap()), [made.id.clone()]);
    assert_eq!(backend.get_session("sess_none").send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    assert_eq!(backend.create_session("user_none").send().await.unwrap_err().status().unwrap(), 404);
    let token = backend.create_session_token(&other.id).send().await.unwrap().jwt;
    let verified = backend.verify_session(&other.id, token.clone()).send().await.unwrap();
    assert_eq!(verified.id, other.id);
    let error = backend.verify_session(&made.id, token).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::INVALID_SESSION_TOKEN)));
    assert_eq!(backend.create_session_token(&made.id).send().await.unwrap_err().status().unwrap(), 401);
}

async fn production_has_no_sessions_without_a_sign_in(world: World) {
    let world =
        world.rebuilt(|builder| builder.configure(|it| it.environment = clerk_local::Environment::Production)).await;
    let ann = user(&world, "ann@example.com").await;
    let error = world.backend().create_session(&ann).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::REQUEST_INVALID_FOR_ENVIRONMENT));
}

async fn a_first_factor_is_proven_again_by_password_or_code(world: World) {
    let (device, id) = signed_in(&world).await;
    world.local.clock().advance(Duration::from_secs(3600));
    assert_eq!(device.get_session(&id).send().await.unwrap().response.factor_verification_age, [60, -1]);
    // Without a second factor the first one is what can be asked for.
    let begun = device.start_session_reverification(&id, "multi_factor").send().await.unwrap().response;
    assert_eq!((begun.status.as_str(), begun.level.as_deref()), ("needs_first_factor", Some("first_factor")));
    let strategies: Vec<_> =
        begun.supported_first_factors.iter().map(|it| it.strategy.as_ref().unwrap().as_str()).collect();
    assert_eq!(strategies, ["password", "email_code"]);
    let attempt = || device.attempt_session_reverification_first_factor(&id, "password");
    let error = attempt().password("wrong").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::FORM_PASSWORD_INCORRECT)));
    let done = attempt().password("correct horse battery").send().await.unwrap().response;
    assert_eq!(done.status.as_str(), "complete");
    assert_eq!(device.get_session(&id).send().await.unwrap().response.factor_verification_age, [0, -1]);

    world.local.clock().advance(Duration::from_secs(3600));
    device.start_session_reverification(&id, "first_factor").send().await.unwrap();
    let code = || device.attempt_session_reverification_first_factor(&id, "email_code");
    assert_eq!(code().code("424242").send().await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_MISSING));
    let sent = device.prepare_session_reverification_first_factor(&id, "email_code").send().await.unwrap().response;
    assert_eq!(sent.first_factor_verification.unwrap().status.unwrap().as_str(), "unverified");
    assert_eq!(code().code("000000").send().await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    assert_eq!(code().code("424242").send().await.unwrap().response.status.as_str(), "complete");

    device.start_session_reverification(&id, "first_factor").send().await.unwrap();
    device.prepare_session_reverification_first_factor(&id, "email_code").send().await.unwrap();
    world.local.clock().advance(Duration::from_secs(601));
    assert_eq!(code().code("424242").send().await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_EXPIRED));
    let error = device.prepare_session_reverification_first_factor(&id, "phone_code").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::STRATEGY_FOR_USER_INVALID));
}

async fn a_second_factor_is_proven_again_by_app_or_paper(world: World) {
    let backend = world.backend();
    let create = backend.create_user().email_address(["ann@example.com"]).password("correct horse battery");
    let create = create.totp_secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").backup_codes(["aaaa1111", "bbbb2222"]);
    let ann = create.send().await.unwrap().id;
    let (device, id) = signed_in_as(&world, &ann);
    let begun = device.start_session_reverification(&id, "second_factor").send().await.unwrap().response;
    assert_eq!(begun.status.as_str(), "needs_second_factor");
    let attempt =
        |strategy: &str, code: &str| device.attempt_session_reverification_second_factor(&id, strategy, code).send();
    assert_eq!(attempt("totp", "000000").await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    assert_eq!(attempt("phone_code", "424242").await.unwrap_err().code(), Some(&ErrorCode::VERIFICATION_MISSING));
    assert_eq!(attempt("backup_code", "aaaa1111").await.unwrap().response.status.as_str(), "complete");
    assert_eq!(device.get_session(&id).send().await.unwrap().response.factor_verification_age, [0, 0]);
    // A code on paper is used up.
    device.start_session_reverification(&id, "second_factor").send().await.unwrap();
    assert_eq!(attempt("backup_code", "aaaa1111").await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    assert_eq!(
        device.prepare_session_reverification_second_factor(&id).send().await.unwrap_err().code(),
        Some(&ErrorCode::STRATEGY_FOR_USER_INVALID)
    );
}

async fn a_second_factor_is_proven_again_by_a_code_to_the_phone(world: World) {
    let number = "+12015550100";
    let seed = serde_json::json!({"users": [{
        "id": "user_ann", "email_addresses": ["ann@example.com"], "password": "correct horse battery",
        "phone_numbers": [number], "second_factor_phone_numbers": [number],
    }]});
    world.local.seed(&serde_json::from_value(seed).unwrap()).unwrap();
    let (device, id) = signed_in_as(&world, &UserId::from("user_ann"));
    device.start_session_reverification(&id, "second_factor").send().await.unwrap();
    let sent = device.prepare_session_reverification_second_factor(&id).strategy("phone_code").send().await.unwrap();
    assert_eq!(sent.response.second_factor_verification.unwrap().status.unwrap().as_str(), "unverified");
    let attempt = |code: &str| device.attempt_session_reverification_second_factor(&id, "phone_code", code).send();
    assert_eq!(attempt("000000").await.unwrap_err().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
    assert_eq!(attempt("424242").await.unwrap().response.status.as_str(), "complete");
    assert_eq!(device.get_session(&id).send().await.unwrap().response.factor_verification_age, [0, 0]);
}

async fn reverification_has_an_order(world: World) {
    let (device, id) = signed_in(&world).await;
    let attempt = || device.attempt_session_reverification_first_factor(&id, "password").password("x");
    assert_eq!(attempt().send().await.unwrap_err().code(), Some(&ErrorCode::SESSION_REVERIFICATION_MISSING));
    device.start_session_reverification(&id, "first_factor").send().await.unwrap();
    let error = device.attempt_session_reverification_second_factor(&id, "totp", "1").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::INVALID_ACTION_FOR_SESSION_REVERIFICATION));
    let error = device.start_session_reverification(&id, "third_factor").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
}
