//! What a device knows of itself.

use clerk_ext::frontend::{EndReason, Event, Events, Frontend, MemoryStore, SignOut};
use clerk_local::Fault;

use crate::world::{PASSWORD, World, device};

async fn enter(clerk: &Frontend) {
    clerk.raw().create_sign_in().identifier("ann@example.com").password(PASSWORD).send().await.unwrap();
}

fn told(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_next()).map(|event| format!("{event:?}")).collect()
}

#[tokio::test]
async fn a_sign_in_changes_the_state_and_is_told() {
    let World { local: _local, clerk } = World::new().await;
    let mut events = clerk.events();
    clerk.load().await.unwrap();
    assert!(matches!(events.try_next(), Some(Event::Loaded)));
    assert!(clerk.snapshot().is_live() && clerk.snapshot().user().is_none());

    enter(&clerk).await;
    let snapshot = clerk.snapshot();
    assert_eq!(snapshot.user().unwrap().first_name.as_deref(), Some("Ann"));
    let Some(Event::SignedIn { strategy, .. }) = events.try_next() else { panic!("nobody signed in") };
    assert_eq!(strategy.as_deref(), Some("password"));
    assert!(matches!(events.try_next(), Some(Event::SessionActivated { .. })));
}

#[tokio::test]
async fn the_next_run_goes_on_where_the_last_one_ended() {
    let World { local, clerk: _ } = World::new().await;
    let store = MemoryStore::default();
    let first = device(&local).store(store.clone()).build().unwrap();
    enter(&first).await;
    let user = first.snapshot().user().unwrap().id.clone();
    drop(first);

    let second = device(&local).store(store).build().unwrap();
    let kept = second.restore().await.unwrap();
    assert_eq!((kept.user().map(|user| &user.id), kept.is_live()), (Some(&user), false));
    let known = second.load().await.unwrap();
    assert_eq!((known.user().map(|user| &user.id), known.is_live()), (Some(&user), true));
}

#[tokio::test]
async fn who_signs_out_is_signed_out_here_and_there() {
    let World { local: _local, clerk } = World::new().await;
    enter(&clerk).await;
    let mut events = clerk.events();
    assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Done);
    assert!(clerk.snapshot().session().is_none());
    let Some(Event::SessionEnded { reason, duration, .. }) = events.try_next() else { panic!("nothing ended") };
    assert_eq!(reason, EndReason::SignedOut);
    assert!(duration.is_some());
    let client = clerk.raw().get_client().send().await.unwrap();
    assert_eq!(client.response.expect("the device is still known").sessions.len(), 0, "{:?}", told(&mut events));
}

#[tokio::test]
async fn a_sign_out_without_a_network_is_carried_out_later() {
    let World { local, clerk } = World::new().await;
    let store = MemoryStore::default();
    let first =
        device(&local).store(store.clone()).network(|network| network.retry(clerk_ext::transport::RetryPolicy::none()));
    let first = first.build().unwrap();
    enter(&first).await;
    let session = first.session().unwrap().id().clone();
    local.faults().add(Fault::reset().before_execution().times(1));
    assert_eq!(first.sign_out().await.unwrap(), SignOut::Later);
    assert!(first.snapshot().session().is_none());
    drop(first);

    let second = device(&local).store(store).build().unwrap();
    second.load().await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(5), async {
        while !local.calls(clerk_local::Api::Frontend).contains_key("removeClientSessionsAndRetainCookie") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("{:?}", local.calls(clerk_local::Api::Frontend)));
    assert!(second.snapshot().session().is_none(), "{session}");
    drop(clerk);
}
