//! Addresses that belong to an organization.

use clerk_ext::auth::{Clerk, OrganizationSync};
use serde_json::{Value, json};

use crate::world::{Ask, NOW, World, location, query, set_cookies, state, told};

fn clerk(world: &World) -> Clerk {
    let sync = OrganizationSync::new()
        .organization("/orgs/:slug")
        .unwrap()
        .organization("/orgs/:slug/(.*)")
        .unwrap()
        .organization("/by-id/:id")
        .unwrap()
        .organization("/mine/:other")
        .unwrap()
        .personal_account("/me")
        .unwrap()
        .personal_account("/mine/(.*)")
        .unwrap();
    world.builder().organization_sync(sync).build().unwrap()
}

fn ask(world: &World, path: &str, organization: &Value) -> Ask {
    let mut token = world.session();
    if let Some(claims) = organization.as_object() {
        for (name, value) in claims {
            token = token.claim(name, value.clone());
        }
    }
    Ask::page(&format!("https://app.example.com{path}"))
        .cookie("__session", token.signed())
        .cookie("__client_uat", NOW - 5)
}

/// The organization that a browser is sent to have made active; `None` where it is not sent anywhere.
async fn activated(world: &World, path: &str, organization: &Value) -> Option<String> {
    let asked = state(&clerk(world), &ask(world, path, organization)).await;
    match told(&asked).as_str() {
        "signed-in" => None,
        "handshake active-organization-mismatch" => Some(query(&location(&asked), "organization_id").unwrap()),
        other => panic!("{other}"),
    }
}

fn acme(version: u8) -> Value {
    match version {
        1 => json!({ "v": 1, "org_id": "org_1", "org_slug": "acme", "org_role": "org:admin" }),
        _ => json!({ "v": 2, "o": { "id": "org_1", "slg": "acme", "rol": "admin" } }),
    }
}

#[tokio::test]
async fn an_address_of_another_organization_has_it_made_active() {
    let world = World::production();
    for version in [1, 2] {
        let acme = acme(version);
        assert_eq!(activated(&world, "/orgs/other", &acme).await.as_deref(), Some("other"));
        assert_eq!(activated(&world, "/orgs/other/a/b", &acme).await.as_deref(), Some("other"));
        assert_eq!(activated(&world, "/by-id/org_2", &acme).await.as_deref(), Some("org_2"));
        assert_eq!(activated(&world, "/me", &acme).await.as_deref(), Some(""));
    }
    let personal = json!({});
    assert_eq!(activated(&world, "/orgs/acme", &personal).await.as_deref(), Some("acme"));
    assert_eq!(activated(&world, "/by-id/org_1", &personal).await.as_deref(), Some("org_1"));
}

#[tokio::test]
async fn an_address_of_the_active_one_changes_nothing() {
    let world = World::production();
    for version in [1, 2] {
        let acme = acme(version);
        for path in ["/orgs/acme", "/ORGS/acme/", "/orgs/acme/settings", "/by-id/org_1", "/elsewhere", "/"] {
            assert_eq!(activated(&world, path, &acme).await, None, "{path}");
        }
    }
    assert_eq!(activated(&world, "/me", &json!({})).await, None);
}

#[tokio::test]
async fn a_name_is_taken_from_the_address_as_it_is() {
    let world = World::production();
    assert_eq!(activated(&world, "/orgs/a%20b", &json!({})).await.as_deref(), Some("a%20b"));
}

#[tokio::test]
async fn an_address_that_names_no_organization_may_still_be_the_personal_accounts() {
    let world = World::production();
    assert_eq!(activated(&world, "/mine/x", &acme(2)).await.as_deref(), Some(""));
}

#[tokio::test]
async fn a_browser_that_comes_back_without_the_organization_stays_signed_in() {
    let world = World::production();
    for count in [3, 4, 1000] {
        let ask = ask(&world, "/orgs/other", &acme(2)).cookie("__clerk_redirect_count", count);
        let asked = state(&clerk(&world), &ask).await;
        assert_eq!(told(&asked), "signed-in");
        assert!(set_cookies(&asked).is_empty());
    }
}

#[tokio::test]
async fn a_script_stays_in_the_organization_that_is_active() {
    let world = World::production();
    let ask = ask(&world, "/orgs/other", &acme(2)).only_header("sec-fetch-dest", "empty");
    let asked = state(&clerk(&world), &ask).await;
    assert_eq!(told(&asked), "signed-in");
    assert_eq!(asked.session().unwrap().claims().organization().unwrap().id(), "org_1");
}

#[tokio::test]
async fn who_has_tasks_to_finish_is_not_sent_away() {
    let world = World::production();
    assert_eq!(activated(&world, "/orgs/acme", &json!({ "sts": "pending" })).await, None);
}

#[tokio::test]
async fn a_session_of_nobody_is_not_sent_to_change_the_organization() {
    let world = World::production();
    for (subject, expected) in [("", "signed-in"), ("user_1", "handshake active-organization-mismatch")] {
        let token = world.session().claim("sub", subject).signed();
        let ask = Ask::page("https://app.example.com/orgs/acme").cookie("__session", token);
        assert_eq!(told(&state(&clerk(&world), &ask.cookie("__client_uat", NOW - 5)).await), expected);
    }
}

#[tokio::test]
async fn a_token_in_the_header_is_not_either() {
    let world = World::production();
    let ask = Ask::page("https://app.example.com/orgs/acme").bearer(&world.session().signed());
    assert_eq!(told(&state(&clerk(&world), &ask).await), "signed-in");
}

#[tokio::test]
async fn every_handshake_names_the_organization_of_the_address() {
    let world = World::production();
    for (path, organization) in [("/orgs/acme/x", Some("acme")), ("/me", Some("")), ("/elsewhere", None)] {
        let ask = Ask::page(&format!("https://app.example.com{path}")).cookie("__client_uat", NOW);
        let asked = state(&clerk(&world), &ask).await;
        assert_eq!(told(&asked), "handshake client-uat-but-no-session-token");
        assert_eq!(query(&location(&asked), "organization_id").as_deref(), organization);
    }
}

#[test]
fn a_pattern_that_is_none_is_told_at_once() {
    for pattern in ["/orgs/:", "/orgs/(", "/orgs/:slug{"] {
        assert!(OrganizationSync::new().organization(pattern).is_err(), "{pattern}");
        assert!(OrganizationSync::new().personal_account(pattern).is_err(), "{pattern}");
    }
}

#[tokio::test]
async fn a_path_of_kilobytes_belongs_to_nobody() {
    let world = World::production();
    let path = |length: usize| format!("/orgs/other/{}", "a".repeat(length));
    assert_eq!(activated(&world, &path(4000), &acme(2)).await.as_deref(), Some("other"));
    assert_eq!(activated(&world, &path(4096), &acme(2)).await, None);
}
