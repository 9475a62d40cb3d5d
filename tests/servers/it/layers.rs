//! The layer that checks requests, around any service.

use std::{
    convert::Infallible,
    future::{Future, Ready, poll_fn, ready},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use axum::{Router, body::Body, routing::get};
use clerk_ext::{
    auth::Clerk,
    web::{Checked, ClerkLayer},
};
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::{
    answer::ask,
    world::{Ask, NOW, Token, World},
};

const PAGE: &str = "https://app.example.com/me?tab=one";

/// Says what was attached to the request.
async fn attached(request: Request<Body>) -> String {
    match request.extensions().get::<Checked>() {
        Some(checked) => match checked.state().reason() {
            Some(reason) => format!("{} {reason}", checked.state().status().as_str()),
            None => checked.state().session().unwrap().user_id().to_string(),
        },
        None => "nothing".to_owned(),
    }
}

fn app(clerk: Clerk) -> Router {
    Router::new().fallback(attached).layer(ClerkLayer::new(clerk))
}

#[tokio::test]
async fn a_good_token_is_attached_as_its_session() {
    let world = World::production();
    let app = app(world.clerk());
    let request = Ask::script(PAGE).bearer(&world.session().signed());
    for _ in 0..2 {
        // Checked at first, known afterwards.
        let answer = ask(app.clone(), &request).await;
        assert_eq!(answer.told(), "200 user_1");
        assert!(answer.all("x-clerk-auth-status").is_empty());
    }
    assert_eq!(world.api.key_fetches(), 1);
}

#[tokio::test]
async fn a_signed_out_request_gets_through_with_its_reason() {
    let world = World::production();
    let answer = ask(app(world.clerk()), &Ask::script(PAGE)).await;
    assert_eq!(answer.told(), "200 signed-out session-token-and-uat-missing");
    assert_eq!(answer.header("x-clerk-auth-status"), "signed-out");
    assert_eq!(answer.header("x-clerk-auth-reason"), "session-token-and-uat-missing");
}

#[tokio::test]
async fn what_a_client_says_about_itself_is_not_believed() {
    let world = World::production();
    let request = Ask::script(PAGE)
        .header("x-clerk-auth-status", "signed-in")
        .header("x-clerk-auth-reason", "nothing")
        .header("x-clerk-auth-token", "x")
        .header("x-clerk-user-id", "user_1");
    let answer = ask(app(world.clerk()), &request).await;
    assert_eq!(answer.told(), "200 signed-out session-token-and-uat-missing");
    assert_eq!(answer.header("x-clerk-auth-status"), "signed-out");
}

#[tokio::test]
async fn a_token_that_is_over_is_not_believed_because_it_once_was() {
    let world = World::production();
    let app = app(world.clerk());
    let request = Ask::script(PAGE).bearer(&world.session().signed());
    assert_eq!(ask(app.clone(), &request).await.told(), "200 user_1");
    world.clock.advance(std::time::Duration::from_secs(3600));
    assert!(ask(app, &request).await.told().starts_with("200 signed-out session-token-expired"));
}

#[tokio::test]
async fn two_authorization_headers_are_one_bad_token() {
    let world = World::production();
    let app = app(world.clerk());
    let once = Ask::script(PAGE).bearer(&world.session().signed());
    assert_eq!(ask(app.clone(), &once).await.told(), "200 user_1");
    let twice = once.bearer("x");
    assert_ne!(ask(app, &twice).await.told(), "200 user_1");
}

#[tokio::test]
async fn a_handshake_is_answered_by_the_layer() {
    let world = World::development();
    let answer = ask(app(world.clerk()), &Ask::page(PAGE)).await;
    assert_eq!((answer.status, answer.body.as_str()), (307, ""));
    let location: url::Url = answer.header("location").parse().unwrap();
    assert_eq!(location.host_str(), Some(world.host));
    assert_eq!(location.path(), "/v1/client/handshake");
    assert!(location.query_pairs().any(|(name, value)| name == "redirect_url" && value == PAGE));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-clerk-auth-status"), "handshake");
    assert_eq!(answer.header("x-clerk-auth-reason"), "dev-browser-missing");
    assert_eq!(answer.header("set-cookie"), "__clerk_redirect_count=1; SameSite=Lax; HttpOnly; Max-Age=2");
}

#[tokio::test]
async fn a_script_is_never_sent_into_a_handshake() {
    let world = World::development();
    let answer = ask(app(world.clerk()), &Ask::script(PAGE)).await;
    assert_eq!(answer.told(), "200 signed-out dev-browser-missing");
    assert!(answer.all("location").is_empty());
}

#[tokio::test]
async fn the_cookies_of_a_handshake_are_passed_on_as_they_are() {
    let world = World::production();
    let session = world.session().signed();
    let cookies = [
        format!("__session={session}; Path=/; Secure; SameSite=Lax"),
        format!("__client_uat={NOW}; Path=/; Domain=example.com; Max-Age=315360000"),
        "__odd=a%20b\"; HttpOnly".to_owned(),
    ];
    let handshake = Token::handshake(&cookies.each_ref().map(String::as_str)).signed();
    let request = Ask::page(PAGE).cookie("__clerk_handshake", handshake);
    let service = Router::new().fallback(|| async { ([("set-cookie", "own=1")], "page") });
    let answer = ask(service.layer(ClerkLayer::new(world.clerk())), &request).await;
    assert_eq!(answer.told(), "200 page");
    let mut expected: Vec<&str> = vec!["own=1"];
    expected.extend(cookies.iter().map(String::as_str));
    assert_eq!(answer.all("set-cookie"), expected);
}

#[tokio::test]
async fn a_development_handshake_that_comes_back_has_its_address_cleaned() {
    let world = World::development();
    let cookie = format!("__session={}; Path=/", world.session().signed());
    let handshake = Token::handshake(&[&cookie]).signed();
    let request = Ask::page(&format!("{PAGE}&__clerk_handshake={handshake}"));
    let answer = ask(app(world.clerk()), &request).await;
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), PAGE);
    assert_eq!(answer.all("set-cookie"), [cookie]);
}

#[tokio::test]
async fn a_mistake_in_the_configuration_is_a_500_and_not_a_guest() {
    let world = World::production();
    // Cookies cannot be read without the publishable key.
    let clerk = Clerk::builder().secret_key(&world.secret_key()).transport(world.api.transport()).build().unwrap();
    let answer = ask(app(clerk), &Ask::page(PAGE)).await;
    assert_eq!(answer.told(), "500 ");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn the_inner_of_two_layers_is_the_one_that_handlers_see() {
    let world = World::production();
    let inner = Router::new().fallback(attached).layer(ClerkLayer::new(World::development().clerk()));
    let app = inner.layer(ClerkLayer::new(world.clerk()));
    let answer = ask(app, &Ask::script(PAGE)).await;
    assert_eq!(answer.told(), "200 signed-out dev-browser-missing");
    assert_eq!(answer.header("x-clerk-auth-reason"), "dev-browser-missing");
}

#[tokio::test]
async fn a_nested_router_is_told_the_address_as_the_browser_has_it() {
    let world = World::development();
    let inner = Router::new().route("/me", get(attached)).layer(ClerkLayer::new(world.clerk()));
    let app = Router::new().nest("/deep", Router::new().nest("/deeper", inner));
    let url = "https://app.example.com/deep/deeper/me?tab=one";
    let answer = ask(app, &Ask::page(url)).await;
    let location: url::Url = answer.header("location").parse().unwrap();
    assert!(location.query_pairs().any(|(name, value)| name == "redirect_url" && value == url));
}

#[tokio::test]
async fn headers_that_nobody_expects_do_no_harm() {
    let world = World::production();
    let app = app(world.clerk());
    let long = "x".repeat(1 << 20);
    let odd = ["\u{e9}\u{fffd}", "Bearer \u{e9}.\u{e9}.\u{e9}", "Bearer", "Bearer ", " ", "a.b.c", "Basic YTpi", &long];
    for name in
        ["authorization", "cookie", "host", "x-forwarded-host", "x-forwarded-proto", "origin", "referer", "accept"]
    {
        for value in odd {
            let answer = ask(app.clone(), &Ask::script(PAGE).only_header(name, value)).await;
            assert!(answer.told().starts_with("200 signed-out"), "{name}: {}", answer.status);
        }
    }
    let request = Ask::script(PAGE).cookie("__session", &long).cookie("__client_uat", &long);
    assert!(ask(app, &request).await.told().starts_with("200 signed-out"));
}

/// A service that has to be ready before it is called, as a pool of connections has.
struct Counting {
    is_ready: bool,
    calls_when_ready: Arc<AtomicUsize>,
    calls_when_not: Arc<AtomicUsize>,
}

impl Clone for Counting {
    fn clone(&self) -> Self {
        // What one has reserved, its clone has not.
        let (calls_when_ready, calls_when_not) = (self.calls_when_ready.clone(), self.calls_when_not.clone());
        Self { is_ready: false, calls_when_ready, calls_when_not }
    }
}

impl Service<Request<()>> for Counting {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let counter = if self.is_ready { &self.calls_when_ready } else { &self.calls_when_not };
        counter.fetch_add(1, Ordering::SeqCst);
        self.is_ready = false;
        ready(Ok(Response::new(String::new())))
    }
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let world = World::production();
    let (ready, not) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counting = Counting { is_ready: false, calls_when_ready: ready.clone(), calls_when_not: not.clone() };
    let mut service = ClerkLayer::new(world.clerk()).layer(counting);
    let token = world.session().signed();
    // A request that has to wait, one that is known, one with nothing, and known again.
    for request in [
        Ask::script(PAGE).bearer(&token),
        Ask::script(PAGE).bearer(&token),
        Ask::script(PAGE),
        Ask::script(PAGE).bearer(&token),
    ] {
        poll_fn(|context| service.poll_ready(context)).await.unwrap();
        service.call(Request::from_parts(request.parts(), ())).await.unwrap();
    }
    assert_eq!((ready.load(Ordering::SeqCst), not.load(Ordering::SeqCst)), (4, 0));
}

#[tokio::test]
async fn a_known_token_is_answered_without_waiting() {
    let world = World::production();
    let clerk = world.clerk();
    let token = world.session().signed();
    clerk.verify_token(&token).await.unwrap();
    let counting = Counting { is_ready: true, calls_when_ready: Arc::default(), calls_when_not: Arc::default() };
    let mut service = ClerkLayer::new(clerk).layer(counting);
    let answer = service.call(Request::from_parts(Ask::script(PAGE).bearer(&token).parts(), ()));
    assert!(pin!(answer).poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

#[tokio::test]
async fn a_request_that_is_given_up_while_it_is_checked_calls_nothing() {
    let world = World::production();
    let counting = Counting { is_ready: true, calls_when_ready: Arc::default(), calls_when_not: Arc::default() };
    let calls = counting.calls_when_ready.clone();
    let mut service = ClerkLayer::new(world.clerk()).layer(counting);
    let request = Ask::script(PAGE).bearer(&world.session().signed());
    let mut answer = Box::pin(service.call(Request::from_parts(request.parts(), ())));
    let _ = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(answer);
    assert!(calls.load(Ordering::SeqCst) <= 1);
    assert_eq!(ask(app(world.clerk()), &request).await.told(), "200 user_1");
}

#[tokio::test]
async fn the_answer_shows_no_token() {
    let world = World::production();
    let token = world.session().signed();
    let request = Ask::script(PAGE).bearer(&token);
    let shown = Router::new()
        .fallback(|request: Request<Body>| async move { format!("{:?}", request.extensions().get::<Checked>()) })
        .layer(ClerkLayer::new(world.clerk()));
    let answer = ask(shown, &request).await;
    assert!(answer.body.contains("user_1"), "{}", answer.body);
    assert!(!answer.body.contains(&token));
}

#[test]
fn everything_can_be_sent_to_another_thread() {
    fn is_send<T: Send + Sync + Clone + 'static>() {}
    is_send::<ClerkLayer>();
    is_send::<Checked>();
    is_send::<clerk_ext::web::Guard>();
}
