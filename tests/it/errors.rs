//! What an error says, and what it keeps to itself.

use std::error::Error as _;
use std::fmt;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use clerk_core::{BoxError, Error, ErrorCode, ErrorKind, Transport};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::double::Double;

/// The status of an error as a number.
fn status(error: &Error) -> Option<u16> {
    error.status().map(|status| status.as_u16())
}

#[tokio::test]
async fn each_status_has_its_kind() -> Result<(), Error> {
    for (code, kind) in [
        (400, ErrorKind::BadRequest),
        (401, ErrorKind::Unauthorized),
        (402, ErrorKind::BadRequest),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::BadRequest),
        (408, ErrorKind::Timeout),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::NotFound),
        (413, ErrorKind::BadRequest),
        (418, ErrorKind::BadRequest),
        (422, ErrorKind::Validation),
        (429, ErrorKind::RateLimited),
        (500, ErrorKind::Server),
        (502, ErrorKind::Server),
        (503, ErrorKind::Server),
        (599, ErrorKind::Server),
        (304, ErrorKind::Unexpected),
        (600, ErrorKind::Unexpected),
    ] {
        for body in ["", "{}", "[]", "null", "{\"errors\":null}", "\"text\""] {
            let double = Double::answering_with(code, &[], body.as_bytes());
            let error = double.bapi()?.get_user("user_1").send().await.expect_err("it is no success");
            assert_eq!((error.kind(), status(&error)), (kind, Some(code)), "{body}");
            assert!(error.errors().is_empty() && error.code().is_none(), "{code} {body}: {error:?}");
            assert!(error.to_string().contains(&code.to_string()), "{error}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_status_of_success_is_one() -> Result<(), Error> {
    for code in [200, 201, 202, 203, 206, 299] {
        let double = Double::answering(code, r#"{"id":"user_1"}"#);
        let answer = double.bapi()?.get_user("user_1").send_full().await?;
        assert_eq!((answer.status().as_u16(), answer.value().id.as_str()), (code, "user_1"));
    }
    Ok(())
}

/// Decodes an answer about a user and gives the error.
async fn undecodable(body: &str) -> Error {
    let headers = [("content-type", "application/json"), ("x-marker", "in-the-header"), ("cf-ray", "ray-1")];
    let double = Double::answering_with(200, &headers, body.as_bytes());
    let client = double.bapi().expect("the client is made");
    client.get_user("user_1").with_query("marker", "in-the-query").send().await.expect_err(body)
}

#[tokio::test]
async fn a_decoding_error_names_the_operation_and_the_place_and_shows_nothing_else() {
    let address =
        |value: Value| json!({ "id": "user_1", "email_addresses": [{ "id": "i", "email_address": "a" }, value] });
    for (body, path) in [
        (json!({ "first_name": "in-the-body" }), "id"),
        (json!({ "id": { "in-the-body": 1 } }), "id"),
        (json!({ "id": "user_1", "first_name": ["in-the-body"] }), "first_name"),
        (json!({ "id": "user_1", "created_at": "in-the-body" }), "created_at"),
        (json!({ "id": "user_1", "banned": "in-the-body" }), "banned"),
        (json!({ "id": "user_1", "email_addresses": "in-the-body" }), "email_addresses"),
        (address(json!("in-the-body")), "email_addresses[1]"),
        (address(json!({ "id": "in-the-body" })), "email_addresses[1].email_address"),
        (address(json!({ "id": "x", "email_address": ["in-the-body"] })), "email_addresses[1].email_address"),
        (address(json!({ "id": "x", "email_address": "in-the-body", "reserved": 7 })), "email_addresses[1].reserved"),
        (json!({ "id": "user_1", "public_metadata": "in-the-body" }), "public_metadata"),
    ] {
        let error = undecodable(&body.to_string()).await;
        assert_eq!((error.kind(), status(&error)), (ErrorKind::Decode, Some(200)), "{body}");
        assert_eq!((error.operation(), error.path()), (Some("GetUser"), Some(path)), "{body}");
        assert_eq!(error.headers().expect("an answer came")["x-marker"], "in-the-header");
        assert_eq!(error.trace_id(), Some("ray-1"));
        let text = error.to_string();
        assert!(text.starts_with("GetUser: ") && text.contains("200") && text.contains(path), "{text}");
        for shown in [text, format!("{error:?}"), format!("{error:#?}")] {
            for hidden in ["in-the-body", "in-the-header", "in-the-query", "user_1", "sk_test"] {
                assert!(!shown.contains(hidden), "{hidden}: {shown}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_object_or_no_json_is_a_decoding_error() {
    for body in ["[]", "null", "\"in-the-body\"", "{\"id\":\"in-the-body", "{in-the-body", "in-the-body", "", " \n "] {
        let error = undecodable(body).await;
        assert_eq!((error.kind(), status(&error)), (ErrorKind::Decode, Some(200)), "{body}");
        assert_eq!(error.operation(), Some("GetUser"), "{body}");
        assert!(!format!("{error} {error:?}").contains("in-the-body"), "{error:?}");
    }
}

#[tokio::test]
async fn errors_in_other_shapes_are_read_as_far_as_they_go() -> Result<(), Error> {
    for (body, code, reasons) in [
        (json!({ "error": "invalid_grant", "error_description": "The code is used up." }), Some("invalid_grant"), 1),
        (json!({ "error": "access_denied" }), Some("access_denied"), 1),
        (json!({ "errors": [{ "message": "no code" }] }), None, 1),
        (json!({ "errors": ["just text"] }), None, 1),
        (json!({ "errors": [{ "code": 42, "message": null }, null, 7] }), Some("42"), 1),
        (json!({ "errors": [], "meta": { "session_id": "sess_1" } }), None, 0),
        (json!({ "errors": { "code": "not a list" } }), None, 0),
        (json!({ "message": "something" }), None, 0),
    ] {
        let double = Double::answering(400, &body.to_string());
        let error = double.bapi()?.get_user("user_1").send().await.expect_err("it is refused");
        assert_eq!(
            (error.kind(), error.code().map(ErrorCode::as_str), error.errors().len()),
            (ErrorKind::BadRequest, code, reasons),
            "{body}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_of_the_network() -> Result<(), Box<dyn std::error::Error>> {
    let url = {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        format!("http://{}", listener.local_addr()?)
    };
    let client = clerk_bapi::Client::builder().api_url(&url).build()?;
    let error = client.get_user("user_1").with_query("q", "hunter2").send().await.expect_err("nobody listens");
    assert_eq!((error.kind(), status(&error), error.operation()), (ErrorKind::Network, None, Some("GetUser")));
    assert!(error.headers().is_none() && error.errors().is_empty() && error.trace_id().is_none());
    assert!(error.source().is_some(), "what failed underneath is kept");
    let mut cause = error.source();
    while let Some(source) = cause {
        assert!(!format!("{source} {source:?}").contains("hunter2"), "{source:?}");
        cause = source.source();
    }
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    Ok(())
}

#[tokio::test]
async fn a_server_that_says_nothing_is_an_error_of_time() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let slow = clerk_core::reqwest::Client::builder().timeout(std::time::Duration::from_millis(100)).build()?;
    let client = clerk_bapi::Client::builder()
        .api_url(format!("http://{}", listener.local_addr()?))
        .transport(Transport::from_reqwest(slow))
        .build()?;
    let error = client.get_user("user_1").send().await.expect_err("nobody answers");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("GetUser")));
    Ok(())
}

/// A layer's own reason to fail.
#[derive(Debug, PartialEq)]
struct Reason(u8);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reason hunter2 number {}", self.0)
    }
}

impl std::error::Error for Reason {}

/// A service that fails, when asked for a request or already when asked whether it is ready.
#[derive(Clone)]
struct Fails {
    at_once: bool,
    with: fn() -> BoxError,
}

impl tower_service::Service<Request<Bytes>> for Fails {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(if self.at_once { Err((self.with)()) } else { Ok(()) })
    }

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        ready(Err((self.with)()))
    }
}

/// The error of an operation over a service that fails.
async fn failing(at_once: bool, with: fn() -> BoxError) -> Error {
    let transport = Transport::new(Fails { at_once, with });
    let client = clerk_fapi::Client::builder_for("https://example.com").transport(transport).build();
    client.expect("the client is made").get_user().send().await.expect_err("the service fails")
}

#[tokio::test]
async fn the_own_error_of_a_layer_is_the_source() {
    for at_once in [false, true] {
        let error = failing(at_once, || Box::new(Reason(7))).await;
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Network, Some("getUser")));
        let source = error.source().and_then(|source| source.downcast_ref::<Reason>());
        assert_eq!(source, Some(&Reason(7)));
        assert!(!format!("{error} {error:?}").contains("hunter2"), "the text of another is not repeated: {error:?}");
    }
}

#[tokio::test]
async fn an_error_of_this_kind_that_a_layer_fails_with_stays_what_it_is() {
    let error = failing(false, || Box::new(Error::new(ErrorKind::Cancelled, "signed out meanwhile"))).await;
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Cancelled, Some("getUser")));
    let error = failing(true, || Box::new(Error::invalid_request("Other", "x"))).await;
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some("Other")));
}

#[tokio::test]
async fn a_mistake_in_a_call_is_told_before_anything_is_sent() -> Result<(), Error> {
    let double = Double::answering(200, r#"{"id":"user_1"}"#);
    let client = double.bapi()?;
    let header = client.get_user("user_1").with_header("x-a", "hunter2\r\nx-b: c").send().await;
    let name = client.get_user("user_1").with_header("hunter2 ", "x").send().await;
    let body = client.get_user("user_1").with_field("a", "hunter2").send().await;
    let whole = client.get_user("").send().await;
    for (result, part) in [(header, "x-a"), (name, "header"), (body, "body"), (whole, "`user_id`")] {
        let error = result.expect_err(part);
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some("GetUser")), "{part}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(part) && !shown.contains("x-b"), "{shown}");
    }
    assert_eq!(double.requests(), 0);
    Ok(())
}
