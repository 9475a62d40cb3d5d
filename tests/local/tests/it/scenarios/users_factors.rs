//! Second factors and accounts elsewhere, as a back end sees and removes them.

use clerk_core::{ErrorCode, Timestamp, UserId};
use serde_json::json;

use super::{
    factors::Phone,
    me::{me, signed_in},
    passkeys::register,
};
use crate::{authenticator::Authenticator, world::World};

scenarios![
    an_authenticator_code_is_taken_once_and_a_backup_code_too,
    backup_codes_of_another_system_may_be_digests,
    all_second_factors_are_switched_off_at_once,
    an_authenticator_and_backup_codes_are_removed,
    an_external_account_is_removed_with_what_it_brought,
    a_wallet_is_removed,
    tokens_of_providers_are_handed_out,
    a_user_without_trusted_devices_has_none_to_list,
    passkeys_and_trusted_devices_are_removed_by_a_back_end,
];

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// The code of RFC 6238 for the secret at the epoch's 59th second.
const CODE_AT_59: &str = "287082";

async fn user(world: &World, more: serde_json::Value) -> UserId {
    let mut user = json!({"id": "user_a", "email_addresses": ["ann@example.com"]});
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.local.seed(&serde_json::from_value(json!({"users": [user]})).unwrap()).unwrap();
    UserId::from("user_a")
}

async fn an_authenticator_code_is_taken_once_and_a_backup_code_too(world: World) {
    let clock = clerk_local::Clock::frozen(Timestamp::from_millis(59_000));
    let world = world.rebuilt(|builder| builder.clock(clock)).await;
    let backend = world.backend();
    let id = user(&world, json!({"totp_secret": SECRET, "backup_codes": ["paper-code"]})).await;
    let code = |code: &str| backend.verify_totp(&id, code);
    let wrong = code("000000").send().await.unwrap_err();
    assert_eq!((wrong.status().unwrap().as_u16(), wrong.code()), (422, Some(&ErrorCode::TOTP_INCORRECT_CODE)));
    let right = code(CODE_AT_59).send().await.unwrap();
    assert!(right.verified && right.code_type == Some("totp".into()));
    assert_eq!(code(CODE_AT_59).send().await.unwrap_err().code(), Some(&ErrorCode::TOTP_INCORRECT_CODE));
    let paper = code("paper-code").send().await.unwrap();
    assert!(paper.verified && paper.code_type == Some("backup_code".into()));
    assert_eq!(code("paper-code").send().await.unwrap_err().code(), Some(&ErrorCode::TOTP_INVALID_LENGTH));
    assert!(!backend.get_user(&id).send().await.unwrap().backup_code_enabled);
}

async fn backup_codes_of_another_system_may_be_digests(world: World) {
    let backend = world.backend();
    // bcrypt of `U*U`, one of the examples that come with the algorithm.
    let digest = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    let id = user(&world, json!({"totp_secret": SECRET, "backup_codes": [digest]})).await;
    assert!(backend.verify_totp(&id, "U*V").send().await.is_err());
    assert_eq!(backend.verify_totp(&id, "U*U").send().await.unwrap().code_type, Some("backup_code".into()));
}

async fn all_second_factors_are_switched_off_at_once(world: World) {
    let backend = world.backend();
    let factors = json!({
        "totp_secret": SECRET, "backup_codes": ["paper-code"],
        "phone_numbers": ["+15555550100"], "second_factor_phone_numbers": ["+15555550100"],
    });
    let id = user(&world, factors).await;
    assert!(backend.get_user(&id).send().await.unwrap().two_factor_enabled);
    assert_eq!(backend.disable_mfa(&id).send().await.unwrap().user_id, Some(id.clone()));
    let user = backend.get_user(&id).send().await.unwrap();
    assert!(!user.two_factor_enabled && !user.totp_enabled && !user.backup_code_enabled);
    assert!(user.mfa_disabled_at.is_some() && user.phone_numbers.len() == 1);
    let error = backend.verify_totp(&id, "123456").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (400, Some(&ErrorCode::TOTP_DISABLED)));
}

async fn an_authenticator_and_backup_codes_are_removed(world: World) {
    let backend = world.backend();
    let id = user(&world, json!({"totp_secret": SECRET, "backup_codes": ["paper-code"]})).await;
    backend.delete_backup_code(&id).send().await.unwrap();
    assert!(backend.get_user(&id).send().await.unwrap().totp_enabled);
    backend.delete_totp(&id).send().await.unwrap();
    assert!(!backend.get_user(&id).send().await.unwrap().two_factor_enabled);
    for error in [
        backend.delete_totp(&id).send().await.unwrap_err(),
        backend.delete_backup_code(&id).send().await.unwrap_err(),
        backend.delete_totp("user_none").send().await.unwrap_err(),
    ] {
        assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    }
}

async fn an_external_account_is_removed_with_what_it_brought(world: World) {
    let backend = world.backend();
    let id = user(&world, json!({"external_accounts": [["google", "g-1"]]})).await;
    let before = backend.get_user(&id).send().await.unwrap();
    let email = before.email_addresses[0].id.clone().unwrap();
    assert_eq!(before.email_addresses[0].linked_to[0].type_, "oauth_google");
    let error = backend.delete_email_address(&email).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::DELETE_LINKED_IDENTIFICATION_DISALLOWED));
    let account = &before.external_accounts[0].id;
    assert!(backend.delete_external_account(&id, account.as_str()).send().await.unwrap().deleted);
    let after = backend.get_user(&id).send().await.unwrap();
    assert!(after.external_accounts.is_empty() && after.email_addresses[0].linked_to.is_empty());
    let error = backend.delete_external_account(&id, account.as_str()).send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::EXTERNAL_ACCOUNT_NOT_FOUND)));
}

async fn a_wallet_is_removed(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|s| s.attributes.web3_wallet.enabled = true)).await;
    let backend = world.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).web3_wallet(["0xabc", "0xdef"]);
    let user = user.skip_password_requirement(true).send().await.unwrap();
    let [first, second] = [0, 1].map(|n: usize| user.web3_wallets[n].id.clone().unwrap());
    assert!(backend.delete_user_web3_wallet(&user.id, first.as_str()).send().await.unwrap().deleted);
    let left = backend.get_user(&user.id).send().await.unwrap();
    assert_eq!((left.web3_wallets.len(), &left.primary_web3_wallet_id), (1, &Some(second)));
    let error = backend.delete_user_web3_wallet(&user.id, first.as_str()).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn tokens_of_providers_are_handed_out(world: World) {
    let backend = world.backend();
    let id = user(&world, json!({"external_accounts": [["google", "g-1"]]})).await;
    assert!(backend.get_oauth_access_token(&id, "oauth_github").send().await.unwrap().data.is_empty());
    let error = backend.get_oauth_access_token(&id, "oauth_google").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (422, Some(&ErrorCode::OAUTH_MISSING_ACCESS_TOKEN)));
    let error = backend.get_oauth_access_token(&id, "oauth_nobody").send().await.unwrap_err();
    assert_eq!(
        (error.status().unwrap().as_u16(), error.code()),
        (404, Some(&ErrorCode::OAUTH_TOKEN_PROVIDER_NOT_ENABLED))
    );
}

async fn a_user_without_trusted_devices_has_none_to_list(world: World) {
    let backend = world.backend();
    let id = user(&world, json!({})).await;
    let devices = backend.list_user_trusted_devices(&id).send().await.unwrap();
    assert_eq!((devices.data.len(), devices.total_count), (0, Some(0)));
    let error = backend.revoke_user_trusted_device(&id, "tdv_none").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
    let error = backend.delete_user_passkey(&id, "idn_none").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::RESOURCE_NOT_FOUND));
}

async fn passkeys_and_trusted_devices_are_removed_by_a_back_end(world: World) {
    let backend = world.backend();
    let device = signed_in(&world, "ann").await;
    let id = UserId::from(me(&device).await.id.as_str());
    let passkey = register(&device, &mut Authenticator::default()).await;
    let phone = Phone::new().enroll(&device).await;
    device.prepare_trusted_device(Phone::new().prepare()).send().await.unwrap();
    let devices = backend.list_user_trusted_devices(&id).send().await.unwrap().data;
    assert_eq!(devices.len(), 1, "one that has not signed its challenge is none");
    assert_eq!(devices[0].id.as_str(), phone.id.as_str());
    let revoked = backend.revoke_user_trusted_device(&id, phone.id.as_str()).send().await.unwrap();
    assert!(revoked.status.as_str() == "revoked" && revoked.revoked_at.is_some());
    assert!(backend.list_user_trusted_devices(&id).send().await.unwrap().data.is_empty());
    assert_eq!(backend.get_user(&id).send().await.unwrap().passkeys.len(), 1);
    assert!(backend.delete_user_passkey(&id, passkey.id.as_str()).send().await.unwrap().deleted);
    assert!(me(&device).await.passkeys.is_empty());
}
