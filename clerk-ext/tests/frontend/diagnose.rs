//! What a device says of itself when something is wrong, and that it changes nothing by looking.

use std::{collections::BTreeMap, io, time::Duration};

use clerk_ext::{
    BoxFuture, Bytes, ErrorKind, Transport,
    frontend::{
        CredentialStore, Diagnosis, FileStore, Frontend, MemoryStore, SecretBytes, Severity, SignOut, StoreError,
        diagnose::{DeviceState, Reach, StoreState},
    },
    http::{HeaderValue, Request, header::ORIGIN},
    transport::RetryPolicy,
};
use clerk_local::{Api, DeviceAttestation, Environment, Fault, LocalClerk};
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::{
    scripted::Scripted,
    sessions::enter,
    spy::Spy,
    world::{World, device},
};

const TWO_QUESTIONS: [(&str, u64); 2] = [("getClient", 1), ("getEnvironment", 1)];

/// What Clerk is asked for while something is done.
async fn asked_during<T>(local: &LocalClerk, done: impl Future<Output = T>) -> (T, BTreeMap<&'static str, u64>) {
    let before = local.calls(Api::Frontend);
    let done = done.await;
    let mut calls = local.calls(Api::Frontend);
    for (operation, count) in &mut calls {
        *count -= before.get(operation).unwrap_or(&0);
    }
    calls.retain(|_, count| *count > 0);
    (done, calls)
}

#[track_caller]
fn is_found(diagnosis: &Diagnosis, severity: Severity, code: &str) {
    let finding = diagnosis.finding(code).unwrap_or_else(|| panic!("{code} is not among: {diagnosis}"));
    assert_eq!(finding.severity, severity, "{diagnosis}");
    assert!(!finding.what.is_empty() && !finding.what_to_do.is_empty());
    assert_eq!(diagnosis.is_healthy(), severity < Severity::Error, "{diagnosis}");
    let line = format!("\n{severity} {code}: ");
    assert!(diagnosis.to_string().contains(&line), "{diagnosis}");
}

/// A device whose requests are changed on their way.
fn changing(
    local: &LocalClerk,
    store: &MemoryStore,
    change: impl Fn(&mut Request<Bytes>) + Send + Sync + 'static,
) -> Frontend {
    let inner = local.transport();
    let scripted = Scripted::new(move |mut request| {
        change(&mut request);
        inner.clone().call(request)
    });
    device(local).store(store.clone()).transport(Transport::new(scripted)).build().unwrap()
}

/// A device to which the environment is told otherwise.
fn elsewhere(local: &LocalClerk, change: impl Fn(&mut Value) + Send + Sync + 'static) -> Frontend {
    let spy = Spy::new(local, move |request, answer| {
        let mut answer = answer?;
        if request.uri().path() == "/v1/environment" {
            let mut environment: Value = serde_json::from_slice(answer.body()).unwrap();
            change(&mut environment);
            *answer.body_mut() = Bytes::from(environment.to_string());
        }
        Some(answer)
    });
    device(local).transport(Transport::new(spy)).build().unwrap()
}

#[tokio::test]
async fn a_new_device_is_healthy_and_asks_two_questions() {
    let World { local, clerk } = World::new().await;
    let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
    assert!(calls.into_iter().eq(TWO_QUESTIONS));
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    assert_eq!(
        (diagnosis.reach, diagnosis.native_api, diagnosis.clock_ahead_millis),
        (Reach::Reached, Some(true), Some(0))
    );
    assert_eq!((diagnosis.store.as_str(), diagnosis.store_state), ("MemoryStore", StoreState::Works));
    assert_eq!(diagnosis.device, DeviceState::New);
    assert!(diagnosis.sessions.is_empty() && diagnosis.sign_in.is_none() && diagnosis.sign_up.is_none());
    is_found(&diagnosis, Severity::Info, "nobody_signed_in");
    is_found(&diagnosis, Severity::Info, "store_forgets");
    assert_eq!(diagnosis.findings.len(), 2, "{diagnosis}");
}

#[tokio::test]
async fn who_is_signed_in_stays_so_and_is_described() {
    let World { local, clerk: _ } = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let clerk = device(&local).store(FileStore::new(folder.path().join("clerk"))).build().unwrap();
    let session = enter(&clerk).await;
    let files = || std::fs::read_dir(folder.path().join("clerk")).unwrap().count();
    let before = (files(), clerk.session().unwrap().token().await.unwrap().jwt().clone());
    let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
    assert!(calls.into_iter().eq(TWO_QUESTIONS));
    assert_eq!(diagnosis.findings, [], "{diagnosis}");
    assert_eq!((diagnosis.store.as_str(), diagnosis.device), ("FileStore", DeviceState::Known));
    let [report] = diagnosis.sessions.as_slice() else { panic!("{diagnosis}") };
    assert_eq!(&report.id, session.id());
    assert!(report.in_foreground && report.tasks.is_empty() && report.user.is_some());
    let line = format!("session {}: active, in the foreground, of {}", session.id(), report.user.as_ref().unwrap());
    let text = diagnosis.to_string();
    assert!(text.contains(&line) && text.contains(", ends in 6 days\n"), "{text}");
    assert!(!text.contains("ann@") && !text.contains("Example"), "{text}");
    let after = (files(), clerk.session().unwrap().token().await.unwrap().jwt().clone());
    assert!(before == after && session.is_signed_in());
}

#[tokio::test]
async fn machines_read_it_as_json() {
    let World { local, clerk } = World::new().await;
    enter(&clerk).await;
    local.faults().add(Fault::status(404).on("getClient"));
    let written = serde_json::to_value(clerk.diagnose().await).unwrap();
    assert_eq!(written["frontend_url"], json!(local.frontend_url()));
    assert_eq!((&written["instance_kind"], &written["reach"]), (&json!("development"), &json!({ "refused": 404 })));
    assert_eq!((&written["store_state"], &written["device"]), (&json!("works"), &json!("unconfirmed")));
    assert_eq!(written["sessions"][0]["status"], json!("active"));
    assert_eq!(
        (&written["findings"][0]["severity"], &written["findings"][0]["code"]),
        (&json!("error"), &json!("refused"))
    );
}

mod the_instance {
    use super::*;

    #[tokio::test]
    async fn lets_no_programs_in() {
        let World { local, clerk } = World::configured(|settings| settings.native_api = false).await;
        let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
        assert!(calls.values().sum::<u64>() <= 2);
        is_found(&diagnosis, Severity::Error, "native_api_disabled");
        assert!(diagnosis.finding("native_api_disabled").unwrap().what_to_do.contains("Native applications"));
        let error = clerk.sign_in().identifier("ann@example.com").await.unwrap_err();
        assert!(error.has_code("native_api_disabled") && error.hint().unwrap().contains("Native applications"));
    }

    #[tokio::test]
    async fn says_itself_that_it_lets_no_programs_in() {
        let World { local, clerk: _ } = World::new().await;
        let clerk = elsewhere(&local, |environment| {
            environment["auth_config"]["native_settings"] = json!({ "api_enabled": false });
        });
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Error, "native_api_disabled");
        assert_eq!(diagnosis.native_api, Some(false));
    }

    #[tokio::test]
    async fn wants_a_genuine_device() {
        let enforced = |settings: &mut clerk_local::Settings| settings.device_attestation = DeviceAttestation::Enforced;
        let World { local: _local, clerk } = World::configured(enforced).await;
        is_found(&clerk.diagnose().await, Severity::Error, "attestation_enforced");
    }

    #[tokio::test]
    async fn watches_for_robots() {
        let World { local, clerk } = World::configured(|settings| settings.sign_up.captcha = true).await;
        is_found(&clerk.diagnose().await, Severity::Info, "captcha");
        let clerk = elsewhere(&local, |environment| {
            environment["protect_config"] = json!({ "object": "protect_config", "id": "p", "loaders": [{}] });
        });
        is_found(&clerk.diagnose().await, Severity::Warning, "protect");
    }

    #[tokio::test]
    async fn is_under_maintenance() {
        let World { local, clerk: _ } = World::new().await;
        let clerk = elsewhere(&local, |environment| environment["maintenance_mode"] = json!(true));
        is_found(&clerk.diagnose().await, Severity::Warning, "maintenance");
    }

    #[tokio::test]
    async fn is_for_production_and_takes_test_addresses() {
        let production = |settings: &mut clerk_local::Settings| settings.environment = Environment::Production;
        let World { local: _local, clerk } = World::configured(production).await;
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Warning, "test_mode_in_production");
        assert!(diagnosis.to_string().contains(" (production), "), "{diagnosis}");
    }
}

mod the_way_there {
    use super::*;

    #[tokio::test]
    async fn is_known_by_what_fails() {
        use io::ErrorKind as Io;
        for (failure, reach, code) in [
            (io::Error::from(Io::NetworkUnreachable), Reach::NoNetwork, "no_network"),
            (io::Error::other("dns error: no such name"), Reach::NoSuchHost, "no_such_host"),
            (io::Error::other("invalid peer certificate: UnknownIssuer"), Reach::Tls, "tls"),
            (io::Error::from(Io::TimedOut), Reach::Timeout, "timeout"),
            (io::Error::from(Io::ConnectionReset), Reach::Broken, "broken"),
        ] {
            let (kind, text) = (failure.kind(), failure.to_string());
            let scripted = Scripted::answering(move |_| Err(io::Error::new(kind, text.clone()).into()));
            let diagnosis = scripted.device().build().unwrap().diagnose().await;
            assert_eq!(diagnosis.reach, reach);
            is_found(&diagnosis, Severity::Error, code);
            assert_eq!(scripted.seen().len(), 1, "one question was enough");
        }
    }

    #[tokio::test]
    async fn is_not_safe() {
        let World { local, clerk: _ } = World::new().await;
        // Who answers there does not speak TLS.
        let url = local.frontend_url().replace("http://", "https://");
        let diagnosis = Frontend::builder_for(&url).build().unwrap().diagnose().await;
        assert_eq!(diagnosis.reach, Reach::Tls, "{diagnosis}");
        is_found(&diagnosis, Severity::Error, "tls");
    }

    #[tokio::test]
    async fn leads_to_somebody_else() {
        for status in [200, 302, 404] {
            let World { local, clerk } = World::new().await;
            local.faults().add(Fault::not_json_with_status(status));
            let diagnosis = clerk.diagnose().await;
            assert_eq!(diagnosis.reach, Reach::NotClerk, "{status}");
            is_found(&diagnosis, Severity::Error, "not_clerk");
        }
    }

    #[tokio::test]
    async fn leads_to_a_clerk_that_fails() {
        let World { local, clerk } = World::new().await;
        local.faults().add(Fault::not_json_with_status(502));
        let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
        assert_eq!(diagnosis.reach, Reach::Refused(502));
        is_found(&diagnosis, Severity::Error, "failed");
        assert!(calls.values().sum::<u64>() <= 1, "{calls:?}");
    }

    #[tokio::test]
    async fn adds_what_only_browsers_send() {
        let World { local, clerk: _ } = World::new().await;
        let store = MemoryStore::default();
        enter(&device(&local).store(store.clone()).build().unwrap()).await;
        let clerk = changing(&local, &store, |request| {
            request.headers_mut().insert(ORIGIN, HeaderValue::from_static("tauri://localhost"));
        });
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Error, "origin_authorization_headers_conflict");
        assert_eq!((diagnosis.device, diagnosis.sessions.len()), (DeviceState::Unconfirmed, 1));
    }

    #[tokio::test]
    async fn changes_the_version() {
        let World { local, clerk: _ } = World::new().await;
        let clerk = changing(&local, &MemoryStore::default(), |request| {
            request.headers_mut().insert("clerk-api-version", HeaderValue::from_static("1999-01-01"));
        });
        is_found(&clerk.diagnose().await, Severity::Error, "api_version_invalid");
    }

    #[tokio::test]
    async fn is_a_proxy() {
        let World { local, clerk: _ } = World::new().await;
        let proxy = local.frontend_url().replace("127.0.0.1", "localhost");
        let builder = Frontend::builder_for("https://clerk.example.com").proxy_url(&proxy);
        let diagnosis = builder.transport(local.transport()).build().unwrap().diagnose().await;
        assert_eq!(diagnosis.proxy_url.as_deref(), Some(proxy.as_str()));
        assert!(diagnosis.to_string().contains(&format!("\nproxy: {proxy}\n")), "{diagnosis}");
    }
}

mod the_clock {
    use super::*;

    async fn ahead(seconds: i64) -> Diagnosis {
        let World { local, clerk } = World::new().await;
        local.faults().add(Fault::clock_skew(-seconds));
        let diagnosis = clerk.diagnose().await;
        let seen = diagnosis.clock_ahead_millis.unwrap();
        assert!((seen - seconds * 1000).abs() <= 2_000, "{seen}");
        diagnosis
    }

    #[tokio::test]
    async fn is_wrong_by_a_little() {
        assert!(ahead(2).await.finding("clock_skew").is_none());
        is_found(&ahead(20).await, Severity::Warning, "clock_skew");
    }

    #[tokio::test]
    async fn is_wrong_by_much() {
        for seconds in [-900, 900] {
            is_found(&ahead(seconds).await, Severity::Error, "clock_skew");
        }
    }
}

mod the_store {
    use super::*;

    /// A store that fails, when it is read or only when it is written.
    struct Stuck {
        can_be_read: bool,
    }

    impl Stuck {
        fn error() -> StoreError {
            StoreError::new("the drawer is stuck; pull harder")
        }
    }

    impl CredentialStore for Stuck {
        fn load<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
            Box::pin(async { if self.can_be_read { Ok(None) } else { Err(Self::error()) } })
        }

        fn swap<'a>(
            &'a self,
            _: &'a str,
            _: Option<&'a [u8]>,
            _: Option<&'a [u8]>,
        ) -> BoxFuture<'a, Result<bool, StoreError>> {
            Box::pin(async { Err(Self::error()) })
        }
    }

    #[tokio::test]
    async fn cannot_be_read_or_cannot_be_written() {
        let World { local, clerk: _ } = World::new().await;
        for (can_be_read, state, code) in
            [(false, StoreState::Unreadable, "store_unreadable"), (true, StoreState::Unwritable, "store_unwritable")]
        {
            let diagnosis = device(&local).store(Stuck { can_be_read }).build().unwrap().diagnose().await;
            assert_eq!((diagnosis.store.as_str(), diagnosis.store_state), ("Stuck", state));
            is_found(&diagnosis, Severity::Error, code);
            assert!(diagnosis.finding(code).unwrap().what.contains("pull harder"), "{diagnosis}");
            assert_eq!(diagnosis.reach, Reach::Reached, "Clerk is not to blame");
        }
    }

    #[tokio::test]
    async fn is_damaged_and_left_alone() {
        let World { local, clerk: _ } = World::new().await;
        let store = MemoryStore::default();
        assert!(store.swap(local.frontend_url(), None, Some(b"{\"token\":")).await.unwrap());
        let clerk = device(&local).store(store.clone()).build().unwrap();
        let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
        is_found(&diagnosis, Severity::Error, "store_damaged");
        assert!(!calls.contains_key("getClient"), "nobody knows as whom to ask");
        assert_eq!(store.load(local.frontend_url()).await.unwrap(), Some(b"{\"token\":".as_slice().into()));
    }
}

mod the_device {
    use super::*;

    #[tokio::test]
    async fn is_not_known_to_clerk() {
        let World { local, clerk: _ } = World::new().await;
        let store = MemoryStore::default();
        enter(&device(&local).store(store.clone()).build().unwrap()).await;
        let held = store.load(local.frontend_url()).await.unwrap().unwrap();
        let mut record: Value = serde_json::from_slice(held.as_ref()).unwrap();
        record["token"] = json!("client_none.test");
        let new = serde_json::to_vec(&record).unwrap();
        assert!(store.swap(local.frontend_url(), Some(held.as_ref()), Some(&new)).await.unwrap());

        let clerk = device(&local).store(store).build().unwrap();
        let diagnosis = clerk.diagnose().await;
        assert_eq!(diagnosis.device, DeviceState::Lost);
        is_found(&diagnosis, Severity::Error, "device_lost");
    }

    #[tokio::test]
    async fn has_sign_outs_that_clerk_is_not_told_of_by_looking() {
        let World { local, clerk: _ } = World::new().await;
        let clerk = device(&local).network(|network| network.retry(RetryPolicy::none())).build().unwrap();
        enter(&clerk).await;
        local.faults().add(Fault::reset().before_execution().times(1));
        assert_eq!(clerk.sign_out().await.unwrap(), SignOut::Later);
        let (diagnosis, calls) = asked_during(&local, clerk.diagnose()).await;
        assert!(calls.into_iter().eq(TWO_QUESTIONS));
        assert_eq!(diagnosis.unheard_sign_outs, 1);
        is_found(&diagnosis, Severity::Warning, "sign_outs_unheard");
    }

    #[tokio::test]
    async fn is_diagnosed_when_nobody_waits_for_the_answer() {
        let World { local, clerk } = World::new().await;
        enter(&clerk).await;
        local.faults().add(Fault::latency(Duration::from_millis(50)).on("getClient"));
        let dropped = tokio::time::timeout(Duration::from_millis(40), clerk.diagnose()).await;
        drop(dropped);
        assert_eq!(clerk.diagnose().await.device, DeviceState::Known);
        assert!(clerk.session().is_some());
    }
}

mod somebody {
    use super::*;

    #[tokio::test]
    async fn has_to_choose_an_organization() {
        let World { local: _local, clerk } =
            World::configured(|settings| settings.organizations.force_selection = true).await;
        enter(&clerk).await;
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Warning, "session_pending");
        assert_eq!(diagnosis.sessions[0].tasks, ["choose-organization"]);
    }

    #[tokio::test]
    async fn is_about_to_sign_in() {
        let World { local: _local, clerk } = World::new().await;
        drop(clerk.sign_in().identifier("ann@example.com").await.unwrap());
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Info, "sign_in_unfinished");
        let sign_in = diagnosis.sign_in.as_ref().unwrap();
        assert_eq!(sign_in.status, "needs_first_factor");
        assert!(sign_in.waits_for.iter().any(|strategy| strategy == "password"), "{sign_in:?}");
        assert!(!diagnosis.to_string().contains("ann@"), "{diagnosis}");
        assert_eq!(clerk.snapshot().sign_in().map(|it| it.id.to_string()), Some(sign_in.id.clone()));
    }

    #[tokio::test]
    async fn is_about_to_sign_up() {
        let World { local: _local, clerk } = World::new().await;
        drop(clerk.sign_up().email_address("ben@example.com").await.unwrap());
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Info, "sign_up_unfinished");
        let sign_up = diagnosis.sign_up.as_ref().unwrap();
        assert_eq!(
            (sign_up.status.as_str(), sign_up.waits_for.join(" ").as_str()),
            ("missing_requirements", "password email_address")
        );
        assert!(!diagnosis.to_string().contains("ben@"), "{diagnosis}");
    }

    #[tokio::test]
    async fn is_asked_for_while_clerk_refuses() {
        let World { local, clerk } = World::new().await;
        enter(&clerk).await;
        local.faults().add(Fault::status(403).on("getClient"));
        let diagnosis = clerk.diagnose().await;
        is_found(&diagnosis, Severity::Error, "refused");
        assert_eq!(diagnosis.device, DeviceState::Unconfirmed);
        assert_eq!(clerk.reload().await.unwrap_err().kind(), ErrorKind::Forbidden);
    }
}
