use std::time::Duration;

use clerk_ext::{
    Json, Timestamp,
    auth::{
        Accepts, Reason, TokenType,
        diagnose::{Looks, Severity, Verdict},
    },
};
use serde_json::json;

use crate::world::{Ask, NOW, Signer, Token, World};

/// A session token with something in it that is nobody's business.
fn session(world: &World) -> Token {
    world
        .session()
        .claim("email", "ann@example.com")
        .claim("o", json!({"id": "org_1", "rol": "admin", "slg": "secret-slug"}))
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_millis(seconds * 1000))
}

#[tokio::test]
async fn a_good_session_token_is_told_with_its_ids_and_times_and_without_all_else() {
    let world = World::development();
    let token = session(&world).signed();
    let report = world.clerk().explain_token(&token).await;
    assert_eq!((report.looks, report.verdict, report.is_good()), (Looks::Session, Verdict::Good, true));
    assert_eq!((report.issued_at, report.not_before, report.expires_at), (at(NOW), at(NOW - 10), at(NOW + 60)));
    assert_eq!((report.algorithm.as_deref(), report.key_id.as_deref()), (Some("RS256"), Some("ins_one")));
    for (name, value) in [
        ("sub", Some("user_1")),
        ("sid", Some("sess_1")),
        ("azp", Some("https://app.example.com")),
        ("o.id", Some("org_1")),
        ("email", None),
        ("o", None),
        ("fva", None),
    ] {
        assert_eq!(report.claim(name), value, "{name}");
        assert!(report.claims.iter().any(|claim| claim.name == name), "{name}");
    }
    let text = report.to_string();
    assert!(text.contains("a session token, RS256, key ins_one") && text.contains(": good"), "{text}");
    assert!(text.contains("expires in 1 minute") && text.contains("became valid 10 seconds ago"), "{text}");
    let json = serde_json::to_string(&report).unwrap();
    for shown in [text, json, format!("{report:?}")] {
        assert!(!shown.contains("ann@example.com") && !shown.contains("secret-slug"), "{shown}");
        assert!(token.split('.').all(|part| !shown.contains(part)), "{shown}");
    }
}

#[tokio::test]
async fn an_expired_token_says_since_when_and_what_to_do() {
    let world = World::development();
    let token = session(&world).signed();
    world.clock.advance(Duration::from_secs(60 + 185));
    let report = world.clerk().explain_token(&token).await;
    assert_eq!(report.verdict, Verdict::Refused);
    let finding = report.finding("token-expired").unwrap();
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.what_to_do.contains("fresh token"), "{finding}");
    let text = report.to_string();
    assert!(text.contains("expired 3 minutes ago") && text.contains("refused"), "{text}");
    assert!(text.contains("it says, and may be lying"), "{text}");
}

#[tokio::test]
async fn the_verdict_is_that_of_the_real_check() {
    let world = World::production();
    let clerk = world.builder().authorized_parties(["https://other.example.com"]).build().unwrap();
    for (token, reason) in [
        (session(&world).signed(), "token-invalid-authorized-parties"),
        (session(&world).without("azp").signed(), "token-invalid-authorized-parties"),
        (session(&world).signed_by(Signer::another()), "jwk-kid-mismatch"),
        (session(&world).header("kid", "ins_one").signed_by(Signer::another()), "token-invalid-signature"),
        (session(&world).header("alg", "HS256").signed(), "token-invalid-algorithm"),
        (session(&world).without("sub").signed(), "token-verification-failed"),
        ("x.y.z".to_owned(), "token-invalid"),
        (String::new(), "token-invalid"),
        ("ak_test_1".to_owned(), "token-invalid"),
    ] {
        let report = clerk.explain_token(&token).await;
        assert_eq!(report.verdict, Verdict::Refused, "{token}");
        assert_eq!(report.findings[0].code, reason, "{report}");
        let real = match clerk.verify_machine_token(&token).await {
            Ok(_) => panic!("{token} is good"),
            Err(error) if token.starts_with("ak_") => error,
            Err(_) => clerk.verify_token(&token).await.unwrap_err(),
        };
        assert_eq!(report.findings[0].code, real.reason().as_str());
    }
    let report = clerk.explain_token(&session(&world).signed()).await;
    assert!(report.findings[0].what_to_do.contains("https://other.example.com"), "{report}");
    let foreign = clerk.explain_token(&session(&world).signed_by(Signer::another())).await;
    assert!(foreign.findings[0].what_to_do.contains("clerk.example.com"), "{foreign}");
}

#[tokio::test]
async fn a_token_of_a_template_is_good_and_signs_nobody_in() {
    let world = World::development();
    let token = session(&world).category("cl_B7d4PD222AAA").signed();
    assert!(world.clerk().verify_token(&token).await.is_ok());
    let report = world.clerk().explain_token(&token).await;
    assert_eq!((report.looks, report.verdict), (Looks::Template, Verdict::Refused));
    assert!(report.finding("token-type-mismatch").is_some(), "{report}");
}

#[tokio::test]
async fn what_is_no_token_is_told_by_what_it_is_and_not_shown() {
    let world = World::development();
    let clerk = world.clerk();
    for (text, looks) in [
        ("sk_test_abcdefghijkl", Looks::SecretKey),
        ("whsec_abcdefghijkl", Looks::WebhookSecret),
        ("pk_test_abcdefghijkl", Looks::PublishableKey),
        ("hunter2hunter2", Looks::Nothing),
    ] {
        let report = clerk.explain_token(text).await;
        assert_eq!((report.looks, report.verdict), (looks, Verdict::Refused));
        assert!(!format!("{report} {report:?}").contains(text), "{report}");
    }
    let report = clerk.explain_token("sk_test_abcdefghijkl").await;
    assert!(report.findings[0].what_to_do.contains("change it"), "{report}");
}

/// How requests are sorted by the token they come with, too.
#[tokio::test]
async fn a_kind_is_told_by_prefix_subject_and_type() {
    let world = World::development();
    let clerk = world.clerk();
    let jwt = |typ: &str, subject: Json| Token::of(json!({ "sub": subject })).header("typ", typ).signed();
    for (token, looks) in [
        ("mt_test_1".to_owned(), Looks::M2m),
        ("oat_test_1".to_owned(), Looks::OAuth),
        ("ak_test_1".to_owned(), Looks::ApiKey),
        (jwt("JWT", json!("mch_1")), Looks::M2m),
        (jwt("at+jwt", json!("mch_1")), Looks::M2m),
        (jwt("at+jwt", json!("user_1")), Looks::OAuth),
        (jwt("application/at+jwt", json!("user_1")), Looks::OAuth),
        ("mt_a.b.c".to_owned(), Looks::M2m),
        (jwt("JWT", json!("user_1")), Looks::Jwt),
        (jwt("JWT", json!(["mch_1"])), Looks::Jwt),
        (jwt("AT+JWT", json!("user_1")), Looks::Jwt),
        // With padding a JWT is none of a machine, and of nobody else either.
        (format!("{}=", jwt("at+jwt", json!("user_1"))), Looks::Jwt),
        (format!("{}==", jwt("JWT", json!("mch_1"))), Looks::Jwt),
        (session(&world).signed(), Looks::Session),
        (Token::handshake(&[]).signed(), Looks::Handshake),
        ("AK_1".to_owned(), Looks::Nothing),
        (" ak_1".to_owned(), Looks::Nothing),
        ("a.b.c".to_owned(), Looks::Nothing),
        (String::new(), Looks::Nothing),
    ] {
        let report = clerk.explain_token(&token).await;
        assert_eq!(report.looks, looks, "{token}");
        assert_eq!(report.is_good(), looks == Looks::Session, "{report}");
    }
}

#[tokio::test]
async fn an_opaque_token_is_told_by_what_clerk_says_of_it() {
    let world = World::development();
    world.api.answer(
        "POST",
        "/api_keys/verify",
        200,
        json!({"id": "ak_id", "subject": "user_1", "claims": {"tier": "gold-test"}, "expiration": (NOW + 7300) * 1000}),
    );
    let report = world.clerk().explain_token("ak_test_1").await;
    assert_eq!((report.looks, report.is_jwt, report.verdict), (Looks::ApiKey, false, Verdict::Good));
    assert_eq!((report.claim("subject"), report.expires_at), (Some("user_1"), at(NOW + 7300)));
    let finding = report.finding("token-type-mismatch").unwrap();
    assert_eq!(finding.severity, Severity::Warning);
    let text = report.to_string();
    assert!(text.contains("expires in 2 hours") && text.contains("tier") && !text.contains("gold-test"), "{text}");

    let accepting = world.clerk().accepting(Accepts::from(TokenType::ApiKey));
    assert!(accepting.explain_token("ak_test_1").await.finding("token-type-mismatch").is_none());
    world.api.answer("POST", "/api_keys/verify", 403, json!({}));
    let report = world.clerk().explain_token("ak_test_1").await;
    assert_eq!(report.verdict, Verdict::Unknown);
}

#[tokio::test]
async fn what_a_forged_token_says_cannot_write_lines_into_a_log() {
    let world = World::development();
    let token =
        world.session().claim("iss", "x\nerror: forged\u{1b}[31m").claim("a\nb", 1).claim("sub", "y".repeat(5000));
    let report = world.clerk().explain_token(&token.signed_by(Signer::another())).await;
    let text = report.to_string();
    assert!(!text.contains("\nerror: forged") && !text.contains('\u{1b}') && !text.contains("a\nb"), "{text}");
    assert!(text.len() < 3000);
}

#[tokio::test]
async fn a_request_is_told_by_what_it_came_with() {
    let world = World::development();
    let clerk = world.clerk();
    let token = session(&world).signed();
    let ask = Ask::script("https://app.example.com/orders?secret=hunter2").bearer(&token);
    let report = clerk.explain_request(&ask.parts()).await;
    assert!(report.is_signed_in(), "{report}");
    assert_eq!((report.tokens.len(), report.tokens[0].place.as_str()), (1, "authorization"));
    assert!(report.tokens[0].report.is_good());
    assert_eq!(report.origin.as_deref(), Some("https://app.example.com"));
    let shown = format!("{report} {report:?} {}", serde_json::to_string(&report).unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains(&token), "{shown}");

    let mine = world.suffixed("__session");
    let ask = Ask::script("https://app.example.com/")
        .header("authorization", "Basic aHVudGVyMg==")
        .cookie("__session", "hunter2")
        .cookie("__session", "hunter2")
        .cookie(&mine, &token)
        .cookie("__session_AbCdEf12", "hunter2")
        .cookie("other", "hunter2");
    let report = clerk.explain_request(&ask.parts()).await;
    let places: Vec<_> = report.tokens.iter().map(|token| token.place.as_str()).collect();
    assert_eq!(places, [&*format!("cookie {mine}"), "cookie __session"]);
    for code in ["authorization-ignored", "cookie-twice", "cookies-of-another-instance"] {
        assert!(report.finding(code).is_some(), "{code} is missing: {report}");
    }
    assert!(!report.cookies.iter().any(|name| name == "other"));
    assert!(!format!("{report} {report:?}").contains("hunter2"), "{report}");
}

#[tokio::test]
async fn a_request_that_is_not_signed_in_says_why_and_what_to_do() {
    let world = World::production();
    let clerk = world.clerk();
    let report = clerk.explain_request(&Ask::script("http://app.example.com/").parts()).await;
    assert!(!report.is_signed_in());
    let finding = report.finding("session-token-and-uat-missing").unwrap();
    assert!(finding.what_to_do.contains("cookies"), "{finding}");
    assert!(report.finding("insecure-origin").is_some(), "{report}");
    let report = clerk.explain_request(&Ask::script("https://app.example.com/").parts()).await;
    assert!(report.finding("insecure-origin").is_none(), "{report}");

    let page = Ask::page("https://app.example.com/").cookie("__client_uat", NOW);
    let report = clerk.explain_request(&page.parts()).await;
    let finding = report.finding("client-uat-but-no-session-token").unwrap();
    assert_eq!(finding.severity, Severity::Info, "{report}");
    let place = report.redirect_to.as_deref();
    assert_eq!(place, Some("https://clerk.example.com/v1/client/handshake"), "{report}");
}

#[tokio::test]
async fn every_reason_has_a_hint() {
    let reasons = [
        "token-expired",
        "token-invalid",
        "token-invalid-algorithm",
        "token-invalid-authorized-parties",
        "token-invalid-signature",
        "token-not-active-yet",
        "token-iat-in-the-future",
        "token-verification-failed",
        "token-invalid-issuer",
        "secret-key-invalid",
        "jwk-local-missing",
        "jwk-remote-failed-to-load",
        "jwk-remote-invalid",
        "jwk-remote-missing",
        "jwk-failed-to-resolve",
        "jwk-kid-mismatch",
        "client-uat-but-no-session-token",
        "dev-browser-missing",
        "dev-browser-sync",
        "primary-responds-to-syncing",
        "primary-domain-cross-origin-sync",
        "satellite-needs-syncing",
        "session-token-and-uat-missing",
        "session-token-missing",
        "session-token-expired",
        "session-token-expired-refresh-non-eligible-non-get",
        "session-token-iat-before-client-uat",
        "session-token-nbf",
        "session-token-iat-in-the-future",
        "session-token-but-no-client-uat",
        "active-organization-mismatch",
        "token-type-mismatch",
        "unexpected-error",
        "No token in header",
    ];
    for reason in reasons {
        assert!(Reason::from(reason).hint().is_some_and(|hint| hint.len() > 15), "{reason}");
    }
    assert_eq!(Reason::from("something new").hint(), None);
}

#[tokio::test]
async fn an_error_is_told_with_its_cause_and_without_the_token() {
    let world = World::development();
    let clerk = world.clerk();
    world.api.answer(
        "POST",
        "/api_keys/verify",
        422,
        json!({"errors": [{"code": "api_keys_not_enabled", "message": "off"}]}),
    );
    let error = clerk.verify_api_key("ak_test_1").await.unwrap_err();
    let finding = clerk.explain_error(&error);
    assert_eq!(finding.code, "unexpected-error");
    assert!(finding.what.contains("422") && !finding.to_string().contains("ak_test_1"), "{finding}");
    let call = clerk.m2m().create().await.unwrap_err();
    assert!(clerk.explain_error(&call).what.contains("CLERK_MACHINE_SECRET_KEY"));
}
