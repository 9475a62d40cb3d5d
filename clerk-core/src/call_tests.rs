use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use http::{Method, StatusCode};
use serde_json::json;

use super::*;
use crate::{
    Encoding, Transport,
    transport::{BoxError, OperationInfo},
};

type Answer = Result<http::Response<Bytes>, BoxError>;
type Respond = Arc<dyn Fn(&Request<Bytes>) -> Answer + Send + Sync>;

/// A server of one function that remembers the requests.
#[derive(Clone)]
struct Double {
    respond: Respond,
    seen: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl tower_service::Service<Request<Bytes>> for Double {
    type Response = http::Response<Bytes>;
    type Error = BoxError;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let answer = (self.respond)(&request);
        self.seen.lock().unwrap().push(request);
        ready(answer)
    }
}

impl Double {
    fn new(respond: impl Fn(&Request<Bytes>) -> Answer + Send + Sync + 'static) -> Self {
        Self { respond: Arc::new(respond), seen: Arc::default() }
    }

    fn answering(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> Self {
        Self::new(move |_| {
            let mut answer = http::Response::builder().status(status);
            for (name, value) in headers {
                answer = answer.header(*name, *value);
            }
            Ok(answer.body(Bytes::from_static(body.as_bytes())).unwrap())
        })
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint::builder("https://api.example.com/v1")
            .api_version("2026-05-12")
            .authorization("Bearer sk_test_hunter2".into())
            .query("_is_native", "true")
            .transport(Transport::new(self.clone()))
            .build()
            .unwrap()
    }

    fn sent(&self) -> Request<Bytes> {
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1);
        seen.remove(0)
    }

    fn requests(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

pub(crate) fn answering(status: u16, body: &'static str) -> Transport {
    Transport::new(Double::answering(status, &[], body))
}

static GET: Operation = Operation::new(Method::GET, "GetUser", "/users/{user_id}", Encoding::None);
static LIST: Operation = Operation::new(Method::GET, "GetUserList", "/users", Encoding::None);
static UPDATE: Operation = Operation::new(Method::PATCH, "UpdateUser", "/users/{user_id}", Encoding::Json);
static SIGN_IN: Operation = Operation::new(Method::POST, "CreateSignIn", "/client/sign_ins", Encoding::Form);
static TWO: Operation = Operation::new(
    Method::DELETE,
    "DeleteMember",
    "/organizations/{organization_id}/members/{user_id}",
    Encoding::None,
);

#[tokio::test]
async fn a_request_carries_what_the_endpoint_and_the_call_say() {
    let double = Double::answering(200, &[("x-rate", "7")], r#"{"id":"user_1"}"#);
    let endpoint = double.endpoint();
    let mut call = endpoint.call(&UPDATE);
    call.path("user_id", "user 1/..x");
    call.query("expand", &["a", "b"]);
    call.query("limit", &0);
    call.query("none", &None::<i32>);
    call.query_joined("order", ',', &["x", "y"]);
    call.header("clerk-proxy-url", "https://example.com/__clerk");
    call.field("first_name", "Ann");
    call.clear("last_name");
    call.with_field("extra", json!([1]));
    call.with_query("debug", "a&b");
    call.with_header("x-extra", "1");
    let answer = call.send_json::<BTreeMap<String, String>>().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.value()["id"].as_str()), (200, "user_1"));
    assert_eq!(answer.headers().get("x-rate").unwrap(), "7");

    let sent = double.sent();
    assert_eq!(sent.method(), Method::PATCH);
    assert_eq!(
        sent.uri(),
        "https://api.example.com/v1/users/user%201%2F..x?_is_native=true&expand=a&expand=b&limit=0&order=x%2Cy&debug=a%26b"
    );
    for (name, value) in [
        ("authorization", "Bearer sk_test_hunter2"),
        ("clerk-api-version", "2026-05-12"),
        ("clerk-proxy-url", "https://example.com/__clerk"),
        ("x-extra", "1"),
        ("content-type", "application/json"),
        ("accept", "application/json"),
    ] {
        assert_eq!(sent.headers().get_all(name).iter().collect::<Vec<_>>(), [value], "{name}");
    }
    assert!(sent.headers()["authorization"].is_sensitive());
    assert!(sent.headers()["user-agent"].to_str().unwrap().starts_with("clerk-rust/"));
    assert_eq!(sent.body(), r#"{"first_name":"Ann","last_name":null,"extra":[1]}"#);
    let info = sent.extensions().get::<OperationInfo>().unwrap();
    assert_eq!((info.id, info.idempotent), ("UpdateUser", false));
}

#[tokio::test]
async fn a_request_without_a_body_has_no_content_type() {
    for operation in [&LIST, &SIGN_IN] {
        let double = Double::answering(200, &[], "{}");
        double.endpoint().call(operation).send_empty().await.unwrap();
        let sent = double.sent();
        assert!(sent.body().is_empty() && !sent.headers().contains_key("content-type"));
    }
}

#[tokio::test]
async fn an_empty_body_has_its_length_where_the_method_may_have_one() {
    for (method, length) in [
        (Method::POST, Some("0")),
        (Method::PUT, Some("0")),
        (Method::PATCH, Some("0")),
        (Method::GET, None),
        (Method::DELETE, None),
    ] {
        let double = Double::answering(204, &[], "");
        let operation = Box::leak(Box::new(Operation::new(method, "Touch", "/touch", Encoding::Json)));
        double.endpoint().call(operation).send_empty().await.unwrap();
        let sent = double.sent();
        assert_eq!(
            sent.headers().get("content-length").map(|length| length.to_str().unwrap()),
            length,
            "{operation:?}"
        );
    }
    let double = Double::answering(204, &[], "");
    let endpoint = double.endpoint();
    let mut call = endpoint.call(&SIGN_IN);
    call.field("transfer", &true);
    call.send_empty().await.unwrap();
    assert!(!double.sent().headers().contains_key("content-length"));
}

#[tokio::test]
async fn a_body_that_is_required_is_sent_though_nothing_was_set() {
    static JSON: Operation = Operation::new(Method::POST, "A", "/a", Encoding::Json).requires_body();
    static FORM: Operation = Operation::new(Method::POST, "B", "/b", Encoding::Form).requires_body();
    assert!(JSON.is_body_required() && !SIGN_IN.is_body_required());
    for (operation, body, content_type) in
        [(&JSON, "{}", "application/json"), (&FORM, "", "application/x-www-form-urlencoded")]
    {
        let double = Double::answering(204, &[], "");
        double.endpoint().call(operation).send_empty().await.unwrap();
        let sent = double.sent();
        assert_eq!(
            (sent.body().as_ref(), &sent.headers()["content-type"]),
            (body.as_bytes(), &content_type.parse().unwrap())
        );
    }
}

#[tokio::test]
async fn a_call_may_say_otherwise_than_its_operation_whether_it_is_sent_twice() {
    let double = Double::answering(200, &[], "");
    let endpoint = double.endpoint();
    type Say = fn(&mut Call);
    for (operation, say, idempotent) in [
        (&LIST, (|_| {}) as Say, true),
        (&LIST, |call| call.once(), false),
        (&SIGN_IN, |_| {}, false),
        (&SIGN_IN, |call| call.repeatable(), true),
    ] {
        let mut call = endpoint.call(operation);
        say(&mut call);
        call.send_empty().await.unwrap();
        assert_eq!(double.sent().extensions().get::<OperationInfo>().unwrap().idempotent, idempotent);
    }
}

#[tokio::test]
async fn headers_print_no_tokens_on_the_way_out_nor_on_the_way_back() {
    let secret = ["authorization", "clerk-db-jwt", "cookie", "set-cookie", "location"];
    let respond = move |_: &Request<Bytes>| -> Answer {
        let mut answer = http::Response::builder().header("x-rate", "shown");
        for name in secret {
            answer = answer.header(name, "hunter2").header(name, "hunter3");
        }
        Ok(answer.body(Bytes::new()).unwrap())
    };
    let double = Double::new(respond);
    let builder = Endpoint::builder("https://api.example.com").header("cookie", "hunter2");
    let builder = builder.header("clerk-secret-key", "hunter2").header("x-app", "shown");
    let endpoint = builder.transport(Transport::new(double.clone())).build().unwrap();
    let endpoint = endpoint.with_authorization("hunter2".into()).unwrap();
    let mut call = endpoint.call(&LIST);
    call.header("proxy-authorization", "hunter2");
    call.with_header("clerk-db-jwt", "hunter2");
    let answer = call.send_empty().await.unwrap();
    let sent = double.sent();
    let error = Error::from_response("GetUserList", respond(&sent).unwrap());
    assert_eq!((sent.headers().len(), answer.headers().len()), (8, 11));
    for headers in [sent.headers(), answer.headers(), error.headers().unwrap()] {
        let text = format!("{headers:?}");
        assert!(text.contains("shown") && !text.contains("hunter"), "{text}");
    }
}

#[tokio::test]
async fn a_form_is_sent_as_one() {
    let double = Double::answering(200, &[], "{}");
    let endpoint = double.endpoint();
    let mut call = endpoint.call(&SIGN_IN);
    call.body(&json!({"identifier": "ann@example.com", "additional_scope": ["a", "b"]}));
    call.field("transfer", &true);
    call.send_empty().await.unwrap();
    let sent = double.sent();
    assert_eq!(sent.headers()["content-type"], "application/x-www-form-urlencoded");
    let mut fields: Vec<_> = std::str::from_utf8(sent.body()).unwrap().split('&').collect();
    fields.sort_unstable();
    assert_eq!(fields, ["additional_scope=a", "additional_scope=b", "identifier=ann%40example.com", "transfer=true"]);
}

#[tokio::test]
async fn a_header_of_the_call_replaces_that_of_the_endpoint() {
    let double = Double::answering(200, &[], "");
    let endpoint = double.endpoint();
    let mut call = endpoint.call(&LIST);
    call.header("authorization", "other");
    call.with_query("_is_native", "1");
    call.send_empty().await.unwrap();
    let sent = double.sent();
    assert_eq!(sent.headers().get_all("authorization").iter().collect::<Vec<_>>(), ["other"]);
    assert!(sent.headers()["authorization"].is_sensitive());
    assert_eq!(sent.uri().query(), Some("_is_native=1"));
}

#[tokio::test]
async fn an_endpoint_with_other_authorization_leaves_the_first_as_it_was() {
    let double = Double::answering(200, &[], "");
    let endpoint = double.endpoint();
    endpoint.with_authorization("machine".into()).unwrap().call(&LIST).send_empty().await.unwrap();
    assert_eq!(double.sent().headers()["authorization"], "machine");
    endpoint.call(&LIST).send_empty().await.unwrap();
    assert_eq!(double.sent().headers()["authorization"], "Bearer sk_test_hunter2");
}

#[tokio::test]
async fn nothing_is_sent_when_the_request_cannot_be_made() {
    let double = Double::answering(200, &[], "");
    let endpoint = double.endpoint();
    type Make = fn(&mut Call);
    let wrong: [(&str, Make); 9] = [
        ("the path parameter `user_id` is empty", |call| call.path("user_id", "")),
        ("the path parameter `user_id` holds a `.` or `..` segment", |call| call.path("user_id", "%2e%2e")),
        ("the path parameter `user_id` is not set", |_| {}),
        ("the path has no parameter `id` left to fill", |call| {
            call.path("user_id", "a");
            call.path("id", "b");
        }),
        ("the header `x-bad` has a name or a value", |call| {
            call.path("user_id", "a");
            call.header("x-bad", "hunter2\n");
        }),
        ("the field `f` cannot be written as JSON", |call| {
            call.path("user_id", "a");
            call.field("f", &BTreeMap::from([(vec![1], "hunter2")]));
        }),
        ("the query parameter `q` cannot be written as JSON", |call| {
            call.path("user_id", "a");
            call.query("q", &BTreeMap::from([(vec![1], "hunter2")]));
        }),
        ("the body cannot be written as JSON", |call| {
            call.path("user_id", "a");
            call.body(&BTreeMap::from([(vec![1], "hunter2")]));
        }),
        ("the operation takes no file, yet `file` was set", |call| {
            call.path("user_id", "a");
            call.file("file", Upload::new("hunter2", "hunter2"));
        }),
    ];
    for (says, make) in wrong {
        let mut call = endpoint.call(&UPDATE);
        make(&mut call);
        let error = call.send_empty().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidRequest, Some("UpdateUser")));
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    let mut call = endpoint.call(&GET);
    call.path("user_id", "a");
    call.with_field("x", json!(1));
    assert_eq!(call.send_empty().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(double.requests(), 0);
}

#[tokio::test]
async fn a_path_takes_several_parameters() {
    let double = Double::answering(204, &[], "");
    let endpoint = double.endpoint();
    let mut call = endpoint.call(&TWO);
    call.path("user_id", "{organization_id}");
    call.path("organization_id", "org_1");
    call.send_empty().await.unwrap();
    let sent = double.sent();
    assert_eq!(sent.uri().path(), "/v1/organizations/org_1/members/%7Borganization_id%7D");
    assert!(sent.extensions().get::<OperationInfo>().unwrap().idempotent);
}

#[tokio::test]
async fn any_2xx_is_a_success_and_any_other_status_is_an_error() {
    for (status, kind) in [
        (200, None),
        (201, None),
        (204, None),
        (299, None),
        (302, Some(ErrorKind::Unexpected)),
        (304, Some(ErrorKind::Unexpected)),
        (404, Some(ErrorKind::NotFound)),
        (500, Some(ErrorKind::Server)),
    ] {
        let endpoint = Double::answering(status, &[("location", "/x")], "").endpoint();
        let result = endpoint.call(&LIST).send_empty().await;
        assert_eq!(result.as_ref().err().map(Error::kind), kind, "{status}");
        if let Err(error) = result {
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_body_is_none_where_that_may_be_and_an_error_elsewhere() {
    for (body, expected) in
        [("", None), ("  ", None), ("null", None), ("7", Some(7)), ("\u{feff}", None), ("\u{feff}7", Some(7))]
    {
        let endpoint = Double::answering(200, &[], body).endpoint();
        assert_eq!(endpoint.call(&LIST).send_optional::<i64>().await.unwrap().into_value(), expected, "{body}");
    }
    let endpoint = Double::answering(204, &[], "").endpoint();
    let error = endpoint.call(&LIST).send_json::<i64>().await.unwrap_err();
    assert_eq!(error.to_string(), "GetUserList: the answer (204) has no body");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(StatusCode::NO_CONTENT)));
}

#[tokio::test]
async fn text_and_bytes_come_as_they_are() {
    let endpoint = Double::answering(200, &[], "plain \u{e9}").endpoint();
    assert_eq!(endpoint.call(&LIST).send_text().await.unwrap().into_value(), "plain \u{e9}");
    assert_eq!(endpoint.call(&LIST).send_bytes().await.unwrap().into_value(), "plain \u{e9}".as_bytes());
    let broken = Double::new(|_| Ok(http::Response::new(Bytes::from_static(b"\xff")))).endpoint();
    assert_eq!(broken.call(&LIST).send_text().await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_redirect_is_given_and_not_followed() {
    let double = Double::new(|_| {
        let answer = http::Response::builder().status(303).header("location", "/after?a=1");
        Ok(answer.header("set-cookie", "a=1").header("set-cookie", "b=2").body(Bytes::new()).unwrap())
    });
    let answer = double.endpoint().call(&LIST).send_redirect().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    let redirect = answer.into_value();
    assert_eq!(redirect.location, "/after?a=1");
    assert_eq!(redirect.set_cookie.iter().map(Secret::expose).collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(double.requests(), 1);

    for (status, headers, kind) in [
        (200, &[("location", "/x")][..], ErrorKind::Unexpected),
        (303, &[], ErrorKind::Unexpected),
        (400, &[("location", "/x")], ErrorKind::BadRequest),
    ] {
        let endpoint = Double::answering(status, headers, "").endpoint();
        assert_eq!(endpoint.call(&LIST).send_redirect().await.unwrap_err().kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_may_be_none_where_the_operation_need_not_redirect() {
    for (status, headers, expected) in [
        (302, &[("location", "/after")][..], Ok(Some("/after"))),
        (200, &[("location", "/after")], Ok(None)),
        (204, &[], Ok(None)),
        (302, &[], Err(ErrorKind::Unexpected)),
        (404, &[("location", "/after")], Err(ErrorKind::NotFound)),
    ] {
        let endpoint = Double::answering(status, headers, "anything").endpoint();
        let result = endpoint.call(&LIST).send_redirect_or_empty().await;
        let location = result.map(|answer| answer.into_value().map(|redirect| redirect.location));
        assert_eq!(location.map_err(|error| error.kind()), expected.map(|to| to.map(str::to_owned)), "{status}");
    }
}

#[tokio::test]
async fn a_transport_that_fails_is_an_error_that_names_the_operation() {
    let double = Double::new(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()));
    let error = double.endpoint().call(&LIST).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("GetUserList")));
    let double = Double::new(|_| Err(Error::new(ErrorKind::Cancelled, "nobody waits").into()));
    let error = double.endpoint().call(&LIST).send_empty().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn a_service_is_asked_for_readiness_before_it_is_called() {
    struct Slow {
        ready: bool,
        called_ready: Arc<AtomicBool>,
    }

    impl Clone for Slow {
        fn clone(&self) -> Self {
            Self { ready: false, called_ready: Arc::clone(&self.called_ready) }
        }
    }

    impl tower_service::Service<Request<Bytes>> for Slow {
        type Response = http::Response<Bytes>;
        type Error = std::convert::Infallible;
        type Future = Ready<Result<http::Response<Bytes>, std::convert::Infallible>>;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
            if std::mem::replace(&mut self.ready, true) {
                return Poll::Ready(Ok(()));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }

        fn call(&mut self, _: Request<Bytes>) -> Self::Future {
            self.called_ready.store(self.ready, Ordering::Relaxed);
            ready(Ok(http::Response::new(Bytes::new())))
        }
    }

    let called_ready = Arc::new(AtomicBool::new(false));
    let transport = Transport::new(Slow { ready: false, called_ready: Arc::clone(&called_ready) });
    let endpoint = Endpoint::builder("https://example.com").transport(transport).build().unwrap();
    endpoint.call(&LIST).send_empty().await.unwrap();
    assert!(called_ready.load(Ordering::Relaxed));
}

#[test]
fn a_call_prints_its_operation_only() {
    let endpoint = Double::answering(200, &[], "").endpoint();
    let mut call = endpoint.call(&UPDATE);
    call.field("password", "hunter2");
    assert_eq!(format!("{call:?}"), r#"Call { operation: "UpdateUser", .. }"#);
}

#[allow(dead_code, unreachable_pub, reason = "not every declared operation is sent every way")]
mod operations {
    use super::*;

    static GET_COUNT: Operation = Operation::new(Method::GET, "GetCount", "/count/{of}", Encoding::None);

    crate::operation! {
        /// The call of a test.
        GetCount => json i64
    }

    crate::operation! { GetNothing => empty () }
    crate::operation! { GetMaybe => optional Option<i64> }
    crate::operation! { GetText => text String }
    crate::operation! { GetBytes => bytes Bytes }
    crate::operation! { GetRedirect => redirect Redirect }
    crate::operation! { GetMaybeRedirect => maybe_redirect Option<Redirect> }

    #[tokio::test]
    async fn a_declared_operation_sends_its_call_and_gives_its_answer() {
        let double = Double::answering(200, &[], "7");
        let endpoint = double.endpoint();
        let mut call = endpoint.call(&GET_COUNT);
        call.path("of", "users");
        let count = GetCount { call: call.clone() }.with_query("a", "1").with_header("x-b", "2");
        assert_eq!(count.clone().send().await.unwrap(), 7);
        let sent = double.sent();
        assert_eq!((sent.uri().query(), &sent.headers()["x-b"]), (Some("_is_native=true&a=1"), &HeaderValue::from(2)));
        assert_eq!(count.with_field("x", 1).send_full().await.unwrap_err().kind(), ErrorKind::InvalidRequest);

        assert_eq!(GetMaybe { call: call.clone() }.send().await.unwrap(), Some(7));
        assert_eq!(GetText { call: call.clone() }.send().await.unwrap(), "7");
        assert_eq!(GetBytes { call: call.clone() }.send_full().await.unwrap().into_value(), "7");
        GetNothing { call: call.clone() }.send().await.unwrap();
        assert_eq!(GetMaybeRedirect { call: call.clone() }.send().await.unwrap(), None);
        assert!(GetRedirect { call }.send().await.is_err());
    }
}

#[test]
fn everything_may_cross_threads() {
    fn send<T: Send>(_: &T) {}
    fn send_sync<T: Send + Sync + 'static>() {}
    send_sync::<Endpoint>();
    send_sync::<crate::EndpointBuilder>();
    send_sync::<Transport>();
    send_sync::<Error>();
    send_sync::<Operation>();
    send_sync::<Upload>();
    send_sync::<Redirect>();
    send_sync::<Secret>();
    send_sync::<crate::SecretKey>();
    send_sync::<crate::PublishableKey>();
    send_sync::<Response<crate::Page<crate::Json>>>();
    send_sync::<Call>();

    let endpoint = Double::answering(200, &[], "").endpoint();
    let call = || endpoint.call(&LIST);
    send(&call().send_json::<crate::Json>());
    send(&call().send_optional::<crate::Json>());
    send(&call().send_empty());
    send(&call().send_text());
    send(&call().send_bytes());
    send(&call().send_redirect());
    send(&call().send_redirect_or_empty());
}
