//! What becomes of accounts that were connected; how they are is tried where the browser is.

use clerk_local::ProviderAccount;

use super::{ANN, calls, world};
use crate::world::World;

#[tokio::test]
async fn an_account_is_listed_and_disconnected() {
    let World { local, clerk } = world().await;
    local.provider().add(&ProviderAccount::new("google", ANN));
    let connect = clerk.session().unwrap().connect_account("oauth_google", "com.example.shop://callback");
    let pending = connect.start().await.unwrap();
    let back = local.provider().approve(pending.url()).await.unwrap();
    let connected = pending.finish(&back).await.unwrap();

    let accounts = clerk.me().external_accounts();
    let listed = accounts.list().await.unwrap();
    assert_eq!(listed.iter().map(|account| &account.id).collect::<Vec<_>>(), [&connected.id]);
    assert_eq!(accounts.delete_tokens(&connected.id).await.unwrap().external_accounts.len(), 1);
    assert!(accounts.delete(&connected.id).await.unwrap().deleted);
    assert!(accounts.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_token_of_a_providers_kit_is_sent() {
    let World { local, clerk } = world().await;
    // The Clerk on this machine goes to the provider whatever it is told.
    let asked = clerk.me().external_accounts().connect_with_token("oauth_token_apple", "test-id-token").await;
    assert!(asked.is_err(), "{asked:?}");
    assert_eq!(calls(&local, "postOAuthAccounts"), 1);
}
