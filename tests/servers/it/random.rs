//! Random and mutated input for everything that reads what strangers send.
//!
//! Each test goes on for a second, or for as many as `CLERK_RANDOM_SECONDS` says. What fails is made small, and printed.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use clerk_ext::{
    PublishableKey, SecretKey, Timestamp,
    auth::{Clerk, KeySet, ReturnUrls, Status},
    clock::ManualClock,
    config::JwtKey,
    webhooks::Webhook,
};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    sample::Index,
    test_runner::{Config, TestCaseError, TestRunner},
};
use url::Url;

use crate::world::{NOW, Signer, Token, World};

/// Draws inputs until the time is up.
fn go_on<S: Strategy>(inputs: &S, mut one: impl FnMut(S::Value) -> Result<(), String>) {
    let seconds = std::env::var("CLERK_RANDOM_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let until = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < until {
        let mut runner = TestRunner::new(Config { cases: 50, failure_persistence: None, ..Config::default() });
        let one = std::cell::RefCell::new(&mut one);
        runner.run(inputs, |input| (one.borrow_mut())(input).map_err(TestCaseError::fail)).unwrap();
    }
}

/// One of these texts with a few changes, or any text at all.
fn mutated(texts: Vec<String>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), any::<u8>(), any::<Index>(), any::<u8>());
    let edited = (Just(texts), any::<Index>(), vec(edit, 0..6)).prop_map(|(texts, which, edits)| {
        let mut bytes = which.get(&texts).as_bytes().to_vec();
        for (at, kind, length, byte) in edits {
            let at = at.index(bytes.len() + 1);
            let end = at + length.index((bytes.len() - at).min(40) + 1);
            match kind % 5 {
                0 => bytes.insert(at, byte),
                1 => bytes.insert(at, b".;=,%\\/@: \t\"{}[]?#&+-_"[usize::from(byte) % 22]),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                _ => bytes[at..end].fill(byte),
            }
        }
        bytes
    });
    prop_oneof![9 => edited, 1 => vec(any::<u8>(), 0..200)]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn must(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

static WORLD: LazyLock<World> = LazyLock::new(World::production);

/// Everything is at hand, so that all answers come at once.
fn clerk() -> Clerk {
    let builder = WORLD.builder().jwt_key(Signer::one().pem());
    builder.authorized_parties(["https://app.example.com"]).build().unwrap()
}

fn tokens() -> Vec<String> {
    let good = WORLD.session();
    let more = [
        good.clone()
            .claim("o", serde_json::json!({ "id": "org_1", "per": "a,b", "fpm": "1,3" }))
            .claim("fea", "o:x,u:y"),
        good.clone().without("sub"),
        good.clone().category("cl_B7d4PD222AAA"),
        good.clone().claim("sub", "mch_1"),
    ];
    [good].iter().chain(&more).map(Token::signed).collect()
}

#[test]
fn tokens_that_were_changed_are_never_good() {
    let (clerk, tokens) = (clerk(), tokens());
    go_on(&mutated(tokens.clone()), |token| {
        let token = text(&token);
        let verified = clerk.verify_token(&token).now_or_never().ok_or("a key was not at hand")?;
        // Padding may be added.
        let known = tokens.iter().any(|good| good == token.trim_end_matches('='));
        must(verified.is_err() || known, "a changed token is good")
    });
}

#[test]
fn payloads_of_any_shape_are_read() {
    let claims = ["sub", "sid", "iss", "azp", "aud", "iat", "exp", "nbf", "v", "o", "fea", "pla", "fva", "sts", "act"];
    let value = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[ -~]{0,12}".prop_map(Into::into),
        vec("[a-z:,]{0,8}", 0..4).prop_map(Into::into),
        Just(serde_json::json!({ "id": "org_1", "per": 1, "fpm": "9999999999999999999999" })),
    ];
    let clerk = clerk();
    let any_claims = vec((proptest::sample::select(claims.to_vec()), value), 0..8);
    go_on(&any_claims, |claims| {
        let mut token = WORLD.session();
        for (name, value) in claims {
            token = token.claim(name, value);
        }
        if let Ok(session) = clerk.verify_token(&token.signed()).now_or_never().ok_or("a key was not at hand")? {
            let claims = session.claims();
            let _ = (claims.features(), claims.plans(), claims.factor_ages(), format!("{claims:?} {session:?}"));
            if let Some(organization) = claims.organization() {
                let _ = (organization.slug(), organization.role(), organization.permissions());
            }
        }
        Ok(())
    });
}

#[test]
fn cookies_and_headers_of_any_kind_sign_nobody_in() {
    let suffix = WORLD.suffix();
    let expired = WORLD.session().issued(-3600).signed();
    let foreign = WORLD.session().signed_by(Signer::another());
    let cookies = vec![
        format!("__session={foreign}; __client_uat={NOW}; __session_{suffix}={foreign}; __client_uat_{suffix}={NOW}"),
        format!("__session={expired}; __client_uat=1; __clerk_db_jwt=dvb_1"),
        format!("a=b%3B__session%3D{expired}; __session=; __client_uat=0"),
        "__clerk_redirect_count=3; __clerk_handshake=x".to_owned(),
    ];
    let clerk = clerk();
    let headers = (mutated(cookies), mutated(vec!["app.example.com".into(), "evil.com:80".into(), "a,b".into()]));
    go_on(
        &(headers, mutated(vec!["/orgs/x?a=b&__clerk_synced=false".into(), "//evil.com/%70rofile".into()])),
        |((cookie, host), path)| {
            let mut request = Request::get("/");
            if let Ok(path) = Request::get(text(&path)).body(()) {
                request = Request::get(path.uri().clone());
            }
            for (name, value) in [("cookie", &cookie), ("host", &host), ("x-forwarded-host", &host), ("referer", &host)]
            {
                if let Ok(value) = HeaderValue::from_bytes(value) {
                    request = request.header(name, value);
                }
            }
            let parts = request.header("sec-fetch-dest", "document").body(()).unwrap().into_parts().0;
            let state = clerk.authenticate(&parts).now_or_never().ok_or("something had to be asked")?;
            must(
                state.is_ok_and(|state| state.status() != Status::SignedIn),
                "somebody is signed in, or it is an error",
            )
        },
    );
}

#[test]
fn keys_of_any_kind_are_read_or_refused() {
    let jwks = serde_json::json!({ "keys": [Signer::one().jwk(), Signer::another().jwk()] }).to_string();
    let texts = vec![
        jwks,
        Signer::one().pem().as_str().to_owned(),
        "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k".to_owned(),
        "sk_live_test_1234".to_owned(),
        "whsec_dGVzdA==".to_owned(),
    ];
    go_on(&mutated(texts), |bytes| {
        let text = text(&bytes);
        if let Ok(document) = serde_json::from_slice(&bytes) {
            let _ = KeySet::fixed(&document);
        }
        if let Ok(key) = text.parse::<JwtKey>() {
            let _ = KeySet::pem(&key);
        }
        if let Ok(key) = text.parse::<PublishableKey>() {
            must(text.starts_with("pk_") && !key.frontend_host().is_empty(), "a publishable key of nowhere")?;
        }
        let _ = text.parse::<SecretKey>();
        if let Err(error) = Webhook::new(text.as_str()) {
            must(text.len() < 8 || !error.to_string().contains(&text), "an error shows the secret")?;
        }
        Ok(())
    });
}

#[test]
fn signatures_of_webhooks_that_were_changed_are_never_good() {
    let webhook = Webhook::new("whsec_dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0").unwrap();
    let clock = ManualClock::at(std::time::UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs()));
    let webhook = webhook.clock(Arc::new(clock));
    let signed = webhook.sign("msg_1", Timestamp::from_millis(NOW * 1000), "{}").unwrap();
    let signature = signed.get("svix-signature").unwrap().to_str().unwrap().to_owned();
    let lines = vec![
        format!("msg_1\n{NOW}\n{signature}"),
        format!("msg_1\n{NOW}\nv1,AAAA v2,x {signature}"),
        format!("msg_2\n{}\nv1a,{signature}", i64::MAX),
    ];
    go_on(&mutated(lines), |bytes| {
        let text = text(&bytes);
        let mut values = text.split('\n');
        let mut value = || values.next().unwrap_or_default().to_owned();
        let (id, time, signatures) = (value(), value(), value());
        let headers = [("svix-id", &id), ("svix-timestamp", &time), ("svix-signature", &signatures)];
        let pairs: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let verified = webhook.verify(pairs.as_slice(), "{}");
        // What stands behind a second comma is nothing that anybody reads.
        let is_whole = |one: &str| {
            one.trim().strip_prefix(&signature).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        };
        let is_signed = id.trim() == "msg_1" && signatures.split(' ').any(is_whole);
        must(verified.is_err() || is_signed, "a changed signature is good")
    });
}

#[test]
fn return_addresses_never_lead_elsewhere() {
    let urls = ReturnUrls::new("/home").unwrap().allow("https://docs.example.com").unwrap();
    let addresses = [
        "/reports?x=y#z",
        "//evil.com",
        "/\\evil.com",
        "https://docs.example.com/intro",
        "https://app.example.com/",
        "https://app.example.com@evil.com/",
        "https://app.example.com.evil.com",
        "javascript:alert(1)",
        "/\t/evil.com",
        "https:evil.com",
        "/%09/evil.com",
        "https://docs.example.com%2eevil.com/",
        "///evil.com",
        "\u{0}//evil.com",
    ];
    let origin = Url::parse("https://app.example.com/deep/page").unwrap();
    go_on(&mutated(addresses.map(str::to_owned).to_vec()), |wanted| {
        let mut address = Url::parse("https://app.example.com/").unwrap();
        address.query_pairs_mut().append_pair("redirect_url", &text(&wanted));
        let request = Request::get(format!("/?{}", address.query().unwrap_or_default()));
        let request = request.header("host", "app.example.com").header("x-forwarded-proto", "https");
        let to = urls.return_url(&request.body(()).unwrap().into_parts().0);
        let resolved = origin.join(&to).map_err(|_| format!("{to} is no address"))?;
        let known = ["https://app.example.com", "https://docs.example.com"];
        must(known.contains(&resolved.origin().ascii_serialization().as_str()), &format!("leads to {to}"))?;
        must(!to.bytes().any(|byte| byte.is_ascii_control() || byte == b'\\'), &format!("leads to {to}"))?;
        must(to.starts_with("https://docs.example.com") || (to.starts_with('/') && !to.starts_with("//")), &to)
    });
}
