//! Several processes that are one device, because they share a store.

use std::{
    env,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use clerk_ext::{
    clock::ManualClock,
    frontend::{CredentialStore as _, EndReason, Event, FileStore, Frontend, MemoryStore, SignOut},
};
use clerk_local::{LocalClerk, Seed, SeedUser};
use serde_json::Value;
use tokio::sync::Semaphore;
use tower_service::Service as _;

use crate::{
    scripted::{Scripted, is_sign_in},
    sessions::{enter, enter_as},
    wire_answers::{ended, sessions},
    world::{PASSWORD, World, device},
};

const SECONDS: Duration = Duration::from_secs(20);
/// Longer than a process is waited for that changes who is signed in.
const LEASE_AND_MORE: Duration = Duration::from_secs(16);

fn add_ben(local: &LocalClerk) {
    let ben = SeedUser::new("ben@example.com").password(PASSWORD);
    local.seed(&Seed::default().user(ben)).unwrap();
}

#[tokio::test]
async fn what_one_does_the_other_sees() {
    let World { local, .. } = World::new().await;
    add_ben(&local);
    let home = tempfile::tempdir().unwrap();
    let on_the_same = || device(&local).store(FileStore::new(home.path().join("clerk"))).build().unwrap();
    let (one, other) = (on_the_same(), on_the_same());
    other.load().await.unwrap();
    let mut events = other.events();

    let ann = enter(&one).await;
    assert!(other.session().is_none(), "nobody has looked yet");
    assert_eq!(other.restore().await.unwrap().session().map(|session| &session.id), Some(ann.id()));
    assert!(matches!(events.try_next(), Some(Event::SignedIn { .. })));
    assert!(matches!(events.try_next(), Some(Event::SessionActivated { .. })));
    assert!(!other.snapshot().is_live(), "the other was told, not this one");
    other.raw().get_user().send().await.unwrap();

    let ben = enter_as(&one, "ben@example.com").await;
    other.restore().await.unwrap();
    assert_eq!(other.session().unwrap().id(), ben.id());
    while events.try_next().is_some() {}
    ann.activate().await.unwrap();
    other.restore().await.unwrap();
    assert_eq!(other.session().unwrap().id(), ann.id());
    assert!(matches!(events.try_next(), Some(Event::SessionActivated { session, .. }) if session == *ann.id()));

    // One of them leaves here, the rest there.
    other.session_by_id(ben.id().clone()).unwrap().sign_out().await.unwrap();
    one.restore().await.unwrap();
    assert_eq!(sessions(&one), [ann.id().as_str()]);
    while events.try_next().is_some() {}
    assert_eq!(one.sign_out().await.unwrap(), SignOut::Done);
    other.restore().await.unwrap();
    assert!(other.session().is_none());
    assert_eq!(ended(&mut events), [(ann.id().to_string(), EndReason::SignedOut)]);

    // Who comes next comes in on the same device.
    let again = enter(&other).await;
    one.restore().await.unwrap();
    assert_eq!(sessions(&one), [again.id().as_str()]);
    let client = one.raw().get_client().send().await.unwrap().response.unwrap();
    assert_eq!(client.id, other.snapshot().client().unwrap().id);
}

#[tokio::test]
async fn a_store_that_was_emptied_is_a_device_without_anybody() {
    let World { local, .. } = World::new().await;
    let store = MemoryStore::default();
    let clerk = device(&local).store(store.clone()).build().unwrap();
    let session = enter(&clerk).await;
    let mut events = clerk.events();
    let held = store.load(local.frontend_url()).await.unwrap().unwrap();
    assert!(store.swap(local.frontend_url(), Some(held.as_ref()), None).await.unwrap());
    assert!(clerk.restore().await.unwrap().session().is_none());
    assert_eq!(ended(&mut events), [(session.id().to_string(), EndReason::Unknown)]);
    enter(&clerk).await;
}

/// A server that keeps the first sign-in waiting until it is told otherwise.
fn hesitant(local: &LocalClerk) -> (Scripted, Arc<Semaphore>, Arc<Semaphore>) {
    let (held, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (inner, is_held, may_go) = (local.transport(), held.clone(), go.clone());
    let server = Scripted::new(move |request| {
        let (mut inner, held, go) = (inner.clone(), is_held.clone(), may_go.clone());
        async move {
            if is_sign_in(&request) {
                held.add_permits(1);
                let _permit = go.acquire().await?;
            }
            inner.call(request).await
        }
    });
    (server, held, go)
}

async fn arrived(held: &Semaphore) {
    tokio::time::timeout(SECONDS, held.acquire()).await.unwrap().unwrap().forget();
}

#[tokio::test]
async fn who_signs_in_waits_for_another_process_that_is_at_it() {
    let World { local, .. } = World::new().await;
    add_ben(&local);
    let (server, held, go) = hesitant(&local);
    let store = MemoryStore::default();
    let one = server.beneath(device(&local)).store(store.clone()).build().unwrap();
    // No process reads a time before another that was read earlier.
    let clock = ManualClock::at(SystemTime::now() + Duration::from_secs(1));
    let other = device(&local).store(store).clock(clock.clone()).build().unwrap();
    let ann = tokio::spawn({
        let one = one.clone();
        async move { enter(&one).await.id().clone() }
    });
    arrived(&held).await;
    let ben = tokio::spawn({
        let other = other.clone();
        async move { enter_as(&other, "ben@example.com").await.id().clone() }
    });
    asleep(&clock, 1).await;
    assert!(!ben.is_finished());
    // Whoever only looks does not wait.
    tokio::time::timeout(SECONDS, other.raw().get_client().send()).await.unwrap().unwrap();
    go.add_permits(9);
    let ann = tokio::time::timeout(SECONDS, ann).await.unwrap().unwrap();
    clock.advance(Duration::from_millis(25));
    let ben = tokio::time::timeout(SECONDS, ben).await.unwrap().unwrap();
    let mut both = sessions(&other);
    both.sort();
    let mut expected = [ann.to_string(), ben.to_string()];
    expected.sort();
    assert_eq!(both, expected, "they are on one device");
}

#[tokio::test]
async fn who_leaves_while_another_comes_takes_nobody_along() {
    let World { local, .. } = World::new().await;
    add_ben(&local);
    let (server, held, go) = hesitant(&local);
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("clerk");
    let one = device(&local).store(FileStore::new(&directory)).build().unwrap();
    let other = server.beneath(device(&local)).store(FileStore::new(&directory)).build().unwrap();
    let ann = enter(&one).await;
    let ben = tokio::spawn(async move { enter_as(&other, "ben@example.com").await });
    arrived(&held).await;
    let leaving = tokio::spawn({
        let ann = ann.clone();
        async move { ann.sign_out().await }
    });
    let waiting = async {
        while ann.is_signed_in() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(SECONDS, waiting).await.expect("it holds here at once");
    go.add_permits(9);
    let ben = tokio::time::timeout(SECONDS, ben).await.unwrap().unwrap();
    assert_eq!(tokio::time::timeout(SECONDS, leaving).await.unwrap().unwrap().unwrap(), SignOut::Done);
    assert_eq!(agrees(&local, &directory).await, 1, "Ben is signed in, and Ann is not");
    one.restore().await.unwrap();
    assert_eq!(sessions(&one), [ben.id().as_str()]);
}

/// Waits until so many wait for the time to pass.
async fn asleep(clock: &ManualClock, sleepers: usize) {
    let waiting = async {
        while clock.sleeping() < sleepers {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(SECONDS, waiting).await.unwrap();
}

#[tokio::test]
async fn nobody_gets_in_between_however_long_another_process_is_at_it() {
    let World { local, .. } = World::new().await;
    add_ben(&local);
    let (server, held, go) = hesitant(&local);
    let (store, clock) = (MemoryStore::default(), ManualClock::at(SystemTime::now()));
    let one = server.beneath(device(&local)).store(store.clone()).clock(clock.clone()).build().unwrap();
    let other = device(&local).store(store).clock(clock.clone()).build().unwrap();
    let ann = tokio::spawn(async move { enter(&one).await });
    arrived(&held).await;
    asleep(&clock, 1).await;
    let before = clock.sleeping();
    let mut ben = tokio::spawn(async move { enter_as(&other, "ben@example.com").await });
    for _ in 0..4 {
        asleep(&clock, before + 1).await;
        clock.advance(Duration::from_secs(5));
    }
    let in_between = tokio::time::timeout(Duration::from_millis(500), &mut ben).await;
    assert!(in_between.is_err(), "Ben came in while Ann's sign-in was under way");
    go.add_permits(9);
    let ann = tokio::time::timeout(SECONDS, ann).await.unwrap().unwrap();
    clock.advance(Duration::from_millis(25));
    let ben = tokio::time::timeout(SECONDS, ben).await.unwrap().unwrap();
    assert_ne!(ann.id(), ben.id());
}

#[tokio::test]
async fn a_process_that_ended_in_the_middle_is_not_waited_for_long() {
    let World { local, .. } = World::new().await;
    let (server, held, _go) = hesitant(&local);
    let store = MemoryStore::default();
    let one = server.beneath(device(&local)).store(store.clone()).build().unwrap();
    let entering = tokio::spawn({
        let one = one.clone();
        async move { enter(&one).await.id().clone() }
    });
    arrived(&held).await;
    entering.abort();
    drop(one);

    let clock = ManualClock::at(SystemTime::now() + LEASE_AND_MORE);
    let other = device(&local).store(store).clock(clock.clone()).build().unwrap();
    tokio::time::timeout(SECONDS, enter(&other)).await.unwrap();
    assert_eq!(clock.sleeping(), 0);
}

/// Tells a child which store to use, which Clerk to talk to, and as whom.
const DIRECTORY: &str = "CLERK_EXT_TEST_FRONTEND_STORE";
const KEY: &str = "CLERK_EXT_TEST_FRONTEND_KEY";
const NUMBER: &str = "CLERK_EXT_TEST_FRONTEND_NUMBER";
const CHILDREN: u32 = 3;
const ROUNDS: u32 = 4;

fn person(child: u32, round: u32) -> String {
    format!("ann+{child}{round}@example.com")
}

async fn crowd() -> LocalClerk {
    let all = (0..CHILDREN).flat_map(|child| (0..ROUNDS).map(move |round| person(child, round)));
    let seed = all.fold(Seed::default(), |seed, address| seed.user(SeedUser::new(address).password(PASSWORD)));
    LocalClerk::builder().seed(seed).start().await.unwrap()
}

/// The device of a child, and its number.
fn as_child() -> Option<(Frontend, u32)> {
    let (directory, key) = (env::var_os(DIRECTORY)?, env::var(KEY).ok()?);
    let store = FileStore::new(directory);
    let clerk = Frontend::builder(&key.parse().unwrap()).store(store).build().unwrap();
    Some((clerk, env::var(NUMBER).ok()?.parse().unwrap()))
}

/// Starts this test as often as there are children, and waits for them.
async fn children(test: &str, local: &LocalClerk, directory: &std::path::Path) {
    let (_, module) = module_path!().split_once("::").unwrap();
    let start = |number: u32| {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", &format!("{module}::{test}"), "--test-threads=1"]);
        child.env(DIRECTORY, directory).env(KEY, local.publishable_key().to_string()).env(NUMBER, number.to_string());
        child.stdout(Stdio::piped()).spawn().unwrap()
    };
    let mut running: Vec<Child> = (0..CHILDREN).map(start).collect();
    let end = Instant::now() + 6 * SECONDS;
    while running.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        if Instant::now() > end {
            running.iter_mut().for_each(|child| drop(child.kill()));
            panic!("the children did not end in time");
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for child in running {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}

/// What the file says is what Clerk says to whoever has its token; how many are signed in.
async fn agrees(local: &LocalClerk, directory: &std::path::Path) -> usize {
    let store = FileStore::new(directory);
    let kept = store.load(local.frontend_url()).await.unwrap().expect("the file is there");
    let kept: Value = serde_json::from_slice(kept.as_ref()).unwrap();
    assert!(kept["busy"].is_null() && kept["leaving"].as_array().unwrap().is_empty(), "somebody is still at it");
    let ids = |client: &Value| -> Vec<String> {
        let sessions = client["sessions"].as_array().into_iter().flatten();
        let mut ids: Vec<_> = sessions.map(|session| session["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let raw = clerk_ext::clerk_fapi::Client::builder(&local.publishable_key());
    let raw = raw.client_token(&clerk_ext::Secret::from(kept["token"].as_str().unwrap())).build().unwrap();
    let answer = raw.get_client().send_full().await.unwrap();
    assert!(answer.headers().get("authorization").is_none(), "the token was out of date");
    let truth = serde_json::to_value(answer.into_value().response.unwrap()).unwrap();
    if !kept["client"].is_null() {
        assert_eq!(kept["client"]["id"], truth["id"]);
    }
    assert_eq!(ids(&kept["client"]), ids(&truth));
    ids(&truth).len()
}

#[tokio::test]
async fn no_sign_in_of_several_processes_is_lost() {
    if let Some((clerk, child)) = as_child() {
        for round in 0..ROUNDS {
            enter_as(&clerk, &person(child, round)).await;
            clerk.raw().get_client().send().await.unwrap();
            clerk.token().await.unwrap();
            clerk.raw().get_user().send().await.unwrap();
        }
        return;
    }
    let (local, home) = (crowd().await, tempfile::tempdir().unwrap());
    let directory = home.path().join("clerk");
    children("no_sign_in_of_several_processes_is_lost", &local, &directory).await;
    assert_eq!(agrees(&local, &directory).await, usize::try_from(CHILDREN * ROUNDS).unwrap());
}

#[tokio::test]
async fn the_file_agrees_with_clerk_whoever_signs_in_and_out_in_whichever_process() {
    if let Some((clerk, child)) = as_child() {
        for round in 0..ROUNDS {
            let session = clerk.raw().create_sign_in().identifier(person(child, round)).password(PASSWORD).send().await;
            let session = session.unwrap().response.created_session_id.unwrap();
            clerk.raw().get_client().send().await.unwrap();
            match (child + round) % 3 {
                0 => drop(clerk.sign_out().await.unwrap()),
                1 => {
                    if let Some(session) = clerk.session_by_id(session) {
                        session.sign_out().await.unwrap();
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let (local, home) = (crowd().await, tempfile::tempdir().unwrap());
    let directory = home.path().join("clerk");
    let test = "the_file_agrees_with_clerk_whoever_signs_in_and_out_in_whichever_process";
    children(test, &local, &directory).await;
    // Whoever comes next tells Clerk what is left to be told.
    let next = device(&local).store(FileStore::new(&directory)).build().unwrap();
    next.load().await.unwrap();
    next.reload().await.unwrap();
    agrees(&local, &directory).await;
}
