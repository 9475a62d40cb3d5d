//! Machines that call each other.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::World;
use clerk_core::ErrorCode;

scenarios![
    a_machine_is_made_changed_listed_and_deleted,
    a_scope_lets_one_machine_call_another_until_it_is_taken_back,
    a_rotated_machine_key_leaves_the_old_one_for_a_while,
    an_opaque_machine_token_is_made_verified_and_revoked,
    a_machine_token_that_is_a_jwt_says_whose_it_is_and_for_whom,
    a_machine_token_expires_by_the_clock_and_says_so,
    a_machine_token_that_lasts_long_enough_is_given_again,
    tokens_are_made_with_the_key_of_a_machine_only,
    a_machine_does_not_verify_tokens_that_are_not_for_it,
];

/// A machine and its key.
async fn machine(world: &World, name: &str) -> (String, String) {
    let machine = world.backend().create_machine(name).send().await.unwrap();
    (machine.id.as_str().to_owned(), machine.secret_key.expose().to_owned())
}

async fn a_machine_is_made_changed_listed_and_deleted(world: World) {
    let backend = world.backend();
    let (billing, key) = machine(&world, "Billing").await;
    let mailer = backend.create_machine("Mailer").scoped_machines([billing.as_str()]).send().await.unwrap();
    assert_eq!(mailer.scoped_machines[0].id.as_str(), billing);
    assert_eq!(mailer.default_token_ttl, Some(3600));

    let changed = backend.update_machine(mailer.id.clone()).name("Post").default_token_ttl(60).send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.default_token_ttl), ("Post", Some(60)));
    let found = backend.list_machines().query("post").send().await.unwrap();
    assert_eq!((found.data.len(), found.total_count), (1, Some(1)));
    let all = backend.list_machines().order_by("+created_at").send().await.unwrap();
    assert_eq!(all.data.iter().map(|machine| machine.name.as_str()).collect::<Vec<_>>(), ["Billing", "Post"]);

    let secret = backend.get_machine_secret_key(billing.as_str()).send().await.unwrap();
    assert_eq!(secret.secret.expose(), key);
    assert!(backend.delete_machine(billing.as_str()).send().await.unwrap().deleted);
    assert_eq!(
        backend.get_machine(billing.as_str()).send().await.unwrap_err().code(),
        Some(&ErrorCode::RESOURCE_NOT_FOUND)
    );
    assert!(backend.get_machine(mailer.id).send().await.unwrap().scoped_machines.is_empty());
}

async fn a_scope_lets_one_machine_call_another_until_it_is_taken_back(world: World) {
    let backend = world.backend();
    let (caller, key) = machine(&world, "Caller").await;
    let (called, _) = machine(&world, "Called").await;
    let scope = backend.create_machine_scope(caller.as_str(), called.as_str()).send().await.unwrap();
    assert_eq!((scope.from_machine_id.as_str(), scope.to_machine_id.as_str()), (&*caller, &*called));
    let again = backend.create_machine_scope(caller.as_str(), called.as_str()).send().await.unwrap_err();
    assert_eq!((again.status().unwrap().as_u16(), again.code()), (409, Some(&ErrorCode::CONFLICT)));

    let token = world.backend_with(&key).create_m2m_token().send().await.unwrap();
    assert_eq!(token.scopes, [called.clone()]);
    let gone = backend.delete_machine_scope(caller.as_str(), called.as_str()).send().await.unwrap();
    assert!(gone.deleted);
    let gone = backend.delete_machine_scope(caller.as_str(), called.as_str()).send().await.unwrap_err();
    assert_eq!(gone.status().unwrap(), 404);
    let to_nobody = backend.create_machine("Lost").scoped_machines(["mch_nobody"]).send().await.unwrap_err();
    assert_eq!(to_nobody.code(), Some(&ErrorCode::MACHINE_NOT_FOUND));
}

async fn a_rotated_machine_key_leaves_the_old_one_for_a_while(world: World) {
    world.local.clock().freeze();
    let (id, old) = machine(&world, "Turning").await;
    let rotated = world.backend().rotate_machine_secret_key(id.as_str(), 60).send().await.unwrap();
    let fresh = rotated.secret.expose().to_owned();
    assert_ne!(fresh, old);
    world.backend_with(&fresh).create_m2m_token().send().await.unwrap();
    world.backend_with(&old).create_m2m_token().send().await.unwrap();

    world.local.clock().advance(Duration::from_secs(61));
    let refused = world.backend_with(&old).create_m2m_token().send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (401, Some(&ErrorCode::CLERK_KEY_INVALID)));
    world.backend_with(&fresh).create_m2m_token().send().await.unwrap();
    let too_long = world.backend().rotate_machine_secret_key(id.as_str(), 28_801).send().await.unwrap_err();
    assert_eq!(too_long.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
}

async fn an_opaque_machine_token_is_made_verified_and_revoked(world: World) {
    let (id, key) = machine(&world, "Caller").await;
    let machine = world.backend_with(&key);
    let made = machine.create_m2m_token().claims(json!({"tier": "gold"})).send().await.unwrap();
    let secret = made.token.expose().to_owned();
    assert!(secret.starts_with("mt_"));
    assert_eq!(made.subject, id);

    let seen = world.backend().verify_m2m_token(secret.as_str()).send().await.unwrap();
    assert_eq!((seen.id.clone(), seen.claims, seen.revoked), (made.id.clone(), Some(json!({"tier": "gold"})), false));
    assert!(seen.last_used_at.is_some());
    assert_eq!(world.backend().get_m2m_tokens(id.as_str()).send().await.unwrap().total_count, Some(1));

    let revoked = machine.revoke_m2m_token(made.id.clone()).revocation_reason("leaked").send().await.unwrap();
    assert_eq!(revoked.revocation_reason.as_deref(), Some("leaked"));
    assert!(world.backend().verify_m2m_token(secret.as_str()).send().await.unwrap().revoked);
    assert_eq!(world.backend().get_m2m_tokens(id.as_str()).send().await.unwrap().total_count, Some(0));
    assert_eq!(world.backend().get_m2m_tokens(id.as_str()).revoked(true).send().await.unwrap().total_count, Some(1));
    let unknown = world.backend().verify_m2m_token("mt_unknown").send().await.unwrap_err();
    assert_eq!((unknown.status().unwrap().as_u16(), unknown.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
}

/// Header and claims of a token, unchecked.
pub fn decoded(token: &str) -> (Value, Value) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let parts: Vec<_> = token.split('.').collect();
    let part = |place: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[place]).unwrap()).unwrap();
    (part(0), part(1))
}

async fn a_machine_token_that_is_a_jwt_says_whose_it_is_and_for_whom(world: World) {
    let (called, _) = machine(&world, "Called").await;
    let caller = world.backend().create_machine("Caller").scoped_machines([called.as_str()]).send().await.unwrap();
    let machine = world.backend_with(caller.secret_key.expose());
    let made = machine.create_m2m_token().token_format("jwt").claims(json!({"tier": "gold"})).send().await.unwrap();
    let token = made.token.expose().to_owned();
    let (header, claims) = decoded(&token);
    assert_eq!((&header["cat"], &header["typ"]), (&json!("cl_B7d4PD333AAA"), &json!("JWT")));
    assert_eq!(claims["sub"], json!(caller.id));
    assert_eq!(claims["jti"], json!(made.id));
    assert_eq!((&claims["aud"], &claims["scopes"]), (&json!([called]), &json!(called)));
    assert_eq!(claims["tier"], "gold");

    let seen = world.backend().verify_m2m_token(token.as_str()).send().await.unwrap();
    assert_eq!((seen.id, seen.claims), (made.id, Some(json!({"tier": "gold"}))));
    let forged = format!("{}x", token.trim_end_matches(|c: char| c != '.'));
    assert_eq!(world.backend().verify_m2m_token(forged).send().await.unwrap_err().status().unwrap(), 404);
    let reserved = machine.create_m2m_token().claims(json!({"sub": "me"})).send().await.unwrap_err();
    assert_eq!(
        (reserved.status().unwrap().as_u16(), reserved.code()),
        (400, Some(&ErrorCode::MACHINE_TOKEN_RESERVED_CLAIM))
    );
}

async fn a_machine_token_expires_by_the_clock_and_says_so(world: World) {
    world.local.clock().freeze();
    let (id, key) = machine(&world, "Caller").await;
    let made = world.backend_with(&key).create_m2m_token().seconds_until_expiration(30).send().await.unwrap();
    let token = made.token.expose().to_owned();
    assert!(!world.backend().verify_m2m_token(token.as_str()).send().await.unwrap().expired);
    world.local.clock().advance(Duration::from_secs(30));
    assert!(world.backend().verify_m2m_token(token.as_str()).send().await.unwrap().expired);
    assert_eq!(world.backend().get_m2m_tokens(id.as_str()).send().await.unwrap().total_count, Some(0));
    assert_eq!(world.backend().get_m2m_tokens(id.as_str()).expired(true).send().await.unwrap().total_count, Some(1));
    let none = world.backend_with(&key).create_m2m_token().seconds_until_expiration(0).send().await.unwrap_err();
    assert_eq!(none.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
}

async fn a_machine_token_that_lasts_long_enough_is_given_again(world: World) {
    let (_, key) = machine(&world, "Caller").await;
    let machine = world.backend_with(&key);
    let first = machine.create_m2m_token().seconds_until_expiration(600).send().await.unwrap();
    let again = machine.create_m2m_token().min_remaining_ttl_seconds(60).send().await.unwrap();
    assert_eq!(again.id, first.id);
    assert_eq!(again.token.expose(), first.token.expose());
    let longer = machine.create_m2m_token().min_remaining_ttl_seconds(1200).send().await.unwrap();
    assert_ne!(longer.id, first.id);
    let other = machine.create_m2m_token().claims(json!({"a": 1})).min_remaining_ttl_seconds(60).send().await.unwrap();
    assert_ne!(other.id, longer.id);
}

async fn tokens_are_made_with_the_key_of_a_machine_only(world: World) {
    let refused = world.backend().create_m2m_token().send().await.unwrap_err();
    assert_eq!(
        (refused.status().unwrap().as_u16(), refused.code()),
        (401, Some(&ErrorCode::MACHINE_SECRET_KEY_INVALID))
    );
    let (_, key) = machine(&world, "Caller").await;
    let refused = world.backend_with(&key).list_machines().send().await.unwrap_err();
    assert_eq!((refused.status().unwrap().as_u16(), refused.code()), (400, Some(&ErrorCode::INSTANCE_KEY_REQUIRED)));
}

async fn a_machine_does_not_verify_tokens_that_are_not_for_it(world: World) {
    let (called, called_key) = machine(&world, "Called").await;
    let (_, stranger_key) = machine(&world, "Stranger").await;
    let caller = world.backend().create_machine("Caller").scoped_machines([called.as_str()]).send().await.unwrap();
    let token = world.backend_with(caller.secret_key.expose()).create_m2m_token().send().await.unwrap();
    let token = token.token.expose().to_owned();
    world.backend_with(&called_key).verify_m2m_token(token.as_str()).send().await.unwrap();
    let refused = world.backend_with(&stranger_key).verify_m2m_token(token.as_str()).send().await.unwrap_err();
    assert_eq!(refused.status().unwrap(), 404);
    let listed = world.backend_with(&stranger_key).get_m2m_tokens(caller.id.as_str()).send().await.unwrap_err();
    assert_eq!(listed.status().unwrap(), 404);
}
