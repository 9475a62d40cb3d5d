//! Signing out, and tokens of a session for other services.

use std::time::Duration;

use clerk_ext::{Error, ErrorKind, auth::SignedOut};
use serde_json::json;

use crate::world::{Ask, NOW, Signer, Token, World};

const PAGE: &str = "https://app.example.com/sign-out";
const REVOKE: &str = "/v1/sessions/sess_1/revoke";

fn browser(world: &World, token: &Token) -> Ask {
    let ask = Ask::new("POST", PAGE).cookie(&world.suffixed("__session"), token.signed());
    ask.cookie(&world.suffixed("__client_uat"), NOW - 200)
}

async fn sign_out(world: &World, ask: &Ask) -> SignedOut {
    world.clerk().sign_out(&ask.parts()).await
}

fn cookies(signed_out: &SignedOut) -> Vec<&str> {
    signed_out.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect()
}

/// The attributes of the cookies of a name, sorted.
fn of<'c>(signed_out: &'c SignedOut, name: &str) -> Vec<&'c str> {
    let mut found: Vec<_> =
        cookies(signed_out).into_iter().filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('=')).collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn the_session_is_ended_at_clerk() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 200, json!({ "object": "session", "id": "sess_1", "status": "revoked" }));
    let signed_out = sign_out(&world, &browser(&world, &world.session())).await;
    signed_out.ended.as_ref().unwrap();
    assert_eq!(signed_out.session.unwrap(), "sess_1");
    assert_eq!(world.api.sent().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_over_still_says_which_session_to_end() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 200, json!({}));
    let signed_out = sign_out(&world, &browser(&world, &world.session().issued(-3600))).await;
    assert_eq!(signed_out.session.unwrap(), "sess_1");
    assert_eq!(world.api.sent().len(), 1);
}

#[tokio::test]
async fn a_token_in_the_header_does_too() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 200, json!({}));
    let signed_out = sign_out(&world, &Ask::new("POST", PAGE).bearer(&world.session().signed())).await;
    assert_eq!(signed_out.session.unwrap(), "sess_1");
}

#[tokio::test]
async fn no_session_is_ended_that_the_request_does_not_prove() {
    let world = World::production();
    let clerk = world.builder().authorized_parties(["https://app.example.com"]).build().unwrap();
    let session = || world.session();
    for token in [
        session().header("kid", "ins_one").signed_by(Signer::another()),
        session().signed_by(Signer::another()),
        session().header("alg", "none").signed(),
        session().claim("azp", "https://evil.example.com").signed(),
        session().claim("azp", "https://evil.example.com").issued(-100).signed(),
        session().issued(100).signed(),
        session().category("cl_B7d4PD222AAA").signed(),
        session().claim("sub", "mch_1").signed(),
        session().without("sid").signed(),
        "nonsense".to_owned(),
    ] {
        let ask = Ask::new("POST", PAGE).cookie("__session", token).cookie("__client_uat", NOW - 200);
        let signed_out = clerk.sign_out(&ask.parts()).await;
        assert!(signed_out.session.is_none() && signed_out.ended.is_ok());
        assert!(!cookies(&signed_out).is_empty(), "what is no good is taken away all the same");
    }
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_browser_without_a_session_loses_its_cookies() {
    let world = World::production();
    let signed_out = sign_out(&world, &Ask::new("POST", PAGE)).await;
    assert!(signed_out.session.is_none() && signed_out.ended.is_ok());
    assert!(!of(&signed_out, "__session").is_empty());
    assert!(world.api.sent().is_empty());
}

const GONE: &str = "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax";

#[tokio::test]
async fn all_cookies_of_the_instance_are_taken_away_where_browsers_have_them() {
    let world = World::production();
    let signed_out = sign_out(&world, &Ask::new("POST", PAGE)).await;
    let gone = [format!("; Path=/; Domain=example.com{GONE}"), format!("; Path=/{GONE}")];
    for name in ["__session", "__refresh"] {
        assert_eq!(of(&signed_out, name), gone);
        assert_eq!(of(&signed_out, &world.suffixed(name)), gone);
    }
    for name in ["__clerk_handshake", "__clerk_handshake_nonce"] {
        assert_eq!(of(&signed_out, name), gone, "what is left of a handshake would sign them in again");
    }
    for name in ["__client_uat".to_owned(), world.suffixed("__client_uat")] {
        let zero = "0; Path=/; Domain=example.com; Max-Age=34560000; SameSite=Lax".to_owned();
        assert_eq!(
            of(&signed_out, &name),
            [zero, format!("; Path=/{GONE}")]
                .iter()
                .map(String::as_str)
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );
    }
    assert_eq!(signed_out.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_host_that_is_not_below_the_domain_of_the_instance_has_no_cookies_of_it() {
    let world = World::production();
    for host in ["https://notexample.com/", "https://example.com.evil.com/", "http://localhost:3000/"] {
        let signed_out = sign_out(&world, &Ask::new("POST", host)).await;
        assert!(cookies(&signed_out).iter().all(|cookie| !cookie.contains("Domain=")), "{host}");
        assert_eq!(of(&signed_out, "__client_uat"), ["0; Path=/; Max-Age=34560000; SameSite=Lax"]);
    }
}

#[tokio::test]
async fn in_development_cookies_are_those_of_the_host() {
    let world = World::development();
    let signed_out = sign_out(&world, &Ask::new("POST", "http://localhost:3000/")).await;
    assert!(cookies(&signed_out).iter().all(|cookie| !cookie.contains("Domain=")));
    assert!(cookies(&signed_out).iter().all(|cookie| !cookie.starts_with("__clerk_db_jwt")), "the browser stays known");
}

#[tokio::test]
async fn when_clerk_is_down_the_cookies_go_and_what_is_left_is_told() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 400, json!({ "errors": [{ "code": "x" }] }));
    let signed_out = sign_out(&world, &browser(&world, &world.session())).await;
    let error: Error = signed_out.ended.as_ref().unwrap_err().clone();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    assert_eq!(signed_out.session.as_ref().unwrap(), "sess_1", "it can be revoked later");
    assert!(!of(&signed_out, "__session").is_empty());
}

#[tokio::test]
async fn when_the_keys_cannot_be_had_nothing_is_ended_and_that_is_told() {
    let world = World::production();
    world.api.answer("GET", "/v1/jwks", 404, json!({}));
    let signed_out = sign_out(&world, &browser(&world, &world.session())).await;
    assert!(signed_out.ended.is_err() && signed_out.session.is_none());
    assert!(!of(&signed_out, "__session").is_empty());
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_session_that_is_gone_already_is_ended() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 404, json!({ "errors": [{ "code": "resource_not_found" }] }));
    assert!(sign_out(&world, &browser(&world, &world.session())).await.ended.is_ok());
}

#[tokio::test]
async fn a_session_id_ends_nothing_else() {
    let world = World::production();
    let token = world.session().claim("sid", "../users/user_1/ban");
    let signed_out = sign_out(&world, &browser(&world, &token)).await;
    assert!(signed_out.ended.is_err());
    assert!(world.api.sent().iter().all(|sent| !sent.what.contains("/users/")), "{:?}", world.api.sent());
}

#[tokio::test]
async fn after_that_the_browser_is_signed_out_here() {
    let world = World::production();
    world.api.answer("POST", REVOKE, 200, json!({}));
    let signed_out = sign_out(&world, &browser(&world, &world.session())).await;
    let mut after = Ask::page(PAGE);
    for cookie in cookies(&signed_out) {
        let (name, rest) = cookie.split_once('=').unwrap();
        if let (value, true) = (rest.split(';').next().unwrap(), !cookie.contains("Max-Age=0")) {
            after = after.cookie(name, value);
        }
    }
    let told = crate::world::told(&crate::world::state(&world.clerk(), &after).await);
    assert_eq!(told, "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn a_session_has_its_own_token_without_asking() {
    let world = World::production();
    let token = world.session().signed();
    let session = world.clerk().verify_token(&token).await.unwrap();
    assert_eq!(world.clerk().session_token(&session, None, None).await.unwrap().expose(), token);
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn clerk_makes_tokens_of_templates_and_of_other_lifetimes() {
    let world = World::production();
    let session = world.clerk().verify_token(&world.session().signed()).await.unwrap();
    world.api.answer("POST", "/v1/sessions/sess_1/tokens/my%20db", 200, json!({ "jwt": "template-test" }));
    world.api.answer("POST", "/v1/sessions/sess_1/tokens", 200, json!({ "jwt": "long-test" }));
    let token = world.clerk().session_token(&session, Some("my db"), None).await.unwrap();
    assert_eq!(token.expose(), "template-test");
    let token = world.clerk().session_token(&session, None, Some(Duration::from_secs(300))).await.unwrap();
    assert_eq!(token.expose(), "long-test");
    let sent = world.api.sent();
    assert_eq!(sent[0].body.get("expires_in_seconds"), None);
    assert_eq!(sent[1].body["expires_in_seconds"], 300);
}

#[tokio::test]
async fn a_session_without_an_id_has_no_other_tokens() {
    let world = World::production();
    let session = world.clerk().verify_token(&world.session().without("sid").signed()).await.unwrap();
    let error = world.clerk().session_token(&session, Some("db"), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}
