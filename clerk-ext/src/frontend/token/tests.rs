use clerk_core::{Json, SessionId};
use serde_json::json;

use super::{
    cache::{Entry, Key},
    freshness::{Age, replaces},
    *,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn jwt(header: &Json, claims: &Json) -> Secret {
    let part = |value: &Json| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.test", part(header), part(claims)).into()
}

fn token(claims: &Json, now: i64) -> SessionToken {
    SessionToken::read(&jwt(&json!({}), claims), Origin::Minted, at(now)).unwrap()
}

#[test]
fn both_layouts_of_session_tokens_read_alike() {
    let second = token(
        &json!({
            "sid": "sess_1", "sub": "user_1", "iss": "https://clerk.example.com", "exp": 160, "iat": 100, "nbf": 90,
            "v": 2, "o": { "id": "org_1", "slg": "acme", "rol": "admin" }, "plan": "gold",
        }),
        100,
    );
    let first = token(
        &json!({
            "sid": "sess_1", "sub": "user_1", "iss": "https://clerk.example.com", "exp": 160.0, "iat": 100, "nbf": 90,
            "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin", "plan": "gold",
        }),
        100,
    );
    let organization = second.claims().organization.clone().unwrap();
    assert_eq!((organization.id.as_str(), organization.role.as_deref()), ("org_1", Some("org:admin")));
    assert_eq!(Json::from(second.claims().rest.clone()), json!({ "plan": "gold" }));
    assert_eq!((first.claims().version, second.claims().version), (1, 2));
    let like = TokenClaims { version: 2, ..first.claims().clone() };
    assert_eq!(&like, second.claims());
    assert_eq!(second.expires_at(), at(160));
}

#[test]
fn what_is_not_a_token_is_refused_and_not_shown() {
    for text in ["", "test", "a.b", "test.test.test", "e30.e30.test", "e30.e30.test.test", "e30.W10.test"] {
        let error = SessionToken::read(&text.into(), Origin::Minted, at(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        assert!(!error.to_string().contains("e30"), "{error}");
    }
    let token = token(&json!({ "exp": 60, "sid": "sess_1", "email": "ann@example.com" }), 0);
    let shown = format!("{token:?} {:?}", token.claims());
    assert!(shown.contains("sess_1") && !shown.contains(token.expose()) && !shown.contains("ann@"), "{shown}");
}

#[test]
fn a_token_is_used_while_it_outlasts_the_leeway() {
    let token = token(&json!({ "exp": 160, "iat": 100 }), 100);
    for (now, leeway, usable) in [(100, 10, true), (149, 10, true), (150, 10, false), (159, 0, true), (160, 0, false)] {
        assert_eq!(token.outlasts(at(now), Duration::from_secs(leeway)), usable, "{now} {leeway}");
    }
}

#[test]
fn a_wrong_clock_is_told_by_the_times_of_the_token() {
    // A lifetime of 60 s that began at 1000 by Clerk's clock.
    let ends = |origin, now| local(at(1060), Some(at(1000)), origin, at(now));
    for (origin, now, expected) in [
        (Origin::Minted, 1000, 1060),
        (Origin::Minted, 1030, 1060),
        (Origin::Minted, 999, 1060),
        // Ahead by an hour, and behind by one.
        (Origin::Minted, 4600, 4660),
        (Origin::Minted, -2600, -2540),
        (Origin::Kept, -2600, -2540),
        // That one may be old.
        (Origin::Kept, 4600, 1060),
    ] {
        assert_eq!(ends(origin, now), at(expected), "{origin:?} {now}");
    }
}

#[test]
fn the_fresher_of_two_tokens_stays() {
    let age = |(is_valid, made_at, issued_at): (bool, Option<i64>, i64)| Age {
        is_valid,
        made_at,
        issued_at: Some(at(issued_at)),
    };
    for (incoming, existing, minted, kept) in [
        // What can be used beats what cannot.
        ((true, None, 1), (false, Some(9), 9), true, true),
        ((false, Some(9), 9), (true, None, 1), false, false),
        // The origin's time decides, and who has none loses.
        ((true, Some(2), 1), (true, Some(1), 9), true, true),
        ((true, Some(1), 9), (true, Some(2), 1), false, false),
        ((true, Some(1), 1), (true, None, 9), true, true),
        ((true, None, 9), (true, Some(1), 1), false, false),
        ((false, Some(2), 1), (false, Some(1), 1), true, true),
        // Then the time of issue.
        ((true, Some(1), 2), (true, Some(1), 1), true, true),
        ((true, None, 1), (true, None, 2), false, false),
        // Of two that are equal the one that was fetched is taken, and the one that came along is not.
        ((true, Some(1), 1), (true, Some(1), 1), true, false),
        ((true, None, 1), (true, None, 1), true, false),
    ] {
        let decided = |origin| replaces(age(incoming), origin, age(existing));
        assert_eq!((decided(Origin::Minted), decided(Origin::Kept)), (minted, kept), "{incoming:?} {existing:?}");
    }
}

#[test]
fn an_older_token_from_the_edge_does_not_replace_a_newer_one() {
    let made = |oiat: i64| {
        let jwt = jwt(&json!({ "oiat": oiat }), &json!({ "exp": 160, "iat": 100, "sid": SessionId::from("sess_1") }));
        SessionToken::read(&jwt, Origin::Minted, at(100)).unwrap()
    };
    let mut entry = Entry::default();
    let newer = entry.take(made(100), Origin::Minted, at(100));
    assert!(entry.take(made(99), Origin::Minted, at(100)).is_same(&newer));
    let newest = entry.take(made(101), Origin::Kept, at(100));
    assert!(!newest.is_same(&newer) && entry.token.unwrap().is_same(&newest));
}

#[test]
fn keys_differ_by_organization_and_template() {
    let key = |organization: Option<&str>, template: Option<&str>| Key {
        organization: organization.map(Into::into),
        template: template.map(Into::into),
    };
    let keys = [
        key(None, None),
        key(Some("org_1"), None),
        key(Some("org_2"), None),
        key(None, Some("database")),
        key(Some("org_1"), Some("database")),
        key(Some("database"), None),
    ];
    for (i, left) in keys.iter().enumerate() {
        for (j, right) in keys.iter().enumerate() {
            assert_eq!(left == right, i == j, "{left:?} {right:?}");
        }
    }
}
