//! Who may do what with the invoices of whom.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const NOT_ALLOWED: (u16, &str, Option<&str>) = (403, "not_allowed", None);

#[tokio::test]
async fn members_see_the_invoices_of_the_organization_of_the_path_by_its_id_and_its_slug() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_acme")).await;
    let added = world.add_invoice("org_acme", &bob).await;
    assert_eq!(added.status, 201);
    assert_eq!(added.body, json!({"id": 1, "customer": "Zebra", "cents": 1250, "added_by": "user_bob"}));

    let cat = world.token("user_cat", Some("org_acme")).await;
    for organization in ["org_acme", "acme"] {
        let path = format!("/api/organizations/{organization}/invoices");
        assert_eq!(world.get(&path, &cat).await.ok(), json!([added.body]));
    }
}

#[tokio::test]
async fn nobody_sees_or_changes_what_is_of_another_organization() {
    let world = World::start().await;
    let ann = world.token("user_ann", Some("org_acme")).await;
    let dan = world.token("user_dan", Some("org_bolt")).await;
    let bob = world.token("user_bob", Some("org_acme")).await;
    let id = world.add_invoice("org_acme", &bob).await.ok()["id"].clone();

    // Dan runs another organization.
    for organization in ["org_acme", "acme"] {
        for what in ["invoices", "members"] {
            let path = format!("/api/organizations/{organization}/{what}");
            assert_eq!(world.get(&path, &dan).await.refusal(), NOT_ALLOWED, "{path}");
        }
        assert_eq!(world.add_invoice(organization, &dan).await.refusal(), NOT_ALLOWED);
        assert_eq!(world.remove_invoice(organization, &id, &dan).await.refusal(), NOT_ALLOWED);
    }
    // By the path of his own he does not get at it either.
    assert_eq!(world.get("/api/organizations/bolt/invoices", &dan).await.ok(), json!([]));
    assert_eq!(world.remove_invoice("bolt", &id, &dan).await.refusal(), (404, "not_found", None));
    world.remove_invoice("acme", &id, &ann).await.ok();
}

#[tokio::test]
async fn who_belongs_to_two_organizations_works_in_one_at_a_time() {
    let world = World::start().await;
    let in_bolt = world.token("user_cat", Some("org_bolt")).await;
    world.add_invoice("org_bolt", &in_bolt).await.ok();
    assert_eq!(world.get("/api/organizations/org_acme/invoices", &in_bolt).await.refusal(), NOT_ALLOWED);

    let in_none = world.token("user_cat", None).await;
    assert_eq!(world.get("/api/organizations/org_acme/invoices", &in_none).await.refusal(), NOT_ALLOWED);
    assert_eq!(world.get("/api/organizations/org_bolt/invoices", &in_none).await.refusal(), NOT_ALLOWED);
}

#[tokio::test]
async fn adding_takes_the_permission_and_deleting_the_role() {
    let world = World::start().await;
    let [ann, bob, cat] = [
        world.token("user_ann", Some("org_acme")).await,
        world.token("user_bob", Some("org_acme")).await,
        world.token("user_cat", Some("org_acme")).await,
    ];
    // An admin does not have the permission unless the dashboard says so.
    assert_eq!(world.add_invoice("org_acme", &ann).await.refusal(), NOT_ALLOWED);
    assert_eq!(world.add_invoice("org_acme", &cat).await.refusal(), NOT_ALLOWED);
    let id = world.add_invoice("org_acme", &bob).await.ok()["id"].clone();

    assert_eq!(world.remove_invoice("org_acme", &id, &bob).await.refusal(), NOT_ALLOWED);
    assert_eq!(world.remove_invoice("org_acme", &id, &cat).await.refusal(), NOT_ALLOWED);
    assert_eq!(world.remove_invoice("org_acme", &id, &ann).await.status, 204);
    assert_eq!(world.remove_invoice("org_acme", &id, &ann).await.refusal(), (404, "not_found", None));
    assert_eq!(world.remove_invoice("org_acme", &json!("latest"), &ann).await.refusal(), (404, "not_found", None));
}

#[tokio::test]
async fn a_permission_that_a_role_is_given_counts_from_the_next_token_on() {
    let world = World::start().await;
    let before = world.token("user_ann", Some("org_acme")).await;
    let roles = world.backend(Method::GET, "/organization_roles", json!({})).await;
    let permissions = world.backend(Method::GET, "/organization_permissions", json!({})).await;
    let (role, permission) = (id_of(&roles, "org:admin"), id_of(&permissions, "org:invoices:manage"));
    world.backend(Method::POST, &format!("/organization_roles/{role}/permissions/{permission}"), json!({})).await;

    assert_eq!(world.add_invoice("org_acme", &before).await.refusal(), NOT_ALLOWED);
    let ann = world.token("user_ann", Some("org_acme")).await;
    assert_eq!(world.add_invoice("org_acme", &ann).await.status, 201);
}

/// The id of what has a key.
fn id_of(page: &Value, key: &str) -> String {
    let found = page["data"].as_array().unwrap().iter().find(|it| it["key"] == key);
    found.unwrap_or_else(|| panic!("{page}"))["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_no_invoice_is_refused_after_who_may_not_add_one() {
    let world = World::start().await;
    let bob = world.token("user_bob", Some("org_acme")).await;
    let cat = world.token("user_cat", Some("org_acme")).await;
    let send = async |token: &str, kind: &'static str, body: &'static str| {
        let request = world.request(Method::POST, "/api/organizations/org_acme/invoices").bearer_auth(token);
        Answer::of(request.header(CONTENT_TYPE, kind).body(body)).await
    };
    let json = "application/json";
    for (kind, body, status, code) in [
        (json, "{", 400, "not_understood"),
        (json, r#"{"customer": "Zebra"}"#, 422, "not_understood"),
        (json, r#"{"customer": "Zebra", "cents": -1}"#, 422, "not_understood"),
        (json, r#"{"customer": "Zebra", "cents": 1, "added_by": "user_ann"}"#, 422, "not_understood"),
        (json, r#"{"customer": " ", "cents": 1}"#, 422, "incomplete"),
        // What a form of another site can send.
        ("text/plain", r#"{"customer": "Zebra", "cents": 1}"#, 415, "not_understood"),
    ] {
        assert_eq!(send(&bob, kind, body).await.refusal(), (status, code, None), "{body}");
        assert_eq!(send(&cat, kind, body).await.refusal(), NOT_ALLOWED, "{body}");
    }
    assert_eq!(world.get("/api/organizations/org_acme/invoices", &bob).await.ok(), json!([]));
}
