//! API keys that people make for programs of their own.

use std::sync::{Arc, Mutex};

use clerk_ext::{
    Bytes, ErrorKind, Transport,
    frontend::Frontend,
    http::{Response, header::AUTHORIZATION},
};

use crate::{
    people::{App, People, listed, sign_in, user_id},
    spy::Spy,
    world::device,
};

/// A device on which Ann is signed in, and with what each of its requests for API keys is authorized.
///
/// So many of them are refused, as if the token had expired on the way.
async fn watched(people: &People, refusals: usize) -> (Frontend<App>, Arc<Mutex<Vec<String>>>) {
    let presented = Arc::new(Mutex::new(Vec::new()));
    let noted = presented.clone();
    let spy = Spy::new(&people.local, move |request, answer| {
        if answer.is_some() || !request.uri().path().starts_with("/api_keys") {
            return answer;
        }
        let value = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        let mut noted = noted.lock().unwrap();
        noted.push(value.unwrap_or_default());
        let refusal = r#"{"errors":[{"code":"authentication_invalid","message":"expired"}]}"#;
        (noted.len() <= refusals).then(|| Response::builder().status(401).body(Bytes::from(refusal)).unwrap())
    });
    let clerk = device(&people.local).transport(Transport::new(spy)).build().unwrap().typed();
    sign_in(&clerk, "ann").await;
    (clerk, presented)
}

#[tokio::test]
async fn a_key_is_made_described_and_revoked_and_its_secret_is_told_once() {
    let people = People::new().await;
    let (keys, ann) = (people.signed_in("ann").await.api_keys(), user_id("ann"));
    let made = keys.create("Deploy", &ann).description("from the build server").await.unwrap();
    let presented = people.backend.api_keys().verify(made.secret.clone()).await.unwrap();
    assert_eq!((presented.id.as_str(), presented.subject.as_str()), (made.id.as_str(), ann.as_str()));

    let changed = keys.update(&made.id).description("nobody's").await.unwrap();
    assert_eq!(changed.description.as_deref(), Some("nobody's"));
    let all = listed(keys.list(&ann)).await;
    assert_eq!(all.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), [made.id.as_str()]);
    assert!(!serde_json::to_string(&all).unwrap().contains(made.secret.expose()));

    assert!(keys.revoke(&made.id).revocation_reason("not needed").await.unwrap().revoked);
    assert!(listed(keys.list(&ann)).await.is_empty());
    assert_eq!(listed(keys.list(&ann).include_invalid(true)).await.len(), 1);
}

#[tokio::test]
async fn keys_are_asked_for_with_a_token_of_the_session_and_never_with_that_of_the_device() {
    let people = People::new().await;
    let (clerk, presented) = watched(&people, 0).await;
    let (client, keys) = (clerk.snapshot().client().unwrap().id.clone(), clerk.api_keys());
    for n in 0..3 {
        keys.create(format!("Key {n}"), user_id("ann")).await.unwrap();
    }
    assert_eq!(listed(keys.list(user_id("ann"))).await.len(), 3);
    let presented = presented.lock().unwrap().clone();
    assert!(presented.len() >= 6, "{}", presented.len());
    for value in presented {
        let token = value.strip_prefix("Bearer ").expect("a bearer token");
        assert_eq!(token, clerk.token().await.unwrap().expose());
    }
    // What these requests are answered says nothing of the device.
    assert_eq!(clerk.snapshot().client().map(|client| client.id.clone()), Some(client));
}

#[tokio::test]
async fn a_token_that_expired_on_the_way_is_replaced_once() {
    let people = People::new().await;
    let (clerk, presented) = watched(&people, 1).await;
    clerk.api_keys().create("Deploy", user_id("ann")).await.unwrap();
    assert_eq!(presented.lock().unwrap().len(), 2);
    let (clerk, presented) = watched(&people, 9).await;
    let error = clerk.api_keys().create("Deploy", user_id("ann")).await.unwrap_err();
    assert_eq!((error.kind(), presented.lock().unwrap().len()), (ErrorKind::Unauthorized, 2));
    assert!(clerk.session().is_some(), "a key that is refused signs nobody out");
}

#[tokio::test]
async fn where_nobody_is_signed_in_nothing_is_asked() {
    let people = People::new().await;
    let clerk = device(&people.local).build().unwrap();
    let error = clerk.api_keys().list(user_id("ann")).page().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(people.local.calls(clerk_local::Api::Frontend).is_empty());
}
