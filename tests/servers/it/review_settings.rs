//! Settings that would open a door without a word.

use clerk_ext::auth::{ClerkBuilder, policy};
use serde_json::json;

use crate::world::World;

/// As from a variable of the environment that is not set.
const UNSET: &str = "";

#[test]
fn a_list_with_an_entry_that_has_no_name_is_a_mistake_and_not_one_that_asks_for_nothing() {
    let world = World::production();
    let settings: [fn(ClerkBuilder) -> ClerkBuilder; 3] =
        [|it| it.authorized_parties([UNSET]), |it| it.audience([UNSET]), |it| it.issuer(["https://a.example", UNSET])];
    for set in settings {
        let error = set(world.builder()).build().expect_err("the mistake is told");
        assert!(error.to_string().contains("has no name"), "{error}");
    }
}

#[tokio::test]
async fn a_token_of_any_origin_is_not_let_in_by_an_origin_that_is_not_set() {
    let world = World::production();
    let Ok(clerk) = world.builder().authorized_parties([UNSET]).build() else { return };
    assert!(clerk.verify_token(&world.session().claim("azp", "https://evil.example").signed()).await.is_err());
}

#[tokio::test]
async fn that_a_slug_is_of_another_organization_is_not_certain_where_none_is_told() {
    use std::borrow::Cow;

    use clerk_ext::auth::{Auth, policy::Subject};

    let world = World::production();
    world.api.answer("POST", "/api_keys/verify", 200, json!({ "id": "ak_1", "subject": "org_1" }));
    let key = Auth::Machine(world.clerk().verify_machine_token("ak_test_1").await.unwrap().into());
    let session = world.session().claim("o", json!({ "id": "org_1", "rol": "admin" })).signed();
    let session = Auth::Session(world.clerk().verify_token(&session).await.unwrap());
    let elsewhere = policy::not(policy::organization_in_path("org"));
    for auth in [key, session] {
        let told = |named: &'static str| {
            let parameters = |name: &str| (name == "org").then_some(Cow::Borrowed(named));
            Subject::new(&auth).with_path(&parameters).check(&elsewhere).is_ok()
        };
        assert!(!told("acme"), "it may be the slug of org_1");
        assert!(!told("org_1"));
        assert!(told("org_2"));
    }
}

/// A function of the application that is called like one of the policies, and asks for more.
mod ours {
    use clerk_ext::auth::policy::Rule;

    #[expect(dead_code, reason = "that it is passed over is what is tested")]
    pub fn role(_: &'static str) -> Rule {
        clerk_ext::auth::policy::any([])
    }

    clerk_ext::policy! {
        pub struct Admin: role("org:admin");
        pub struct AdminOfOurs: crate::review_settings::ours::closed();
    }

    pub fn closed() -> Rule {
        clerk_ext::auth::policy::any([])
    }
}

#[tokio::test]
async fn a_policy_takes_functions_of_its_own_before_those_that_stand_around_it() {
    use clerk_ext::auth::{Auth, policy::Policy as _};

    let world = World::production();
    let session = world.session().claim("o", json!({ "id": "org_1", "rol": "admin" })).signed();
    let auth = Auth::Session(world.clerk().verify_token(&session).await.unwrap());
    assert!(ours::Admin.check(&auth).is_ok());
    assert!(ours::AdminOfOurs.check(&auth).is_err());
}

#[tokio::test]
async fn a_fallback_outside_of_a_guard_answers_for_paths_that_a_nested_router_does_not_have() {
    use axum::{Router, routing::get};
    use clerk_ext::web::{ClerkLayer, Guard};

    use crate::{answer::ask, world::Ask};

    let world = World::production();
    let closed = Router::new().route("/profile", get(|| async { "profile" })).layer(Guard::signed_in());
    let app = Router::new().nest("/closed", closed).fallback(|| async { "outside" });
    let app = app.layer(ClerkLayer::new(world.clerk()));
    for (method, path, status) in [
        ("GET", "/closed/profile", 401),
        ("POST", "/closed/profile", 401),
        ("HEAD", "/closed/profile", 401),
        ("OPTIONS", "/closed/profile", 401),
        ("GET", "/closed/other", 200),
    ] {
        let request = Ask::new(method, &format!("https://app.example.com{path}"));
        assert_eq!(ask(app.clone(), &request).await.status, status, "{method} {path}");
    }
}
