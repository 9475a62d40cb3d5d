use std::time::Duration;

use clerk_ext::{
    Json, Timestamp,
    auth::{ClerkBuilder, Machine, Reason, TokenType},
};
use serde_json::json;

use super::{outcome, patiently, told, with};
use crate::world::{NOW, Signer, TEST_KEY, Token, World};

const API_KEYS: &str = "/api_keys/verify";
const M2M_TOKENS: &str = "/m2m_tokens/verify";
const OAUTH_TOKENS: &str = "/oauth_applications/access_tokens/verify";

/// A token of each kind, where it is asked about, and what the question calls it.
const KINDS: [(&str, &str, &str); 3] = [
    ("ak_test_1", API_KEYS, "secret"),
    ("mt_test_1", M2M_TOKENS, "token"),
    ("oat_test_1", OAUTH_TOKENS, "access_token"),
];

fn api_key() -> Json {
    json!({
        "object": "api_key", "id": "ak_id", "type": "api_key", "subject": "user_1", "name": "ci", "description": null,
        "claims": {"tier": "gold-test"}, "scopes": ["read", "write"], "revoked": false, "revocation_reason": null,
        "expired": false, "expiration": null, "created_by": "user_2", "last_used_at": null,
        "created_at": (NOW - 100) * 1000, "updated_at": (NOW - 50) * 1000,
    })
}

fn m2m_token() -> Json {
    json!({
        "object": "machine_to_machine_token", "id": "mt_id", "subject": "mch_1", "claims": {"job": "test"},
        "scopes": ["mch_2"], "revoked": false, "revocation_reason": null, "expired": false,
        "expiration": (NOW + 60) * 1000, "created_at": NOW * 1000, "updated_at": NOW * 1000,
    })
}

fn oauth_token() -> Json {
    json!({
        "object": "clerk_idp_oauth_access_token", "id": "oat_id", "client_id": "client_1", "subject": "user_1",
        "scopes": ["email"], "revoked": false, "revocation_reason": null, "expired": false,
        "expiration": NOW + 60, "created_at": NOW, "updated_at": NOW,
    })
}

/// An instance that knows a token of each kind.
fn world() -> World {
    let world = World::development();
    for (path, body) in [(API_KEYS, api_key()), (M2M_TOKENS, m2m_token()), (OAUTH_TOKENS, oauth_token())] {
        world.api.answer("POST", path, 200, body);
    }
    world
}

fn m2m_jwt() -> Token {
    Token::of(json!({
        "iss": "https://clerk.example.com", "sub": "mch_1", "aud": ["mch_2"], "scopes": "mch_2 mch_3", "jti": "mt_id",
        "iat": NOW, "nbf": NOW - 10, "exp": NOW + 60, "job": "test",
    }))
    .category("cl_B7d4PD333AAA")
}

fn oauth_jwt() -> Token {
    Token::of(json!({
        "iss": "https://clerk.example.com", "sub": "user_1", "client_id": "client_1", "scope": "email profile",
        "jti": "oat_id", "iat": NOW, "nbf": NOW, "exp": NOW + 60,
    }))
    .header("typ", "at+jwt")
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(seconds * 1000))
}

#[tokio::test]
async fn each_kind_is_asked_about_at_its_own_place_without_a_version_in_the_path() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, field) in KINDS {
        clerk.verify_machine_token(token).await.unwrap();
        let sent = world.api.sent().pop().unwrap();
        assert_eq!(sent.what, format!("POST {path}"));
        assert_eq!(sent.body, json!({ field: token }));
        assert_eq!(sent.authorization, format!("Bearer {TEST_KEY}"));
    }
}

#[tokio::test]
async fn the_key_of_a_machine_is_used_for_tokens_of_machines_and_for_nothing_else() {
    let world = world();
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    for (token, _, _) in KINDS {
        clerk.verify_machine_token(token).await.unwrap();
    }
    let keys: Vec<_> = world.api.sent().into_iter().map(|sent| sent.authorization).collect();
    assert_eq!(keys, [&*format!("Bearer {TEST_KEY}"), "Bearer ak_test_machine", &*format!("Bearer {TEST_KEY}")]);
}

#[tokio::test]
async fn an_api_key_says_whom_it_stands_for() {
    let world = world();
    let key = world.clerk().verify_api_key("ak_test_1").await.unwrap();
    assert_eq!((key.id.as_str(), key.subject.as_str(), key.name.as_deref()), ("ak_id", "user_1", Some("ci")));
    assert_eq!(key.user_id.as_ref().unwrap(), "user_1");
    assert_eq!((key.organization_id.clone(), key.expires_at), (None, None));
    assert_eq!(key.scopes, ["read", "write"]);
    assert_eq!(key.claims, Some(json!({"tier": "gold-test"})));
    assert_eq!(key.created_by.as_ref().unwrap(), "user_2");
    assert_eq!((key.created_at, key.updated_at), (at(NOW - 100), at(NOW - 50)));
    assert_eq!(key.token.expose(), "ak_test_1");

    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &json!({"subject": "org_1"})));
    let machine = world.clerk().verify_machine_token("ak_test_1").await.unwrap();
    assert_eq!((machine.user_id(), machine.machine_id()), (None, None));
    assert_eq!(machine.organization_id().unwrap(), "org_1");
    assert!(machine.has_scope("read") && !machine.has_scope("rea") && !machine.has_scope("READ"));
}

#[tokio::test]
async fn what_an_answer_says_beyond_what_is_known_does_not_matter() {
    let world = world();
    let strange = json!({"object": "absent", "new": {"a": 1}, "scopes": "absent", "claims": [1], "created_at": "soon", "name": 7});
    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &strange));
    let key = world.clerk().verify_api_key("ak_test_1").await.unwrap();
    assert_eq!((key.scopes.len(), key.created_at, key.name), (0, None, None));
}

#[tokio::test]
async fn a_revoked_or_expired_token_is_refused_although_the_answer_is_200() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, _) in KINDS {
        let body =
            [api_key(), m2m_token(), oauth_token()].into_iter().zip(KINDS).find(|(_, kind)| kind.0 == token).unwrap().0;
        for (changes, reason) in [
            (json!({"revoked": true}), "token-invalid"),
            (json!({"revoked": true, "expired": true}), "token-invalid"),
            (json!({"expired": true}), "token-verification-failed"),
            // A flag that is no flag is no reason to let anybody in.
            (json!({"revoked": "true"}), "token-invalid"),
            (json!({"revoked": 1}), "token-invalid"),
            (json!({"expired": 0}), "token-verification-failed"),
        ] {
            world.api.answer("POST", path, 200, with(&body, &changes));
            assert_eq!(told(&clerk, token).await, reason, "{token} {changes}");
        }
        for flags in [json!({"revoked": null, "expired": null}), json!({"revoked": "absent", "expired": "absent"})] {
            world.api.answer("POST", path, 200, with(&body, &flags));
            assert!(clerk.verify_machine_token(token).await.is_ok(), "{token} {flags}");
        }
    }
}

#[tokio::test]
async fn an_end_that_has_passed_counts_whatever_the_flag_says() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, unit) in
        [("ak_test_1", API_KEYS, 1000), ("mt_test_1", M2M_TOKENS, 1000), ("oat_test_1", OAUTH_TOKENS, 1)]
    {
        let body = if unit == 1 { oauth_token() } else { api_key() };
        for (end, is_good) in [
            (json!((NOW - 4) * unit), true),
            (json!((NOW - 5) * unit), false),
            (json!((NOW - 5000) * unit), false),
            (json!(((NOW + 60) * unit) as f64 + 0.5), true),
            (json!(0), false),
            (json!(-1), false),
        ] {
            world.api.answer("POST", path, 200, with(&body, &json!({"expiration": end})));
            let verified = clerk.verify_machine_token(token).await;
            assert_eq!(verified.is_ok(), is_good, "{token} {end}");
            if let Err(error) = verified {
                assert_eq!(*error.reason(), Reason::TOKEN_VERIFICATION_FAILED);
            }
        }
        for end in [json!("never"), json!(true), json!({})] {
            world.api.answer("POST", path, 200, with(&body, &json!({"expiration": end})));
            assert_eq!(told(&clerk, token).await, "unexpected-error", "{token} {end}");
        }
    }
    let strict = world.builder().clock_skew(Duration::ZERO).build().unwrap();
    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &json!({"expiration": NOW * 1000})));
    assert_eq!(told(&strict, "ak_test_1").await, "token-verification-failed");
}

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
async fn an_answer_that_names_nobody_is_refused() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, _) in KINDS {
        for (body, reason) in [
            (json!({}), "unexpected-error"),
            (json!({"id": "1", "revoked": false, "expired": false}), "unexpected-error"),
            (json!({"id": "1", "subject": "", "revoked": false}), "unexpected-error"),
            (json!({"id": "1", "subject": 1, "revoked": false}), "unexpected-error"),
            (json!({"active": false}), "token-invalid"),
            (json!([]), "unexpected-error"),
            (json!("ok"), "unexpected-error"),
            (json!(null), "unexpected-error"),
        ] {
            world.api.answer("POST", path, 200, body.clone());
            assert_eq!(told(&clerk, token).await, reason, "{token} {body}");
        }
        world.api.answer_text("POST", path, 200, "text/html", "<html>");
        assert_eq!(told(&clerk, token).await, "unexpected-error");
    }
}

#[tokio::test]
async fn what_the_api_refuses_has_the_reasons_of_the_reference() {
    let world = world();
    let clerk = world.clerk();
    let body = json!({"errors": [{"code": "some_code", "message": "test-message"}]});
    for (token, path, _) in KINDS {
        for (status, reason, is_outage) in [
            (401, "secret-key-invalid", false),
            (404, "token-invalid", false),
            (400, "unexpected-error", true),
            (403, "unexpected-error", true),
            (410, "unexpected-error", true),
            (422, "unexpected-error", true),
            (429, "unexpected-error", true),
            (500, "unexpected-error", true),
            (302, "unexpected-error", true),
        ] {
            world.api.answer("POST", path, status, body.clone());
            let error = patiently(&world, clerk.verify_machine_token(token)).await.unwrap_err();
            assert_eq!((error.reason().as_str(), error.is_outage()), (reason, is_outage), "{token} {status}");
        }
        world.api.breaks("POST", path);
        let error = patiently(&world, clerk.verify_machine_token(token)).await.unwrap_err();
        assert_eq!((error.reason().as_str(), error.is_outage()), ("unexpected-error", true));
    }
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_told_by_its_variable() {
    let world = world();
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    for (token, path, variable) in
        [("mt_1", M2M_TOKENS, "CLERK_MACHINE_SECRET_KEY"), ("ak_1", API_KEYS, "CLERK_SECRET_KEY")]
    {
        world.api.answer("POST", path, 401, json!({"errors": []}));
        let error = clerk.verify_machine_token(token).await.unwrap_err();
        assert!(error.message().contains(variable), "{error}");
    }
}

#[tokio::test]
async fn a_verification_is_repeated_when_clerk_stumbles() {
    let world = world();
    let clerk = world.clerk();
    world.api.answer("POST", API_KEYS, 503, json!({}));
    let verification = tokio::spawn(async move { clerk.verify_machine_token("ak_test_1").await });
    while world.api.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    world.api.answer("POST", API_KEYS, 200, api_key());
    let verified = patiently(&world, verification).await.unwrap();
    assert_eq!((outcome(&verified).as_str(), world.api.sent().len()), ("api_key user_1", 2));
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
async fn each_kind_refuses_the_others() {
    let world = world();
    let clerk = world.clerk();
    let tokens = [
        "ak_test_1".to_owned(),
        "mt_test_1".to_owned(),
        m2m_jwt().signed(),
        "oat_test_1".to_owned(),
        oauth_jwt().signed(),
    ];
    for token in tokens {
        let kind = clerk.verify_machine_token(&token).await.unwrap().token_type();
        let asked = world.api.sent().len();
        let (api_key, m2m, oauth) = (
            clerk.verify_api_key(&token).await.map(Machine::ApiKey),
            clerk.verify_m2m_token(&token).await.map(Machine::M2m),
            clerk.verify_oauth_token(&token).await.map(Machine::OAuth),
        );
        for (of, result) in [(TokenType::ApiKey, api_key), (TokenType::M2m, m2m), (TokenType::OAuth, oauth)] {
            match result {
                Ok(machine) => assert_eq!((of, machine.token_type()), (kind, kind)),
                Err(error) => assert!(of != kind && *error.reason() == Reason::TOKEN_TYPE_MISMATCH),
            }
        }
        assert!(world.api.sent().len() <= asked + 1, "a token of another kind was asked about");
    }
}

#[tokio::test]
async fn what_is_no_token_of_a_machine_is_not_passed_on() {
    let world = world();
    let clerk = world.clerk();
    for token in ["", "Bearer", "sk_test_1234", "AK_1", " ak_1", "m2m_1", &*format!("ak_{}", "x".repeat(1 << 20))] {
        assert_eq!(told(&clerk, token).await, "token-invalid");
    }
    let long = format!("{}.{}.{}", "a".repeat(1 << 19), "b".repeat(1 << 19), "c".repeat(9));
    assert_eq!(told(&clerk, &long).await, "token-invalid");
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn without_a_key_to_ask_with_nobody_is_let_in() {
    let world = world();
    let only_public =
        clerk_ext::auth::Clerk::builder().jwt_key(Signer::one().pem()).clock(std::sync::Arc::new(world.clock.clone()));
    let only_public = only_public.transport(world.api.transport()).build().unwrap();
    for (token, _, _) in KINDS {
        let error = only_public.verify_machine_token(token).await.unwrap_err();
        assert_eq!((error.reason(), error.is_outage()), (&Reason::UNEXPECTED_ERROR, true));
        assert!(error.message().contains("CLERK_SECRET_KEY"), "{error}");
    }
    assert_eq!(told(&only_public, &m2m_jwt().signed()).await, "m2m_token mch_1");
    assert_eq!(told(&only_public, &oauth_jwt().signed()).await, "oauth_token user_1");

    let only_machine = clerk_ext::auth::Clerk::builder()
        .machine_secret_key("ak_test_machine")
        .clock(std::sync::Arc::new(world.clock.clone()));
    let only_machine = only_machine.transport(world.api.transport()).build().unwrap();
    assert_eq!(told(&only_machine, "mt_test_1").await, "m2m_token mch_1");
    for token in [m2m_jwt().signed(), oauth_jwt().signed()] {
        assert_eq!(told(&only_machine, &token).await, "token-verification-failed");
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
async fn neither_tokens_nor_claims_are_printed() {
    let world = world();
    let clerk = world.clerk();
    for token in [
        "ak_test_1".to_owned(),
        "mt_test_1".to_owned(),
        m2m_jwt().signed(),
        "oat_test_1".to_owned(),
        oauth_jwt().signed(),
    ] {
        let machine = clerk.verify_machine_token(&token).await.unwrap();
        let text = format!("{machine:?}");
        assert!(!text.contains(&token) && !text.contains("gold-test") && !text.contains("job"), "{text}");
        world.api.answer("POST", API_KEYS, 422, json!({"errors": [{"code": "x", "meta": {"secret": token}}]}));
        if let Err(error) = clerk.verify_api_key(&token).await {
            assert!(!format!("{error} {error:?}").contains(&token));
        }
        world.api.answer("POST", API_KEYS, 200, api_key());
    }
}

#[tokio::test]
async fn making_a_token_takes_the_key_of_a_machine() {
    let world = world();
    let error = world.clerk().m2m().create().seconds_until_expiration(60).await.unwrap_err();
    assert!(error.to_string().contains("CLERK_MACHINE_SECRET_KEY"), "{error}");
    assert!(world.api.sent().is_empty());

    world.api.answer("POST", "/m2m_tokens", 201, with(&m2m_token(), &json!({"token": "mt_test_new"})));
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    let create = clerk.m2m().create().claims(&json!({"job": "test"})).seconds_until_expiration(60);
    let made = create.min_remaining_ttl_seconds(30).jwt().await.unwrap();
    assert_eq!((made.token.expose(), made.machine_id.as_str()), ("mt_test_new", "mch_1"));
    let sent = world.api.sent().pop().unwrap();
    assert_eq!((sent.what.as_str(), sent.authorization.as_str()), ("POST /m2m_tokens", "Bearer ak_test_machine"));
    let body = json!({"claims": {"job": "test"}, "seconds_until_expiration": 60, "min_remaining_ttl_seconds": 30, "token_format": "jwt"});
    assert_eq!(sent.body, body);

    world.api.answer("POST", "/m2m_tokens/mt_id/revoke", 200, m2m_token());
    clerk.m2m().revoke("mt_id").revocation_reason("done").await.unwrap();
    assert_eq!(world.api.sent().pop().unwrap().body, json!({"revocation_reason": "done"}));
    assert!(clerk.m2m().revoke("../../v1/users").await.is_err());
}
