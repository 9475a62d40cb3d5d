//! What the instance offers, as a device holds it.

use clerk_ext::frontend::{MemoryStore, Strategy};
use clerk_local::{Api, Fault};

use crate::world::{World, device};

fn fetched(local: &clerk_local::LocalClerk) -> u64 {
    local.calls(Api::Frontend).get("getEnvironment").copied().unwrap_or(0)
}

#[tokio::test]
async fn it_comes_with_the_state_and_once() {
    let World { local, clerk } = World::new().await;
    clerk.load().await.unwrap();
    assert!(clerk.environment().await.unwrap().is_enabled(Strategy::PASSWORD));
    assert!(clerk.clone().environment().await.unwrap().is_enabled(Strategy::PASSWORD));
    assert_eq!(fetched(&local), 1);
}

#[tokio::test]
async fn it_is_fetched_by_whoever_asks_first() {
    let World { local, clerk } = World::new().await;
    assert_eq!(fetched(&local), 0);
    clerk.environment().await.unwrap();
    assert_eq!(fetched(&local), 1);
}

#[tokio::test]
async fn what_is_switched_off_is_off_after_the_next_load() {
    let World { local, clerk } = World::new().await;
    let before = clerk.environment().await.unwrap();
    local.update_settings(|settings| settings.organizations.enabled = false);
    assert!(clerk.environment().await.unwrap().organizations().enabled);
    clerk.reload().await.unwrap();
    assert!(!clerk.environment().await.unwrap().organizations().enabled);
    assert!(before.organizations().enabled, "what somebody holds does not change under their hands");
}

#[tokio::test]
async fn a_start_without_a_network_goes_by_what_was_kept() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    crate::sessions::enter(&first).await;
    first.load().await.unwrap();
    drop(first);

    local.faults().add(Fault::reset().before_execution());
    let second = device(&local).store(store);
    let second = second.network(|network| network.retry(clerk_ext::transport::RetryPolicy::none())).build().unwrap();
    assert!(!second.load().await.unwrap().is_live());
    assert!(second.environment().await.unwrap().is_enabled(Strategy::PASSWORD));
}
