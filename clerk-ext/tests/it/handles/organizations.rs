//! Organizations with their members, invitations and domains.

use clerk_ext::{Upload, backend::OrganizationInvitation};
use serde_json::json;

use super::{listed, not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    organizations(world).await;
    memberships(world).await;
    invitations(world).await;
    domains(world).await;
}

async fn organizations(world: &World) {
    let organizations = world.clerk.organizations();
    let made = organizations.create("Acme").slug("acme").public(&json!({"tier": 1})).private(&json!({"note": 1}));
    let made = made.await.unwrap();
    assert_eq!((&made.public, &made.private), (&json!({"tier": 1}), &json!({"note": 1})));
    let update = organizations.update(&made.id).name("Acme Ltd").public(json!({"size": 2}));
    update.replace_private(&json!({})).await.unwrap();
    let read = organizations.get("acme").await.unwrap();
    assert_eq!(read.name, "Acme Ltd");
    assert_eq!((&read.public, &read.private), (&json!({"tier": 1, "size": 2}), &json!({})));
    let update = organizations.update(&made.id).private(json!({"a": 1})).replace_public(&json!({"b": 2}));
    let changed = update.await.unwrap();
    assert_eq!((&changed.public, &changed.private), (&json!({"b": 2}), &json!({"a": 1})));
    assert_eq!(listed(organizations.list().query("Acme Ltd")).await[0].id, made.id);
    let logo = Upload::new("logo.png", &b"\x89PNG\r\n\x1a\nrest"[..]);
    assert!(organizations.set_logo(&made.id, logo).await.unwrap().has_image);
    assert!(!organizations.delete_logo(&made.id).await.unwrap().has_image);
    assert!(organizations.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(organizations.get(made.id.as_str())).await, not_found());
}

async fn memberships(world: &World) {
    let memberships = world.clerk.organization_memberships();
    let ann = world.clerk.users().create().email_address(["ann@memberships.example.com"]).await.unwrap();
    // Somebody has to stay who may do everything.
    let owner = world.clerk.users().create().email_address(["owner@memberships.example.com"]).await.unwrap();
    let club = world.clerk.organizations().create("Club").created_by(&owner.id).await.unwrap();
    let made = memberships.create(&club.id, &ann.id, "org:member").public(&json!({"desk": 4}));
    let made = made.private(&json!({"pay": 5})).await.unwrap();
    assert_eq!((&made.public, &made.private), (&json!({"desk": 4}), &json!({"pay": 5})));
    assert_eq!(memberships.set_role(&club.id, &ann.id, "org:admin").await.unwrap().role, "org:admin");
    let merge = memberships.update_metadata(&club.id, &ann.id).public(json!({"floor": 1}));
    let merged = merge.private(json!({"pay": null})).await.unwrap();
    assert_eq!((&merged.public, &merged.private), (&json!({"desk": 4, "floor": 1}), &json!({})));
    assert_eq!(listed(memberships.list(&club.id).user_id([&ann.id])).await[0].id, made.id);
    assert!(listed(memberships.list_all()).await.iter().any(|it| it.id == made.id));
    assert_eq!(memberships.delete(&club.id, &ann.id).await.unwrap().id, made.id);
    assert_eq!(memberships.list(&club.id).page().await.unwrap().data.len(), 1);
}

async fn invitations(world: &World) {
    let invitations = world.clerk.organization_invitations();
    let club = world.clerk.organizations().create("Inviting").await.unwrap();
    let invite = |person: &str| invitations.create(&club.id, format!("{person}@inviting.example.com"), "org:member");
    let ann = invite("ann").public(&json!({"team": 1})).private(&json!({"pay": 2})).await.unwrap();
    assert_eq!((&ann.public, &ann.private), (&json!({"team": 1}), &json!({"pay": 2})));
    assert_eq!(invitations.get(&club.id, &ann.id).await.unwrap().email_address, "ann@inviting.example.com");
    let more = [invite("ben").public(&json!({"team": 2})), invite("carl")];
    let more = invitations.create_all(&club.id, more).await.unwrap();
    let ben: &OrganizationInvitation = more.data.iter().find(|it| it.email_address.starts_with("ben")).unwrap();
    assert_eq!((more.data.len(), &ben.public), (2, &json!({"team": 2})));
    let revoked = invitations.revoke(&club.id, &ann.id).await.unwrap();
    assert_eq!(revoked.status.as_deref(), Some("revoked"));
    assert_eq!(listed(invitations.list(&club.id).status("revoked")).await[0].id, ann.id);
    assert!(listed(invitations.list_all().query("carl@inviting")).await[0].id.is_some());
    #[allow(deprecated, reason = "deprecated methods are driven too")]
    let pending = listed(invitations.list_pending(&club.id)).await;
    assert_eq!(pending.len(), 2);
}

async fn domains(world: &World) {
    let domains = world.clerk.organization_domains();
    let club = world.clerk.organizations().create("Domains").await.unwrap();
    let made = domains.create(&club.id, "club.example").enrollment_mode("automatic_suggestion").verified(false);
    let made = made.await.unwrap();
    assert_eq!((made.name.as_str(), made.affiliation_verification.is_none()), ("club.example", true));
    let verified = domains.update(&club.id, &made.id).verified(true).await.unwrap();
    assert!(verified.affiliation_verification.is_some());
    assert_eq!(listed(domains.list(&club.id)).await[0].id, made.id);
    assert_eq!(listed(domains.list_all().organization_id(&club.id)).await[0].id, made.id);
    assert!(domains.verify_ownership(&club.id, &made.id).await.unwrap().ownership_verification.is_some());
    assert!(domains.delete(&club.id, &made.id).await.unwrap().deleted);
    assert!(domains.list(&club.id).page().await.unwrap().data.is_empty());
}
