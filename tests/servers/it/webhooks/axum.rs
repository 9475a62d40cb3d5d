//! The extractor.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::FromRef,
    http::{HeaderMap, Request, Response, StatusCode, header::CONTENT_TYPE},
    routing::post,
};
use bytes::Bytes;
use clerk_ext::webhooks::{Event, Handled, Payload, Verified, Webhook};
use futures_util::stream;
use tower_service::Service as _;

use super::{signed, webhook};

const BODY: &str = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1","deleted":true}}"#;

/// A state with more in it than the webhook.
#[derive(Clone)]
struct Application {
    webhook: Webhook,
}

impl FromRef<Application> for Webhook {
    fn from_ref(application: &Application) -> Self {
        application.webhook.clone()
    }
}

async fn receive(message: Verified) -> Handled {
    message
        .once(async |message| {
            let event: Event = message.event()?;
            match event.payload {
                Payload::UserDeleted(_) => Ok(()),
                _ => Err("another event".into()),
            }
        })
        .await
}

async fn sent(webhook: &Webhook, headers: HeaderMap, body: Body) -> (StatusCode, String) {
    let mut request = Request::post("/hooks").body(body).unwrap();
    *request.headers_mut() = headers;
    let application = Application { webhook: webhook.clone() };
    let mut router = Router::new().route("/hooks", post(receive)).with_state(application);
    let answer: Response<Body> = router.call(request).await.unwrap();
    let (parts, body) = answer.into_parts();
    let text = String::from_utf8(axum::body::to_bytes(body, 10_000).await.unwrap().to_vec()).unwrap();
    assert_eq!(parts.headers.contains_key(CONTENT_TYPE), !text.is_empty());
    (parts.status, text)
}

#[tokio::test]
async fn a_message_reaches_its_handler_and_a_duplicate_does_not() {
    let webhook = webhook();
    for _ in 0..2 {
        let answer = sent(&webhook, signed(&webhook, "msg_1", BODY), Body::from(BODY)).await;
        assert_eq!(answer, (StatusCode::NO_CONTENT, String::new()));
    }
}

#[tokio::test]
async fn a_request_without_headers_or_with_a_wrong_signature_is_400() {
    let webhook = webhook();
    let (status, text) = sent(&webhook, HeaderMap::new(), Body::from(BODY)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("svix-id, svix-timestamp, svix-signature"), "{text}");
    let (status, text) = sent(&webhook, signed(&webhook, "msg_1", "{}"), Body::from(BODY)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("signature"), "{text}");
}

#[tokio::test]
async fn a_handler_that_fails_is_500_and_does_not_say_why() {
    let webhook = webhook();
    let body = BODY.replace("deleted\",", "created\",");
    let (status, text) = sent(&webhook, signed(&webhook, "msg_1", &body), Body::from(body)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!text.contains("another event"), "{text}");
}

#[tokio::test]
async fn a_body_in_pieces_is_the_same_body() {
    let webhook = webhook();
    let pieces = BODY.as_bytes().chunks(7).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)));
    let body = Body::from_stream(stream::iter(pieces.collect::<Vec<_>>()));
    assert_eq!(sent(&webhook, signed(&webhook, "msg_1", BODY), body).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_it_says_so_or_does_not() {
    let webhook = webhook().limit_body(BODY.len());
    assert_eq!(sent(&webhook, signed(&webhook, "msg_1", BODY), Body::from(BODY)).await.0, StatusCode::NO_CONTENT);
    let longer = format!("{BODY} ");
    let headers = signed(&webhook, "msg_2", &longer);
    assert_eq!(sent(&webhook, headers.clone(), Body::from(longer)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let read = Arc::new(AtomicUsize::new(0));
    let pieces = (0..100_000).map({
        let read = Arc::clone(&read);
        move |_| {
            read.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(Bytes::from_static(b"[[[["))
        }
    });
    let body = Body::from_stream(stream::iter(pieces));
    assert_eq!(sent(&webhook, headers, body).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(read.load(Ordering::SeqCst), BODY.len() / 4 + 1, "it is read no further than it has to be");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let webhook = webhook();
    let pieces = [Ok(Bytes::from_static(BODY.as_bytes())), Err("on purpose")];
    let (status, text) = sent(&webhook, signed(&webhook, "msg_1", BODY), Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("whole"), "{text}");
}
