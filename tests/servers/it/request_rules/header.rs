//! Session tokens in the `Authorization` header.

use std::time::Duration;

use clerk_ext::auth::TokenType;
use serde_json::json;

use crate::world::{Ask, NOW, Signer, Token, World, header, set_cookies, state, told};

const PAGE: &str = "https://app.example.com/page";
const TEMPLATE: &str = "cl_B7d4PD222AAA";

async fn script(world: &World, token: &str) -> String {
    told(&state(&world.clerk(), &Ask::script(PAGE).bearer(token)).await)
}

#[tokio::test]
async fn a_good_token_is_signed_in_and_needs_no_header_on_the_response() {
    let world = World::production();
    let state = state(&world.clerk(), &Ask::script(PAGE).bearer(&world.session().signed())).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(state.session().unwrap().user_id(), "user_1");
    assert_eq!(state.token_type(), Some(TokenType::Session));
    assert!(state.headers().is_empty());
}

#[tokio::test]
async fn a_signed_out_request_is_told_why_in_headers() {
    let world = World::production();
    let state = state(&world.clerk(), &Ask::script(PAGE).bearer("nonsense")).await;
    assert_eq!(told(&state), "signed-out token-invalid");
    assert_eq!(header(&state, "x-clerk-auth-status"), "signed-out");
    assert_eq!(header(&state, "x-clerk-auth-reason"), "token-invalid");
    let message = header(&state, "x-clerk-auth-message");
    assert!(message.ends_with("(reason=token-invalid, token-carrier=header)"), "{message}");
    assert!(!message.contains("nonsense"), "the message quotes the token");
}

#[tokio::test]
async fn cookies_do_not_matter_beside_a_token_in_the_header() {
    let world = World::production();
    let ask = Ask::page(PAGE)
        .bearer(&world.session().signed_by(Signer::another()))
        .cookie("__session", world.session().signed())
        .cookie("__client_uat", NOW - 5);
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out jwk-kid-mismatch");
}

#[tokio::test]
async fn a_good_token_in_the_header_is_never_sent_to_clerk_and_back() {
    let world = World::production();
    let ask = Ask::page(PAGE)
        .bearer(&world.session().signed())
        .header("referer", "https://elsewhere.example.com/")
        .cookie("__client_uat", NOW + 60);
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
}

#[tokio::test]
async fn a_token_needs_no_scheme() {
    let world = World::production();
    let ask = Ask::script(PAGE).header("authorization", &world.session().signed());
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
}

#[tokio::test]
async fn another_scheme_is_as_good_as_no_header() {
    let world = World::production();
    for scheme in ["Basic", "bearer", "BEARER"] {
        let ask = Ask::script(PAGE).header("authorization", &format!("{scheme} {}", world.session().signed()));
        assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out session-token-and-uat-missing", "{scheme}");
    }
}

#[tokio::test]
async fn a_scheme_alone_is_no_token() {
    assert_eq!(
        told(&state(&World::production().clerk(), &Ask::script(PAGE).header("authorization", "Bearer")).await),
        "signed-out token-invalid"
    );
}

#[tokio::test]
async fn tokens_of_other_kinds_are_no_sessions() {
    let world = World::production();
    let others = [
        world.session().category(TEMPLATE),
        world.session().category("cl_B7d4PD333AAA"),
        world.session().category("something"),
        world.session().header("cat", json!(null)),
        world.session().header("typ", "at+jwt"),
        world.session().header("typ", "application/at+jwt"),
        world.session().claim("sub", "mch_1"),
    ];
    for other in others {
        assert_eq!(script(&world, &other.signed()).await, "signed-out token-type-mismatch");
    }
    assert_eq!(script(&world, "mt_1").await, "signed-out token-invalid");
    assert_eq!(script(&world, &world.session().category("cl_I7d4PD111III").signed()).await, "signed-in");
}

#[tokio::test]
async fn a_category_that_is_there_and_says_nothing_is_no_session() {
    let world = World::production();
    for category in [json!(null), json!(""), json!(0), json!(false)] {
        let token = world.session().header("cat", category).signed();
        for ask in [
            Ask::script(PAGE).bearer(&token),
            Ask::page(PAGE).cookie("__session", &token).cookie("__client_uat", NOW - 5),
        ] {
            assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out token-type-mismatch");
        }
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_told_apart_by_what_could_have_been_done() {
    let world = World::production();
    let over = world.session().issued(-100).signed();
    let clerk = world.clerk();
    let asked = |ask: Ask| async { told(&state(&clerk, &ask.bearer(&over)).await) };
    assert_eq!(asked(Ask::new("POST", PAGE)).await, "signed-out session-token-expired-refresh-non-eligible-non-get");
    assert_eq!(
        asked(Ask::script(PAGE)).await,
        "signed-out session-token-expired-refresh-non-eligible-no-refresh-cookie"
    );
    assert_eq!(asked(Ask::page(PAGE)).await, "handshake session-token-expired-refresh-non-eligible-no-refresh-cookie");
}

#[tokio::test]
async fn a_token_of_a_time_to_come_is_worth_a_handshake() {
    let world = World::production();
    let clerk = world.clerk();
    let asked = |token: Token| {
        let clerk = clerk.clone();
        async move { told(&state(&clerk, &Ask::page(PAGE).bearer(&token.signed())).await) }
    };
    assert_eq!(asked(world.session().issued(100)).await, "handshake session-token-nbf");
    assert_eq!(
        asked(world.session().claim("iat", NOW + 100).claim("exp", NOW + 200)).await,
        "handshake session-token-iat-in-the-future"
    );
}

#[tokio::test]
async fn a_token_that_is_wrong_in_any_other_way_never_is() {
    let world = World::production();
    let clerk = world.builder().authorized_parties(["https://app.example.com"]).build().unwrap();
    for (token, reason) in [
        (world.session().signed_by(Signer::another()), "jwk-kid-mismatch"),
        (world.session().header("kid", "ins_one").signed_by(Signer::another()), "token-invalid-signature"),
        (world.session().header("alg", "HS256").signed(), "token-invalid-algorithm"),
        (world.session().header("alg", "none").signed(), "token-invalid-algorithm"),
        (world.session().claim("azp", "https://evil.example.com").signed(), "token-invalid-authorized-parties"),
        (world.session().without("azp").signed(), "token-invalid-authorized-parties"),
        (world.session().without("exp").signed(), "token-verification-failed"),
    ] {
        let state = state(&clerk, &Ask::page(PAGE).bearer(&token)).await;
        assert_eq!(told(&state), format!("signed-out {reason}"));
        assert!(set_cookies(&state).is_empty() && state.location().is_none());
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_no_handshake_either() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 401, json!({ "errors": [{ "code": "clerk_key_invalid" }] }));
    let asked = state(&world.clerk(), &Ask::page(PAGE).bearer(&world.session().signed())).await;
    assert_eq!(told(&asked), "signed-out secret-key-invalid");
}

#[tokio::test]
async fn a_public_key_is_enough_for_sessions() {
    let world = World::production();
    let clerk = clerk_ext::auth::Clerk::builder()
        .publishable_key(&world.publishable_key())
        .jwt_key(Signer::one().pem())
        .clock(std::sync::Arc::new(world.clock.clone()))
        .build()
        .unwrap();
    assert_eq!(told(&state(&clerk, &Ask::script(PAGE).bearer(&world.session().signed())).await), "signed-in");
    let over = Ask::page(PAGE)
        .bearer(&world.session().issued(-100).signed())
        .cookie(&world.suffixed("__refresh"), "refresh-test");
    assert_eq!(
        told(&state(&clerk, &over).await),
        "handshake session-token-expired-refresh-missing-api-client",
        "nothing can be refreshed without the secret key"
    );
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_token_is_good_until_the_skew_is_used_up() {
    let world = World::production();
    let (clerk, token) = (world.clerk(), world.session().claim("exp", NOW).signed());
    let ask = Ask::script(PAGE).bearer(&token);
    world.clock.advance(Duration::from_millis(4_999));
    assert_eq!(told(&state(&clerk, &ask).await), "signed-in");
    world.clock.advance(Duration::from_millis(1));
    assert!(told(&state(&clerk, &ask).await).starts_with("signed-out session-token-expired"));
}

#[tokio::test]
async fn headers_that_are_huge_or_no_text_are_refused_and_no_harm() {
    let world = World::production();
    let clerk = world.clerk();
    let huge = "a".repeat(1 << 20);
    assert_eq!(script(&world, &huge).await, "signed-out token-invalid");
    for value in [&[0xff, 0xfe, 0x80][..], b"Bearer \xff\xff", b"Bearer  ", b"Bearer a b c"] {
        let mut parts = Ask::script(PAGE).parts();
        parts.headers.insert("authorization", http::HeaderValue::from_bytes(value).unwrap());
        let state = clerk.authenticate(&parts).await.unwrap();
        assert_eq!(state.status().as_str(), "signed-out");
    }
}

#[tokio::test]
async fn of_several_authorization_headers_none_is_believed() {
    let world = World::production();
    let good = format!("Bearer {}", world.session().signed());
    let ask = Ask::script(PAGE).header("authorization", &good).header("authorization", "Bearer other");
    let clerk = world.clerk();
    assert_eq!(told(&state(&clerk, &Ask::script(PAGE).header("authorization", &good)).await), "signed-in");
    assert_eq!(told(&state(&clerk, &ask).await), "signed-out token-invalid", "also when one was seen before");
}
