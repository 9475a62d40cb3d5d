//! Session tokens alone: what is looked at, in which order, and what is told.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    Json,
    auth::{Clerk, Reason, TokenError},
};
use serde_json::json;

use crate::world::{M2M_CATEGORY, NOW, Signer, TEMPLATE_CATEGORY, World};

fn encoded(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A clerk that has the key at hand, and whatever a test wants beside.
fn clerk(world: &World, change: impl FnOnce(clerk_ext::auth::ClerkBuilder) -> clerk_ext::auth::ClerkBuilder) -> Clerk {
    let builder = Clerk::builder().jwt_key(Signer::one().pem()).clock(Arc::new(world.clock.clone()));
    change(builder).build().unwrap()
}

async fn refusal(clerk: &Clerk, token: &str) -> TokenError {
    clerk.verify_token(token).await.expect_err("the token is refused")
}

async fn reason(world: &World, token: &str) -> String {
    refusal(&clerk(world, |it| it), token).await.reason().to_string()
}

#[tokio::test]
async fn a_good_token_says_whose_session_it_is() {
    let world = World::production();
    let token = world.session().signed();
    let session = clerk(&world, |it| it).verify_token(&token).await.unwrap();
    assert_eq!(session.user_id().as_str(), "user_1");
    assert_eq!(session.id().unwrap().as_str(), "sess_1");
    assert_eq!(session.token().expose(), token);
    assert!(!format!("{session:?}").contains(&token));
}

#[tokio::test]
async fn what_does_not_have_three_parts_is_no_token() {
    let world = World::production();
    let (one, four) = (encoded("{}"), [encoded("{}"), encoded("{}"), encoded("{}"), encoded("{}")].join("."));
    for token in ["", ".", "a.b", "..", "Bearer", one.as_str(), four.as_str()] {
        assert_eq!(reason(&world, token).await, "token-invalid", "{token}");
    }
}

#[tokio::test]
async fn only_the_url_safe_alphabet_without_left_over_bits_is_read() {
    let world = World::production();
    let good = world.session().signed();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    for signature in
        [format!("{signature}+"), format!("{signature}/"), format!("{signature} "), format!("{signature}é")]
    {
        assert_eq!(reason(&world, &format!("{signed}.{signature}")).await, "token-invalid");
    }
    // 256 bytes end in two bits that carry nothing.
    let mut odd = signature.to_owned();
    let last = odd.pop().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    odd.push(alphabet.chars().nth(at + 1).unwrap());
    assert_eq!(reason(&world, &format!("{signed}.{odd}")).await, "token-invalid");
}

#[tokio::test]
async fn padding_is_no_mistake() {
    let world = World::production();
    let token = format!("{}==", world.session().signed());
    assert!(clerk(&world, |it| it).verify_token(&token).await.is_ok());
}

#[tokio::test]
async fn parts_that_are_no_objects_are_refused() {
    let world = World::production();
    let header = encoded(r#"{"alg":"RS256","typ":"JWT"}"#);
    for part in ["null", "[]", "1", "\"text\"", "true", "{", "{}{}", "", "\u{feff}{}"] {
        assert_eq!(reason(&world, &format!("{}.{}.{}", encoded(part), encoded("{}"), "AAAA")).await, "token-invalid");
        assert_eq!(reason(&world, &format!("{header}.{}.{}", encoded(part), "AAAA")).await, "token-invalid");
    }
}

#[tokio::test]
async fn text_that_is_no_utf_8_is_refused() {
    let world = World::production();
    let header = encoded(r#"{"alg":"RS256","typ":"JWT"}"#);
    let payload = URL_SAFE_NO_PAD.encode(b"{\"sub\":\"\xff\"}");
    assert_eq!(reason(&world, &format!("{header}.{payload}.AAAA")).await, "token-invalid");
}

#[tokio::test]
async fn json_that_is_nested_without_end_is_refused() {
    let world = World::production();
    let header = encoded(r#"{"alg":"RS256","typ":"JWT"}"#);
    let deep = format!("{{\"a\":{}", "[".repeat(20_000));
    assert_eq!(reason(&world, &format!("{header}.{}.AAAA", encoded(&deep))).await, "token-invalid");
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused_unread() {
    let world = World::production();
    let token = world.session().claim("padding", "x".repeat(1 << 20)).signed();
    assert_eq!(reason(&world, &token).await, "token-invalid");
}

#[tokio::test]
async fn the_type_is_jwt_to_the_letter_or_absent() {
    let world = World::production();
    assert!(clerk(&world, |it| it).verify_token(&world.session().without_header("typ").signed()).await.is_ok());
    for typ in [json!("jwt"), json!("JWS"), json!("at+jwt"), json!(null), json!(1), json!("")] {
        assert_eq!(
            reason(&world, &world.session().header("typ", typ.clone()).signed()).await,
            "token-invalid",
            "{typ}"
        );
    }
}

#[tokio::test]
async fn only_rsa_with_sha_2_is_an_algorithm() {
    let world = World::production();
    for alg in ["none", "None", "HS256", "HS512", "ES256", "PS256", "EdDSA", "rs256", "", "RS1"] {
        let token = world.session().header("alg", alg).signed();
        assert_eq!(reason(&world, &token).await, "token-invalid-algorithm", "{alg}");
    }
    for alg in [json!(null), json!(256), json!(["RS256"])] {
        let token = world.session().header("alg", alg).signed();
        assert_eq!(reason(&world, &token).await, "token-invalid-algorithm");
    }
    assert_eq!(reason(&world, &world.session().without_header("alg").signed()).await, "token-invalid-algorithm");
}

#[tokio::test]
async fn the_type_is_told_before_the_algorithm_and_the_algorithm_before_the_signature() {
    let world = World::production();
    let token = world.session().header("typ", "x").header("alg", "none").signed_by(Signer::another());
    assert_eq!(reason(&world, &token).await, "token-invalid");
    let token = world.session().header("alg", "none").signed_by(Signer::another());
    assert_eq!(reason(&world, &token).await, "token-invalid-algorithm");
}

#[tokio::test]
async fn another_algorithm_than_that_of_the_key_cannot_be_checked() {
    let world = World::production();
    for alg in ["RS384", "RS512"] {
        let token = world.session().header("alg", alg).signed();
        assert_eq!(reason(&world, &token).await, "token-verification-failed");
    }
}

#[tokio::test]
async fn nothing_of_the_claims_is_told_before_the_signature_is_good() {
    let world = World::production();
    for token in [world.session().without("sub"), world.session().issued(-3600), world.session().issued(3600)] {
        assert_eq!(reason(&world, &token.signed_by(Signer::another())).await, "token-invalid-signature");
    }
}

#[tokio::test]
async fn a_changed_token_has_no_good_signature() {
    let world = World::production();
    let good = world.session().signed();
    let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
    parts[1] = encoded(&json!({ "sub": "user_2", "sid": "sess_1", "exp": NOW + 60 }).to_string());
    assert_eq!(reason(&world, &parts.join(".")).await, "token-invalid-signature");
}

#[tokio::test]
async fn the_critical_header_is_passed_over() {
    let world = World::production();
    let token = world.session().header("crit", json!(["exp"])).signed();
    assert!(clerk(&world, |it| it).verify_token(&token).await.is_ok());
}

#[tokio::test]
async fn a_subject_is_a_text_even_an_empty_one() {
    let world = World::production();
    for subject in [json!(1), json!(null), json!(["user_1"]), json!({})] {
        assert_eq!(reason(&world, &world.session().claim("sub", subject).signed()).await, "token-verification-failed");
    }
    assert_eq!(reason(&world, &world.session().without("sub").signed()).await, "token-verification-failed");
    assert!(clerk(&world, |it| it).verify_token(&world.session().claim("sub", "").signed()).await.is_ok());
}

#[tokio::test]
async fn one_of_the_audiences_has_to_be_named_where_the_token_names_any() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.audience(["https://api.example.com", "other"]));
    for audience in [json!("other"), json!(["x", "other"]), json!(null), json!(""), json!([])] {
        let token = world.session().claim("aud", audience.clone()).signed();
        assert!(clerk.verify_token(&token).await.is_ok(), "{audience}");
    }
    assert!(clerk.verify_token(&world.session().signed()).await.is_ok());
    // Another shape than a text or a list of texts is refused, though the reference lets it pass.
    for audience in [json!("Other"), json!(["x"]), json!(1), json!(["other", 1]), json!({}), json!(true)] {
        let error = refusal(&clerk, &world.session().claim("aud", audience.clone()).signed()).await;
        assert_eq!(error.reason(), &Reason::TOKEN_VERIFICATION_FAILED, "{audience}");
    }
}

#[tokio::test]
async fn the_authorized_party_has_to_be_named_exactly_where_parties_are_configured() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.authorized_parties(["https://app.example.com", "https://b.example.com"]));
    assert!(clerk.verify_token(&world.session().signed()).await.is_ok());
    assert!(clerk.verify_token(&world.session().claim("azp", "https://b.example.com").signed()).await.is_ok());
    let others = [
        "https://app.example.com/",
        "https://APP.example.com",
        "https://app.example.com.evil.com",
        "http://app.example.com",
        "",
    ];
    for party in others {
        let error = refusal(&clerk, &world.session().claim("azp", party).signed()).await;
        assert_eq!(error.reason(), &Reason::TOKEN_INVALID_AUTHORIZED_PARTIES, "{party}");
    }
    for party in [json!(null), json!(1), json!(["https://app.example.com"])] {
        let error = refusal(&clerk, &world.session().claim("azp", party).signed()).await;
        assert_eq!(error.reason(), &Reason::TOKEN_INVALID_AUTHORIZED_PARTIES);
    }
}

#[tokio::test]
async fn a_token_without_an_authorized_party_is_refused_where_parties_are_configured() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.authorized_parties(["https://app.example.com"]));
    let error = refusal(&clerk, &world.session().without("azp").signed()).await;
    assert_eq!(error.reason(), &Reason::TOKEN_INVALID_AUTHORIZED_PARTIES);
}

#[tokio::test]
async fn the_issuer_is_checked_where_issuers_are_configured() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.issuer(["https://clerk.example.com"]));
    assert!(clerk.verify_token(&world.session().signed()).await.is_ok());
    for issuer in [
        json!("https://clerk.example.com/"),
        json!("https://evil.com"),
        json!(1),
        json!(null),
        json!(["https://clerk.example.com"]),
    ] {
        let error = refusal(&clerk, &world.session().claim("iss", issuer).signed()).await;
        assert_eq!(error.reason(), &Reason::TOKEN_INVALID_ISSUER);
    }
    let error = refusal(&clerk, &world.session().without("iss").signed()).await;
    assert_eq!(error.reason(), &Reason::TOKEN_INVALID_ISSUER);
}

#[tokio::test]
async fn subject_audience_party_issuer_and_times_are_told_in_this_order() {
    let world = World::production();
    let clerk =
        clerk(&world, |it| it.audience(["api"]).authorized_parties(["https://x.example.com"]).issuer(["https://y"]));
    let worst = world
        .session()
        .without("sub")
        .claim("aud", "other")
        .issued(-3600)
        .claim("nbf", NOW + 3600)
        .claim("iat", NOW + 3600);
    let mut steps = vec![(worst.clone(), "token-verification-failed")];
    let token = worst.claim("sub", "user_1");
    steps.push((token.clone(), "token-verification-failed"));
    let token = token.claim("aud", "api");
    steps.push((token.clone(), "token-invalid-authorized-parties"));
    let token = token.claim("azp", "https://x.example.com");
    steps.push((token.clone(), "token-invalid-issuer"));
    let token = token.claim("iss", "https://y");
    steps.push((token.clone(), "token-expired"));
    let token = token.claim("exp", NOW + 60);
    steps.push((token.clone(), "token-not-active-yet"));
    let token = token.claim("nbf", NOW);
    steps.push((token.clone(), "token-iat-in-the-future"));
    for (token, expected) in steps {
        assert_eq!(refusal(&clerk, &token.signed()).await.reason(), expected);
    }
    assert!(clerk.verify_token(&token.claim("iat", NOW).signed()).await.is_ok());
}

#[tokio::test]
async fn a_token_is_over_five_seconds_after_its_end() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    assert!(clerk.verify_token(&world.session().claim("exp", NOW - 4).signed()).await.is_ok());
    let error = refusal(&clerk, &world.session().claim("exp", NOW - 5).signed()).await;
    assert_eq!(error.reason(), &Reason::TOKEN_EXPIRED);
}

#[tokio::test]
async fn a_token_begins_five_seconds_before_it_says() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    for (claim, expected) in [("nbf", "token-not-active-yet"), ("iat", "token-iat-in-the-future")] {
        assert!(clerk.verify_token(&world.session().claim(claim, NOW + 5).signed()).await.is_ok());
        assert_eq!(refusal(&clerk, &world.session().claim(claim, NOW + 6).signed()).await.reason(), expected);
    }
}

#[tokio::test]
async fn another_skew_is_kept_to_the_millisecond() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.clock_skew(Duration::ZERO));
    assert_eq!(refusal(&clerk, &world.session().claim("exp", NOW).signed()).await.reason(), "token-expired");
    let token = world.session().claim("exp", NOW + 1).signed();
    world.clock.advance(Duration::from_millis(999));
    assert!(clerk.verify_token(&token).await.is_ok());
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(refusal(&clerk, &token).await.reason(), "token-expired");
}

#[tokio::test]
async fn fractions_of_a_second_are_cut_off() {
    let world = World::production();
    let clerk = clerk(&world, |it| it.clock_skew(Duration::ZERO));
    let until = |exp: f64| world.session().claim("exp", exp).signed();
    assert_eq!(refusal(&clerk, &until(NOW as f64 + 0.9)).await.reason(), "token-expired");
    assert!(clerk.verify_token(&until(NOW as f64 + 1.9)).await.is_ok());
}

#[tokio::test]
async fn times_that_are_no_numbers_are_refused() {
    let world = World::production();
    for claim in ["exp", "nbf", "iat"] {
        for value in [json!((NOW + 30).to_string()), json!(null), json!([]), json!(true)] {
            let token = world.session().claim(claim, value.clone()).signed();
            assert_eq!(reason(&world, &token).await, "token-verification-failed", "{claim} {value}");
        }
    }
    assert_eq!(reason(&world, &world.session().without("exp").signed()).await, "token-verification-failed");
    let bare = world.session().without("nbf").without("iat").signed();
    assert!(clerk(&world, |it| it).verify_token(&bare).await.is_ok());
}

#[tokio::test]
async fn that_a_token_is_over_is_told_before_what_else_is_wrong_with_its_times() {
    let world = World::production();
    for claim in ["nbf", "iat"] {
        assert_eq!(reason(&world, &world.session().issued(-100).claim(claim, "soon").signed()).await, "token-expired");
        assert_eq!(reason(&world, &world.session().claim(claim, "soon").signed()).await, "token-verification-failed");
    }
}

#[tokio::test]
async fn times_beyond_2038_and_beyond_any_calendar_are_no_trouble() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    let ends: [Json; 5] =
        [json!(1_u64 << 33), json!(i64::MAX), json!(u64::MAX), json!(1e300), json!(253_402_300_800_u64)];
    for end in ends {
        assert!(clerk.verify_token(&world.session().claim("exp", end.clone()).signed()).await.is_ok(), "{end}");
    }
    for end in [json!(-1), json!(i64::MIN), json!(-1e300), json!(0)] {
        assert_eq!(refusal(&clerk, &world.session().claim("exp", end).signed()).await.reason(), "token-expired");
    }
}

#[tokio::test]
async fn a_machines_token_is_no_session_token_whatever_else_it_says() {
    let world = World::production();
    let token = world.session().category(M2M_CATEGORY);
    assert_eq!(reason(&world, &token.signed()).await, "token-invalid");
    // It is told before any key is looked for.
    assert_eq!(reason(&world, &token.signed_by(Signer::another())).await, "token-invalid");
}

#[tokio::test]
async fn a_token_of_a_template_is_good_as_a_token_alone() {
    let world = World::production();
    assert!(clerk(&world, |it| it).verify_token(&world.session().category(TEMPLATE_CATEGORY).signed()).await.is_ok());
}

#[tokio::test]
async fn a_token_seen_before_is_refused_once_it_is_over() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    let token = world.session().signed();
    for _ in 0..3 {
        assert!(clerk.verify_token(&token).await.is_ok());
    }
    world.clock.advance(Duration::from_secs(65));
    for _ in 0..2 {
        assert_eq!(refusal(&clerk, &token).await.reason(), &Reason::TOKEN_EXPIRED);
    }
}

#[tokio::test]
async fn a_token_that_ends_like_one_seen_before_is_not_taken_for_it() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    let good = world.session().signed();
    assert!(clerk.verify_token(&good).await.is_ok());
    let (_, signature) = good.rsplit_once('.').unwrap();
    let header = encoded(r#"{"alg":"RS256","typ":"JWT"}"#);
    let forged = format!("{header}.{}.{signature}", encoded(&json!({ "sub": "user_2", "exp": NOW + 60 }).to_string()));
    assert_eq!(refusal(&clerk, &forged).await.reason(), &Reason::TOKEN_INVALID_SIGNATURE);
}

#[tokio::test]
async fn any_number_of_tokens_can_be_seen() {
    let world = World::production();
    let clerk = clerk(&world, |it| it);
    let first = world.session().signed();
    assert!(clerk.verify_token(&first).await.is_ok());
    for number in 0..400 {
        assert!(clerk.verify_token(&world.session().claim("jti", number).signed()).await.is_ok());
    }
    assert!(clerk.verify_token(&first).await.is_ok());
}

#[tokio::test]
async fn errors_say_what_to_do_and_quote_nothing_of_the_token() {
    let world = World::production();
    let token = world.session().claim("azp", "https://s3cr3t.example.com").signed();
    let clerk = clerk(&world, |it| it.authorized_parties(["https://app.example.com"]));
    let error = refusal(&clerk, &token).await;
    let text = format!("{error} {error:?} {}", error.message());
    assert!(text.contains("token-invalid-authorized-parties"), "{text}");
    assert!(!text.contains("s3cr3t") && !text.contains(&token), "{text}");
}
