//! The keys that tokens are checked with: where they come from, how long they live, what happens without.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, Json, Transport,
    auth::{Clerk, KeySet, Reason, TokenError},
    config::JwtKey,
};
use http::{Request, Response};
use serde_json::json;
use tower_service::Service;

use crate::world::{Signer, Token, World};

const MINUTE: Duration = Duration::from_secs(60);

fn both() -> Json {
    json!({ "keys": [Signer::one().jwk(), Signer::another().jwk()] })
}

fn only(signer: &Signer) -> Json {
    json!({ "keys": [signer.jwk()] })
}

/// Valid for days: these tests are about keys.
fn lasting(world: &World) -> Token {
    world.session().claim("exp", crate::world::NOW + 1_000_000)
}

async fn refusal(clerk: &Clerk, token: &str) -> TokenError {
    clerk.verify_token(token).await.expect_err("the token is refused")
}

#[tokio::test]
async fn keys_are_fetched_once_and_used_for_five_minutes() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), lasting(&world));
    for number in 0..10 {
        clerk.verify_token(&token.clone().claim("jti", number).signed()).await.unwrap();
    }
    world.clock.advance(5 * MINUTE - Duration::from_secs(1));
    clerk.verify_token(&token.signed()).await.unwrap();
    assert_eq!(world.api.key_fetches(), 1);
    // Use has not lengthened it.
    world.clock.advance(Duration::from_secs(1));
    clerk.verify_token(&token.signed()).await.unwrap();
    assert_eq!(world.api.key_fetches(), 2);
}

#[tokio::test]
async fn keys_are_asked_for_with_the_secret_key() {
    let world = World::production();
    let seen = Arc::new(std::sync::Mutex::new(None));
    let carrier = Answering::new({
        let seen = seen.clone();
        move |request| {
            *seen.lock().unwrap() = Some((request.uri().to_string(), request.headers().clone()));
            (200, only(Signer::one()).to_string())
        }
    });
    let clerk = world.builder().transport(Transport::new(carrier)).build().unwrap();
    clerk.verify_token(&world.session().signed()).await.unwrap();
    let (uri, headers) = seen.lock().unwrap().take().unwrap();
    assert_eq!(uri, "https://api.clerk.com/v1/jwks");
    assert_eq!(headers["authorization"], format!("Bearer {}", world.secret_key().expose()));
    assert_eq!(headers["clerk-api-version"], "2026-05-12");
}

#[tokio::test]
async fn a_thousand_cold_verifications_make_one_request() {
    let world = World::production();
    let slow = Answering::slow(only(Signer::one()));
    let clerk = world.builder().transport(Transport::new(slow.clone())).build().unwrap();
    let tokens: Vec<_> = (0..1000).map(|number| world.session().claim("jti", number % 50)).collect();
    let tokens: Vec<_> = {
        // Signing is what takes long.
        let signed: Vec<_> = tokens[..50].iter().map(Token::signed).collect();
        (0..1000).map(|number| signed[number % 50].clone()).collect()
    };
    let checks = tokens.iter().map(|token| clerk.verify_token(token));
    let checked = futures_util::future::join_all(checks).await;
    assert!(checked.iter().all(Result::is_ok));
    assert_eq!(slow.asked(), 1);
}

#[tokio::test]
async fn a_thousand_cold_verifications_that_fail_share_the_failure() {
    let world = World::production();
    let broken =
        Answering::new(|_| (401, json!({ "errors": [{ "code": "clerk_key_invalid", "message": "no" }] }).to_string()));
    let clerk = world.builder().transport(Transport::new(broken.clone())).build().unwrap();
    let token = world.session().signed();
    let checked = futures_util::future::join_all((0..1000).map(|_| clerk.verify_token(&token))).await;
    assert!(checked.iter().all(|answer| answer.as_ref().unwrap_err().reason() == &Reason::SECRET_KEY_INVALID));
    assert_eq!(broken.asked(), 1);
}

#[tokio::test]
async fn who_waits_is_not_lost_when_the_one_that_fetches_is_dropped() {
    let world = World::production();
    let slow = Answering::slow(only(Signer::one()));
    let clerk = world.builder().transport(Transport::new(slow.clone())).build().unwrap();
    let token = world.session().signed();
    let first = tokio::spawn({
        let (clerk, token) = (clerk.clone(), token.clone());
        async move { clerk.verify_token(&token).await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    let second = tokio::spawn({
        let (clerk, token) = (clerk.clone(), token.clone());
        async move { clerk.verify_token(&token).await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    first.abort();
    let answer = tokio::time::timeout(Duration::from_secs(10), second).await.unwrap().unwrap();
    assert!(answer.is_ok());
    // It went on with the request that was under way.
    assert_eq!(slow.asked(), 1);
}

#[tokio::test]
async fn a_key_that_appears_is_found_at_once() {
    let world = World::production();
    let clerk = world.clerk();
    clerk.verify_token(&world.session().signed()).await.unwrap();
    world.api.answer("GET", "/v1/jwks", 200, both());
    clerk.verify_token(&world.session().signed_by(Signer::another())).await.unwrap();
    assert_eq!(world.api.key_fetches(), 2);
}

#[tokio::test]
async fn keys_that_nobody_has_are_sought_once_in_ten_seconds() {
    let world = World::production();
    let clerk = world.clerk();
    clerk.verify_token(&world.session().signed()).await.unwrap();
    for number in 0..20 {
        let token = world.session().header("kid", format!("ins_made_up_{number}")).signed();
        assert_eq!(refusal(&clerk, &token).await.reason(), &Reason::JWK_KID_MISMATCH);
    }
    assert_eq!(world.api.key_fetches(), 2);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(
        refusal(&clerk, &world.session().signed_by(Signer::another())).await.reason(),
        &Reason::JWK_KID_MISMATCH
    );
    assert_eq!(world.api.key_fetches(), 3);
}

#[tokio::test]
async fn a_key_that_cannot_be_sought_is_not_said_to_be_none() {
    let world = World::production();
    let (clerk, known) = (world.clerk(), lasting(&world).signed());
    let unknown = lasting(&world).signed_by(Signer::another());
    clerk.verify_token(&known).await.unwrap();
    world.api.answer("GET", "/v1/jwks", 400, json!({}));
    for _ in 0..2 {
        assert!(refusal(&clerk, &unknown).await.is_outage());
    }
    clerk.verify_token(&known).await.unwrap();
    assert_eq!(world.api.key_fetches(), 2);
    world.api.answer("GET", "/v1/jwks", 200, both());
    world.clock.advance(Duration::from_secs(5));
    clerk.verify_token(&unknown).await.unwrap();
}

#[tokio::test]
async fn a_refusal_does_not_tell_which_keys_there_are() {
    let world = World::production();
    let error = refusal(&world.clerk(), &world.session().signed_by(Signer::another())).await;
    assert!(!error.to_string().contains("ins_"), "{error}");
}

#[tokio::test]
async fn a_key_that_was_taken_out_is_accepted_for_five_minutes_at_most() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 200, both());
    let clerk = world.clerk();
    let removed = lasting(&world).signed_by(Signer::another());
    clerk.verify_token(&removed).await.unwrap();
    world.api.answer("GET", "/v1/jwks", 200, only(Signer::one()));
    // Not even for those who keep asking, nor because others seek keys that nobody has.
    for number in 0..29 {
        world.clock.advance(Duration::from_secs(10));
        let token = world.session().header("kid", format!("ins_made_up_{number}")).signed();
        refusal(&clerk, &token).await;
        let _ = clerk.verify_token(&removed).await;
    }
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(refusal(&clerk, &removed).await.reason(), &Reason::JWK_KID_MISMATCH);
}

#[tokio::test]
async fn a_token_seen_before_is_refused_with_the_key_that_was_taken_out() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 200, both());
    let clerk = world.clerk();
    let (kept, removed) = (lasting(&world).signed(), lasting(&world).signed_by(Signer::another()));
    for _ in 0..2 {
        clerk.verify_token(&kept).await.unwrap();
        clerk.verify_token(&removed).await.unwrap();
    }
    world.api.answer("GET", "/v1/jwks", 200, only(Signer::one()));
    world.clock.advance(5 * MINUTE);
    clerk.verify_token(&kept).await.unwrap();
    assert_eq!(refusal(&clerk, &removed).await.reason(), &Reason::JWK_KID_MISMATCH);
}

#[tokio::test]
async fn ten_minutes_without_clerk_reject_no_valid_token() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), lasting(&world));
    clerk.verify_token(&token.signed()).await.unwrap();
    world.api.breaks("GET", "/v1/jwks");
    let clock = world.clock.clone();
    let passing = tokio::spawn(async move {
        // Lets the waits between attempts pass.
        loop {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if clock.sleeping() > 0 {
                clock.advance(Duration::from_secs(1));
            }
        }
    });
    for number in 0..120 {
        world.clock.advance(Duration::from_secs(10));
        clerk.verify_token(&token.clone().claim("jti", number).signed()).await.unwrap();
    }
    passing.abort();
    assert!(world.api.key_fetches() > 10);
}

#[tokio::test]
async fn keys_that_could_not_be_fetched_anew_are_not_used_for_ever() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), lasting(&world));
    clerk.verify_token(&token.signed()).await.unwrap();
    world.api.answer("GET", "/v1/jwks", 401, json!({ "errors": [{ "code": "clerk_key_invalid", "message": "no" }] }));
    world.clock.advance(65 * MINUTE - Duration::from_secs(1));
    clerk.verify_token(&token.signed()).await.unwrap();
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(refusal(&clerk, &token.signed()).await.reason(), &Reason::SECRET_KEY_INVALID);
}

#[tokio::test]
async fn what_is_no_key_set_is_told_as_such() {
    let world = World::production();
    let answers = [
        (200, json!({}).to_string()),
        (200, json!({ "keys": [] }).to_string()),
        (200, json!({ "keys": "many" }).to_string()),
        (200, json!({ "keys": [1, null, { "kty": "RSA" }] }).to_string()),
        (200, "<html>".to_owned()),
        (200, String::new()),
        (200, format!("{{\"keys\":[]{}}}", " ".repeat(2 << 20))),
        (302, String::new()),
        (403, "<html>".to_owned()),
    ];
    for (status, body) in answers {
        let clerk = world.builder().transport(Transport::new(Answering::new(move |_| (status, body.clone()))));
        let error = refusal(&clerk.build().unwrap(), &world.session().signed()).await;
        assert_eq!(error.reason(), &Reason::JWK_REMOTE_FAILED_TO_LOAD, "{status}");
        assert!(error.is_outage());
    }
}

#[tokio::test]
async fn a_secret_key_that_clerk_does_not_know_is_no_outage() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 401, json!({ "errors": [{ "code": "clerk_key_invalid", "message": "no" }] }));
    let error = refusal(&world.clerk(), &world.session().signed()).await;
    assert_eq!(error.reason(), &Reason::SECRET_KEY_INVALID);
    assert!(!error.is_outage());
    assert!(!error.to_string().contains(world.secret_key().expose()));
}

#[tokio::test]
async fn a_key_of_another_kind_checks_nothing_and_harms_no_other() {
    let world = World::production();
    let odd = json!({ "kty": "EC", "kid": "ins_odd", "crv": "P-256", "x": "AA", "y": "AA" });
    let small = json!({ "kty": "RSA", "kid": "ins_small", "n": "AQAB", "e": "AQAB" });
    let hmac = json!({ "kty": "oct", "kid": "ins_oct", "k": "AAAA", "alg": "HS256" });
    world.api.answer("GET", "/v1/jwks", 200, json!({ "keys": [odd, small, hmac, Signer::one().jwk()] }));
    let clerk = world.clerk();
    clerk.verify_token(&world.session().signed()).await.unwrap();
    for id in ["ins_odd", "ins_small", "ins_oct"] {
        let error = refusal(&clerk, &world.session().header("kid", id).signed()).await;
        assert_eq!(error.reason(), &Reason::TOKEN_VERIFICATION_FAILED);
    }
}

#[tokio::test]
async fn the_key_of_another_tenant_is_not_found_under_the_same_id() {
    let world = World::production();
    let mut jwk = Signer::another().jwk();
    jwk["kid"] = Signer::one().id().into();
    let theirs = Answering::new(move |_| (200, json!({ "keys": [jwk.clone()] }).to_string()));
    let other = world.builder().transport(Transport::new(theirs)).build().unwrap();
    let clerk = world.clerk();
    let (ours, foreign) = (world.session(), world.session().header("kid", Signer::one().id()));
    other.verify_token(&foreign.signed_by(Signer::another())).await.unwrap();
    clerk.verify_token(&ours.signed()).await.unwrap();
    let forged = refusal(&clerk, &foreign.signed_by(Signer::another())).await;
    assert_eq!(forged.reason(), &Reason::TOKEN_INVALID_SIGNATURE);
    assert_eq!(refusal(&other, &ours.signed()).await.reason(), &Reason::TOKEN_INVALID_SIGNATURE);
}

#[tokio::test]
async fn a_key_without_an_algorithm_checks_all_of_them() {
    let world = World::production();
    let mut jwk = Signer::one().jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let clerk = world.builder().keys(KeySet::fixed(&json!({ "keys": [jwk] })).unwrap()).build().unwrap();
    for alg in ["RS256", "RS384", "RS512"] {
        clerk.verify_token(&world.session().header("alg", alg).signed()).await.unwrap();
    }
}

#[tokio::test]
async fn a_public_key_needs_no_network_and_does_not_mind_which_key_a_token_names() {
    let world = World::production();
    let clerk = Clerk::builder().jwt_key(Signer::one().pem()).clock(Arc::new(world.clock.clone())).build().unwrap();
    for id in [json!("ins_one"), json!("whatever"), json!(null)] {
        clerk.verify_token(&world.session().header("kid", id).signed()).await.unwrap();
    }
    let error = refusal(&clerk, &world.session().signed_by(Signer::another())).await;
    assert_eq!(error.reason(), &Reason::TOKEN_INVALID_SIGNATURE);
}

#[tokio::test]
async fn a_public_key_may_come_as_lines_alone_or_with_line_ends_written_out() {
    let world = World::production();
    let pem = Signer::one().pem();
    let body: String = pem.as_str().lines().filter(|line| !line.starts_with('-')).collect();
    let wrapped = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
    let texts = [
        body.clone(),
        wrapped.join("\n"),
        format!("-----BEGIN PUBLIC KEY-----\\n{}\\n-----END PUBLIC KEY-----\\n", wrapped.join("\\n")),
        format!("-----BEGIN PUBLIC KEY-----\r\n{}\r\n-----END PUBLIC KEY-----\r\n", wrapped.join("\r\n")),
    ];
    for text in texts {
        let key: JwtKey = text.parse().unwrap();
        let clerk = Clerk::builder().jwt_key(key).clock(Arc::new(world.clock.clone())).build().unwrap();
        clerk.verify_token(&world.session().signed()).await.unwrap();
    }
}

#[test]
fn what_is_no_public_rsa_key_is_found_when_the_program_starts() {
    for text in ["AAAA", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", "bm90IGEga2V5"] {
        let error = Clerk::builder().jwt_key(text.parse().unwrap()).build().unwrap_err();
        assert!(error.to_string().contains("JWT key"), "{error}");
        assert!(!error.to_string().contains(text));
    }
}

#[test]
fn without_any_key_there_is_no_clerk() {
    let error = Clerk::builder().build().unwrap_err();
    assert!(error.to_string().contains("CLERK_SECRET_KEY"), "{error}");
}

type Answers = dyn Fn(&Request<Bytes>) -> (u16, String) + Send + Sync;

/// Answers every request alike.
#[derive(Clone)]
struct Answering {
    answer: Arc<Answers>,
    asked: Arc<AtomicUsize>,
    after: Duration,
}

impl Answering {
    fn new(answer: impl Fn(&Request<Bytes>) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default(), after: Duration::ZERO }
    }

    fn slow(document: Json) -> Self {
        Self { after: Duration::from_millis(50), ..Self::new(move |_| (200, document.to_string())) }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Service<Request<Bytes>> for Answering {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            this.asked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(this.after).await;
            let (status, body) = (this.answer)(&request);
            Ok(Response::builder().status(status).header("content-type", "application/json").body(body.into())?)
        })
    }
}
