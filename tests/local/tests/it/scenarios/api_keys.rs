//! API keys, as back ends and as their owners see them.

use std::time::Duration;

use serde_json::json;

use crate::world::World;

scenarios![
    a_back_end_makes_verifies_changes_and_deletes_an_api_key,
    a_revoked_or_expired_api_key_is_told_of_as_such,
    api_keys_that_are_switched_off_are_refused,
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
    assert_eq!(backend.verify_api_key(secret).send().await.unwrap_err().code(), Some("resource_not_found"));
    let nobody = backend.create_api_key("Lost", "user_000000000000000000000000000").send().await.unwrap_err();
    assert_eq!(nobody.code(), Some("resource_not_found"));
    let short = backend.create_api_key("ab", ann).send().await.unwrap_err();
    assert_eq!(short.code(), Some("form_param_format_invalid"));
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
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (422, Some("api_keys_not_enabled")));
}
