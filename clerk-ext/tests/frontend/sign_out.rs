//! Leaving while others come, and what outlasts it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clerk_ext::{
    ErrorKind,
    frontend::{CredentialStore, MemoryStore, SignOut},
    http::Method,
    transport::RetryPolicy,
};
use clerk_local::{Fault, Seed, SeedUser};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use crate::{
    offline::Broken,
    scripted::{
        Scripted, after_sign_in, answer, client, failed, is_sign_in, signed_in, signed_in_on, unreachable, with_token,
    },
    sessions::{enter, enter_as},
    wire_answers::{sessions, token},
    world::{PASSWORD, World, device},
};

const NAME: &str = "https://clerk.example.com";
const SECONDS: Duration = Duration::from_secs(10);

/// A Clerk that cannot be told of sign-outs for a while, and holds up what it is told to.
#[derive(Clone)]
struct Slow {
    is_cut: Arc<AtomicBool>,
    /// What is held up: sign-ins or sign-outs.
    held: Arc<AtomicBool>,
    arrived: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl Slow {
    fn new(what: fn(&Method) -> bool) -> (Self, Scripted) {
        let (arrived, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let slow = Self { is_cut: Arc::default(), held: Arc::default(), arrived, go };
        let it = slow.clone();
        let server = Scripted::new(move |request| {
            let it = it.clone();
            async move {
                let is_sign_out = request.method() == Method::DELETE;
                if is_sign_out && it.is_cut.load(Ordering::SeqCst) {
                    return unreachable();
                }
                if (is_sign_out || is_sign_in(&request)) && it.held.load(Ordering::SeqCst) && what(request.method()) {
                    it.arrived.add_permits(1);
                    it.go.acquire().await?.forget();
                }
                if is_sign_in(&request) {
                    let (id, token) = match token(&request) {
                        Some(known) => ("client_1".to_owned(), known),
                        None => ("client_new".to_owned(), "test-new".to_owned()),
                    };
                    return with_token(answer(200, &signed_in(&client(&id, &["sess_1"]))), &token);
                }
                answer(200, &json!({ "response": is_sign_out.then(|| client("client_new", &[])), "client": null }))
            }
        });
        (slow, server)
    }
}

async fn is_told(store: &MemoryStore) {
    let waiting = async {
        loop {
            let kept = store.load(NAME).await.unwrap().unwrap();
            let kept: Value = serde_json::from_slice(kept.as_ref()).unwrap();
            if kept["leaving"].as_array().unwrap().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SECONDS, waiting).await.expect("Clerk was not told");
}

#[tokio::test]
async fn a_sign_in_under_way_is_not_lost_when_clerk_is_told_of_an_earlier_sign_out() {
    let (slow, server) = Slow::new(|method| method == Method::POST);
    let store = MemoryStore::default();
    let clerk = signed_in_on(server.device().store(store.clone())).await;
    slow.is_cut.store(true, Ordering::SeqCst);
    assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later);
    slow.held.store(true, Ordering::SeqCst);
    let entering = tokio::spawn({
        let clerk = clerk.clone();
        async move { clerk.raw().create_sign_in().identifier("ann@example.com").send().await }
    });
    slow.arrived.acquire().await.unwrap().forget();
    slow.is_cut.store(false, Ordering::SeqCst);
    let _ = clerk.raw().get_environment().send().await;
    is_told(&store).await;
    slow.go.add_permits(10);
    entering.await.unwrap().unwrap();
    assert_eq!(sessions(&clerk), ["sess_1"]);
    assert_eq!(server.count("POST", "/v1/client/sign_ins"), 2, "a code would have been sent twice");
}

#[tokio::test]
async fn who_signs_in_while_clerk_is_being_told_comes_in_on_the_same_device() {
    let (slow, server) = Slow::new(|method| method == Method::DELETE);
    let clerk = signed_in_on(server.device()).await;
    slow.is_cut.store(true, Ordering::SeqCst);
    assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later);
    slow.is_cut.store(false, Ordering::SeqCst);
    slow.held.store(true, Ordering::SeqCst);
    let _ = clerk.raw().get_environment().send().await;
    slow.arrived.acquire().await.unwrap().forget();
    let entering = tokio::spawn({
        let clerk = clerk.clone();
        async move { clerk.raw().create_sign_in().identifier("ann@example.com").send().await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    slow.go.add_permits(10);
    entering.await.unwrap().unwrap();
    let last = server.seen().into_iter().rfind(is_sign_in).unwrap();
    assert_eq!(token(&last).as_deref(), Some("test-new"), "the device is the one that was signed out of");
}

#[tokio::test]
async fn whoever_loads_and_ends_has_told_clerk_of_the_last_sign_out() {
    let World { local, .. } = World::new().await;
    let (is_cut, is_done) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
    let server = Scripted::new({
        let (inner, is_cut, is_done) = (local.transport(), is_cut.clone(), is_done.clone());
        move |request| {
            let (mut inner, is_cut, is_done) = (inner.clone(), is_cut.load(Ordering::SeqCst), is_done.clone());
            async move {
                if request.method() != Method::DELETE {
                    return inner.call(request).await;
                }
                if is_cut {
                    return unreachable();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                let answer = inner.call(request).await;
                is_done.store(true, Ordering::SeqCst);
                answer
            }
        }
    });
    let store = MemoryStore::default();
    let first = server.beneath(device(&local)).store(store.clone()).build().unwrap();
    enter(&first).await;
    assert_eq!(first.sign_out().await.unwrap(), SignOut::Later);
    drop(first);
    is_cut.store(false, Ordering::SeqCst);
    let second = server.beneath(device(&local)).store(store).build().unwrap();
    second.load().await.unwrap();
    drop(second);
    assert!(is_done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn all_who_left_one_by_one_while_clerk_could_not_be_told_have_left_when_it_can() {
    let World { local, .. } = World::new().await;
    local.seed(&Seed::default().user(SeedUser::new("ben@example.com").password(PASSWORD))).unwrap();
    let clerk = device(&local).network(|network| network.retry(RetryPolicy::none())).build().unwrap();
    let (ann, ben) = (enter(&clerk).await, enter_as(&clerk, "ben@example.com").await);
    let cut = local.faults().add(Fault::reset());
    for session in [&ann, &ben] {
        assert_eq!(session.sign_out().await.unwrap(), SignOut::Later);
    }
    local.faults().remove(cut);
    clerk.reload().await.unwrap();
    let elsewhere = device(&local).build().unwrap();
    enter(&elsewhere).await;
    let history = elsewhere.devices().history().await.unwrap();
    let status = history.iter().find(|one| one.id == *ann.id()).map(|one| one.status.as_str().to_owned());
    assert_eq!(status.as_deref(), Some("removed"));
}

#[tokio::test]
async fn who_left_is_told_of_by_the_name_that_the_device_has_by_then() {
    let World { local, .. } = World::new().await;
    for address in ["ben@example.com", "cem@example.com"] {
        local.seed(&Seed::default().user(SeedUser::new(address).password(PASSWORD))).unwrap();
    }
    let clerk = device(&local).network(|network| network.retry(RetryPolicy::none())).build().unwrap();
    let (ann, ben) = (enter(&clerk).await, enter_as(&clerk, "ben@example.com").await);
    let cut = local.faults().add(Fault::reset());
    for session in [&ann, &ben] {
        assert_eq!(session.sign_out().await.unwrap(), SignOut::Later);
    }
    local.faults().remove(cut);
    // Clerk hears of the first of them alone, before Cem comes in and the device is given another name.
    let cut = local.faults().add(Fault::reset().on("removeSession").before_execution().after(1));
    clerk.reload().await.unwrap();
    enter_as(&clerk, "cem@example.com").await;
    local.faults().remove(cut);
    clerk.reload().await.unwrap();
    let elsewhere = device(&local).build().unwrap();
    for (left, address) in [(ann, "ann@example.com"), (ben, "ben@example.com")] {
        enter_as(&elsewhere, address).await;
        let history = elsewhere.devices().history().await.unwrap();
        let status = history.iter().find(|one| one.id == *left.id()).map(|one| one.status.as_str().to_owned());
        assert_eq!(status.as_deref(), Some("removed"), "{address}");
    }
}

#[tokio::test]
async fn a_page_in_the_place_of_clerks_answer_is_not_taken_for_it() {
    for status in [200, 401, 403, 404] {
        let World { local, clerk } = World::new().await;
        let session = enter(&clerk).await.id().clone();
        local
            .faults()
            .add(Fault::not_json_with_status(status).on("DELETE /client/sessions").on("removeSession").times(1));
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later, "{status}");
        assert!(clerk.session().is_none(), "{status}: it holds here");
        clerk.reload().await.unwrap();
        let elsewhere = device(&local).build().unwrap();
        enter(&elsewhere).await;
        let history = elsewhere.devices().history().await.unwrap();
        let status_there = history.iter().find(|one| one.id == session).map(|one| one.status.as_str().to_owned());
        assert_eq!(status_there.as_deref(), Some("removed"), "{status}: Clerk has heard of it now");
    }
}

#[tokio::test]
async fn a_sign_out_that_neither_clerk_nor_the_store_knows_of_is_an_error() {
    let server = after_sign_in(&["sess_1"], |_| unreachable());
    let store = Broken::default();
    let clerk = signed_in_on(server.device().store(store.clone())).await;
    store.writing.store(true, Ordering::SeqCst);
    assert_eq!(clerk.sign_out().await.unwrap_err().kind(), ErrorKind::Storage);
    assert!(clerk.session().is_none(), "it holds for this process");

    store.writing.store(false, Ordering::SeqCst);
    assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later);
    let next = server.device().store(store).build().unwrap();
    assert!(next.restore().await.unwrap().session().is_none());
}

#[tokio::test]
async fn a_device_is_known_after_a_sign_out_from_a_session_that_was_over() {
    for (status, code) in [
        (404, "resource_not_found"),
        (401, "session_revoked"),
        (422, "session_expired"),
        (400, "invalid_action_for_session"),
    ] {
        let server = after_sign_in(&["sess_1"], move |request| match request.uri().path().ends_with("/remove") {
            true => failed(status, code),
            false => answer(200, &json!({ "response": client("client_1", &[]), "client": null })),
        });
        let clerk = signed_in_on(server.device()).await;
        assert_eq!(clerk.session().unwrap().sign_out().await.unwrap(), SignOut::Done, "{code}");
        clerk.raw().get_client().send().await.unwrap();
        assert_eq!(token(&server.last()).as_deref(), Some("test-token"), "{code}");
    }
}

#[tokio::test]
async fn a_device_keeps_its_name_where_the_rest_of_what_is_kept_cannot_be_read() {
    let store = MemoryStore::default();
    let kept = br#"{"token":"test-token","client":{"of":"another version"},"learned_at":1,"device_id":"here"}"#;
    store.swap(NAME, None, Some(kept)).await.unwrap();
    let server =
        Scripted::answering(|_| answer(200, &json!({ "response": client("client_1", &["sess_1"]), "client": null })));
    let clerk = server.device().store(store).build().unwrap();
    assert!(clerk.restore().await.unwrap().session().is_none());
    clerk.raw().get_client().send().await.unwrap();
    assert_eq!(token(&server.last()).as_deref(), Some("test-token"));
    assert_eq!(sessions(&clerk), ["sess_1"]);
}

#[tokio::test]
async fn a_refused_nonce_does_not_name_a_device_that_has_no_name() {
    let server = Scripted::answering(|request| match request.uri().query().is_some_and(|it| it.contains("nonce")) {
        true => with_token(failed(404, "resource_not_found"), "test-foreign"),
        false => answer(200, &json!({ "response": null, "client": null })),
    });
    let clerk = server.device().build().unwrap();
    clerk.raw().get_sign_in("sia_1").rotating_token_nonce("test-nonce").send().await.unwrap_err();
    clerk.raw().get_client().send().await.unwrap();
    assert_eq!(token(&server.last()), None);
}
