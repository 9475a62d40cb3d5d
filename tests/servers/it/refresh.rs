//! Tokens that are over, and get new ones without the browser noticing.

use clerk_ext::auth::RequestState;
use serde_json::json;

use crate::world::{Ask, NOW, Signer, World, set_cookies, state, told};

const PAGE: &str = "https://app.example.com/page?x=1";
const REFRESH: &str = "/v1/sessions/sess_1/refresh";

/// A browser whose token is over, and that has a refresh token.
fn over(world: &World, ask: Ask) -> Ask {
    ask.cookie(&world.suffixed("__session"), world.session().issued(-100).signed())
        .cookie(&world.suffixed("__client_uat"), NOW - 200)
        .cookie(&world.suffixed("__refresh"), "refresh-test")
}

/// What comes of such a browser, when Clerk says this.
async fn answered(world: &World, status: u16, body: serde_json::Value) -> RequestState {
    world.api.answer("POST", REFRESH, status, body);
    state(&world.clerk(), &over(world, Ask::page(PAGE))).await
}

#[tokio::test]
async fn a_token_that_is_over_is_refreshed_and_its_cookies_are_passed_on() {
    let world = World::production();
    let session = format!("__session={}; Path=/; Secure", world.session().claim("sub", "user_new").signed());
    let cookies = ["__client_uat=5; Path=/", session.as_str(), "__refresh=new-test; HttpOnly"];
    let state = answered(&world, 200, json!({ "object": "cookies", "cookies": cookies })).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(state.session().unwrap().user_id(), "user_new");
    assert_eq!(set_cookies(&state), cookies);
    assert!(state.location().is_none());
}

#[tokio::test]
async fn clerk_is_told_who_asks_and_with_what() {
    let world = World::production();
    world.api.answer("POST", REFRESH, 500, json!({}));
    let ask = over(&world, Ask::page(PAGE)).header("user-agent", "Browser").header("x-forwarded-for", "192.0.2.1");
    state(&world.clerk(), &ask).await;
    let [sent] = &world.api.sent()[..] else { panic!("asked once, whatever came of it") };
    assert_eq!(sent.query, "suffixed_cookies=true");
    assert_eq!(sent.body["format"], "cookie");
    assert_eq!(sent.body["refresh_token"], "refresh-test");
    assert_eq!(sent.body["expired_token"], world.session().issued(-100).signed());
    assert_eq!(sent.body["request_origin"], "https://app.example.com");
    assert_eq!(sent.body["request_headers"]["user-agent"], json!(["Browser"]));
    assert_eq!(sent.body["request_headers"]["x-forwarded-for"], json!(["192.0.2.1"]));
}

#[tokio::test]
async fn plain_cookies_are_not_said_to_have_a_suffix() {
    let world = World::production();
    let ask = Ask::page(PAGE)
        .cookie("__session", world.session().issued(-100).signed())
        .cookie("__client_uat", NOW - 200)
        .cookie(&world.suffixed("__refresh"), "refresh-test");
    state(&world.clerk(), &ask).await;
    assert_eq!(world.api.sent()[0].query, "");
}

#[tokio::test]
async fn a_refresh_token_without_the_suffix_is_none() {
    let world = World::production();
    let ask = Ask::page(PAGE)
        .cookie("__session", world.session().issued(-100).signed())
        .cookie("__client_uat", NOW - 200)
        .cookie("__refresh", "refresh-test");
    let asked = state(&world.clerk(), &ask).await;
    assert_eq!(told(&asked), "handshake session-token-expired-refresh-non-eligible-no-refresh-cookie");
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn only_what_reads_is_refreshed() {
    let world = World::production();
    for method in ["POST", "PUT", "DELETE", "HEAD"] {
        let asked = state(&world.clerk(), &over(&world, Ask::new(method, PAGE))).await;
        assert_eq!(told(&asked), "signed-out session-token-expired-refresh-non-eligible-non-get", "{method}");
    }
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_script_is_refreshed_too() {
    let world = World::production();
    let session = format!("__session={}", world.session().signed());
    world.api.answer("POST", REFRESH, 200, json!({ "cookies": [session] }));
    assert_eq!(told(&state(&world.clerk(), &over(&world, Ask::script(PAGE))).await), "signed-in");
}

#[tokio::test]
async fn a_token_in_the_header_is_refreshed_too() {
    let world = World::production();
    let session = format!("__session={}", world.session().signed());
    world.api.answer("POST", REFRESH, 200, json!({ "cookies": [session] }));
    let ask = Ask::script(PAGE)
        .bearer(&world.session().issued(-100).signed())
        .cookie(&world.suffixed("__refresh"), "refresh-test");
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-in");
}

#[tokio::test]
async fn what_clerk_says_instead_is_part_of_the_reason() {
    let world = World::production();
    for (status, body, why) in [
        (401, json!({ "errors": [{ "code": "session_revoked" }] }), "session_revoked"),
        (500, json!({ "errors": [{ "code": "internal" }, { "code": "other" }] }), "internal"),
        (422, json!({ "errors": [] }), "unexpected-bapi-error"),
        (400, json!({ "errors": [{ "code": "evil\r\ncode: 1" }] }), "unexpected-bapi-error"),
        (400, json!({ "errors": [{ "code": "x".repeat(200) }] }), "unexpected-bapi-error"),
        (200, json!({ "cookies": [] }), "unexpected-sdk-error"),
        (200, json!({}), "unexpected-sdk-error"),
        (200, json!({ "cookies": ["__client_uat=5"] }), "invalid-session-token"),
        (200, json!({ "cookies": ["__session=nonsense"] }), "invalid-session-token"),
        (200, json!({ "cookies": ["__session=; Max-Age=0"] }), "invalid-session-token"),
    ] {
        let asked = answered(&world, status, body).await;
        assert_eq!(told(&asked), format!("handshake session-token-expired-refresh-{why}"));
        assert_eq!(set_cookies(&asked).len(), 1, "besides the count of redirects there is no cookie");
    }
}

#[tokio::test]
async fn a_new_token_that_is_no_session_is_not_believed() {
    let world = World::production();
    for token in [
        world.session().signed_by(Signer::another()),
        world.session().issued(-100).signed(),
        world.session().category("cl_B7d4PD222AAA").signed(),
        world.session().claim("sub", "mch_1").signed(),
    ] {
        let asked = answered(&world, 200, json!({ "cookies": [format!("__session={token}")] })).await;
        assert_eq!(told(&asked), "handshake session-token-expired-refresh-invalid-session-token");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_not_tried_again() {
    let world = World::production();
    world.api.breaks("POST", REFRESH);
    let asked = state(&world.clerk(), &over(&world, Ask::page(PAGE))).await;
    assert_eq!(told(&asked), "handshake session-token-expired-refresh-fetch-error");
    assert_eq!(world.api.sent().len(), 1, "the refresh token may have been spent");
}

#[tokio::test]
async fn a_token_that_names_no_session_is_not_refreshed() {
    let world = World::production();
    for sid in [json!(null), json!(""), json!(5)] {
        let token = world.session().issued(-100).claim("sid", sid).signed();
        let ask = Ask::page(PAGE)
            .cookie("__session", token)
            .cookie("__client_uat", NOW - 200)
            .cookie(&world.suffixed("__refresh"), "refresh-test");
        let asked = state(&world.clerk(), &ask).await;
        let reason = "handshake session-token-expired-refresh-expired-session-token-missing-sid-claim";
        assert_eq!(told(&asked), reason);
    }
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_forged_token_is_not_refreshed() {
    let world = World::production();
    let forged = world.session().issued(-100).header("kid", "ins_one").signed_by(Signer::another());
    let ask = Ask::page(PAGE)
        .cookie("__session", forged)
        .cookie("__client_uat", NOW - 200)
        .cookie(&world.suffixed("__refresh"), "refresh-test");
    assert_eq!(told(&state(&world.clerk(), &ask).await), "signed-out token-invalid-signature");
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn a_session_id_moves_the_request_nowhere_else() {
    let world = World::production();
    let token = world.session().issued(-100).claim("sid", "../users/user_1?x=").signed();
    let ask = Ask::page(PAGE)
        .cookie("__session", token)
        .cookie("__client_uat", NOW - 200)
        .cookie(&world.suffixed("__refresh"), "refresh-test");
    assert!(told(&state(&world.clerk(), &ask).await).starts_with("handshake session-token-expired-refresh-"));
    for sent in world.api.sent() {
        assert!(sent.what.starts_with("POST /v1/sessions/"), "{}", sent.what);
        assert!(!sent.what.contains("/users/"), "{}", sent.what);
    }
}
