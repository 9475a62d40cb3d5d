//! API keys that people make for programs of their own.

use std::sync::{Arc, Mutex};

use clerk_core::BoxFuture;
use clerk_ext::{
    BoxError, Bytes, ErrorKind, Transport,
    frontend::Frontend,
    http::{Request, Response, header::AUTHORIZATION},
};
use tower_service::Service;

use crate::people::{People, listed, sign_in, user_id};

/// Remembers with what each request for API keys was authorized.
#[derive(Clone)]
struct Watched {
    inner: Transport,
    presented: Arc<Mutex<Vec<String>>>,
}

impl Service<Request<Bytes>> for Watched {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        if request.uri().path().starts_with("/api_keys") {
            let value = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
            self.presented.lock().unwrap().push(value.unwrap_or_default());
        }
        let answer = self.inner.call(request);
        Box::pin(async move { answer.await.map_err(Into::into) })
    }
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
    let transport = Watched { inner: people.local.transport(), presented: Arc::default() };
    let builder = Frontend::builder_for(people.local.frontend_url()).transport(Transport::new(transport.clone()));
    let clerk = builder.build().unwrap().typed();
    sign_in(&clerk, "ann").await;
    let (client, keys) = (clerk.snapshot().client().unwrap().id.clone(), clerk.api_keys());
    for n in 0..3 {
        keys.create(format!("Key {n}"), user_id("ann")).await.unwrap();
    }
    assert_eq!(listed(keys.list(user_id("ann"))).await.len(), 3);
    let presented = transport.presented.lock().unwrap().clone();
    assert!(presented.len() >= 6, "{}", presented.len());
    for value in presented {
        let token = value.strip_prefix("Bearer ").expect("a bearer token");
        assert_eq!(token.split('.').count(), 3, "no session token");
    }
    // What these requests are answered says nothing of the device.
    assert_eq!(clerk.snapshot().client().map(|client| client.id.clone()), Some(client));
}

#[tokio::test]
async fn where_nobody_is_signed_in_nothing_is_asked() {
    let people = People::new().await;
    let clerk = Frontend::builder_for(people.local.frontend_url()).build().unwrap();
    let error = clerk.api_keys().list(user_id("ann")).page().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert!(people.local.calls(clerk_local::Api::Frontend).is_empty());
}
