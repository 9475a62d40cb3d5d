//! What is taken from answers, good and bad ones.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering},
    },
    time::Duration,
};

use clerk_ext::{
    Bytes, ErrorKind,
    frontend::{EndReason, Event, Events, Frontend},
    http::{Request, header::AUTHORIZATION},
};
use clerk_local::{Fault, Seed, SeedUser};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_service::Service as _;

use crate::{
    scripted::{
        Answer, Scripted, after_sign_in, answer, client, failed, is_sign_in, signed_in, signed_in_on, unreachable,
        with_token,
    },
    sessions::{enter, enter_as},
    world::{PASSWORD, World, device},
};

const SECONDS: Duration = Duration::from_secs(10);

/// Which device a request is of.
pub(crate) fn token(request: &Request<Bytes>) -> Option<String> {
    request.headers().get(AUTHORIZATION).map(|token| token.to_str().unwrap().to_owned())
}

/// Who is signed in, by session.
pub(crate) fn sessions(clerk: &Frontend) -> Vec<String> {
    clerk.snapshot().sessions().map(|session| session.id.to_string()).collect()
}

/// Which sessions ended, and why.
pub(crate) fn ended(events: &mut Events) -> Vec<(String, EndReason)> {
    let told = std::iter::from_fn(|| events.try_next());
    told.filter_map(|event| match event {
        Event::SessionEnded { session, reason, .. } => Some((session.to_string(), reason)),
        _ => None,
    })
    .collect()
}

fn ok() -> Answer {
    answer(200, &json!({ "response": null, "client": null }))
}

fn the_client(sessions: &[&str]) -> Value {
    json!({ "response": client("client_1", sessions), "client": null })
}

#[tokio::test]
async fn a_rotated_client_token_is_kept_whatever_the_answer_says() {
    for status in [200, 204, 400, 401, 403, 404, 422, 429, 500, 503] {
        let server = after_sign_in(&["sess_1"], move |request| match request.uri().path() {
            "/v1/me" => with_token(failed(status, "something"), "test-rotated"),
            _ => ok(),
        });
        let clerk = signed_in_on(server.device()).await;
        let _ = clerk.raw().get_user().send().await;
        let _ = clerk.raw().get_environment().send().await;
        assert_eq!(token(&server.last()).as_deref(), Some("test-rotated"), "{status}");
        assert_eq!(sessions(&clerk), ["sess_1"], "{status}");
    }
}

#[tokio::test]
async fn a_cleared_token_forgets_the_device() {
    for cleared in ["", "Bearer", "Bearer ", "  "] {
        let server = after_sign_in(&["sess_1"], move |_| with_token(ok(), cleared));
        let clerk = signed_in_on(server.device()).await;
        let mut events = clerk.events();
        let _ = clerk.raw().get_user().send().await;
        assert_eq!(ended(&mut events), [("sess_1".into(), EndReason::ClientLost)], "{cleared:?}");
        assert!(clerk.snapshot().client().is_none() && clerk.session().is_none(), "{cleared:?}");
        let _ = clerk.raw().get_client().send().await;
        assert_eq!(token(&server.last()), None, "{cleared:?}");
    }
}

#[tokio::test]
async fn a_device_that_is_given_up_is_signed_out_and_not_lost() {
    let World { local: _local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    let mut events = clerk.events();
    clerk.raw().destroy_client().send().await.unwrap();
    assert_eq!(ended(&mut events), [(session.id().to_string(), EndReason::SignedOut)]);
    assert!(clerk.snapshot().client().is_none());
}

#[tokio::test]
async fn the_client_beside_an_error_is_taken_up() {
    let server = after_sign_in(&["sess_1"], |_| {
        let meta = json!({ "client": client("client_1", &["sess_2", "sess_1"]) });
        answer(422, &json!({ "errors": [{ "code": "form_code_incorrect", "message": "no" }], "meta": meta }))
    });
    let clerk = signed_in_on(server.device()).await;
    clerk.raw().get_user().send().await.unwrap_err();
    assert_eq!(sessions(&clerk), ["sess_2", "sess_1"]);
    assert_eq!(clerk.session().unwrap().id().as_str(), "sess_2");
    assert_eq!(server.seen().len(), 2, "nobody has to ask again");
}

#[tokio::test]
async fn each_code_that_ends_a_session_ends_that_one_and_no_other() {
    for (code, reason) in [
        ("session_revoked", EndReason::Revoked),
        ("session_expired", EndReason::Expired),
        ("session_ended", EndReason::Ended),
        ("session_removed", EndReason::Removed),
        ("session_replaced", EndReason::Replaced),
        ("session_not_found", EndReason::Unknown),
        ("session_invalid", EndReason::Unknown),
    ] {
        for status in [401, 404, 422] {
            let server = after_sign_in(&["sess_1", "sess_2", "sess_3"], move |request| match request.uri().path() {
                "/v1/client" => failed(503, "unavailable"),
                _ => failed(status, code),
            });
            let clerk = signed_in_on(server.device()).await;
            let mut events = clerk.events();
            clerk.raw().create_session_token("sess_2").send().await.unwrap_err();
            assert_eq!(ended(&mut events), [("sess_2".into(), reason)], "{code} in the path, {status}");
            assert_eq!(sessions(&clerk), ["sess_1", "sess_3"], "{code} {status}");

            clerk.raw().delete_totp().clerk_session_id("sess_3").send().await.unwrap_err();
            assert_eq!(ended(&mut events), [("sess_3".into(), reason)], "{code} in the query, {status}");

            clerk.raw().get_user().send().await.unwrap_err();
            assert_eq!(ended(&mut events), [("sess_1".into(), reason)], "{code} of the foreground, {status}");
            assert!(clerk.session().is_none());
        }
    }
}

#[tokio::test]
async fn the_session_that_an_error_names_is_the_one_that_is_over() {
    let server = after_sign_in(&["sess_1", "sess_2"], |request| match request.uri().path() {
        "/v1/client" => failed(503, "unavailable"),
        _ => answer(
            401,
            &json!({
                "errors": [{ "code": "other", "message": "no" }, { "code": "session_revoked", "message": "no" }],
                "meta": { "session_id": "sess_2" },
            }),
        ),
    });
    let clerk = signed_in_on(server.device()).await;
    let mut events = clerk.events();
    clerk.raw().get_user().send().await.unwrap_err();
    assert_eq!(ended(&mut events), [("sess_2".into(), EndReason::Revoked)]);
    assert_eq!(sessions(&clerk), ["sess_1"]);
}

#[tokio::test]
async fn what_cannot_be_read_beside_an_error_does_not_hide_it() {
    for meta in [
        json!({ "client": { "id": 7 }, "session_id": "sess_2" }),
        json!({ "client": "nonsense", "session_id": "sess_2" }),
        json!({ "client": null, "session_id": "sess_2", "more": [] }),
    ] {
        let body = json!({ "errors": [{ "code": "session_revoked", "message": "no" }], "meta": meta });
        let server = after_sign_in(&["sess_1", "sess_2"], move |request| match request.uri().path() {
            "/v1/client" => failed(503, "unavailable"),
            _ => answer(401, &body),
        });
        let clerk = signed_in_on(server.device()).await;
        clerk.raw().get_user().send().await.unwrap_err();
        assert_eq!(sessions(&clerk), ["sess_1"]);
        assert_eq!(server.count("GET", "/v1/client"), 1);
    }
}

#[tokio::test]
async fn a_code_that_ends_sessions_ends_none_where_the_request_was_about_none() {
    let server = after_sign_in(&["sess_1"], |request| match request.method().as_str() {
        "GET" => failed(503, "unavailable"),
        _ => failed(422, "session_expired"),
    });
    let clerk = signed_in_on(server.device()).await;
    clerk.raw().create_client().send().await.unwrap_err();
    assert_eq!(sessions(&clerk), ["sess_1"]);
}

/// Twenty requests that fail with this all at once, and how often the state was asked for then.
async fn twenty(status: u16, code: &'static str, truth: fn() -> Answer) -> (usize, Frontend, Events) {
    let arrived = Arc::new(AtomicU32::new(0));
    let all = Arc::new(Semaphore::new(0));
    let server = Scripted::new(move |request| {
        let (arrived, all) = (arrived.clone(), all.clone());
        async move {
            if is_sign_in(&request) {
                return with_token(answer(200, &signed_in(&client("client_1", &["sess_1"]))), "test-token");
            }
            if request.uri().path() == "/v1/client" {
                tokio::time::sleep(Duration::from_millis(20)).await;
                return truth();
            }
            if arrived.fetch_add(1, Ordering::SeqCst) == 19 {
                all.add_permits(20);
            }
            let _permit = all.acquire().await?;
            failed(status, code)
        }
    });
    let clerk = signed_in_on(server.device()).await;
    let events = clerk.events();
    let calls: Vec<_> = (0..20).map(|_| clerk.raw().get_user().send()).collect();
    let answers = tokio::time::timeout(SECONDS, futures_util::future::join_all(calls)).await.unwrap();
    for answer in answers {
        assert_eq!(answer.unwrap_err().status().map(|status| status.as_u16()), Some(status), "{code}");
    }
    (server.count("GET", "/v1/client"), clerk, events)
}

#[tokio::test]
async fn when_twenty_are_refused_at_once_the_state_is_asked_for_once() {
    for (status, code) in [
        (401, "authentication_invalid"),
        (403, "authentication_invalid"),
        (404, "resource_not_found"),
        (401, "signed_out"),
        (401, "something_new"),
    ] {
        let (asked, clerk, mut events) = twenty(status, code, || answer(200, &the_client(&[]))).await;
        assert_eq!(asked, 1, "{status} {code}");
        assert_eq!(ended(&mut events), [("sess_1".into(), EndReason::Unknown)], "{status} {code}");
        assert!(clerk.session().is_none());
    }
}

#[tokio::test]
async fn what_says_what_to_do_next_is_no_reason_to_ask_for_the_state() {
    for (status, code) in [
        (401, "requires_captcha"),
        (401, "requires_device_attestation"),
        (401, "dev_browser_unauthenticated"),
        (403, "requires_protect_check"),
        (422, "form_code_incorrect"),
        (429, "too_many_requests"),
        (500, "internal_error"),
    ] {
        let (asked, clerk, _) = twenty(status, code, || answer(200, &the_client(&[]))).await;
        assert_eq!(asked, 0, "{status} {code}");
        assert_eq!(sessions(&clerk), ["sess_1"], "{status} {code}");
    }
}

#[tokio::test]
async fn when_the_state_cannot_be_had_nothing_changes_and_nobody_insists() {
    let answers: [fn() -> Answer; 6] = [
        || failed(403, "forbidden"),
        || failed(500, "internal_error"),
        || failed(401, "authentication_invalid"),
        || answer(200, &json!({ "response": null, "client": null })),
        || answer(200, &json!("nonsense")),
        unreachable,
    ];
    for (number, truth) in answers.into_iter().enumerate() {
        let (asked, clerk, mut events) = twenty(401, "authentication_invalid", truth).await;
        assert_eq!(asked, 1, "{number}");
        assert_eq!(sessions(&clerk), ["sess_1"], "{number}");
        assert_eq!(ended(&mut events), [], "{number}");
        let _ = clerk.raw().get_user().send().await;
    }
}

#[tokio::test]
async fn who_is_nobody_yet_does_not_ask_who_they_are() {
    let server = Scripted::answering(|_| failed(401, "authentication_invalid"));
    let clerk = server.device().build().unwrap();
    clerk.raw().get_user().send().await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_device_that_clerk_has_forgotten_is_signed_out_as_lost() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    let mut events = clerk.events();
    local.reset().unwrap();
    clerk.reload().await.unwrap();
    assert_eq!(ended(&mut events), [(session.id().to_string(), EndReason::ClientLost)]);
    assert!(clerk.session().is_none() && clerk.snapshot().is_live());
    // The device is another now, and as good as any.
    enter(&clerk).await;
}

#[tokio::test]
async fn a_request_that_was_overtaken_by_a_new_token_is_repeated_with_it() {
    let world = World::new().await;
    let ben = SeedUser::new("ben@example.com").password(PASSWORD);
    world.local.seed(&Seed::default().user(ben)).unwrap();
    let (is_held, held, go) =
        (Arc::new(AtomicBool::new(true)), Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let server = {
        let (inner, is_held, held, go) = (world.local.transport(), is_held.clone(), held.clone(), go.clone());
        Scripted::new(move |request| {
            let (mut inner, is_held, held, go) = (inner.clone(), is_held.clone(), held.clone(), go.clone());
            async move {
                if request.uri().path() == "/v1/me" && is_held.swap(false, Ordering::SeqCst) {
                    held.add_permits(1);
                    let _permit = go.acquire().await?;
                }
                inner.call(request).await
            }
        })
    };
    let clerk = server.beneath(device(&world.local)).build().unwrap();
    let ann = enter(&clerk).await;
    let mut events = clerk.events();
    let asking = tokio::spawn({
        let clerk = clerk.clone();
        async move { clerk.raw().get_user().send().await }
    });
    let _ = tokio::time::timeout(SECONDS, held.acquire()).await.unwrap().unwrap();
    let ben = enter_as(&clerk, "ben@example.com").await;
    go.add_permits(1);
    let user = tokio::time::timeout(SECONDS, asking).await.unwrap().unwrap().unwrap().response;
    assert_eq!(user.id, ann.user().unwrap().id, "it was asked for Ann, whoever is in the foreground by now");
    assert_eq!(server.count("GET", "/v1/me"), 2);
    assert_eq!(ended(&mut events), []);
    assert!(ann.is_signed_in() && ben.is_signed_in());
}

#[tokio::test]
async fn news_under_a_token_that_has_changed_meanwhile_are_asked_for() {
    let (held, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let tokens = Arc::new(AtomicU32::new(0));
    let server = {
        let (held, go) = (held.clone(), go.clone());
        Scripted::new(move |request| {
            let (held, go, tokens) = (held.clone(), go.clone(), tokens.clone());
            async move {
                if is_sign_in(&request) {
                    let token = format!("test-token-{}", tokens.fetch_add(1, Ordering::SeqCst));
                    return with_token(answer(200, &signed_in(&client("client_1", &["sess_1"]))), &token);
                }
                if request.uri().path() == "/v1/me" {
                    held.add_permits(1);
                    let _permit = go.acquire().await?;
                    let beside = client("client_1", &["sess_1"]);
                    return answer(200, &json!({ "response": { "id": "user_1" }, "client": beside }));
                }
                answer(200, &the_client(&["sess_1"]))
            }
        })
    };
    let clerk = signed_in_on(server.device()).await;
    let asking = tokio::spawn({
        let clerk = clerk.clone();
        async move { clerk.raw().update_user().first_name("Ann").send().await }
    });
    let _ = tokio::time::timeout(SECONDS, held.acquire()).await.unwrap().unwrap();
    clerk.raw().create_sign_in().identifier("ann@example.com").send().await.unwrap();
    go.add_permits(1);
    tokio::time::timeout(SECONDS, asking).await.unwrap().unwrap().unwrap();
    assert_eq!((server.count("PATCH", "/v1/me"), server.count("GET", "/v1/client")), (1, 1));
}

#[tokio::test]
async fn a_sign_in_that_nobody_waits_for_any_more_still_counts() {
    let world = World::new().await;
    let (held, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let server = {
        let (inner, held, go) = (world.local.transport(), held.clone(), go.clone());
        Scripted::new(move |request| {
            let (mut inner, held, go) = (inner.clone(), held.clone(), go.clone());
            async move {
                let answer = inner.call(request).await;
                held.add_permits(1);
                let _permit = go.acquire().await?;
                answer
            }
        })
    };
    let clerk = server.beneath(device(&world.local)).build().unwrap();
    let entering = tokio::spawn({
        let clerk = clerk.clone();
        async move { clerk.raw().create_sign_in().identifier("ann@example.com").password(PASSWORD).send().await }
    });
    let _ = tokio::time::timeout(SECONDS, held.acquire()).await.unwrap().unwrap();
    entering.abort();
    assert!(entering.await.unwrap_err().is_cancelled());
    let mut watch = clerk.watch();
    go.add_permits(9);
    tokio::time::timeout(SECONDS, watch.wait_for(|snapshot| snapshot.session().is_some())).await.unwrap().unwrap();
    assert!(clerk.raw().get_user().send().await.is_ok(), "the token that came with it is kept");
}

#[tokio::test]
async fn no_answer_however_strange_is_too_much() {
    let faults: [fn(u64) -> Fault; 6] = [
        |_| Fault::unknown_enum_values(),
        |_| Fault::extra_fields(),
        |seed| Fault::missing_fields().seed(seed),
        |_| Fault::not_json(),
        |_| Fault::truncated(),
        |seed| Fault::not_json_with_status([401, 403, 404, 500][usize::try_from(seed % 4).unwrap()]),
    ];
    let World { local, .. } = World::new().await;
    for (number, fault) in faults.into_iter().enumerate() {
        for seed in 0..8 {
            let clerk = device(&local).network(|network| network.retry(clerk_ext::transport::RetryPolicy::none()));
            let clerk = clerk.build().unwrap();
            let session = enter(&clerk).await;
            local.faults().add(fault(seed).frontend());
            // What they say does not matter: they say it.
            let _ = clerk.reload().await;
            let _ = clerk.raw().get_user().send().await;
            let _ = session.validate().await;
            let _ = clerk.raw().touch_session(session.id()).send().await;
            local.faults().clear();
            if matches!(number, 1 | 3 | 4 | 5) {
                assert!(session.is_signed_in(), "{number} {seed}: nothing was said of it");
            }
            clerk.reload().await.unwrap();
            assert!(session.is_signed_in(), "{number} {seed}: it is still there");
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_says_so_and_keeps_the_state() {
    let status = Arc::new(AtomicU16::new(200));
    let server = after_sign_in(&["sess_1"], {
        let status = status.clone();
        move |_| {
            let mut answer = answer(status.load(Ordering::SeqCst), &json!({}))?;
            *answer.body_mut() = Bytes::from_static(b"<html>sign in to the wireless network</html>");
            Ok(answer)
        }
    });
    let clerk = signed_in_on(server.device()).await;
    for (answered, kind) in [(200, ErrorKind::Decode), (404, ErrorKind::NotFound), (502, ErrorKind::Server)] {
        status.store(answered, Ordering::SeqCst);
        let error = clerk.raw().get_client().send().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answered}");
        assert!(!error.to_string().contains("wireless"), "{error}");
        assert_eq!(sessions(&clerk), ["sess_1"], "{answered}");
    }
}

#[tokio::test]
async fn a_value_that_nobody_knows_is_kept_as_it_is() {
    let server = after_sign_in(&["sess_1"], |_| {
        let mut client = client("client_1", &["sess_1"]);
        client["sessions"][0]["status"] = json!("on_a_break");
        client["sessions"][0]["brand_new"] = json!({ "deep": [1, 2] });
        answer(200, &json!({ "response": client, "client": null }))
    });
    let clerk = signed_in_on(server.device()).await;
    let mut events = clerk.events();
    clerk.raw().get_client().send().await.unwrap();
    let snapshot = clerk.snapshot();
    assert_eq!(snapshot.client().unwrap().sessions[0].status.as_str(), "on_a_break");
    assert!(snapshot.session().is_none(), "whether it counts, nobody knows");
    assert_eq!(ended(&mut events), [("sess_1".into(), EndReason::Unknown)]);
}
