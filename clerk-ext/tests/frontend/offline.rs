//! Starting, staying and leaving with and without a network.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use clerk_ext::{
    BoxFuture, ErrorKind, Timestamp,
    clock::ManualClock,
    frontend::{
        CredentialStore, EndReason, Event, Events, FileStore, FrontendBuilder, MemoryStore, SecretBytes, SignOut,
        StoreError,
    },
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser};
use serde_json::json;
use tokio::sync::Barrier;
use tower_service::Service as _;

use crate::{
    scripted::{Scripted, after_sign_in, answer, client, failed, is_sign_in, signed_in_on, unreachable},
    sessions::{enter, enter_as},
    wire_answers::{ended, sessions},
    world::{PASSWORD, World, device},
};

const SECONDS: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);

/// A wire to a Clerk on this machine that can be cut.
#[derive(Clone)]
struct Cable {
    is_cut: Arc<AtomicBool>,
    scripted: Scripted,
}

impl Cable {
    fn to(local: &LocalClerk) -> Self {
        let is_cut = Arc::new(AtomicBool::new(false));
        let (inner, cut) = (local.transport(), is_cut.clone());
        let scripted = Scripted::new(move |request| {
            let (mut inner, is_cut) = (inner.clone(), cut.load(Ordering::SeqCst));
            async move { if is_cut { unreachable() } else { inner.call(request).await } }
        });
        Self { is_cut, scripted }
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }

    fn device(&self, local: &LocalClerk) -> FrontendBuilder {
        self.scripted.beneath(device(local))
    }
}

fn told(events: &mut Events) -> Vec<String> {
    let told = std::iter::from_fn(|| events.try_next());
    told.map(|event| match event {
        Event::Loaded => "loaded".to_owned(),
        Event::OnlineChanged { online: true, .. } => "online".to_owned(),
        Event::OnlineChanged { online: false, .. } => "offline".to_owned(),
        Event::SignedIn { .. } => "signed in".to_owned(),
        Event::SessionActivated { .. } => "activated".to_owned(),
        Event::SessionEnded { reason, .. } => format!("ended: {reason}"),
        Event::Error(error) => format!("failed: {:?}", error.kind()),
        other => format!("{other:?}"),
    })
    .collect()
}

fn called(local: &LocalClerk, operation: &str) -> u64 {
    local.calls(Api::Frontend).get(operation).copied().unwrap_or_default()
}

async fn eventually(mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SECONDS, waiting).await.expect("it did not happen");
}

/// Somebody signed in earlier, in a run that is over.
async fn earlier(cable: &Cable, local: &LocalClerk, store: impl CredentialStore) {
    let clerk = cable.device(local).store(store).build().unwrap();
    enter(&clerk).await;
    clerk.load().await.unwrap();
}

mod load {
    use super::*;

    #[tokio::test]
    async fn who_and_what_are_asked_for_side_by_side() {
        // Each of the two is answered only when the other has been asked.
        let both = Arc::new(Barrier::new(2));
        let server = Scripted::new(move |_| {
            let both = both.clone();
            async move {
                tokio::time::timeout(SECONDS, both.wait()).await?;
                answer(200, &json!({ "response": null, "client": null }))
            }
        });
        let clerk = server.device().build().unwrap();
        assert!(clerk.load().await.unwrap().is_live());
        assert_eq!(server.seen().len(), 2);
    }

    #[tokio::test]
    async fn fifty_who_ask_at_once_cost_as_much_as_one() {
        let World { local, clerk } = World::new().await;
        let mut events = clerk.events();
        let all = futures_util::future::join_all((0..50).map(|_| clerk.load())).await;
        assert!(all.into_iter().all(|snapshot| snapshot.unwrap().is_live()));
        assert_eq!((called(&local, "getClient"), called(&local, "getEnvironment")), (1, 1));
        assert_eq!(told(&mut events), ["loaded"]);
        clerk.load().await.unwrap();
        assert_eq!((called(&local, "getClient"), called(&local, "getEnvironment")), (1, 1), "once is enough");
        clerk.reload().await.unwrap();
        assert_eq!((called(&local, "getClient"), called(&local, "getEnvironment")), (2, 2));
        assert_eq!(told(&mut events), [""; 0]);
    }

    #[tokio::test]
    async fn the_environment_is_fetched_once() {
        let World { local, clerk } = World::new().await;
        for _ in 0..3 {
            assert!(!clerk.environment().await.unwrap().identifiers().is_empty());
        }
        assert_eq!(called(&local, "getEnvironment"), 1);
    }

    #[tokio::test]
    async fn what_happened_elsewhere_is_seen_with_the_next_load() {
        let World { local, clerk } = World::new().await;
        let here = enter(&clerk).await;
        clerk.load().await.unwrap();
        let elsewhere = device(&local).build().unwrap();
        enter(&elsewhere).await;
        elsewhere.devices().revoke(here.id()).await.unwrap();
        let mut events = clerk.events();
        assert!(clerk.load().await.unwrap().session().is_some(), "nobody asked");
        assert!(clerk.reload().await.unwrap().session().is_none());
        // Sessions that are over are not listed, so that nothing says why.
        assert_eq!(ended(&mut events), [(here.id().to_string(), EndReason::Unknown)]);
    }

    #[tokio::test]
    async fn a_load_that_is_given_up_leaves_nothing_locked() {
        let World { local, clerk } = World::new().await;
        local.faults().add(Fault::latency(Duration::from_millis(300)).times(2));
        let given_up = tokio::time::timeout(Duration::from_millis(30), clerk.load()).await;
        assert!(given_up.is_err());
        assert!(tokio::time::timeout(SECONDS, clerk.load()).await.unwrap().unwrap().is_live());
    }

    #[tokio::test]
    async fn nobody_who_was_there_before_is_told_of_as_signed_in() {
        let World { local, .. } = World::new().await;
        let (cable, store) = (Cable::to(&local), MemoryStore::default());
        earlier(&cable, &local, store.clone()).await;
        let clerk = cable.device(&local).store(store).build().unwrap();
        let mut events = clerk.events();
        clerk.load().await.unwrap();
        assert_eq!(told(&mut events), ["loaded"]);
    }
}

mod without_a_network {
    use super::*;

    #[tokio::test]
    async fn the_last_user_is_there_until_clerk_says_otherwise() {
        let World { local, .. } = World::new().await;
        let home = tempfile::tempdir().unwrap();
        let cable = Cable::to(&local);
        earlier(&cable, &local, FileStore::new(home.path().join("clerk"))).await;

        cable.cut();
        let clerk = cable.device(&local).store(FileStore::new(home.path().join("clerk"))).build().unwrap();
        let mut events = clerk.events();
        let kept = clerk.load().await.unwrap();
        assert_eq!(kept.user().unwrap().first_name.as_deref(), Some("Ann"));
        assert!(!kept.is_live() && kept.learned_at().is_some());
        assert!(!clerk.environment().await.unwrap().identifiers().is_empty(), "kept as well");
        assert_eq!(told(&mut events), ["offline", "loaded"]);
        clerk.load().await.unwrap();
        assert_eq!(told(&mut events), [""; 0], "loaded is told once");

        cable.mend();
        let known = clerk.load().await.unwrap();
        assert!(known.is_live() && known.user().is_some());
        assert_eq!(told(&mut events), ["online"]);
    }

    #[tokio::test]
    async fn what_was_kept_for_too_long_is_not_shown() {
        let World { local, .. } = World::new().await;
        let (cable, store) = (Cable::to(&local), MemoryStore::default());
        earlier(&cable, &local, store.clone()).await;

        cable.cut();
        let late = ManualClock::at(SystemTime::now() + HOUR + Duration::from_secs(60));
        let clerk = cable.device(&local).store(store.clone()).clock(late.clone()).build().unwrap();
        let mut events = clerk.events();
        assert!(clerk.restore().await.unwrap().session().is_none());
        let error = clerk.load().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Network | ErrorKind::Offline), "{error}");
        assert!(clerk.session().is_none() && clerk.sessions().is_empty());
        // Trying something does not bring it back.
        clerk.raw().create_sign_in().identifier("ann@example.com").send().await.unwrap_err();
        assert!(clerk.snapshot().client().is_none() && clerk.session().is_none());
        assert_eq!(told(&mut events), ["offline"]);

        // Whoever was signed in still is, once Clerk says so.
        cable.mend();
        assert!(clerk.load().await.unwrap().user().is_some());

        // Who waits longer decides so.
        cable.cut();
        let patient = cable.device(&local).store(store).clock(late).max_age(24 * HOUR).build().unwrap();
        assert!(patient.load().await.unwrap().user().is_some());
    }

    #[tokio::test]
    async fn nothing_kept_is_an_error() {
        let World { local, .. } = World::new().await;
        let cable = Cable::to(&local);
        cable.cut();
        let clerk = cable.device(&local).build().unwrap();
        let error = clerk.load().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Network | ErrorKind::Offline), "{error}");
        cable.mend();
        clerk.load().await.unwrap();
    }

    #[tokio::test]
    async fn a_start_with_a_store_asks_nobody_before_it_shows_something() {
        let World { local, .. } = World::new().await;
        let (cable, store) = (Cable::to(&local), MemoryStore::default());
        earlier(&cable, &local, store.clone()).await;
        let before = cable.scripted.seen().len();
        let clerk = cable.device(&local).store(store).build().unwrap();
        let shown = clerk.restore().await.unwrap();
        assert!(shown.user().is_some() && !shown.is_live());
        assert_eq!(cable.scripted.seen().len(), before);
    }
}

mod sign_out {
    use super::*;

    #[tokio::test]
    async fn it_holds_at_once_and_the_next_process_carries_it_out() {
        let World { local, .. } = World::new().await;
        let home = tempfile::tempdir().unwrap();
        let cable = Cable::to(&local);
        let store = || FileStore::new(home.path().join("clerk"));
        let first = cable.device(&local).store(store()).build().unwrap();
        let session = enter(&first).await.id().clone();
        let mut events = first.events();
        cable.cut();
        assert_eq!(first.sign_out().await.unwrap(), SignOut::Later);
        assert_eq!(told(&mut events), ["ended: signed_out", "offline"]);
        assert!(first.session().is_none());
        drop(first);

        // A run that stays offline does not bring anybody back.
        let second = cable.device(&local).store(store()).build().unwrap();
        assert!(second.load().await.unwrap().session().is_none());
        assert!(!second.snapshot().is_live());
        drop(second);

        cable.mend();
        let third = cable.device(&local).store(store()).build().unwrap();
        third.load().await.unwrap();
        eventually(|| called(&local, "removeClientSessionsAndRetainCookie") == 1).await;
        assert!(third.session().is_none());
        let elsewhere = device(&local).build().unwrap();
        enter(&elsewhere).await;
        let history = elsewhere.devices().history().await.unwrap();
        let status = history.iter().find(|one| one.id == session).map(|one| one.status.as_str().to_owned());
        assert_eq!(status.as_deref(), Some("removed"), "Clerk knows of it");
    }

    #[tokio::test]
    async fn one_of_several_sessions_is_told_later_too() {
        let world = World::new().await;
        let (cable, store) = (Cable::to(&world.local), MemoryStore::default());
        let ben = SeedUser::new("ben@example.com").password(PASSWORD);
        world.local.seed(&Seed::default().user(ben)).unwrap();
        let clerk = cable.device(&world.local).store(store.clone()).build().unwrap();
        let ann = enter(&clerk).await;
        let ben = enter_as(&clerk, "ben@example.com").await;
        let mut events = clerk.events();
        cable.cut();
        assert_eq!(ben.sign_out().await.unwrap(), SignOut::Later);
        assert_eq!(sessions(&clerk), [ann.id().as_str()]);
        assert_eq!(ended(&mut events), [(ben.id().to_string(), EndReason::SignedOut)]);
        drop(clerk);

        cable.mend();
        let next = cable.device(&world.local).store(store).build().unwrap();
        let mut events = next.events();
        next.load().await.unwrap();
        eventually(|| called(&world.local, "removeSession") == 1).await;
        next.reload().await.unwrap();
        assert_eq!(sessions(&next), [ann.id().as_str()]);
        assert_eq!(ended(&mut events), [], "it was over before");
    }

    #[tokio::test]
    async fn who_signs_in_before_it_is_told_comes_in_on_the_same_device() {
        let World { local, .. } = World::new().await;
        let (cable, store) = (Cable::to(&local), MemoryStore::default());
        let clerk = cable.device(&local).store(store.clone()).build().unwrap();
        let before = enter(&clerk).await;
        let known = clerk.snapshot().client().unwrap().id.clone();
        cable.cut();
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later);
        cable.mend();
        let after = enter(&clerk).await;
        assert_ne!(before.id(), after.id());
        assert_eq!(clerk.snapshot().client().unwrap().id, known);
        assert_eq!(sessions(&clerk), [after.id().as_str()]);
        assert_eq!(called(&local, "removeClientSessionsAndRetainCookie"), 1);
    }

    #[tokio::test]
    async fn a_device_that_is_known_needs_no_second_proof() {
        let World { local, .. } = World::configured(|settings| settings.client_trust = true).await;
        let clerk = device(&local).build().unwrap();
        let raw = clerk.raw();
        let attempt = raw.create_sign_in().identifier("ann@example.com").password(PASSWORD).send().await;
        let attempt = attempt.unwrap().response;
        assert_eq!(attempt.status.as_str(), "needs_client_trust");
        let id = &attempt.id;
        raw.prepare_sign_in_factor_two(id, "email_code").send().await.unwrap();
        let proof = local.inbox().latest_code("ann@example.com").unwrap();
        raw.attempt_sign_in_factor_two(id, "email_code", proof).send().await.unwrap();
        assert!(clerk.session().is_some());
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Done);
        assert!(clerk.session().is_none());
        enter(&clerk).await;
        assert!(clerk.session().is_some(), "the device is the same, and trusted");
    }

    #[tokio::test]
    async fn what_clerk_answers_decides_whether_it_is_tried_again() {
        for (status, code, outcome) in [
            (500, "internal_error", Ok(SignOut::Later)),
            (503, "unavailable", Ok(SignOut::Later)),
            (429, "too_many_requests", Ok(SignOut::Later)),
            (401, "signed_out", Ok(SignOut::Done)),
            (404, "resource_not_found", Ok(SignOut::Done)),
            (422, "session_expired", Ok(SignOut::Done)),
            (400, "something", Err(ErrorKind::BadRequest)),
        ] {
            let server = after_sign_in(&["sess_1"], move |_| failed(status, code));
            let clerk = signed_in_on(server.device()).await;
            let mut events = clerk.events();
            let answered = clerk.sign_out().await.map_err(|error| error.kind());
            assert_eq!(answered, outcome, "{status}");
            assert_eq!(ended(&mut events), [("sess_1".into(), EndReason::SignedOut)], "{status}");
            assert!(clerk.session().is_none() && clerk.snapshot().client().is_none(), "{status}");
            let before = server.count("DELETE", "/v1/client/sessions");
            let _ = clerk.raw().get_environment().send().await;
            let _ = clerk.sign_out().await;
            let is_again = server.count("DELETE", "/v1/client/sessions") > before;
            assert_eq!(is_again, outcome == Ok(SignOut::Later), "{status}");
        }
    }

    #[tokio::test]
    async fn who_is_not_there_is_signed_out_without_a_word() {
        let server = Scripted::answering(|_| failed(500, "internal_error"));
        let clerk = server.device().build().unwrap();
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Done);
        assert!(server.seen().is_empty());
    }
}

/// A store that fails when it is told to.
#[derive(Clone, Default)]
pub(crate) struct Broken {
    inner: MemoryStore,
    pub(crate) reading: Arc<AtomicBool>,
    pub(crate) writing: Arc<AtomicBool>,
}

impl CredentialStore for Broken {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        match self.reading.load(Ordering::SeqCst) {
            true => Box::pin(async { Err(StoreError::new("the drawer is stuck")) }),
            false => self.inner.load(name),
        }
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        match self.writing.load(Ordering::SeqCst) {
            true => Box::pin(async { Err(StoreError::new("the drawer is full")) }),
            false => self.inner.swap(name, expected, new),
        }
    }
}

mod a_store_that_fails {
    use super::*;

    #[tokio::test]
    async fn a_store_that_cannot_be_written_is_told_of_and_this_process_goes_on() {
        let World { local, .. } = World::new().await;
        let store = Broken::default();
        store.writing.store(true, Ordering::SeqCst);
        let clerk = device(&local).store(store.clone()).build().unwrap();
        let mut events = clerk.events();
        let session = enter(&clerk).await;
        assert!(told(&mut events).contains(&"failed: Storage".to_owned()));
        clerk.raw().get_user().send().await.unwrap();
        clerk.reload().await.unwrap();
        assert!(session.is_signed_in());

        // As soon as it can, it keeps what is so.
        store.writing.store(false, Ordering::SeqCst);
        clerk.reload().await.unwrap();
        let next = device(&local).store(store.clone()).build().unwrap();
        assert_eq!(next.load().await.unwrap().session().map(|session| &session.id), Some(session.id()));

        store.writing.store(true, Ordering::SeqCst);
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Done);
        assert!(clerk.session().is_none());
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_read_is_an_error_and_nothing_is_sent() {
        let server = after_sign_in(&["sess_1"], |request| match is_sign_in(request) {
            true => failed(500, "internal_error"),
            false => answer(200, &json!({ "response": client("client_1", &["sess_1"]), "client": null })),
        });
        let store = Broken::default();
        let clerk = signed_in_on(server.device().store(store.clone())).await;
        let sent = server.seen().len();
        store.reading.store(true, Ordering::SeqCst);
        assert_eq!(clerk.restore().await.unwrap_err().kind(), ErrorKind::Storage);
        assert_eq!(clerk.load().await.unwrap_err().kind(), ErrorKind::Storage);
        assert_eq!(clerk.raw().get_client().send().await.unwrap_err().kind(), ErrorKind::Storage);
        assert_eq!(clerk.sign_out().await.unwrap_err().kind(), ErrorKind::Storage);
        assert_eq!(server.seen().len(), sent);
        assert_eq!(sessions(&clerk), ["sess_1"], "what is known stays known");
        store.reading.store(false, Ordering::SeqCst);
        clerk.raw().get_client().send().await.unwrap();
    }

    #[tokio::test]
    async fn what_is_damaged_is_told_of_and_counts_as_nothing() {
        let store = MemoryStore::default();
        store.swap("https://clerk.example.com", None, Some(b"{ half")).await.unwrap();
        let server = after_sign_in(&["sess_1"], |_| failed(500, "internal_error"));
        let clerk = server.device().store(store).build().unwrap();
        let mut events = clerk.events();
        assert!(clerk.restore().await.unwrap().session().is_none());
        assert_eq!(told(&mut events), ["failed: Decode"]);
        clerk.raw().create_sign_in().identifier("ann@example.com").send().await.unwrap();
        assert_eq!(sessions(&clerk), ["sess_1"]);
    }

    #[tokio::test]
    async fn what_a_newer_version_keeps_is_kept() {
        let store = MemoryStore::default();
        let name = "https://clerk.example.com";
        store.swap(name, None, Some(br#"{"from_the_future":{"a":[1]}}"#)).await.unwrap();
        let server = after_sign_in(&["sess_1"], |_| failed(500, "internal_error"));
        signed_in_on(server.device().store(store.clone())).await;
        let kept: serde_json::Value =
            serde_json::from_slice(store.load(name).await.unwrap().unwrap().as_ref()).unwrap();
        assert_eq!(kept["from_the_future"], json!({ "a": [1] }));
        assert!(Timestamp::from_millis(kept["learned_at"].as_i64().unwrap()) > Timestamp::from_millis(0));
    }
}
