//! API keys, as back ends and as their owners see them.

use std::time::Duration;

use serde_json::json;

use super::oauth_server::{organization, signed_in};
use crate::world::{Device, World};
use clerk_core::ErrorCode;

scenarios![
    a_back_end_makes_verifies_changes_and_deletes_an_api_key,
    a_revoked_or_expired_api_key_is_told_of_as_such,
    api_keys_that_are_switched_off_are_refused,
    a_user_makes_and_revokes_api_keys_with_a_session_token,
    members_make_keys_of_their_organization_where_their_role_lets_them,
    an_api_key_of_somebody_else_is_not_there,
    an_api_key_of_somebody_who_is_gone_is_none,
];

async fn owner(world: &World) -> String {
    let backend = world.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).skip_password_requirement(true).send().await;
    user.unwrap().id.as_str().to_owned()
}

async fn a_back_end_makes_verifies_changes_and_deletes_an_api_key(world: World) {
    let backend = world.backend();
    let ann = owner(&world).await;
    let made = backend.create_api_key("Deploy", ann.as_str()).scopes(["read"]).claims(json!({"team": 1}));
    let made = made.created_by(ann.as_str()).send().await.unwrap();
    let secret = made.secret.expose().to_owned();
    assert!(secret.starts_with("ak_") && secret != made.id.as_str());
    assert_eq!(made.expiration, None);

    let seen = backend.verify_api_key(secret.as_str()).send().await.unwrap();
    assert_eq!(
        (seen.id.clone(), seen.subject.as_str(), seen.scopes),
        (made.id.clone(), &*ann, vec!["read".to_owned()])
    );
    assert!(seen.last_used_at.is_some());
    assert_eq!(backend.get_api_key_secret(made.id.clone()).send().await.unwrap().secret.expose(), secret);

    let changed = backend.update_api_key(made.id.clone()).description("for CI").clear_claims().send().await.unwrap();
    assert_eq!((changed.description.as_deref(), changed.claims), (Some("for CI"), None));
    assert_eq!(backend.get_api_key(made.id.clone()).send().await.unwrap().name.as_deref(), Some("Deploy"));
    assert_eq!(backend.get_api_keys(ann.as_str()).query("depl").send().await.unwrap().total_count, Some(1));

    assert!(backend.delete_api_key(made.id.clone()).send().await.unwrap().deleted);
    assert_eq!(backend.verify_api_key(secret).send().await.unwrap_err().code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    let nobody = backend.create_api_key("Lost", "user_000000000000000000000000000").send().await.unwrap_err();
    assert_eq!(nobody.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    let short = backend.create_api_key("ab", ann).send().await.unwrap_err();
    assert_eq!(short.code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
}

async fn a_revoked_or_expired_api_key_is_told_of_as_such(world: World) {
    world.local.clock().freeze();
    let backend = world.backend();
    let ann = owner(&world).await;
    let short = backend.create_api_key("Short", ann.as_str()).seconds_until_expiration(60).send().await.unwrap();
    let long = backend.create_api_key("Long", ann.as_str()).send().await.unwrap();
    let revoked = backend.revoke_api_key(long.id.clone()).revocation_reason("old").send().await.unwrap();
    assert_eq!((revoked.revoked, revoked.revocation_reason.as_deref()), (true, Some("old")));
    assert!(backend.verify_api_key(long.secret.expose()).send().await.unwrap().revoked);

    assert!(!backend.verify_api_key(short.secret.expose()).send().await.unwrap().expired);
    assert_eq!(backend.get_api_keys(ann.as_str()).send().await.unwrap().total_count, Some(1));
    world.local.clock().advance(Duration::from_secs(60));
    assert!(backend.verify_api_key(short.secret.expose()).send().await.unwrap().expired);
    assert_eq!(backend.get_api_keys(ann.as_str()).send().await.unwrap().total_count, Some(0));
    assert_eq!(backend.get_api_keys(ann.as_str()).include_invalid(true).send().await.unwrap().total_count, Some(2));
}

async fn api_keys_that_are_switched_off_are_refused(world: World) {
    let ann = owner(&world).await;
    world.local.update_settings(|settings| settings.api_keys = false);
    let refused = world.backend().create_api_key("Deploy", ann).send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (422, Some(&ErrorCode::API_KEYS_NOT_ENABLED)));
}

/// The client that a session token makes of a device.
async fn by_session_token(device: &Device) -> clerk_fapi::Client {
    let client = device.get_client().send().await.unwrap().response.unwrap();
    let session = client.last_active_session_id.unwrap();
    let token = device.create_session_token(session).send().await.unwrap().jwt;
    device.client.with_client_token(&token).unwrap()
}

async fn a_user_makes_and_revokes_api_keys_with_a_session_token(world: World) {
    world.local.clock().freeze();
    let ann = owner(&world).await;
    let device = signed_in(&world, &ann).await;
    let before = device.token();
    let client = by_session_token(&device).await;
    let made = client.create_api_key("Laptop", ann.as_str()).seconds_until_expiration(3600).send().await.unwrap();
    assert_eq!((made.subject.as_str(), made.created_by.as_ref().unwrap().as_str()), (&*ann, &*ann));
    let verified = world.backend().verify_api_key(made.secret.expose()).send().await.unwrap();
    assert_eq!(verified.id, made.id);
    assert_eq!(client.get_api_keys(ann.as_str()).send().await.unwrap().total_count, Some(1));
    let changed = client.update_api_key(made.id.clone()).description("mine").send().await.unwrap();
    assert_eq!(changed.description.as_deref(), Some("mine"));
    assert!(client.revoke_api_key(made.id).send().await.unwrap().revoked);
    assert_eq!(client.get_api_keys(ann.as_str()).send().await.unwrap().total_count, Some(0));
    assert_eq!(device.token(), before, "a session token leaves the client alone");

    world.local.clock().advance(Duration::from_secs(60));
    let late = client.get_api_keys(ann.as_str()).send().await.unwrap_err();
    assert_eq!((late.status().unwrap().as_u16(), late.code()), (401, Some(&ErrorCode::AUTHENTICATION_INVALID)));
}

async fn members_make_keys_of_their_organization_where_their_role_lets_them(world: World) {
    let ann = owner(&world).await;
    let bob = super::oauth_server::user(&world, "bob@example.com").await;
    let eve = super::oauth_server::user(&world, "eve@example.com").await;
    let organization = organization(&world, &[(&ann, "org:admin"), (&bob, "org:member")]);
    let admin = by_session_token(&signed_in(&world, &ann).await).await;
    let made = admin.create_api_key("Deploy", organization.as_str()).send().await.unwrap();
    assert_eq!(made.subject, organization.as_str());

    let member = by_session_token(&signed_in(&world, &bob).await).await;
    let refused = member.create_api_key("Mine", organization.as_str()).send().await.unwrap_err();
    assert_eq!(
        (refused.status().unwrap().as_u16(), refused.code()),
        (403, Some(&ErrorCode::MISSING_ORGANIZATION_PERMISSION))
    );
    let stranger = by_session_token(&signed_in(&world, &eve).await).await;
    let refused = stranger.get_api_keys(organization.as_str()).send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::NOT_A_MEMBER_IN_ORGANIZATION));
}

async fn an_api_key_of_somebody_else_is_not_there(world: World) {
    let ann = owner(&world).await;
    let bob = super::oauth_server::user(&world, "bob@example.com").await;
    let key = world.backend().create_api_key("Hers", ann.as_str()).send().await.unwrap();
    let client = by_session_token(&signed_in(&world, &bob).await).await;
    let refused = client.revoke_api_key(key.id).send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    let refused = client.get_api_keys(ann.as_str()).send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (403, Some(&ErrorCode::AUTHORIZATION_INVALID)));
    let nobody = world.device().get_api_keys(ann).send().await.unwrap_err();
    assert_eq!(nobody.code(), Some(&ErrorCode::SIGNED_OUT));
}

async fn an_api_key_of_somebody_who_is_gone_is_none(world: World) {
    let backend = world.backend();
    let ann = owner(&world).await;
    let key = backend.create_api_key("Deploy", ann.as_str()).send().await.unwrap();
    backend.verify_api_key(key.secret.expose()).send().await.unwrap();
    backend.delete_user(&*ann).send().await.unwrap();
    let gone = backend.verify_api_key(key.secret.expose()).send().await.unwrap_err();
    assert_eq!((gone.status().unwrap().as_u16(), gone.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
}
