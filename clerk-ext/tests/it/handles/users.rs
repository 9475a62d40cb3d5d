//! Users: profile, metadata, bans and locks, passwords, images, organizations.

use clerk_ext::Upload;
use serde_json::json;

use super::{listed, not_found, refused};
use crate::world::World;

const PASSWORD: &str = "correct horse battery";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

pub(crate) async fn drive(world: &World) {
    profile(world).await;
    standing(world).await;
    password(world).await;
    image(world).await;
    organizations(world).await;
}

async fn profile(world: &World) {
    let users = world.clerk.users();
    let made = users.create().email_address(["profile@users.example.com"]).password(PASSWORD);
    let made = made.public(&json!({"plan": "free"})).private(&json!({"note": 1})).unsafe_(&json!({"theme": "dark"}));
    let made = made.await.unwrap();
    assert_eq!((&made.public["plan"], &made.private["note"]), (&json!("free"), &json!(1)));
    assert_eq!(made.unsafe_, json!({"theme": "dark"}));

    let update = users.update(&made.id).first_name("Ann").public(json!({"seats": 3}));
    let updated = update.unsafe_(json!({"theme": null})).replace_private(&json!({"only": true})).await.unwrap();
    assert_eq!(updated.first_name.as_deref(), Some("Ann"));
    let read = users.get(&made.id).await.unwrap();
    assert_eq!(read.public, json!({"plan": "free", "seats": 3}));
    assert_eq!((&read.private, &read.unsafe_), (&json!({"only": true}), &json!({})));
    let update = users.update(&made.id).private(json!({"more": 1}));
    let replaced = update.replace_public(&json!({})).replace_unsafe(&json!({"new": 1})).await.unwrap();
    assert_eq!(replaced.private, json!({"only": true, "more": 1}));
    assert_eq!((&replaced.public, &replaced.unsafe_), (&json!({}), &json!({"new": 1})));

    let list = users.list().email_address(["profile@users.example.com"]);
    assert_eq!(list.clone().count().await.unwrap(), 1);
    assert_eq!(listed(list).await[0].id, made.id);
    let all = users.count().await.unwrap().total_count;
    assert!(users.delete(&made.id).await.unwrap().deleted);
    assert_eq!(users.count().await.unwrap().total_count, all - 1);
    assert_eq!(refused(users.get(&made.id)).await, not_found());
}

async fn standing(world: &World) {
    let users = world.clerk.users();
    let ann = users.create().email_address(["ann@standing.example.com"]).await.unwrap();
    let ben = users.create().email_address(["ben@standing.example.com"]).await.unwrap();
    assert!(users.ban(&ann.id).await.unwrap().banned);
    assert!(!users.unban(&ann.id).await.unwrap().banned);
    let banned = users.ban_all([&ann.id, &ben.id]).await.unwrap();
    assert!(banned.len() == 2 && banned.iter().all(|user| user.banned));
    let unbanned = users.unban_all([&ann.id, &ben.id]).await.unwrap();
    assert!(unbanned.len() == 2 && unbanned.iter().all(|user| !user.banned));
    assert!(users.lock(&ann.id).await.unwrap().locked);
    assert!(!users.unlock(&ann.id).await.unwrap().locked);
}

async fn password(world: &World) {
    let users = world.clerk.users();
    let ann = users.create().email_address(["ann@password.example.com"]).password(PASSWORD).await.unwrap();
    assert!(users.verify_password(&ann.id, PASSWORD).await.unwrap().verified);
    let wrong = refused(users.verify_password(&ann.id, "another one")).await;
    assert_eq!(wrong, (422, "incorrect_password".to_owned()));
    assert_eq!(users.set_password_compromised(&ann.id).await.unwrap().id, ann.id);
    assert_eq!(users.unset_password_compromised(&ann.id).await.unwrap().id, ann.id);
    assert!(!users.remove_password(&ann.id).await.unwrap().password_enabled);
}

async fn image(world: &World) {
    let users = world.clerk.users();
    let ann = users.create().email_address(["ann@image.example.com"]).await.unwrap();
    let image = Upload::new("ann.png", PNG).content_type("image/png");
    assert!(users.set_profile_image(&ann.id, image).await.unwrap().has_image);
    assert!(!users.delete_profile_image(&ann.id).await.unwrap().has_image);
}

async fn organizations(world: &World) {
    let users = world.clerk.users();
    let ann = users.create().email_address(["ann@member.example.com"]).await.unwrap();
    let home = world.clerk.organizations().create("Home").created_by(&ann.id).await.unwrap();
    let memberships = listed(users.organization_memberships(&ann.id)).await;
    assert_eq!(memberships.len(), 1);
    assert_eq!(memberships[0].organization.as_ref().map(|it| &it.id), Some(&home.id));
    let work = world.clerk.organizations().create("Work").await.unwrap();
    let invitations = world.clerk.organization_invitations();
    let invited = invitations.create(&work.id, "ann@member.example.com", "org:member").await.unwrap();
    let got = listed(users.organization_invitations(&ann.id)).await;
    assert_eq!(got.iter().map(|it| it.id.as_ref()).collect::<Vec<_>>(), [Some(&invited.id)]);
}
