//! Who gets in: invitations, the two lists, the waitlist, sign-ups under way.

use serde_json::json;

use super::{front_end, listed, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    invitations(world).await;
    lists(world).await;
    waitlist(world).await;
    sign_ups(world).await;
}

async fn invitations(world: &World) {
    let invitations = world.clerk.invitations();
    let ann = invitations.create("ann@entry.example.com").public(&json!({"from": "ben"})).await.unwrap();
    assert_eq!(ann.public, json!({"from": "ben"}));
    let people = ["carl@entry.example.com", "dora@entry.example.com"];
    let more = invitations.create_all(people.map(|person| invitations.create(person).notify(false))).await.unwrap();
    assert_eq!(more.len(), 2);
    assert!(world.local.inbox().latest("carl@entry.example.com").is_none(), "the bodies of all go along");
    let revoked = invitations.revoke(&ann.id).await.unwrap();
    assert!(revoked.revoked && revoked.public == json!({"from": "ben"}));
    assert_eq!(listed(invitations.list().status("revoked")).await[0].id, ann.id);
    assert!(invitations.delete(&more[0].id).await.unwrap().deleted);
}

async fn lists(world: &World) {
    let (allowed, blocked) = (world.clerk.allowlist(), world.clerk.blocklist());
    let friend = allowed.create("friend@entry.example.com").await.unwrap().id.unwrap();
    assert_eq!(listed(allowed.list()).await[0].identifier.as_deref(), Some("friend@entry.example.com"));
    assert!(allowed.delete(&friend).await.unwrap().deleted);
    assert!(allowed.list().page().await.unwrap().data.is_empty());
    let eve = blocked.create("eve@entry.example.com").await.unwrap().id.unwrap();
    assert_eq!(listed(blocked.list()).await[0].identifier.as_deref(), Some("eve@entry.example.com"));
    assert!(blocked.delete(&eve).await.unwrap().deleted);
    assert!(blocked.list().page().await.unwrap().data.is_empty());
}

async fn waitlist(world: &World) {
    let entries = world.clerk.waitlist_entries();
    let ann = entries.create("ann@waiting.example.com").await.unwrap();
    let people = ["ben@waiting.example.com", "carl@waiting.example.com"];
    let more = entries.create_all(people.map(|person| entries.create(person).notify(false))).await.unwrap();
    assert_eq!(more.iter().map(|it| it.email_address.as_str()).collect::<Vec<_>>(), people);
    assert!(world.local.inbox().latest("carl@waiting.example.com").is_none(), "the bodies of all go along");
    assert_eq!(entries.invite(&ann.id).await.unwrap().status.as_str(), "invited");
    let again = refused(entries.invite(&ann.id)).await;
    assert_eq!(again, (409, "waitlist_entry_already_invited".to_owned()));
    assert_eq!(entries.reject(&more[0].id).await.unwrap().status.as_str(), "rejected");
    assert!(entries.delete(&more[1].id).await.unwrap().deleted);
    assert_eq!(listed(entries.list().query("waiting.example.com")).await.len(), 2);
}

async fn sign_ups(world: &World) {
    world.local.update_settings(|settings| {
        settings.attributes.email_address.verify_at_sign_up = false;
        settings.sign_up.custom_action_required = true;
    });
    let sign_ups = world.clerk.sign_ups();
    let begun = front_end::sign_up(world, "ann@signing-up.example.com", "correct-horse-battery").await;
    let read = sign_ups.get(begun.as_str()).await.unwrap();
    assert_eq!((&read.missing_fields[..], &read.public), (&["custom_action".to_owned()][..], &json!({})));
    let done = sign_ups.update(&read.id).external_id("ann-1").custom_action(true).await.unwrap();
    let user = world.clerk.users().get(done.created_user_id.as_ref().unwrap()).await.unwrap();
    assert_eq!(user.external_id.as_deref(), Some("ann-1"));
    world.local.update_settings(|settings| settings.sign_up.custom_action_required = false);
}
