//! The Frontend API under an address of the application.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum::body::Body;
use clerk_ext::{
    BoxError, Bytes, ErrorKind, OperationInfo, Transport,
    auth::{FrontendProxy, FrontendProxyBuilder},
};
use clerk_local::LocalClerk;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_service::Service;

const KEY: &str = "pk_live_Y2xlcmsuZXhhbXBsZS5jb20k"; // clerk.example.com
const SECRET: &str = "sk_live_test_1234";

type Answer = Result<Response<Bytes>, BoxError>;

/// The Frontend API: it answers as a test says, and keeps what it was asked.
#[derive(Clone)]
struct FrontendApi {
    answer: Arc<dyn Fn() -> Answer + Send + Sync>,
    asked: Arc<Mutex<Vec<Request<Bytes>>>>,
}

impl FrontendApi {
    fn answering(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default() }
    }

    fn with_headers(headers: &'static [(&str, &str)]) -> Self {
        Self::answering(move || {
            let answer = headers.iter().fold(Response::builder(), |answer, (name, value)| answer.header(*name, *value));
            Ok(answer.body(Bytes::new())?)
        })
    }

    /// The only request that came.
    fn asked(&self) -> Request<Bytes> {
        let mut asked = self.asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "the Frontend API was asked {} times", asked.len());
        asked.pop().unwrap()
    }

    fn was_asked(&self) -> bool {
        !self.asked.lock().unwrap().is_empty()
    }

    fn proxy(&self) -> FrontendProxyBuilder {
        FrontendProxy::builder()
            .publishable_key(&KEY.parse().unwrap())
            .secret_key(&SECRET.parse().unwrap())
            .transport(Transport::new(self.clone()))
    }
}

impl Service<Request<Bytes>> for FrontendApi {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.asked.lock().unwrap().push(request);
        ready((self.answer)())
    }
}

fn fine() -> FrontendApi {
    FrontendApi::with_headers(&[])
}

fn request(path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let request = Request::builder().uri(path).header("host", "app.com");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(Bytes::new()).unwrap()
}

/// What the Frontend API is asked when the proxy is asked this.
async fn passed_on(path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let api = fine();
    let answer = api.proxy().build().unwrap().forward(request(path, headers)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    api.asked()
}

/// What a browser gets when the Frontend API answers with these headers.
async fn answered(headers: &'static [(&str, &str)]) -> HeaderMap {
    let proxy = FrontendApi::with_headers(headers).proxy().build().unwrap();
    proxy.forward(request("/__clerk/v1/client", &[("x-forwarded-proto", "https")])).await.headers().clone()
}

#[track_caller]
fn refused(answer: &Response<Bytes>, status: u16, code: &str) {
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!((answer.status().as_u16(), &body["errors"][0]["code"]), (status, &json!(code)), "{body}");
    assert!(body["errors"][0]["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn what_follows_the_path_goes_to_the_frontend_api_with_the_query_as_it_is() {
    for (path, target) in [
        ("/__clerk/v1/client?a=b%20c&flag&a=%zz", "https://frontend-api.clerk.dev/v1/client?a=b%20c&flag&a=%zz"),
        ("/__clerk", "https://frontend-api.clerk.dev/"),
        ("/__clerk/", "https://frontend-api.clerk.dev/"),
        ("/__clerk?x", "https://frontend-api.clerk.dev/?x"),
        (
            "/__clerk/npm/@clerk/clerk-js@5/dist/a%2Fb.js",
            "https://frontend-api.clerk.dev/npm/@clerk/clerk-js@5/dist/a%2Fb.js",
        ),
    ] {
        assert_eq!(passed_on(path, &[]).await.uri().to_string(), target);
    }
}

#[tokio::test]
async fn no_path_leads_to_another_host() {
    for (path, target) in [
        ("/__clerk//evil.com/x", "https://frontend-api.clerk.dev//evil.com/x"),
        ("/__clerk/@evil.com", "https://frontend-api.clerk.dev/@evil.com"),
        ("/__clerk/:80@evil.com/", "https://frontend-api.clerk.dev/:80@evil.com/"),
        ("/__clerk/x/../../__clerk/y", "https://frontend-api.clerk.dev/y"),
    ] {
        assert_eq!(passed_on(path, &[]).await.uri().to_string(), target);
    }
}

#[tokio::test]
async fn a_path_that_is_not_below_the_proxy_is_refused() {
    for path in [
        "/",
        "/__clerks",
        "/__clerk.evil.com",
        "/x/__clerk/v1",
        "/__CLERK/v1",
        "/__clerk/../admin",
        "/__clerk/%2e%2e/admin",
        "//__clerk/v1",
    ] {
        let api = fine();
        let answer = api.proxy().build().unwrap().forward(request(path, &[])).await;
        refused(&answer, 400, "proxy_path_mismatch");
        assert!(!api.was_asked(), "{path}");
    }
}

#[tokio::test]
async fn the_path_of_the_proxy_can_be_another_one() {
    for path in ["/auth/clerk", "/auth/clerk//", "https://app.com/auth/clerk/"] {
        let api = fine();
        let proxy = api.proxy().proxy_url(path).build().unwrap();
        assert!(proxy.serves("/auth/clerk") && proxy.serves("/auth/clerk/v1") && !proxy.serves("/auth/clerks"));
        proxy.forward(request("/auth/clerk/v1/client", &[])).await;
        assert_eq!(api.asked().uri().path(), "/v1/client", "{path}");
    }
}

#[tokio::test]
async fn the_application_names_itself_and_not_as_the_browser_says() {
    let asked = passed_on(
        "/__clerk/v1/client",
        &[
            ("clerk-secret-key", "sk_live_test_of_somebody_else"),
            ("clerk-proxy-url", "https://evil.com/__clerk"),
            ("accept-encoding", "gzip, br"),
            ("content-length", "7"),
            ("expect", "100-continue"),
        ],
    )
    .await;
    for (name, value) in [
        ("clerk-secret-key", SECRET),
        ("clerk-proxy-url", "http://app.com/__clerk"),
        ("host", "frontend-api.clerk.dev"),
        ("accept-encoding", "identity"),
        ("x-forwarded-host", "app.com"),
        ("x-forwarded-proto", "http"),
    ] {
        let values: Vec<_> = asked.headers().get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
    assert!(asked.headers()["clerk-secret-key"].is_sensitive());
    assert!(!asked.headers().contains_key("content-length") && !asked.headers().contains_key("expect"));
    assert!(!format!("{asked:?}").contains(SECRET));
}

#[tokio::test]
async fn the_public_address_is_what_proxies_tell_or_what_is_configured() {
    for (headers, url) in [
        (&[("x-forwarded-proto", "https"), ("x-forwarded-host", "www.app.com")][..], "https://www.app.com/__clerk"),
        (
            &[("x-forwarded-proto", "https, http"), ("x-forwarded-host", "www.app.com, b.com")],
            "https://www.app.com/__clerk",
        ),
        (&[("x-forwarded-proto", "https")], "https://app.com/__clerk"),
        (&[("x-forwarded-host", "evil.com")], "http://app.com/__clerk"),
        (&[("x-forwarded-proto", ""), ("x-forwarded-host", "evil.com")], "http://app.com/__clerk"),
        (&[("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.com/x?")], "http://app.com/__clerk"),
        (&[("x-forwarded-proto", "javascript"), ("x-forwarded-host", "evil.com")], "http://app.com/__clerk"),
    ] {
        assert_eq!(passed_on("/__clerk/v1/client", headers).await.headers()["clerk-proxy-url"], url, "{headers:?}");
        let api = fine();
        let proxy = api.proxy().proxy_url("https://app.com/__clerk").build().unwrap();
        proxy.forward(request("/__clerk/v1/client", headers)).await;
        assert_eq!(api.asked().headers()["clerk-proxy-url"], "https://app.com/__clerk");
    }
}

#[tokio::test]
async fn what_proxies_before_said_of_host_and_scheme_stays() {
    let asked = passed_on("/__clerk/v1", &[("x-forwarded-host", "a.com"), ("x-forwarded-proto", "https")]).await;
    assert_eq!(
        (&asked.headers()["x-forwarded-host"], &asked.headers()["x-forwarded-proto"]),
        (&"a.com".parse().unwrap(), &"https".parse().unwrap())
    );
}

#[tokio::test]
async fn the_address_of_the_browser_comes_from_whoever_knows_best() {
    let (cloudflare, real, forwarded) =
        (("cf-connecting-ip", "1.1.1.1"), ("x-real-ip", "2.2.2.2"), ("x-forwarded-for", "3.3.3.3, 4.4.4.4"));
    for (headers, address) in [
        (&[cloudflare, real, forwarded][..], Some("1.1.1.1")),
        (&[real, forwarded], Some("2.2.2.2")),
        (&[forwarded], Some("3.3.3.3")),
        (&[("x-real-ip", ""), forwarded], Some("3.3.3.3")),
        (&[], None),
    ] {
        let asked = passed_on("/__clerk/v1", headers).await;
        let told: Vec<_> = asked.headers().get_all("x-forwarded-for").iter().collect();
        assert_eq!(told, address.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn headers_about_one_connection_do_not_go_on() {
    let headers = [
        ("connection", "close, X-Custom , clerk-secret-key"),
        ("connection", "x-other"),
        ("keep-alive", "1"),
        ("proxy-authenticate", "1"),
        ("proxy-authorization", "1"),
        ("te", "trailers"),
        ("trailer", "1"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("x-custom", "1"),
        ("x-other", "1"),
        ("authorization", "Bearer test"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
        ("origin", "https://app.com"),
    ];
    let asked = passed_on("/__clerk/v1", &headers).await;
    for (name, _) in &headers[..11] {
        assert!(!asked.headers().contains_key(*name), "{name}");
    }
    assert_eq!(
        (&asked.headers()["authorization"], &asked.headers()["origin"]),
        (&"Bearer test".parse::<HeaderValue>().unwrap(), &"https://app.com".parse::<HeaderValue>().unwrap())
    );
    assert_eq!(asked.headers().get_all("cookie").iter().count(), 2);
    assert_eq!(asked.headers()["clerk-secret-key"], SECRET);
}

#[tokio::test]
async fn method_and_body_go_on_and_are_sent_once() {
    let api = FrontendApi::answering(|| Ok(Response::builder().status(503).body(Bytes::from_static(b"down"))?));
    let mut request = request("/__clerk/v1/client/sign_ins", &[("content-type", "application/x-www-form-urlencoded")]);
    *request.method_mut() = http::Method::POST;
    *request.body_mut() = Bytes::from_static(b"identifier=ann%40example.com");
    let answer = api.proxy().build().unwrap().forward(request).await;
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (503, &b"down"[..]));
    let asked = api.asked();
    assert_eq!((asked.method(), asked.body().as_ref()), (&http::Method::POST, &b"identifier=ann%40example.com"[..]));
    assert!(!asked.extensions().get::<OperationInfo>().unwrap().idempotent);
}

#[tokio::test]
async fn no_request_is_passed_on_whose_answer_repeats_its_headers() {
    for method in ["TRACE", "TRACK", "CONNECT"] {
        let api = fine();
        let mut traced = request("/__clerk/v1/client", &[]);
        *traced.method_mut() = method.parse().unwrap();
        refused(&api.proxy().build().unwrap().forward(traced).await, 405, "proxy_request_failed");
        assert!(!api.was_asked(), "{method}");
    }
}

#[tokio::test]
async fn nothing_is_sent_again_whatever_comes_of_it() {
    let refusals: [fn() -> Answer; 4] = [
        || Ok(Response::builder().status(429).header("retry-after", "0").body(Bytes::new())?),
        || Ok(Response::builder().status(503).body(Bytes::new())?),
        || Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
        || Err(io::Error::from(io::ErrorKind::ConnectionReset).into()),
    ];
    for refusal in refusals {
        let api = FrontendApi::answering(refusal);
        api.proxy().build().unwrap().forward(request("/__clerk/v1/client", &[])).await;
        api.asked();
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    for (length, status) in [(16, 200), (17, 413)] {
        let api = fine();
        let mut request = request("/__clerk/v1", &[]);
        *request.body_mut() = vec![b'x'; length].into();
        let answer = api.proxy().largest_body(16).build().unwrap().forward(request).await;
        assert_eq!((answer.status().as_u16(), api.was_asked()), (status, status == 200));
        if status == 413 {
            refused(&answer, 413, "proxy_request_failed");
        }
    }
}

#[tokio::test]
async fn an_answer_comes_back_without_what_was_about_its_connection() {
    let headers = answered(&[
        ("connection", "close, x-custom"),
        ("keep-alive", "1"),
        ("transfer-encoding", "chunked"),
        ("content-length", "9"),
        ("x-custom", "1"),
        ("set-cookie", "__client=a; Path=/; HttpOnly"),
        ("set-cookie", "__client_uat=5; Path=/"),
        ("vary", "origin"),
        ("content-type", "application/json"),
    ])
    .await;
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["__client=a; Path=/; HttpOnly", "__client_uat=5; Path=/"]);
    let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-type", "set-cookie", "vary"]);
}

#[tokio::test]
async fn a_redirect_within_the_frontend_api_is_one_within_the_proxy() {
    let location = async |headers: &'static [(&str, &str)]| answered(headers).await["location"].clone();
    assert_eq!(
        location(&[("location", "https://frontend-api.clerk.dev/v1/x?a=b#c")]).await,
        "https://app.com/__clerk/v1/x?a=b#c"
    );
    assert_eq!(location(&[("location", "/v1/x")]).await, "https://app.com/__clerk/v1/x");
    for elsewhere in [
        &[("location", "https://app.com/home?x#y")],
        &[("location", "https://frontend-api.clerk.dev.evil.com/")],
        &[("location", "https://frontend-api.clerk.dev:8443/")],
        &[("location", "//evil.com/x")],
        &[("location", "http://[")],
    ] {
        assert_eq!(location(elsewhere).await, elsewhere[0].1);
    }
}

#[tokio::test]
async fn a_frontend_api_that_is_not_reached_is_a_502_that_tells_nothing() {
    let api = FrontendApi::answering(|| Err("connection to hunter2 reset".into()));
    let answer = api.proxy().build().unwrap().forward(request("/__clerk/v1", &[])).await;
    refused(&answer, 502, "proxy_request_failed");
    assert!(!String::from_utf8_lossy(answer.body()).contains("hunter2"));
}

#[tokio::test]
async fn another_frontend_api_may_have_a_path() {
    let api = FrontendApi::with_headers(&[("location", "https://fapi.example.com/base/v1/y")]);
    let proxy = api.proxy().frontend_api("https://fapi.example.com/base/").build().unwrap();
    let answer = proxy.forward(request("/__clerk/v1/x", &[])).await;
    assert_eq!(api.asked().uri().to_string(), "https://fapi.example.com/base/v1/x");
    assert_eq!(answer.headers()["location"], "http://app.com/__clerk/v1/y");
}

#[test]
fn what_is_configured_wrongly_is_found_when_the_proxy_is_built() {
    let wrong = |builder: FrontendProxyBuilder| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.to_string().contains("test_1234"), "{error}");
    };
    wrong(FrontendProxy::builder().secret_key(&SECRET.parse().unwrap()).transport(Transport::new(fine())));
    wrong(FrontendProxy::builder().publishable_key(&KEY.parse().unwrap()).transport(Transport::new(fine())));
    for url in [
        "",
        "ftp://fapi.example.com",
        "fapi.example.com",
        "http://fapi.example.com",
        "https://ann:test@fapi.example.com",
        "https://fapi.example.com?x",
        "https://fapi.example.com#x",
    ] {
        wrong(fine().proxy().frontend_api(url));
    }
    for url in
        ["", "/", "//", "__clerk", "//evil.com/x", "javascript:x", "https://ann@app.com/x", "/__clerk?x", "/__clerk#x"]
    {
        wrong(fine().proxy().proxy_url(url));
    }
    for url in ["http://127.0.0.1:4010", "http://localhost:4010", "http://[::1]:4010"] {
        fine().proxy().frontend_api(url).build().unwrap();
    }
}

/// A service of the application, which answers with the path that it was asked for.
#[derive(Clone)]
struct Application;

impl Service<Request<Body>> for Application {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        ready(Ok(Response::new(Body::from(format!("the application at {}", request.uri().path())))))
    }
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn as_a_layer_it_leaves_all_other_paths_to_the_application() {
    let api = FrontendApi::answering(|| Ok(Response::new(Bytes::from_static(b"Clerk"))));
    let mut service = api.proxy().build().unwrap().layer(Application);
    for (path, says) in [
        ("/__clerk/v1/client", "Clerk"),
        ("/__clerk", "Clerk"),
        ("/", "the application at /"),
        ("/__clerks", "the application at /__clerks"),
        ("//__clerk/", "the application at //__clerk/"),
    ] {
        let request = Request::builder().uri(path).header("host", "app.com").body(Body::empty()).unwrap();
        assert_eq!(text(service.call(request).await.unwrap()).await, says);
    }
}

#[tokio::test]
async fn the_layer_reads_a_body_up_to_the_limit_whether_its_length_is_known_or_not() {
    let chunked = |chunks: usize| {
        Body::from_stream(futures_util::stream::iter(
            (0..chunks).map(|_| Ok::<_, BoxError>(Bytes::from_static(b"12345678"))),
        ))
    };
    let broken = || Body::from_stream(futures_util::stream::iter([Err::<Bytes, BoxError>("reset".into())]));
    let endless =
        || Body::from_stream(futures_util::stream::repeat_with(|| Ok::<_, BoxError>(Bytes::from_static(b"1"))));
    for (body, status) in [
        (Body::from("1234567812345678"), 200),
        (Body::from("12345678123456781"), 413),
        (chunked(2), 200),
        (chunked(3), 413),
        (broken(), 400),
        (endless(), 413),
    ] {
        let api = fine();
        let mut service = api.proxy().largest_body(16).build().unwrap().layer(Application);
        let request =
            Request::builder().method("POST").uri("/__clerk/v1").header("host", "app.com").body(body).unwrap();
        assert_eq!(service.call(request).await.unwrap().status().as_u16(), status);
        if status == 200 {
            assert_eq!(api.asked().body().as_ref(), b"1234567812345678");
        }
    }
}

#[tokio::test]
async fn a_client_is_had_from_a_clerk_through_the_layer_of_a_router() {
    let local = LocalClerk::builder().start().await.unwrap();
    let proxy = FrontendProxy::builder()
        .publishable_key(&local.publishable_key())
        .secret_key(&local.secret_key())
        .build()
        .unwrap();
    let mut router = axum::Router::new().route("/", axum::routing::get(async || "home")).layer(proxy);
    let mut get = async |path: &str| {
        let request = Request::builder().uri(path).header("host", "app.com").body(Body::empty()).unwrap();
        router.call(request).await.unwrap()
    };
    let environment = get("/__clerk/v1/environment").await;
    assert_eq!(environment.status(), StatusCode::OK);
    assert!(serde_json::from_str::<Value>(&text(environment).await).unwrap()["auth_config"].is_object());
    assert_eq!(text(get("/").await).await, "home");
    assert_eq!(get("/__clerk/nowhere").await.status(), StatusCode::NOT_FOUND);
}

#[test]
fn it_can_be_sent_and_shared() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn is_send<T: Send>(_: &T) {}
    let proxy = fine().proxy().build().unwrap();
    is_shared(&proxy.layer(Application));
    is_send(&proxy.forward(request("/__clerk", &[])));
    is_shared(&proxy);
}
