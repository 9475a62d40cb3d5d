//! What somebody may try who wants to be taken for somebody else.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_ext::{
    Json,
    auth::{Accepts, Clerk, Status, TokenType},
};
use serde_json::json;

use crate::world::{Ask, M2M_CATEGORY, NOW, Signer, TEMPLATE_CATEGORY, Token, World, location, query, state, told};

const PAGE: &str = "https://app.example.com/reports";

fn encoded(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn payload() -> Json {
    json!({ "sub": "user_1", "sid": "sess_1", "iat": NOW, "exp": NOW + 60 })
}

/// What a token comes to in the header, and in the cookie of a browser that is known.
async fn both_ways(world: &World, clerk: &Clerk, token: &str) -> [String; 2] {
    let header = state(clerk, &Ask::script(PAGE).bearer(token)).await;
    let cookies = Ask::script(PAGE).cookie("__client_uat", NOW - 5).cookie(&world.suffixed("__client_uat"), NOW - 5);
    let cookies = cookies.cookie("__session", token).cookie(&world.suffixed("__session"), token);
    [told(&header), told(&state(clerk, &cookies).await)]
}

#[tokio::test]
async fn a_token_without_a_signature_signs_nobody_in() {
    let world = World::production();
    for alg in ["none", "None", "NONE", ""] {
        let header = encoded(&json!({ "alg": alg, "typ": "JWT", "kid": "ins_one" }));
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{}.{signature}", encoded(&payload()));
            let [in_header, _] = both_ways(&world, &world.clerk(), &token).await;
            assert_eq!(in_header, "signed-out token-invalid-algorithm", "{alg}");
        }
    }
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
    let world = World::production();
    let pem = Signer::one().pem();
    for secret in [pem.as_str().as_bytes().to_vec(), Signer::one().jwk().to_string().into_bytes()] {
        let signed =
            format!("{}.{}", encoded(&json!({ "alg": "HS256", "typ": "JWT", "kid": "ins_one" })), encoded(&payload()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
        let clerk = world.builder().jwt_key(pem.clone()).build().unwrap();
        for clerk in [world.clerk(), clerk] {
            let [in_header, _] = both_ways(&world, &clerk, &token).await;
            assert_eq!(in_header, "signed-out token-invalid-algorithm");
        }
    }
}

#[tokio::test]
async fn a_stronger_algorithm_than_that_of_the_key_is_not_believed() {
    let world = World::production();
    let token = world.session().header("alg", "RS512").signed();
    assert_eq!(both_ways(&world, &world.clerk(), &token).await, ["signed-out token-verification-failed"; 2]);
}

#[tokio::test]
async fn the_id_of_another_key_does_not_help() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 200, json!({ "keys": [Signer::one().jwk(), Signer::another().jwk()] }));
    let swapped = world.session().header("kid", Signer::another().id()).signed();
    assert_eq!(both_ways(&world, &world.clerk(), &swapped).await, ["signed-out token-invalid-signature"; 2]);
}

#[tokio::test]
async fn the_key_of_another_instance_signs_nobody_in() {
    let (world, clerk) = (World::production(), World::production().clerk());
    let by_its_id = world.session().signed_by(Signer::another());
    assert_eq!(both_ways(&world, &clerk, &by_its_id).await, ["signed-out jwk-kid-mismatch"; 2]);
    let by_ours = world.session().header("kid", Signer::one().id()).signed_by(Signer::another());
    assert_eq!(both_ways(&world, &clerk, &by_ours).await, ["signed-out token-invalid-signature"; 2]);
}

#[tokio::test]
async fn a_token_that_brings_its_own_key_is_not_checked_with_it() {
    let world = World::production();
    let token = world.session().header("jwk", Signer::another().jwk()).header("jku", "https://evil.com/jwks");
    let token = token.header("x5u", "https://evil.com/key").header("kid", Signer::one().id());
    let told = both_ways(&world, &world.clerk(), &token.signed_by(Signer::another())).await;
    assert_eq!(told, ["signed-out token-invalid-signature"; 2]);
    assert_eq!(world.api.sent(), []);
}

#[tokio::test]
async fn a_token_of_a_template_is_no_session() {
    let world = World::production();
    let token = world.session().category(TEMPLATE_CATEGORY).signed();
    let any = world.builder().accepts(Accepts::any()).build().unwrap();
    for clerk in [world.clerk(), any] {
        // Nor after it was found good as a token alone.
        assert!(clerk.verify_token(&token).await.is_ok());
        assert_eq!(both_ways(&world, &clerk, &token).await, ["signed-out token-type-mismatch"; 2]);
    }
}

#[tokio::test]
async fn a_token_of_a_machine_or_an_application_is_no_session() {
    let world = World::production();
    let machine = world.session().claim("sub", "mch_1");
    let tokens = [
        machine.clone().category(M2M_CATEGORY),
        machine,
        world.session().header("typ", "at+jwt"),
        world.session().header("typ", "application/at+jwt"),
    ];
    for token in tokens {
        let token = token.signed();
        let clerk = world.clerk();
        let _ = clerk.verify_token(&token).await;
        assert_eq!(both_ways(&world, &clerk, &token).await, ["signed-out token-type-mismatch"; 2]);
    }
}

#[tokio::test]
async fn a_session_is_no_machine() {
    let world = World::production();
    for kind in [TokenType::M2m, TokenType::ApiKey, TokenType::OAuth] {
        let clerk = world.builder().accepts(kind).build().unwrap();
        let token = world.session().signed();
        clerk.verify_token(&token).await.unwrap();
        let asked = state(&clerk, &Ask::script(PAGE).bearer(&token)).await;
        assert_eq!(told(&asked), "signed-out token-type-mismatch");
        assert!(asked.auth().is_none());
    }
}

#[tokio::test]
async fn a_token_whose_dates_are_texts_is_over() {
    let world = World::production();
    let token = world.session().claim("exp", (NOW + 60).to_string()).signed();
    assert_eq!(both_ways(&world, &world.clerk(), &token).await, ["signed-out token-verification-failed"; 2]);
}

#[tokio::test]
async fn an_encoded_semicolon_smuggles_no_session_in() {
    let world = World::production();
    let token = world.session().signed();
    let ask = Ask::script(PAGE).cookie("theme", format!("dark%3B%20__session%3D{token}%3B%20__client_uat%3D{NOW}"));
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn of_two_sessions_in_cookies_the_second_is_not_tried() {
    let world = World::production();
    let (bad, good) = (world.session().signed_by(Signer::another()), world.session().signed());
    let ask = Ask::script(PAGE).cookie("__client_uat", NOW - 5).cookie("__session", &bad).cookie("__session", &good);
    assert_eq!(state(&world.clerk(), &ask).await.status(), Status::SignedOut);
}

#[tokio::test]
async fn a_bad_token_in_the_header_is_not_made_good_by_cookies() {
    let world = World::production();
    let (bad, good) = (world.session().signed_by(Signer::another()), world.session().signed());
    let ask = Ask::script(PAGE).bearer(&bad).cookie("__client_uat", NOW - 5).cookie("__session", &good);
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out jwk-kid-mismatch");
}

#[tokio::test]
async fn a_host_that_somebody_made_up_is_not_where_the_browser_is_sent() {
    let world = World::production();
    let token = world.session().signed();
    for host in
        ["evil.com\\@app.example.com", "app.example.com/../evil", "evil.com#", "evil com", "a@evil.com", "evil.com?x="]
    {
        let ask = Ask::page(PAGE).only_header("x-forwarded-host", host).cookie("__session", &token);
        let state = state(&world.clerk(), &ask).await;
        if state.status() == Status::Handshake {
            let url = location(&state);
            assert_eq!(url.host_str(), Some("clerk.example.com"), "{host}");
            let back: url::Url = query(&url, "redirect_url").unwrap().parse().unwrap();
            assert_eq!(back.path(), "/reports", "{host}");
            assert!(back.username().is_empty() && back.query().is_none(), "{host} gives {back}");
        }
    }
}

#[tokio::test]
async fn a_referer_that_looks_like_an_account_portal_is_another_domain() {
    let world = World::production();
    let clerk = world.clerk();
    let from = |referer: &str| {
        let token = world.session().signed();
        Ask::page(PAGE).cookie("__client_uat", NOW - 5).cookie("__session", token).header("referer", referer)
    };
    for referer in [
        "https://accounts.evil.com/",
        "https://accounts.example.com.evil.com/",
        "https://accounts.example.com@evil.com/",
        "https://happy-hippo-1.accounts.dev/",
        "https://clerk.example.com.evil.com/",
        "http://accounts.example.com/",
    ] {
        let state = state(&clerk, &from(referer)).await;
        assert_eq!(told(&state), "handshake primary-domain-cross-origin-sync", "{referer}");
    }
    for referer in ["https://accounts.example.com/sign-in", "https://clerk.example.com/v1", PAGE, "not an address", ""]
    {
        assert_eq!(told(&state(&clerk, &from(referer)).await), "signed-in", "{referer}");
    }
}

#[tokio::test]
async fn headers_of_a_megabyte_and_of_no_ascii_harm_nobody() {
    let world = World::production();
    let (clerk, large) = (world.clerk(), "é;=,%".repeat(200_000));
    for name in [
        "authorization",
        "cookie",
        "host",
        "x-forwarded-host",
        "x-forwarded-proto",
        "referer",
        "origin",
        "accept",
        "sec-fetch-dest",
    ] {
        let ask = Ask::page(PAGE).only_header(name, &large);
        assert_ne!(state(&clerk, &ask).await.status(), Status::SignedIn, "{name}");
    }
}

#[tokio::test]
async fn a_token_for_another_origin_is_refused_in_header_and_cookie() {
    let world = World::production();
    let clerk = world.builder().authorized_parties(["https://app.example.com"]).build().unwrap();
    for token in [world.session().claim("azp", "https://other.example.com"), world.session().without("azp")] {
        let told = both_ways(&world, &clerk, &token.signed()).await;
        assert_eq!(told, ["signed-out token-invalid-authorized-parties"; 2]);
    }
}

#[tokio::test]
async fn a_handshake_of_another_instance_sets_no_cookie() {
    let world = World::production();
    let forged =
        Token::handshake(&["__session=evil; Path=/"]).header("kid", Signer::one().id()).signed_by(Signer::another());
    let template = Token::handshake(&["__session=evil; Path=/"]).category(TEMPLATE_CATEGORY).signed();
    for token in [forged, template] {
        let ask = Ask::page(&format!("{PAGE}?__clerk_handshake={token}"));
        let state = state(&world.clerk(), &ask).await;
        assert_ne!(state.status(), Status::SignedIn);
        assert!(
            !state.headers().get_all("set-cookie").iter().any(|cookie| cookie.as_bytes().starts_with(b"__session"))
        );
    }
}

#[tokio::test]
async fn a_token_seen_by_one_who_trusts_more_is_checked_anew_by_one_who_trusts_less() {
    let world = World::production();
    let pem = Signer::one().pem();
    let builder = || {
        Clerk::builder()
            .publishable_key(&world.publishable_key())
            .jwt_key(pem.clone())
            .clock(Arc::new(world.clock.clone()))
    };
    let (lax, strict) =
        (builder().build().unwrap(), builder().authorized_parties(["https://b.example.com"]).build().unwrap());
    let token = world.session().signed();
    lax.verify_token(&token).await.unwrap();
    assert!(strict.verify_token(&token).await.is_err());
}
