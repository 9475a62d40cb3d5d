//! What Clerk tells, and what is made of it.

use clerk_ext::{Timestamp, webhooks::Webhook};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Answer, World, webhook_secret};

/// Has Clerk tell the program what it subscribes to.
fn subscribe(world: &World) {
    let events = ["created", "updated", "deleted"];
    let events = events.iter().flat_map(|what| [format!("user.{what}"), format!("organizationMembership.{what}")]);
    let endpoint = world.local.webhooks().endpoint(format!("{}/webhooks/clerk", world.url));
    let endpoint = endpoint.events(events.chain(["organization.deleted".to_owned()]));
    endpoint.secret(webhook_secret()).add().unwrap();
}

/// Sends a message of our own, which says that it was made at that time.
async fn send(world: &World, id: &str, event: &str, at: i64, data: Value) -> StatusCode {
    let body = json!({"object": "event", "type": event, "timestamp": at, "data": data}).to_string();
    let headers = Webhook::new(webhook_secret()).unwrap().sign(id, Timestamp::now(), &body).unwrap();
    let request = world.request(Method::POST, "/webhooks/clerk").headers(headers).body(body);
    request.send().await.unwrap().status()
}

fn user(name: &str) -> Value {
    json!({"id": "user_eve", "object": "user", "first_name": name})
}

fn seat(role: &str) -> Value {
    json!({
        "id": "orgmem_1", "object": "organization_membership", "role": role,
        "organization": {"id": "org_acme", "object": "organization", "name": "acme"},
        "public_user_data": {"user_id": "user_eve"},
    })
}

async fn members(world: &World) -> Value {
    let token = world.token("user_cat", Some("org_acme")).await;
    world.get("/api/organizations/acme/members", &token).await.ok()
}

#[tokio::test]
async fn members_come_change_and_leave_as_clerk_tells() {
    let world = World::start().await;
    subscribe(&world);
    assert_eq!(members(&world).await, json!([]), "of what was before, nobody told");

    let fay = json!({
        "email_address": ["fay@example.com"], "first_name": "Fay", "last_name": "Low", "skip_password_requirement": true,
    });
    let fay = world.backend(Method::POST, "/users", fay).await["id"].clone();
    let join = json!({"user_id": fay, "role": "org:member"});
    world.backend(Method::POST, "/organizations/org_acme/memberships", join).await;
    world.local.webhooks().settled().await;
    let known = json!({"user": fay, "name": "Fay Low", "email": "fay@example.com", "role": "org:member"});
    assert_eq!(members(&world).await, json!([known]));

    // They see it too, wherever they work at the moment.
    let fay = fay.as_str().unwrap();
    let me = world.get("/api/me", &world.token(fay, None).await).await.ok();
    assert_eq!(me["organizations"], json!([{"organization": "org_acme", "name": "acme", "role": "org:member"}]));

    let path = format!("/organizations/org_acme/memberships/{fay}");
    world.backend(Method::PATCH, &path, json!({"role": "org:admin"})).await;
    world.local.webhooks().settled().await;
    assert_eq!(members(&world).await[0]["role"], "org:admin");

    world.backend(Method::DELETE, &path, json!({})).await;
    world.local.webhooks().settled().await;
    assert_eq!(members(&world).await, json!([]));
    assert!(world.local.webhooks().deliveries().iter().all(|delivery| delivery.delivered));
}

#[tokio::test]
async fn who_is_deleted_is_no_member_any_more() {
    let world = World::start().await;
    subscribe(&world);
    let join = json!({"user_id": "user_dan", "role": "org:member"});
    world.backend(Method::POST, "/organizations/org_acme/memberships", join).await;
    world.local.webhooks().settled().await;
    assert_eq!(members(&world).await.as_array().unwrap().len(), 1);

    world.backend(Method::DELETE, "/users/user_dan", json!({})).await;
    world.local.webhooks().settled().await;
    assert_eq!(members(&world).await, json!([]));
}

#[tokio::test]
async fn an_organization_that_is_deleted_has_no_members_any_more() {
    let world = World::start().await;
    subscribe(&world);
    let join = json!({"user_id": "user_dan", "role": "org:member"});
    world.backend(Method::POST, "/organizations/org_acme/memberships", join).await;
    world.local.webhooks().settled().await;
    // Tokens outlive it by a minute.
    let cat = world.token("user_cat", Some("org_acme")).await;
    let dan = world.token("user_dan", None).await;
    assert_eq!(world.get("/api/me", &dan).await.ok()["organizations"].as_array().unwrap().len(), 1);

    world.backend(Method::DELETE, "/organizations/org_acme", json!({})).await;
    world.local.webhooks().settled().await;
    // News of a member may be late.
    assert_eq!(send(&world, "msg_1", "organizationMembership.created", 1000, seat("org:member")).await, 204);
    assert_eq!(world.get("/api/me", &dan).await.ok()["organizations"], json!([]));
    assert_eq!(world.get("/api/organizations/acme/members", &cat).await.ok(), json!([]));
}

#[tokio::test]
async fn a_message_that_comes_twice_is_handled_once() {
    let world = World::start().await;
    subscribe(&world);
    world.backend(Method::PATCH, "/users/user_ann", json!({"first_name": "Ann"})).await;
    world.local.webhooks().settled().await;
    let [delivery] = world.local.webhooks().deliveries().try_into().unwrap();
    for _ in 0..3 {
        assert_eq!(world.local.webhooks().resend(&delivery.message_id), 1);
        world.local.webhooks().settled().await;
    }
    let [delivery] = world.local.webhooks().deliveries().try_into().unwrap();
    let answers: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(answers, [Some(204); 4]);

    let ended = world.program.kill().await;
    let line = format!("webhook {}: user.updated was handled", delivery.message_id);
    assert_eq!(ended.output.matches(&line).count(), 1, "{}", ended.output);
}

#[tokio::test]
async fn a_webhook_that_is_not_of_clerk_is_refused() {
    let world = World::start().await;
    let body = json!({"object": "event", "type": "user.deleted", "data": {"id": "user_ann"}}).to_string();
    let forged = Webhook::new("whsec_YW5vdGhlciBzZWNyZXQ=").unwrap();
    let signed = Webhook::new(webhook_secret()).unwrap();
    let sent = async |headers: Option<_>, body: &str| {
        let request = world.request(Method::POST, "/webhooks/clerk").body(body.to_owned());
        let request = match headers {
            Some(headers) => request.headers(headers),
            None => request,
        };
        Answer::of(request).await.status
    };
    let now = Timestamp::now();
    assert_eq!(sent(None, &body).await, 400);
    assert_eq!(sent(Some(forged.sign("msg_1", now, &body).unwrap()), &body).await, 400);
    let headers = signed.sign("msg_1", now, &body).unwrap();
    assert_eq!(sent(Some(headers.clone()), &body.replace("user_ann", "user_bob")).await, 400);
    let long_ago = signed.sign("msg_1", now - std::time::Duration::from_secs(3600), &body).unwrap();
    assert_eq!(sent(Some(long_ago), &body).await, 400);
    let large = " ".repeat(300 * 1024);
    assert_eq!(sent(Some(signed.sign("msg_2", now, &large).unwrap()), &large).await, 413);

    assert_eq!(sent(Some(headers), &body).await, 204, "and the real one is taken after all that");
}

#[tokio::test]
async fn old_news_that_come_late_change_nothing() {
    let world = World::start().await;
    // The seat first, then the user.
    assert_eq!(send(&world, "msg_1", "organizationMembership.updated", 2000, seat("org:admin")).await, 204);
    assert_eq!(members(&world).await, json!([{"user": "user_eve", "name": null, "email": null, "role": "org:admin"}]));
    assert_eq!(send(&world, "msg_2", "user.updated", 2000, user("Eve")).await, 204);
    assert_eq!(send(&world, "msg_3", "user.created", 1000, user("Eva")).await, 204);
    assert_eq!(send(&world, "msg_4", "organizationMembership.created", 1000, seat("org:member")).await, 204);
    let eve = json!({"user": "user_eve", "name": "Eve", "email": null, "role": "org:admin"});
    assert_eq!(members(&world).await, json!([eve]));

    // Gone stays gone, until they join anew.
    assert_eq!(send(&world, "msg_5", "organizationMembership.deleted", 3000, seat("org:admin")).await, 204);
    assert_eq!(send(&world, "msg_6", "organizationMembership.updated", 3000, seat("org:member")).await, 204);
    assert_eq!(members(&world).await, json!([]));
    assert_eq!(send(&world, "msg_7", "organizationMembership.created", 4000, seat("org:member")).await, 204);
    assert_eq!(members(&world).await[0]["role"], "org:member");
    assert_eq!(send(&world, "msg_8", "user.deleted", 5000, json!({"id": "user_eve", "deleted": true})).await, 204);
    assert_eq!(send(&world, "msg_9", "user.updated", 4500, user("Eve")).await, 204);
    assert_eq!(members(&world).await, json!([]));
}

#[tokio::test]
async fn what_nobody_here_knows_is_taken_and_what_is_no_event_comes_again() {
    let world = World::start().await;
    assert_eq!(send(&world, "msg_1", "invoice.paid", 1000, json!({"id": "inv_1"})).await, 204);
    assert_eq!(send(&world, "msg_2", "user.created", 1000, json!([])).await, 500);
    assert_eq!(send(&world, "msg_2", "user.created", 1000, json!([])).await, 500, "it was not done the first time");
    // The answer says that the log has more.
    let told = world.program.kill().await.errors;
    assert_eq!(told.matches("a webhook was not handled: ").count(), 2, "{told}");
}
