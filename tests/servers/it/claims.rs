//! What the token of a session says, once it was checked.

use clerk_ext::{
    Json, Timestamp,
    auth::{Authorization, Reverification, Session, SessionStatus},
};
use serde::Deserialize;
use serde_json::json;

use crate::world::{NOW, World};

/// A session whose token says this too.
pub async fn session(claims: Json) -> Session {
    let world = World::production();
    let token = claims.as_object().unwrap().iter().fold(world.session(), |token, (name, value)| {
        if value.is_null() { token.without(name) } else { token.claim(name, value.clone()) }
    });
    world.clerk().verify_token(&token.signed()).await.unwrap()
}

/// What a session of an organization says, with all that Clerk writes.
fn of_an_organization() -> Json {
    json!({
        "jti": "0123456789", "sts": "active", "fva": [3, 70], "fea": "o:posts,o:exports,u:avatars", "pla": "o:pro,u:free",
        "o": { "id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "3,1" },
    })
}

#[tokio::test]
async fn a_token_of_the_second_version_tells_all_of_the_session() {
    let session = session(of_an_organization()).await;
    let claims = session.claims();
    assert_eq!(claims.user_id(), "user_1");
    assert_eq!(claims.session_id().unwrap(), "sess_1");
    assert_eq!(claims.issuer(), Some("https://clerk.example.com"));
    assert_eq!(claims.authorized_party(), Some("https://app.example.com"));
    assert_eq!(claims.token_id(), Some("0123456789"));
    assert_eq!(claims.issued_at(), Some(Timestamp::from_millis(NOW * 1000)));
    assert_eq!(claims.not_before(), Some(Timestamp::from_millis((NOW - 10) * 1000)));
    assert_eq!(claims.expires_at(), Timestamp::from_millis((NOW + 60) * 1000));
    assert_eq!(claims.version(), 2);
    assert_eq!(claims.status(), Some(SessionStatus::Active));
    assert_eq!(claims.factor_ages().unwrap().first().unwrap().as_secs(), 180);
    assert_eq!(claims.factor_ages().unwrap().second().unwrap().as_secs(), 4200);
    assert!(claims.actor().is_none());
    let organization = claims.organization().unwrap();
    assert_eq!((organization.id().as_str(), organization.slug()), ("org_1", Some("acme")));
    assert_eq!(organization.role(), Some("org:admin"));
    assert_eq!(organization.permissions(), ["org:posts:read", "org:posts:write", "org:exports:read"]);
    let plans: Vec<_> = claims.plans().iter().map(|plan| (plan.slug, plan.of_organization)).collect();
    assert_eq!(plans, [("pro", true), ("free", false)]);
}

#[tokio::test]
async fn a_token_of_the_first_version_tells_the_same() {
    let session = session(json!({
        "v": null, "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin",
        "org_permissions": ["org:posts:read", "org:posts:write"],
    }))
    .await;
    assert_eq!(session.claims().version(), 1);
    let organization = session.claims().organization().unwrap();
    assert_eq!((organization.id().as_str(), organization.slug()), ("org_1", Some("acme")));
    assert_eq!(organization.role(), Some("org:admin"));
    assert_eq!(organization.permissions(), ["org:posts:read", "org:posts:write"]);
    assert!(session.has(&Authorization::new().role("admin").permission("posts:write")));
}

#[tokio::test]
async fn an_impersonator_is_told() {
    let session = session(json!({ "act": { "sub": "user_2", "reason": "support" } })).await;
    let actor = session.claims().actor().unwrap();
    assert_eq!(actor.subject(), Some("user_2"));
    assert_eq!(actor.raw()["reason"], "support");
    assert_eq!(session.user_id(), "user_1");
}

#[tokio::test]
async fn custom_claims_are_read_as_a_type_of_the_application() {
    #[derive(Deserialize)]
    struct Ours {
        tenant: String,
        sid: String,
    }
    let session = session(json!({ "tenant": "north" })).await;
    let ours: Ours = session.claims().custom().unwrap();
    assert_eq!((ours.tenant.as_str(), ours.sid.as_str()), ("north", "sess_1"));
    assert_eq!(session.claims().raw()["tenant"], "north");
}

#[tokio::test]
async fn a_session_has_what_its_token_says_and_nothing_else() {
    let session = session(of_an_organization()).await;
    let ask = Authorization::new;
    assert!(session.has(&ask().role("org:admin").permission("org:exports:read").feature("exports").plan("org:pro")));
    assert!(session.has(&ask().feature("user:avatars").plan("user:free").reverified(Reverification::Lax)));
    assert!(!session.has(&ask().permission("org:exports:write")));
    assert!(!session.has(&ask().permission("org:avatars:read")));
    assert!(!session.has(&ask().plan("user:pro")));
    assert!(!session.has(&ask().role("org:admin").reverified(Reverification::Strict)));
}

#[tokio::test]
async fn a_pending_session_has_nothing() {
    let mut claims = of_an_organization();
    claims["sts"] = json!("pending");
    let session = session(claims).await;
    assert!(session.is_pending());
    assert!(!session.has(&Authorization::new().role("org:admin")));
}
