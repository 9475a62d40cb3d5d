//! Second factors, wallets, devices and accounts elsewhere of users, as a server takes them away.

use clerk_ext::UserId;
use serde_json::json;

use super::{listed, not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    second_factors(world).await;
    accounts(world).await;
    devices(world).await;
}

fn seeded(world: &World, id: &str, mut user: serde_json::Value) -> UserId {
    user["id"] = json!(id);
    user["email_addresses"] = json!([format!("{id}@factors.example.com")]);
    world.local.seed(&serde_json::from_value(json!({ "users": [user] })).unwrap()).unwrap();
    UserId::from(id)
}

async fn second_factors(world: &World) {
    let users = world.clerk.users();
    let both = json!({"totp_secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "backup_codes": ["paper-1", "paper-2"]});
    let ann = seeded(world, "user_factors_ann", both.clone());
    let proven = users.verify_totp(&ann, "paper-1").await.unwrap();
    assert!(proven.verified && proven.code_type == Some("backup_code".into()));
    assert_eq!(users.delete_backup_codes(&ann).await.unwrap().user_id.as_ref(), Some(&ann));
    assert!(users.get(&ann).await.unwrap().totp_enabled);
    users.delete_totp(&ann).await.unwrap();
    assert!(!users.get(&ann).await.unwrap().two_factor_enabled);
    let ben = seeded(world, "user_factors_ben", both);
    assert_eq!(users.disable_mfa(&ben).await.unwrap().user_id.as_ref(), Some(&ben));
    assert!(!users.get(&ben).await.unwrap().two_factor_enabled);
}

async fn accounts(world: &World) {
    let users = world.clerk.users();
    let ann = seeded(world, "user_factors_google", json!({"external_accounts": [["google", "g-1"]]}));
    assert!(listed(users.oauth_access_tokens(&ann, "oauth_github")).await.is_empty());
    let account = users.get(&ann).await.unwrap().external_accounts[0].id.clone();
    assert!(users.delete_external_account(&ann, account.as_str()).await.unwrap().deleted);
    assert!(users.get(&ann).await.unwrap().external_accounts.is_empty());

    let ben = users.create().email_address(["ben@factors.example.com"]).web3_wallet(["0xabc", "0xdef"]).await.unwrap();
    let wallet = ben.web3_wallets[0].id.clone().unwrap();
    assert!(users.delete_web3_wallet(&ben.id, wallet.as_str()).await.unwrap().deleted);
    assert_eq!(users.get(&ben.id).await.unwrap().web3_wallets.len(), 1);
}

/// Only devices that sign challenges can have passkeys and be trusted: what is not there is not found.
async fn devices(world: &World) {
    let users = world.clerk.users();
    let ann = seeded(world, "user_factors_devices", json!({}));
    assert!(listed(users.trusted_devices(&ann)).await.is_empty());
    assert_eq!(refused(users.revoke_trusted_device(&ann, "tdv_none")).await, not_found());
    assert_eq!(refused(users.delete_passkey(&ann, "idn_none")).await, not_found());
}
