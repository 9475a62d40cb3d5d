use axum::Router;
use clerk_ext::{
    Json,
    auth::{ClerkBuilder, Reason, TokenType, policy},
    web::{ClerkLayer, Guard},
};
use serde_json::json;

use super::{
    patiently,
    scripted::{OAUTH_TOKENS, at, m2m_jwt, oauth_jwt, oauth_token, world},
    told, with,
};
use crate::{
    answer::ask,
    world::{Ask, NOW, Signer, Token, World},
};

#[tokio::test]
async fn times_of_oauth_tokens_are_read_in_seconds_and_told_like_all_others() {
    let world = world();
    let clerk = world.clerk();
    for token in ["oat_test_1".to_owned(), oauth_jwt().signed()] {
        let token = clerk.verify_oauth_token(&token).await.unwrap();
        assert_eq!((token.expires_at, token.created_at, token.updated_at), (at(NOW + 60), at(NOW), at(NOW)));
    }
    // Should they ever come in milliseconds, then not as a token that lives for fifty thousand years.
    world.api.answer("POST", OAUTH_TOKENS, 200, with(&oauth_token(), &json!({"expiration": (NOW - 60) * 1000})));
    assert_eq!(told(&clerk, "oat_test_1").await, "token-verification-failed");
}

#[tokio::test]
async fn a_jwt_of_a_machine_is_checked_without_asking_clerk_about_it() {
    let world = world();
    let token = world.clerk().verify_m2m_token(&m2m_jwt().signed()).await.unwrap();
    assert_eq!(token.id.as_ref().unwrap(), "mt_id");
    assert_eq!(
        (token.machine_id.as_str(), token.scopes.as_slice()),
        ("mch_1", &["mch_2".to_owned(), "mch_3".to_owned()][..])
    );
    assert_eq!(token.claims, Some(json!({"aud": ["mch_2"], "scopes": "mch_2 mch_3", "job": "test"})));
    assert_eq!((token.expires_at, token.created_at), (at(NOW + 60), at(NOW)));
    assert!(world.api.sent().is_empty());

    let bare = Token::of(json!({"sub": "mch_1", "exp": NOW + 60})).without_header("typ").signed();
    let token = world.clerk().verify_m2m_token(&bare).await.unwrap();
    assert_eq!((token.id, token.claims, token.created_at), (None, None, None));
    let without_scopes = world.clerk().verify_m2m_token(&m2m_jwt().without("scopes").signed()).await.unwrap();
    assert_eq!(without_scopes.scopes, ["mch_2"]);
}

#[tokio::test]
async fn a_jwt_of_a_machine_has_the_reasons_of_the_reference() {
    let world = world();
    let clerk = world.clerk();
    let forged = m2m_jwt().signed_by(Signer::another());
    let unsigned = m2m_jwt().signed();
    let unsigned = unsigned.rsplit_once('.').unwrap().0;
    for (token, reason) in [
        (m2m_jwt().category("cl_B7d4PD111AAA").signed(), "token-invalid"),
        (m2m_jwt().category("cl_B7d4PD222AAA").signed(), "token-invalid"),
        (m2m_jwt().category("cl_I7d4PD111III").signed(), "token-invalid"),
        (m2m_jwt().header("cat", Json::Null).signed(), "token-invalid"),
        (m2m_jwt().header("cat", "").signed(), "token-invalid"),
        (m2m_jwt().header("cat", 5).signed(), "token-invalid"),
        (m2m_jwt().without_header("cat").signed(), "m2m_token mch_1"),
        (m2m_jwt().without_header("cat").header("typ", "at+jwt").signed(), "token-verification-failed"),
        (m2m_jwt().header("alg", "none").signed(), "token-verification-failed"),
        (m2m_jwt().header("alg", "HS256").signed(), "token-verification-failed"),
        (m2m_jwt().header("alg", "RS512").signed(), "token-verification-failed"),
        (m2m_jwt().claim("exp", NOW - 5).signed(), "token-verification-failed"),
        (m2m_jwt().claim("exp", NOW - 4).signed(), "m2m_token mch_1"),
        (m2m_jwt().claim("exp", (NOW + 60).to_string()).signed(), "token-verification-failed"),
        (m2m_jwt().without("exp").signed(), "token-verification-failed"),
        (m2m_jwt().claim("nbf", NOW + 6).signed(), "token-verification-failed"),
        (m2m_jwt().header("kid", "ins_one").signed_by(Signer::another()), "token-verification-failed"),
        (m2m_jwt().header("kid", "nobody").signed(), "token-verification-failed"),
        (forged, "token-verification-failed"),
        (format!("{unsigned}."), "token-invalid"),
        (format!("{unsigned}.AAAA"), "token-verification-failed"),
        ("mt_a.b.c".to_owned(), "token-invalid"),
        ("a.b.c".to_owned(), "token-invalid"),
        ("bnVsbA.bnVsbA.AA".to_owned(), "token-invalid"),
    ] {
        assert_eq!(told(&clerk, &token).await, reason, "{token}");
    }
}

#[tokio::test]
async fn rules_about_browsers_do_not_reach_machines_and_the_audience_does() {
    let configured = |change: fn(ClerkBuilder) -> ClerkBuilder| change(world().builder()).build().unwrap();
    let azp = configured(|builder| builder.authorized_parties(["https://app.example.com"]));
    let issuer = configured(|builder| builder.issuer(["https://elsewhere.example.com"]));
    for clerk in [&azp, &issuer] {
        assert_eq!(told(clerk, &m2m_jwt().signed()).await, "m2m_token mch_1");
        assert_eq!(told(clerk, &oauth_jwt().signed()).await, "oauth_token user_1");
    }
    let audience = configured(|builder| builder.audience(["mch_2"]));
    assert_eq!(told(&audience, &m2m_jwt().signed()).await, "m2m_token mch_1");
    assert_eq!(told(&audience, &m2m_jwt().claim("aud", "mch_9").signed()).await, "token-verification-failed");
}

#[tokio::test]
async fn an_oauth_jwt_says_who_acts_for_whom() {
    let world = world();
    let actors = json!({"sub": "agent_1", "iss": "test", "act": {"sub": "agent_2", "act": {"sub": "agent_3"}}});
    let jwt = oauth_jwt().claim("act", actors.clone()).claim("aud", "https://api.example.com");
    let token = world.clerk().verify_oauth_token(&jwt.signed()).await.unwrap();
    assert_eq!(
        (token.id.as_ref().unwrap().as_str(), token.client_id.as_ref().unwrap().as_str()),
        ("oat_id", "client_1")
    );
    assert_eq!((token.user_id.as_str(), token.scopes.len()), ("user_1", 2));
    assert_eq!(token.audience, ["https://api.example.com"]);
    world.api.answer("POST", OAUTH_TOKENS, 200, with(&oauth_token(), &json!({"act": actors, "aud": ["a", "b"]})));
    let opaque = world.clerk().verify_oauth_token("oat_1").await.unwrap();
    assert_eq!((opaque.actor.clone(), opaque.audience), (token.actor, vec!["a".to_owned(), "b".to_owned()]));
    let actor = opaque.actor.unwrap();
    let before = actor.actor.unwrap();
    assert_eq!((actor.subject.as_str(), actor.issuer.as_deref()), ("agent_1", Some("test")));
    assert_eq!((before.subject.as_str(), before.actor), ("agent_2", None));

    for (changed, scopes) in [
        (oauth_jwt().claim("scp", json!(["x", "y"])), &["x", "y"][..]),
        (oauth_jwt().claim("scp", "x y"), &["x", "y"]),
        (oauth_jwt().claim("scope", ""), &[]),
        (oauth_jwt().claim("scope", "a  b"), &["a", "b"]),
        (oauth_jwt().without("scope"), &[]),
    ] {
        assert_eq!(world.clerk().verify_oauth_token(&changed.signed()).await.unwrap().scopes, scopes);
    }
}

#[tokio::test]
async fn an_oauth_jwt_has_the_reasons_of_the_reference() {
    let clerk = world().clerk();
    for (token, reason) in [
        (oauth_jwt().header("typ", "application/at+jwt"), "oauth_token user_1"),
        (oauth_jwt().header("typ", "AT+JWT"), "token-verification-failed"),
        (oauth_jwt().header("typ", "JWT"), "token-verification-failed"),
        (oauth_jwt().without_header("typ"), "token-verification-failed"),
        (oauth_jwt().without("sub"), "token-verification-failed"),
        (oauth_jwt().claim("sub", 5), "token-verification-failed"),
        (oauth_jwt().claim("exp", NOW - 5), "token-verification-failed"),
    ] {
        assert_eq!(told(&clerk, &token.signed()).await, reason);
    }
    let session = World::development().session().category("cl_B7d4PD111AAA");
    assert_eq!(told(&clerk, &session.signed()).await, "token-verification-failed");
}

#[tokio::test]
async fn the_audience_of_an_oauth_token_is_required_where_one_is_configured() {
    let world = world();
    let clerk = world.builder().audience(["A", "B"]).build().unwrap();
    for (aud, is_good) in [
        (json!("A"), true),
        (json!(["Z", "B"]), true),
        (json!("absent"), false),
        (json!(null), false),
        (json!([]), false),
        (json!(""), false),
        (json!("a"), false),
        (json!(["Z"]), false),
        (json!(["A", 1]), false),
        (json!(["A", ""]), false),
        (json!(1), false),
        (json!({"A": "A"}), false),
    ] {
        let jwt = match &aud {
            Json::String(text) if text == "absent" => oauth_jwt(),
            aud => oauth_jwt().claim("aud", aud.clone()),
        };
        world.api.answer("POST", OAUTH_TOKENS, 200, with(&oauth_token(), &json!({ "aud": aud })));
        for token in [jwt.signed(), "oat_test_1".to_owned()] {
            let expected = if is_good { "oauth_token user_1" } else { "token-verification-failed" };
            assert_eq!(told(&clerk, &token).await, expected, "{aud}");
        }
    }
}

#[tokio::test]
async fn a_key_set_that_cannot_be_had_is_an_outage() {
    let world = world();
    world.api.answer("GET", "/v1/jwks", 500, json!({}));
    let error = patiently(&world, world.clerk().verify_machine_token(&m2m_jwt().signed())).await.unwrap_err();
    assert_eq!((error.reason(), error.is_outage()), (&Reason::TOKEN_VERIFICATION_FAILED, true));
}

#[tokio::test]
async fn a_program_is_not_told_that_its_token_is_bad_where_the_key_set_cannot_be_had() {
    let world = world();
    world.api.answer("GET", "/v1/jwks", 400, json!({}));
    for guard in [Guard::machine(), Guard::signed_in_or_machine(), Guard::policy(policy::scope("mch_2"))] {
        let app = Router::new().fallback(async || "stock").layer(guard);
        let app = app.layer(ClerkLayer::new(world.clerk().accepting(TokenType::M2m)));
        let request = Ask::script("https://api.example.com/stock").bearer(&m2m_jwt().signed());
        let answer = ask(app, &request).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{answer:?}");
    }
}
