//! Guards: what is below them is closed, however it is asked for.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    routing::{any, get},
};
use clerk_ext::{
    Bytes,
    auth::{Reverification, policy},
    web::{ClerkLayer, Guard, RefusalKind, SignedIn},
};
use http::{Request, Response, StatusCode};
use serde_json::json;
use tower_layer::Layer as _;
use tower_service::Service;

use crate::{
    answer::{Answer, ask},
    world::{Ask, Token, World},
};

const HOST: &str = "https://app.example.com";

fn script(path: &str) -> Ask {
    Ask::script(&format!("{HOST}{path}"))
}

fn page(path: &str) -> Ask {
    Ask::page(&format!("{HOST}{path}"))
}

/// Handlers of which none asks who is there.
fn forgetful() -> Router {
    let deeper = Router::new().route("/profile", get(|| async { "deeper" })).fallback(|| async { "deeper fallback" });
    Router::new()
        .route("/profile", get(|| async { "profile" }))
        .route("/files/{*rest}", any(|| async { "rest" }))
        .nest("/deeper", deeper)
        .fallback(|| async { "fallback" })
}

fn guarded(world: &World, guard: Guard) -> Router {
    let closed = Router::new().nest("/closed", forgetful().layer(guard));
    closed.route("/", get(|| async { "open" })).layer(ClerkLayer::new(world.clerk()))
}

fn member(world: &World, role: &str) -> Token {
    world.session().claim("o", json!({ "id": "org_1", "slg": "acme", "rol": role }))
}

#[tokio::test]
async fn everything_below_a_guard_is_closed_to_the_signed_out() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    assert_eq!(ask(app.clone(), &script("/")).await.told(), "200 open");
    let paths = [
        "/closed/profile",
        "/closed/%70rofile",
        "/closed/profile/",
        "/closed/profile?x=1",
        "/closed//profile",
        "/closed/./profile",
        "/closed/x/../profile",
        "/closed/PROFILE",
        "/closed/profile;x",
        "/closed/profile%2f",
        "/closed/profile%00",
        "/closed/files/a/b",
        "/closed/deeper/profile",
        "/closed/deeper/%70rofile",
        "/closed/deeper/nothing",
        "/closed/deeper/",
        "/closed/%ff",
    ];
    for path in paths {
        for method in ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "ODD"] {
            let answer = ask(app.clone(), &Ask::new(method, &format!("{HOST}{path}"))).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_path_written_otherwise_leads_nowhere_else() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    for path in
        ["/%63losed/profile", "/CLOSED/profile", "//closed/profile", "/./closed/profile", "/x/../closed/profile"]
    {
        assert_eq!(ask(app.clone(), &script(path)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn those_who_are_signed_in_get_to_all_of_it() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    let token = world.session().signed();
    for (path, expected) in [
        ("/closed/profile", "200 profile"),
        ("/closed/%70rofile", "200 fallback"),
        ("/closed/files/a/b", "200 rest"),
        ("/closed/deeper/profile", "200 deeper"),
        ("/closed/deeper/nothing", "200 deeper fallback"),
    ] {
        assert_eq!(ask(app.clone(), &script(path).bearer(&token)).await.told(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_fallback_below_a_guard_is_closed() {
    let world = World::production();
    let app = Router::new().fallback(|| async { "fallback" }).layer(Guard::signed_in());
    let app = app.layer(ClerkLayer::new(world.clerk()));
    assert_eq!(ask(app.clone(), &script("/anything")).await.status, 401);
    assert_eq!(ask(app, &script("/anything").bearer(&world.session().signed())).await.told(), "200 fallback");
}

#[tokio::test]
async fn a_guard_without_the_layer_is_a_500_for_everybody() {
    let world = World::production();
    let app = forgetful().layer(Guard::signed_in());
    for request in [script("/profile"), page("/profile"), script("/profile").bearer(&world.session().signed())] {
        let answer = ask(app.clone(), &request).await;
        assert_eq!(
            answer.told(),
            r#"500 {"errors":[{"code":"misconfigured","message":"the server is not set up to check who is signed in"}]}"#
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_guard_outside_of_the_layer_is_a_500_too() {
    let world = World::production();
    let app = forgetful().layer(ClerkLayer::new(world.clerk())).layer(Guard::signed_in());
    assert_eq!(ask(app, &script("/profile").bearer(&world.session().signed())).await.status, 500);
}

#[tokio::test]
async fn an_api_request_of_nobody_gets_401_with_the_reason() {
    let world = World::production();
    let answer = ask(guarded(&world, Guard::signed_in()), &script("/closed/profile")).await;
    assert_eq!(
        answer.told(),
        "401 {\"errors\":[{\"code\":\"unauthenticated\",\"message\":\"sign in first\",\
         \"meta\":{\"reason\":\"session-token-and-uat-missing\"}}]}"
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-clerk-auth-status"), "signed-out");
    assert_eq!(answer.header("x-clerk-auth-reason"), "session-token-and-uat-missing");
    assert!(answer.all("location").is_empty());
}

fn goes_to_sign_in(answer: &Answer, back: &str) {
    assert_eq!(answer.told(), "307 ");
    let location: url::Url = answer.header("location").parse().unwrap();
    assert_eq!(location.as_str().split('?').next(), Some("https://accounts.example.com/sign-in"));
    let query: Vec<_> = location.query_pairs().into_owned().collect();
    assert_eq!(query, [("redirect_url".to_owned(), format!("{HOST}{back}"))]);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-clerk-auth-status"), "signed-out");
}

#[tokio::test]
async fn a_page_request_of_nobody_goes_to_sign_in_and_back() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    // The address is that of the browser, also where the router has cut something off.
    let back = "/closed/deeper/%70rofile?a=b%20c&redirect_url=x";
    goes_to_sign_in(&ask(app.clone(), &page(back)).await, back);
    let by_accept = page(back).without_header("sec-fetch-dest");
    goes_to_sign_in(&ask(app, &by_accept).await, back);
}

#[tokio::test]
async fn what_is_no_page_request_is_not_sent_anywhere() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    let requests = [
        page("/closed/profile").only_header("sec-fetch-dest", "empty"),
        page("/closed/profile").only_header("sec-fetch-dest", "image"),
        page("/closed/profile").without_header("sec-fetch-dest").only_header("accept", "application/json, text/html"),
        page("/closed/profile").without_header("sec-fetch-dest").without_header("accept"),
        Ask::new("POST", &format!("{HOST}/closed/profile")).header("sec-fetch-dest", "document"),
        Ask::new("HEAD", &format!("{HOST}/closed/profile")).header("accept", "text/html"),
    ];
    for request in requests {
        assert_eq!(ask(app.clone(), &request).await.status, 401);
    }
}

#[tokio::test]
async fn a_sign_in_page_below_a_guard_is_not_sent_to_itself() {
    let world = World::production();
    let clerk = world.builder().sign_in_url("https://app.example.com/closed/sign-in").build().unwrap();
    let app = forgetful().layer(Guard::signed_in()).layer(ClerkLayer::new(clerk));
    assert_eq!(ask(app.clone(), &page("/closed/sign-in?redirect_url=x")).await.status, 401);
    assert_eq!(ask(app, &page("/closed/profile")).await.status, 307);
}

#[tokio::test]
async fn a_session_with_tasks_is_not_signed_in() {
    let world = World::production();
    let app = guarded(&world, Guard::signed_in());
    let token = world.session().claim("sts", "pending").signed();
    let answer = ask(app.clone(), &script("/closed/profile").bearer(&token)).await;
    assert_eq!(
        answer.told(),
        r#"401 {"errors":[{"code":"session_pending","message":"finish the tasks of the session first"}]}"#
    );
    let answer = ask(app, &page("/closed/profile").bearer(&token)).await;
    assert_eq!(answer.status, 307);
    assert!(answer.header("location").starts_with("https://accounts.example.com/sign-in/tasks?"), "{answer:?}");
}

#[tokio::test]
async fn a_session_with_tasks_fulfils_no_policy() {
    let world = World::production();
    let token = member(&world, "admin").claim("sts", "pending").signed();
    let app = guarded(&world, Guard::policy(policy::role("org:admin")));
    assert_eq!(ask(app, &script("/closed/profile").bearer(&token)).await.status, 401);
}

#[tokio::test]
async fn a_policy_refuses_who_does_not_fulfil_it() {
    let world = World::production();
    let app = guarded(&world, Guard::policy(policy::role("org:admin")));
    let admin = script("/closed/profile").bearer(&member(&world, "admin").signed());
    assert_eq!(ask(app.clone(), &admin).await.told(), "200 profile");
    let answer = ask(app.clone(), &script("/closed/profile").bearer(&member(&world, "member").signed())).await;
    assert_eq!(answer.told(), r#"403 {"errors":[{"code":"forbidden","message":"you may not do this"}]}"#);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.all("www-authenticate").is_empty());
    assert_eq!(ask(app.clone(), &script("/closed/profile")).await.status, 401);
    // Signing in again would not help.
    assert_eq!(ask(app, &page("/closed/profile").bearer(&member(&world, "member").signed())).await.status, 403);
}

#[tokio::test]
async fn a_reverification_is_asked_for_in_clerks_words() {
    let world = World::production();
    let app = guarded(&world, Guard::policy(policy::reverified(Reverification::Strict)));
    let fresh = script("/closed/profile").bearer(&world.session().claim("fva", json!([1, 1])).signed());
    assert_eq!(ask(app.clone(), &fresh).await.told(), "200 profile");
    let old = world.session().claim("fva", json!([99, 99])).signed();
    for request in [script("/closed/profile"), page("/closed/profile")] {
        let answer = ask(app.clone(), &request.bearer(&old)).await;
        assert_eq!(
            answer.told(),
            "403 {\"clerk_error\":{\"type\":\"forbidden\",\"reason\":\"reverification-error\",\
             \"metadata\":{\"reverification\":\"strict\"}}}"
        );
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn an_organization_in_the_path_is_that_of_the_session() {
    let world = World::production();
    let inner = Router::new().route("/posts/{post}", get(|| async { "posts" }));
    let closed = inner.layer(Guard::policy(policy::organization_in_path("org")));
    let app = Router::new().nest("/orgs/{org}", closed).layer(ClerkLayer::new(world.clerk()));
    let token = member(&world, "member").signed();
    for (path, status) in [
        ("/orgs/acme/posts/1", 200),
        ("/orgs/org_1/posts/1", 200),
        ("/orgs/%61cme/posts/1", 200),
        ("/orgs/ACME/posts/1", 403),
        ("/orgs/org_2/posts/acme", 403),
        ("/orgs/acme%2f/posts/1", 403),
        ("/orgs/acme%20/posts/1", 403),
        ("/orgs/%ff/posts/1", 403),
    ] {
        assert_eq!(ask(app.clone(), &script(path).bearer(&token)).await.status, status, "{path}");
    }
    let nowhere = world.session().signed();
    assert_eq!(ask(app, &script("/orgs/acme/posts/1").bearer(&nowhere)).await.status, 403);
}

#[tokio::test]
async fn a_parameter_that_is_not_in_the_path_is_nobodys() {
    let world = World::production();
    let app = guarded(&world, Guard::policy(policy::organization_in_path("org")));
    let token = member(&world, "admin").signed();
    assert_eq!(ask(app, &script("/closed/profile?org=acme").bearer(&token)).await.status, 403);
}

#[tokio::test]
async fn a_parameter_that_says_two_things_says_nothing() {
    let world = World::production();
    let token = member(&world, "admin").signed();
    let closed = |inner: Router| inner.layer(Guard::policy(policy::organization_in_path("org")));
    let inner = closed(Router::new().route("/{org}", get(|| async { "both" })));
    // A router within a router, as services are mounted: each matches parameters of its own.
    let app = Router::new().nest_service("/orgs/{org}", inner).layer(ClerkLayer::new(world.clerk()));
    assert_eq!(ask(app.clone(), &script("/orgs/acme/acme").bearer(&token)).await.told(), "200 both");
    assert_eq!(ask(app.clone(), &script("/orgs/acme/other").bearer(&token)).await.status, 403);
    assert_eq!(ask(app, &script("/orgs/other/acme").bearer(&token)).await.status, 403);
}

#[tokio::test]
async fn people_do_not_get_to_what_is_for_programs() {
    let world = World::production();
    let app = guarded(&world, Guard::machine());
    for request in [script("/closed/profile").bearer(&world.session().signed()), script("/closed/profile")] {
        let answer = ask(app.clone(), &request).await;
        assert_eq!(answer.status, 401);
        assert!(answer.body.contains(r#""code":"unauthenticated""#), "{}", answer.body);
    }
    // Nor are they sent to sign in, which would not help.
    assert_eq!(ask(app, &page("/closed/profile")).await.status, 401);
}

#[tokio::test]
async fn an_outage_of_clerk_is_told_as_one() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 400, json!({}));
    let app = guarded(&world, Guard::signed_in());
    for request in [script("/closed/profile"), page("/closed/profile")] {
        let answer = ask(app.clone(), &request.bearer(&world.session().signed())).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn refusals_can_be_told_otherwise() {
    let world = World::production();
    let layer = ClerkLayer::new(world.clerk()).refusals(|refusal| match refusal.kind() {
        RefusalKind::SignedOut if refusal.request().uri.path() == "/closed/own" => Response::builder()
            .status(StatusCode::IM_A_TEAPOT)
            .body(Bytes::from(refusal.reason().unwrap().to_string()))
            .unwrap(),
        RefusalKind::SignedOut => refusal.api_response(),
        _ => refusal.response(),
    });
    let app = Router::new().nest("/closed", forgetful().layer(Guard::signed_in())).layer(layer);
    let answer = ask(app.clone(), &page("/closed/own")).await;
    assert_eq!(answer.told(), "418 session-token-and-uat-missing");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(ask(app, &page("/closed/profile")).await.status, 401);
}

#[tokio::test]
async fn pages_that_are_forbidden_can_have_a_page_that_says_so() {
    let world = World::production();
    let layer = ClerkLayer::new(world.clerk()).forbidden_page("<h1>Not for you</h1>");
    let app = forgetful().layer(Guard::policy(policy::role("org:admin"))).layer(layer);
    let token = member(&world, "member").signed();
    let answer = ask(app.clone(), &page("/profile").bearer(&token)).await;
    assert_eq!(answer.told(), "403 <h1>Not for you</h1>");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "no-store");
    let answer = ask(app, &script("/profile").bearer(&token)).await;
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_cookies_of_the_state_are_on_a_refusal_too() {
    let world = World::production();
    let handshake = Token::handshake(&["__client_uat=0; Path=/", "__session=; Path=/; Max-Age=0"]).signed();
    let request = page("/closed/profile").cookie("__clerk_handshake", handshake);
    let answer = ask(guarded(&world, Guard::signed_in()), &request).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.all("set-cookie"), ["__client_uat=0; Path=/", "__session=; Path=/; Max-Age=0"]);
}

#[tokio::test]
async fn a_guard_within_a_guard_wants_both() {
    let world = World::production();
    let app = forgetful()
        .layer(Guard::policy(policy::role("org:admin")))
        .layer(Guard::policy(policy::reverified(Reverification::Strict)))
        .layer(ClerkLayer::new(world.clerk()));
    let told = async |token: Token| ask(app.clone(), &script("/profile").bearer(&token.signed())).await.status;
    assert_eq!(told(member(&world, "admin").claim("fva", json!([1, 1]))).await, 200);
    assert_eq!(told(member(&world, "member").claim("fva", json!([1, 1]))).await, 403);
    assert_eq!(told(member(&world, "admin").claim("fva", json!([99, 99]))).await, 403);
}

#[tokio::test]
async fn handlers_below_a_guard_can_still_ask_who_it_is() {
    let world = World::production();
    let app = Router::new()
        .route("/me", get(|person: SignedIn| async move { person.user_id().to_string() }))
        .layer(Guard::signed_in())
        .layer(ClerkLayer::new(world.clerk()));
    assert_eq!(ask(app, &script("/me").bearer(&world.session().signed())).await.told(), "200 user_1");
}

/// Counts how often it was called, and how often without having been asked whether it is ready.
#[derive(Clone, Default)]
struct Counting {
    is_ready: bool,
    calls: Arc<AtomicUsize>,
    unready: Arc<AtomicUsize>,
}

impl Service<Request<Body>> for Counting {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.unready.fetch_add(usize::from(!self.is_ready), Ordering::SeqCst);
        self.is_ready = false;
        ready(Ok(Response::new(Body::empty())))
    }
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_service() {
    let world = World::production();
    let counting = Counting::default();
    let (calls, unready) = (counting.calls.clone(), counting.unready.clone());
    let mut service = Guard::signed_in().layer(counting);
    for (request, expected) in [(script("/"), 0), (script("/").bearer(&world.session().signed()), 1)] {
        let mut checked = ClerkLayer::new(world.clerk()).layer(service.clone());
        poll_fn(|context| checked.poll_ready(context)).await.unwrap();
        checked.call(Request::from_parts(request.parts(), Body::empty())).await.unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), expected);
    }
    poll_fn(|context| service.poll_ready(context)).await.unwrap();
    assert_eq!(unready.load(Ordering::SeqCst), 0);
}
