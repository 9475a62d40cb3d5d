//! A browser that comes back from a handshake.

use std::time::Duration;

use clerk_ext::{ErrorKind, auth::RequestState};
use serde_json::json;

use crate::world::{Ask, NOW, Signer, Token, World, header, location, set_cookies, state, told};

const PAGE: &str = "https://app.example.com/page?x=1";

/// The cookies that a handshake brings for somebody who is signed in.
fn directives(session: &str) -> Vec<String> {
    vec![
        format!("__client_uat={NOW}; Path=/; Domain=example.com; SameSite=Lax"),
        format!("__session={session}; Path=/; Secure; SameSite=Lax"),
    ]
}

fn texts(directives: &[String]) -> Vec<&str> {
    directives.iter().map(String::as_str).collect()
}

async fn with_nonce(world: &World, ask: &Ask, answer: serde_json::Value) -> RequestState {
    world.api.answer("GET", "/v1/clients/handshake_payload", 200, answer);
    state(&world.clerk(), &ask.clone().cookie("__clerk_handshake_nonce", "nonce-test")).await
}

async fn with_token(world: &World, ask: &Ask, token: &str) -> RequestState {
    state(&world.clerk(), &ask.clone().cookie("__clerk_handshake", token)).await
}

#[tokio::test]
async fn a_nonce_is_exchanged_for_cookies_which_are_passed_on_as_they_are() {
    let world = World::production();
    let directives = directives(&world.session().signed());
    let state = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives })).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(state.session().unwrap().user_id(), "user_1");
    assert_eq!(set_cookies(&state), texts(&directives));
    assert_eq!(header(&state, "access-control-allow-origin"), "null");
    assert_eq!(header(&state, "access-control-allow-credentials"), "true");
    assert!(state.location().is_none());

    let [sent] = &world.api.sent()[..] else { panic!("one request") };
    assert_eq!(sent.what, "GET /v1/clients/handshake_payload");
    assert_eq!(sent.query, "nonce=nonce-test");
    assert!(sent.authorization.starts_with("Bearer sk_live_"));
}

#[tokio::test]
async fn a_handshake_token_brings_its_cookies_itself() {
    let world = World::production();
    let directives = directives(&world.session().signed());
    let token = Token::handshake(&texts(&directives)).signed();
    let state = with_token(&world, &Ask::page(PAGE), &token).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(set_cookies(&state), texts(&directives));
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_nonce_counts_before_a_token() {
    let world = World::production();
    let ask = Ask::page(PAGE).cookie("__clerk_handshake", "nonsense");
    let state = with_nonce(&world, &ask, json!({ "directives": directives(&world.session().signed()) })).await;
    assert_eq!(told(&state), "signed-in");
}

#[tokio::test]
async fn the_address_counts_before_the_cookie() {
    let world = World::production();
    world.api.answer("GET", "/v1/clients/handshake_payload", 200, json!({ "directives": [] }));
    let ask =
        Ask::page("https://app.example.com/?__clerk_handshake_nonce=first").cookie("__clerk_handshake_nonce", "second");
    state(&world.clerk(), &ask).await;
    assert_eq!(world.api.sent()[0].query, "nonce=first");
}

#[tokio::test]
async fn in_development_the_browser_goes_to_the_address_without_what_it_brought() {
    let world = World::development();
    world.api.answer(
        "GET",
        "/v1/clients/handshake_payload",
        200,
        json!({
            "directives": directives(&world.session().signed()),
        }),
    );
    let page = "https://app.example.com/page?a=b&__clerk_handshake=x&__clerk_help=1&__clerk_db_jwt=y&__clerk_handshake_nonce=z&c";
    let state = state(&world.clerk(), &Ask::page(page)).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(location(&state).as_str(), "https://app.example.com/page?a=b&c=");
    assert_eq!(header(&state, "cache-control"), "no-store");
}

#[tokio::test]
async fn a_handshake_without_a_session_is_signed_out_with_its_cookies() {
    let world = World::production();
    let gone = ["__session=; Path=/; Max-Age=0", "__client_uat=0; Path=/"];
    for session in [&gone[..], &gone[1..], &[]] {
        let state = with_token(&world, &Ask::page(PAGE), &Token::handshake(session).signed()).await;
        assert_eq!(told(&state), "signed-out session-token-missing");
        assert_eq!(set_cookies(&state), session);
    }
}

#[tokio::test]
async fn the_last_session_cookie_counts() {
    let world = World::production();
    let first = format!("__session={}", world.session().claim("sub", "user_first").signed());
    let last =
        format!("{}={}; Path=/", world.suffixed("__session"), world.session().claim("sub", "user_last").signed());
    let token = Token::handshake(&[&first, &last, "__client_uat=5"]).signed();
    let state = with_token(&world, &Ask::page(PAGE), &token).await;
    assert_eq!(state.session().unwrap().user_id(), "user_last");
}

#[tokio::test]
async fn a_nonce_that_brings_nothing_is_a_handshake_without_a_session() {
    let world = World::production();
    for answer in [json!({}), json!({ "directives": "x" }), json!({ "directives": [1] }), json!([])] {
        assert_eq!(told(&with_nonce(&world, &Ask::page(PAGE), answer).await), "signed-out session-token-missing");
    }
    let ask = Ask::page(PAGE).cookie("__clerk_handshake_nonce", "nonce-test");
    world.api.answer(
        "GET",
        "/v1/clients/handshake_payload",
        404,
        json!({ "errors": [{ "code": "resource_not_found" }] }),
    );
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out session-token-missing");
}

#[tokio::test]
async fn a_nonce_needs_the_secret_key() {
    let world = World::production();
    let clerk =
        clerk_ext::auth::Clerk::builder().publishable_key(&world.publishable_key()).jwt_key(Signer::one().pem());
    let ask = Ask::page(PAGE).cookie("__clerk_handshake_nonce", "nonce-test");
    assert_eq!(told(&state(&clerk.build().unwrap(), &ask).await), "signed-out session-token-missing");
}

/// Tokens that are no handshake's, with how an error about them reads.
fn bad_tokens(world: &World) -> Vec<(String, &'static str)> {
    let session = format!("__session={}", world.session().signed());
    let token = || Token::handshake(&[&session]);
    vec![
        ("nonsense".to_owned(), "token-invalid"),
        (token().category("cl_B7d4PD222AAA").signed(), "token-invalid"),
        (token().category("cl_B7d4PD333AAA").signed(), "token-invalid"),
        (token().header("typ", "at+jwt").signed(), "token-invalid"),
        (token().header("alg", "none").signed(), "token-invalid-algorithm"),
        (token().header("alg", "HS256").signed(), "token-invalid-algorithm"),
        (token().header("alg", "RS512").signed(), "token-verification-failed"),
        (token().header("kid", "ins_one").signed_by(Signer::another()), "clear the cookies"),
        (token().signed_by(Signer::another()), "jwk-kid-mismatch"),
    ]
}

#[tokio::test]
async fn in_production_a_token_that_is_no_handshakes_counts_for_nothing() {
    let world = World::production();
    for (token, _) in bad_tokens(&world) {
        let asked = with_token(&world, &Ask::page(PAGE), &token).await;
        assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
        assert!(set_cookies(&asked).is_empty(), "a forged token sets cookies");

        let signed_in = Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", 5);
        assert_eq!(told(&with_token(&world, &signed_in, &token).await), "signed-in");
    }
}

#[tokio::test]
async fn in_development_it_is_an_error_that_says_what_to_do() {
    let world = World::development();
    for (token, words) in bad_tokens(&world) {
        let ask = Ask::page(PAGE).cookie("__clerk_handshake", &token);
        let error = world.clerk().authenticate(&ask.parts()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains(&token), "{error}");
    }
}

#[tokio::test]
async fn keys_that_nobody_answers_for_are_no_error_of_the_token() {
    let world = World::development();
    world.api.answer("GET", "/v1/jwks", 503, json!({}));
    let clerk = world.builder().transport(broken()).build().unwrap();
    let ask = Ask::page(PAGE).cookie("__clerk_handshake", Token::handshake(&[]).signed());
    let asked = advancing(&world, async { state(&clerk, &ask).await }).await;
    assert_eq!(told(&asked), "handshake dev-browser-missing");
}

fn broken() -> clerk_ext::Transport {
    let api = crate::world::Api::default();
    api.breaks("GET", "/v1/jwks");
    api.transport()
}

/// Lets the waits between attempts pass.
async fn advancing<T>(world: &World, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::task::yield_now() => world.clock.advance(Duration::from_millis(500)),
        }
    }
}

#[tokio::test]
async fn tokens_from_before_the_mark_and_of_those_who_opted_out_are_handshakes() {
    let world = World::production();
    let session = format!("__session={}", world.session().signed());
    let payload = json!({ "handshake": [session] });
    for token in [Token::of(payload.clone()), Token::of(payload).category("cl_I7d4PD111III")] {
        assert_eq!(told(&with_token(&world, &Ask::page(PAGE), &token.signed()).await), "signed-in");
    }
}

#[tokio::test]
async fn a_session_that_is_no_good_sets_no_cookies() {
    let world = World::production();
    for session in [
        world.session().issued(-100).signed(),
        world.session().signed_by(Signer::another()),
        world.session().category("cl_B7d4PD222AAA").signed(),
        world.session().claim("sub", "mch_1").signed(),
        "nonsense".to_owned(),
    ] {
        let asked = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives(&session) })).await;
        assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
        assert!(set_cookies(&asked).is_empty());
    }
}

#[tokio::test]
async fn in_development_a_clock_may_be_off_by_a_day() {
    let world = World::development();
    for (offset, told_as) in [
        (-80_000, "signed-in"),
        (80_000, "signed-in"),
        (-90_000, "handshake dev-browser-missing"),
        (90_000, "handshake dev-browser-missing"),
    ] {
        let session = world.session().issued(offset).signed();
        let asked = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives(&session) })).await;
        assert_eq!(told(&asked), told_as, "{offset}");
    }
    let forged = world.session().issued(-100).header("kid", "ins_one").signed_by(Signer::another());
    let asked = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives(&forged) })).await;
    assert_eq!(told(&asked), "handshake dev-browser-missing");
}

#[tokio::test]
async fn in_production_it_may_not() {
    let world = World::production();
    let session = world.session().issued(-80).signed();
    let asked = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives(&session) })).await;
    assert_eq!(told(&asked), "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn a_cookie_with_a_line_break_is_dropped_and_starts_no_header() {
    let world = World::production();
    let good = format!("__session={}; Path=/", world.session().signed());
    let bad = ["a=b\r\nx-evil: 1", "c=d\nset-cookie: e=f", "g=\0"];
    let state =
        with_token(&world, &Ask::page(PAGE), &Token::handshake(&[bad[0], &good, bad[1], bad[2]]).signed()).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(set_cookies(&state), [good]);
    assert!(state.headers().get("x-evil").is_none());
}

#[tokio::test]
async fn cookies_are_not_shown() {
    let world = World::production();
    let token = world.session().signed();
    let state = with_nonce(&world, &Ask::page(PAGE), json!({ "directives": directives(&token) })).await;
    assert!(!format!("{state:?}").contains(&token));
}

#[tokio::test]
async fn a_token_in_the_header_comes_before_any_handshake() {
    let world = World::development();
    let ask = Ask::page(PAGE).bearer(&world.session().signed()).cookie("__clerk_handshake", "nonsense");
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
}
