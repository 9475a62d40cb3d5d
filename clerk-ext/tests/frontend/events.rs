//! What is told and shown while much happens at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clerk_ext::{
    ErrorKind,
    frontend::{Event, Frontend, Snapshot},
};
use clerk_local::{Seed, SeedUser};
use futures_util::{StreamExt as _, future::join_all};
use serde_json::json;

use crate::{
    scripted::{Scripted, after_sign_in, answer, client, signed_in_on},
    sessions::{enter, enter_as},
    tokens::two_organizations,
    world::{PASSWORD, World},
};

const SECONDS: Duration = Duration::from_secs(20);

/// A server where somebody else comes into the foreground with every look.
fn restless() -> Scripted {
    let looks = AtomicU64::new(0);
    after_sign_in(&["sess_1", "sess_2"], move |_| {
        let is_even = looks.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
        let sessions: &[&str] = if is_even { &["sess_2", "sess_1"] } else { &["sess_1", "sess_2"] };
        answer(200, &json!({ "response": client("client_1", sessions), "client": null }))
    })
}

async fn look(clerk: &Frontend, times: u32) {
    for _ in 0..times {
        clerk.raw().get_client().send().await.unwrap();
    }
}

#[tokio::test]
async fn who_listens_too_slowly_misses_something_and_keeps_nobody_waiting() {
    let clerk = signed_in_on(restless().device()).await;
    let (mut slow, mut quick) = (clerk.events(), clerk.events());
    let mut seen = 0;
    for _ in 0..300 {
        look(&clerk, 1).await;
        while let Some(event) = quick.try_next() {
            assert!(matches!(event, Event::SessionActivated { .. }), "{event:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 300);
    let Some(Event::Missed(missed)) = slow.next().await else { panic!("nothing was missed") };
    let rest = std::iter::from_fn(|| slow.try_next()).count();
    assert_eq!(missed + u64::try_from(rest).unwrap(), 300);
    look(&clerk, 1).await;
    assert!(matches!(slow.next().await, Some(Event::SessionActivated { .. })), "it goes on");
}

#[tokio::test]
async fn events_end_with_the_device_and_a_listener_with_its_drop() {
    let clerk = signed_in_on(restless().device()).await;
    let (events, dropped) = (clerk.events().into_stream(), clerk.events());
    drop(dropped);
    look(&clerk, 2).await;
    drop(clerk);
    let told: Vec<Event> = tokio::time::timeout(SECONDS, events.collect()).await.unwrap();
    assert_eq!(told.len(), 2);
}

#[tokio::test]
async fn each_change_is_one_state_more_and_what_changes_nothing_is_none() {
    let clerk = signed_in_on(restless().device()).await;
    let mut watch = clerk.watch();
    let before = watch.borrow_and_update().revision();
    look(&clerk, 1).await;
    assert!(watch.has_changed().unwrap());
    assert_eq!(watch.borrow_and_update().revision(), before + 1);
    clerk.restore().await.unwrap();
    let _ = clerk.raw().create_session_token("sess_1").send().await;
    assert!(!watch.has_changed().unwrap());
}

/// All parts of what is shown belong together.
fn is_whole(snapshot: &Snapshot) {
    let Some(client) = snapshot.client() else {
        assert!(snapshot.session().is_none() && snapshot.user().is_none() && snapshot.organization_id().is_none());
        return;
    };
    let Some(session) = snapshot.session() else { return };
    assert!(client.sessions.iter().any(|one| one.id == session.id));
    assert!(client.last_active_session_id.as_ref().is_none_or(|id| *id == session.id), "{snapshot:?}");
    assert_eq!(snapshot.user().map(|user| &user.id), session.user.as_ref().map(|user| &user.id));
    if let Some(organization) = snapshot.organization_id() {
        let user = snapshot.user().unwrap();
        let names = user.organization_memberships.iter().filter_map(|one| one.organization.as_ref());
        assert!(names.clone().any(|one| one.id == *organization), "{snapshot:?}");
        assert_eq!(snapshot.organization().map(|one| &one.id), Some(organization));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_shown_is_whole_while_fifty_change_it_at_once() {
    let World { local, clerk } = World::new().await;
    let ben = SeedUser::new("ben@example.com").password(PASSWORD);
    local.seed(&Seed::default().user(ben)).unwrap();
    two_organizations(&local);
    let ann = enter(&clerk).await;
    let ben = enter_as(&clerk, "ben@example.com").await;
    let mut watch = clerk.watch();
    let shown = Arc::new(AtomicU64::new(0));
    let watching = tokio::spawn({
        let shown = shown.clone();
        async move {
            let mut last = 0;
            while watch.changed().await.is_ok() {
                let snapshot = watch.borrow_and_update().clone();
                assert!(snapshot.revision() > last, "{last} and then {snapshot:?}");
                last = snapshot.revision();
                is_whole(&snapshot);
                shown.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let changes = (0..50).map(|number| {
        let (clerk, ann, ben) = (clerk.clone(), ann.clone(), ben.clone());
        tokio::spawn(async move {
            let changed = match number % 5 {
                0 => ann.set_organization("acme").await.map(drop),
                1 => ann.set_organization("bolt").await.map(drop),
                2 => ann.set_personal_account().await.map(drop),
                3 => ben.activate().await.map(drop),
                _ => clerk.raw().get_client().send().await.map(drop),
            };
            // Another may have chosen another organization in between, and whoever asked is told.
            assert!(changed.is_ok() || changed.is_err_and(|error| error.kind() == ErrorKind::Conflict));
            is_whole(&clerk.snapshot());
        })
    });
    for change in tokio::time::timeout(3 * SECONDS, join_all(changes)).await.unwrap() {
        change.unwrap();
    }
    clerk.reload().await.unwrap();
    let truth = clerk.raw().get_client().send().await.unwrap().response.unwrap();
    assert_eq!(clerk.snapshot().client().unwrap().last_active_session_id, truth.last_active_session_id);
    drop((clerk, ann, ben));
    tokio::time::timeout(SECONDS, watching).await.unwrap().unwrap();
    assert!(shown.load(Ordering::SeqCst) > 0);
}
