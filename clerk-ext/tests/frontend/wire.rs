//! What every request says of the device, and nothing else.

use clerk_ext::{
    Secret,
    frontend::{Frontend, MemoryStore},
    http::{
        Request,
        header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ORIGIN},
    },
};
use serde_json::json;

use crate::scripted::{Answer, Scripted, after_sign_in, answer, client, signed_in, signed_in_on, with_token};

/// Nobody knows the user, the organization and so on: the request is what counts.
fn shrug(_: &Request<clerk_ext::Bytes>) -> Answer {
    answer(200, &json!({ "response": null, "client": null }))
}

fn query(request: &Request<clerk_ext::Bytes>, name: &str) -> Vec<String> {
    let query = request.uri().query().unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect()
}

fn header<'a>(request: &'a Request<clerk_ext::Bytes>, name: &str) -> Option<&'a str> {
    let mut values = request.headers().get_all(name).iter();
    let first = values.next()?.to_str().unwrap();
    assert!(values.next().is_none(), "{name} is there twice");
    Some(first)
}

#[tokio::test]
async fn a_token_goes_out_exactly_as_it_came() {
    for token in ["test-token", "Bearer test-token", "test.a/b+c=="] {
        let server =
            Scripted::answering(move |_| with_token(answer(200, &signed_in(&client("client_1", &["sess_1"]))), token));
        let clerk = signed_in_on(server.device()).await;
        assert!(server.last().headers().get(AUTHORIZATION).is_none(), "there was none");
        let _ = clerk.raw().get_user().send().await;
        assert_eq!(header(&server.last(), "authorization"), Some(token));
    }
}

#[tokio::test]
async fn a_request_is_one_of_a_native_application_and_of_no_browser() {
    let server = after_sign_in(&["sess_1"], |_| {
        let mut answer = answer(200, &json!({ "response": null, "client": null }))?;
        answer.headers_mut().insert("set-cookie", "__client=test-cookie".parse()?);
        Ok(answer)
    });
    let clerk = signed_in_on(server.device()).await;
    let _ = clerk.raw().get_client().send().await;
    let _ = clerk.raw().get_user().send().await;
    assert_eq!(server.seen().len(), 3);
    for request in server.seen() {
        let uri = request.uri();
        assert!(!request.headers().contains_key(ORIGIN) && !request.headers().contains_key(COOKIE), "{uri}");
        assert_eq!(header(&request, "x-mobile"), Some("1"), "{uri}");
        assert_eq!(header(&request, "clerk-api-version"), Some(clerk_ext::clerk_fapi::API_VERSION), "{uri}");
        assert_eq!(query(&request, "_is_native"), ["true"], "{uri}");
        assert!(query(&request, "__clerk_api_version").is_empty(), "{uri}");
    }
}

#[tokio::test]
async fn what_is_sent_is_a_form() {
    let server = after_sign_in(&["sess_1"], shrug);
    signed_in_on(server.device()).await;
    let request = server.last();
    assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.body().as_ref(), b"identifier=ann%40example.com");
    assert!(request.headers().contains_key(CONTENT_TYPE));
}

#[tokio::test]
async fn requests_outside_of_the_client_say_for_which_session_they_are() {
    let server = after_sign_in(&["sess/1&x=ü"], shrug);
    let clerk = signed_in_on(server.device()).await;
    let id = "sess%2F1%26x%3D%C3%BC";
    let of_session: &[&str] = &[id];
    let raw = clerk.raw();
    let _ = raw.get_user().send().await;
    assert_eq!(query(&server.last(), "_clerk_session_id"), of_session, "/v1/me");
    let _ = raw.get_organization("org_1").send().await;
    assert_eq!(query(&server.last(), "_clerk_session_id"), of_session, "/v1/organizations");
    let _ = raw.get_user_organization_invitations().send().await;
    assert_eq!(query(&server.last(), "_clerk_session_id"), of_session, "/v1/me/organization_invitations");
    let _ = raw.get_client().send().await;
    assert!(query(&server.last(), "_clerk_session_id").is_empty(), "/v1/client");
    let _ = raw.create_session_token("sess_1").send().await;
    assert!(query(&server.last(), "_clerk_session_id").is_empty(), "/v1/client/sessions");
    let _ = raw.join_waitlist("ben@example.com").send().await;
    assert!(query(&server.last(), "_clerk_session_id").is_empty(), "/v1/waitlist");
}

#[tokio::test]
async fn a_session_that_is_named_already_stays_the_only_one() {
    let server = after_sign_in(&["sess_1"], shrug);
    let clerk = signed_in_on(server.device()).await;
    let _ = clerk.raw().delete_totp().clerk_session_id("sess_2").send().await;
    assert_eq!(query(&server.last(), "_clerk_session_id"), ["sess_2"]);
}

#[tokio::test]
async fn without_a_session_none_is_named() {
    let server = Scripted::answering(shrug);
    let clerk = server.device().build().unwrap();
    let _ = clerk.raw().get_user().send().await;
    assert!(query(&server.last(), "_clerk_session_id").is_empty());
    assert!(!server.last().headers().contains_key(AUTHORIZATION));
}

#[tokio::test]
async fn all_rules_hold_behind_a_proxy_too() {
    for proxy in ["https://www.example.com/__clerk", "https://www.example.com/a/b/"] {
        let prefix = proxy.strip_prefix("https://www.example.com").unwrap().trim_end_matches('/');
        let server = after_sign_in(&["sess_1"], |request| match request.uri().path().ends_with("/v1/client") {
            true => answer(200, &json!({ "response": client("client_1", &["sess_2"]), "client": null })),
            false => shrug(request),
        });
        let clerk = signed_in_on(server.device().proxy_url(proxy)).await;
        assert_eq!(server.last().uri().path(), format!("{prefix}/v1/client/sign_ins"));
        assert_eq!(clerk.session().unwrap().id().as_str(), "sess_1", "{proxy}");
        clerk.raw().get_client().send().await.unwrap();
        assert_eq!(server.last().uri().path(), format!("{prefix}/v1/client"));
        assert!(query(&server.last(), "_clerk_session_id").is_empty(), "{proxy}");
        assert_eq!(clerk.session().unwrap().id().as_str(), "sess_2", "{proxy}: the answer is the client");
        let _ = clerk.raw().get_user().send().await;
        assert_eq!(server.last().uri().path(), format!("{prefix}/v1/me"));
        assert_eq!(query(&server.last(), "_clerk_session_id"), ["sess_2"], "{proxy}");
    }
}

#[tokio::test]
async fn a_device_keeps_its_name_from_run_to_run_and_through_a_sign_out() {
    let store = MemoryStore::default();
    let server = after_sign_in(&["sess_1"], shrug);
    let name = |server: &Scripted| header(&server.last(), "x-native-device-id").unwrap().to_owned();
    let first = signed_in_on(server.device().store(store.clone())).await;
    let called = name(&server);
    let parts: Vec<usize> = called.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12], "{called}");
    assert!(called.as_bytes()[14] == b'4' && b"89ab".contains(&called.as_bytes()[19]), "{called}");
    drop(first);

    let second = server.device().store(store.clone()).build().unwrap();
    let _ = second.raw().get_client().send().await;
    assert_eq!(name(&server), called);
    let _ = second.sign_out().await;
    let third = server.device().store(store).build().unwrap();
    let _ = third.raw().get_environment().send().await;
    assert_eq!(name(&server), called);

    signed_in_on(server.device()).await;
    assert_ne!(name(&server), called, "another store is another device");
    signed_in_on(server.device().device_id("kiosk-7")).await;
    assert_eq!(name(&server), "kiosk-7");
}

#[tokio::test]
async fn a_token_that_is_given_by_hand_is_left_alone_and_so_is_this_device() {
    let server = after_sign_in(&["sess_1"], |_| {
        let other = json!({ "response": client("client_2", &["sess_2"]), "client": null });
        with_token(answer(200, &other), "test-token-of-another")
    });
    let clerk = signed_in_on(server.device()).await;
    let other = clerk.raw().with_client_token(&Secret::from("test-token-by-hand")).unwrap();
    other.get_client().send().await.unwrap();
    assert_eq!(header(&server.last(), "authorization"), Some("test-token-by-hand"));
    assert_eq!(clerk.session().unwrap().id().as_str(), "sess_1");
    let _ = clerk.raw().get_user().send().await;
    assert_eq!(header(&server.last(), "authorization"), Some("test-token"));
}

#[tokio::test]
async fn a_token_in_the_store_that_no_header_can_have_is_an_error() {
    let server = Scripted::answering(|_| with_token(answer(200, &json!({})), "test-token"));
    let store = MemoryStore::default();
    let kept = br#"{"token":"test\ntoken"}"#;
    clerk_ext::frontend::CredentialStore::swap(&store, "https://clerk.example.com", None, Some(kept)).await.unwrap();
    let clerk: Frontend = server.device().store(store).build().unwrap();
    let error = clerk.raw().get_client().send().await.unwrap_err();
    assert_eq!(error.kind(), clerk_ext::ErrorKind::Config);
    assert!(!error.to_string().contains("test"), "{error}");
    assert!(server.seen().is_empty());
}
