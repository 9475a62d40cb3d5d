//! Whoever signs up with an account at a provider, and has an account here.

use clerk_ext::{
    ErrorCode,
    frontend::{Frontend, MemoryStore, SignIn, SignUp, TransferToSignIn},
};
use clerk_local::{Fault, LocalClerk, ProviderAccount};

use crate::world::{World, device};

const BACK: &str = "com.example.app://callback";

/// Ann, through the provider, as somebody who signs up.
async fn returned(local: &LocalClerk, clerk: &Frontend) -> TransferToSignIn {
    let begun = clerk.raw().create_sign_up().strategy("oauth_google").redirect_url(BACK).send().await.unwrap().response;
    let external = begun.verifications.unwrap().external_account.unwrap();
    local.provider().add(&ProviderAccount::new("google", "ann@example.com"));
    let url = external.external_verification_redirect_url.unwrap();
    let back = local.provider().approve_as(&url, "ann@example.com").await.unwrap();
    let nonce = back.split_once("rotating_token_nonce=").unwrap().1.split('&').next().unwrap();
    clerk.raw().get_sign_up(&begun.id).rotating_token_nonce(nonce).send().await.unwrap();
    let found = clerk.sign_up().resume().await.unwrap();
    let Some(SignUp::Transfer(transfer)) = found else { panic!("{found:?}") };
    transfer
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    let transfer = returned(&local, &clerk).await;
    let signed_in = transfer.sign_in().await.unwrap();
    assert!(matches!(signed_in, SignIn::Complete(_)), "{signed_in:?}");
    assert_eq!(clerk.snapshot().user().unwrap().first_name.as_deref(), Some("Ann"));
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = World::new().await;
    let transfer = returned(&local, &clerk).await;
    local.faults().add(Fault::reset().on("createSignIn").before_execution().times(1));
    let failed = transfer.sign_in().await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    failed.into_step().sign_in().await.unwrap();
}

#[tokio::test]
async fn locked() {
    let World { local, clerk } = World::new().await;
    let transfer = returned(&local, &clerk).await;
    let back_end = clerk_ext::clerk_bapi::Client::builder().api_url(local.backend_url());
    let back_end = back_end.secret_key(&local.secret_key()).build().unwrap();
    let ann = back_end.get_user_list().send().await.unwrap().remove(0);
    back_end.lock_user(&ann.id).send().await.unwrap();
    let failed = transfer.sign_in().await.unwrap_err();
    assert_eq!(failed.error().code(), Some(&ErrorCode::USER_LOCKED));
    back_end.unlock_user(&ann.id).send().await.unwrap();
    failed.into_step().sign_in().await.unwrap();
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    let saved = serde_json::to_string(&returned(&local, &first).await.save()).unwrap();
    drop(first);
    let second = device(&local).store(store).build().unwrap();
    let found = second.sign_up().resume_from(serde_json::from_str(&saved).unwrap()).await.unwrap();
    let SignUp::Transfer(transfer) = found else { panic!("{found:?}") };
    assert!(matches!(transfer.sign_in().await.unwrap(), SignIn::Complete(_)));
}
