//! Organizations, as a back end makes and changes them.

#![allow(deprecated, reason = "what the documents call outdated is still answered")]

use std::time::Duration;

use clerk_bapi::types;
use clerk_core::{Upload, UserId};
use serde_json::json;

use super::{
    me::{me, signed_in},
    organizations::refused,
};
use crate::world::World;

scenarios![
    a_back_end_makes_reads_changes_and_deletes_an_organization,
    an_organization_begins_with_who_made_it,
    organizations_are_found_and_ordered,
    metadata_of_an_organization_is_merged_or_replaced,
    a_back_end_sets_the_logo,
    a_back_end_adds_changes_and_removes_members,
    members_are_chosen_by_everything_known_of_them,
    a_back_end_invites_and_takes_back,
    a_back_end_invites_several_or_nobody,
    invitations_of_all_organizations_and_of_a_user_are_told,
    a_back_end_keeps_domains,
    a_deleted_user_or_organization_leaves_nothing_behind,
    what_happens_to_organizations_is_told_as_events,
];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

async fn person(world: &World, name: &str) -> UserId {
    let backend = world.backend();
    let user = backend.create_user().email_address([format!("{name}@example.com")]).first_name(name);
    user.username(format!("{name}_here")).password("correct horse battery").send().await.unwrap().id.clone()
}

async fn a_back_end_makes_reads_changes_and_deletes_an_organization(world: World) {
    let backend = world.backend();
    let made = backend.create_organization("Acme").slug("acme").max_allowed_memberships(3);
    let made = made.created_at("2020-01-31T12:00:00Z").public_metadata(json!({"a": 1})).send().await.unwrap();
    assert_eq!((made.max_allowed_memberships, made.created_by.is_none()), (Some(3), true));
    assert_eq!(made.created_at.unwrap().as_millis(), 1_580_472_000_000);
    assert!(made.missing_member_with_elevated_permissions);
    assert_eq!(made.members_count, None);
    let by_slug = backend.get_organization("acme").include_members_count(true).send().await.unwrap();
    assert_eq!((by_slug.id.clone(), by_slug.members_count), (made.id.clone(), Some(0)));
    let changed = backend.update_organization(&made.id).name("Apex").slug("apex").send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.slug.as_deref()), ("Apex", Some("apex")));
    assert_eq!(changed.max_allowed_memberships, Some(3));
    refused(backend.get_organization("acme").send().await, 404, "resource_not_found");
    let negative = backend.update_organization(&made.id).max_allowed_memberships(-1).send().await;
    refused(negative, 422, "form_param_value_invalid");
    let future = backend.create_organization("Acme").created_at("2999-01-31T12:00:00Z").send().await;
    refused(future, 422, "form_disallow_future_date");
    refused(backend.create_organization("Acme").created_at("soon").send().await, 422, "form_param_invalid_time");
    let gone = backend.delete_organization(&made.id).send().await.unwrap();
    assert!(gone.deleted);
    refused(backend.delete_organization(&made.id).send().await, 404, "resource_not_found");
}

async fn an_organization_begins_with_who_made_it(world: World) {
    let backend = world.backend();
    let ann = person(&world, "ann").await;
    let made = backend.create_organization("Acme").created_by(&ann).send().await.unwrap();
    assert!(!made.missing_member_with_elevated_permissions);
    let members = backend.list_organization_memberships(&made.id).send().await.unwrap();
    assert_eq!((members.data[0].role.as_str(), members.total_count), ("org:admin", Some(1)));
    let mine = backend.list_user_organization_memberships(&ann).send().await.unwrap();
    assert_eq!(mine.data[0].organization.as_ref().unwrap().id, made.id);
    refused(backend.list_user_organization_memberships("user_x").send().await, 404, "resource_not_found");
    let nobody = backend.create_organization("Acme").created_by("user_x").send().await;
    refused(nobody, 400, "organization_creator_not_found");
    assert_eq!(backend.list_organizations().send().await.unwrap().total_count, Some(1));
}

async fn organizations_are_found_and_ordered(world: World) {
    let backend = world.backend();
    let ann = person(&world, "ann").await;
    let one = backend.create_organization("Bravo").slug("bravo").created_by(&ann).send().await.unwrap().id.clone();
    world.local.clock().advance(Duration::from_secs(1));
    let two = backend.create_organization("Alpha").slug("first").send().await.unwrap().id.clone();
    let names =
        |page: clerk_core::Page<types::Organization>| page.data.into_iter().map(|it| it.name).collect::<Vec<_>>();
    assert_eq!(names(backend.list_organizations().send().await.unwrap()), ["Alpha", "Bravo"]);
    assert_eq!(names(backend.list_organizations().order_by("-name").send().await.unwrap()), ["Bravo", "Alpha"]);
    assert_eq!(names(backend.list_organizations().order_by("+created_at").send().await.unwrap()), ["Bravo", "Alpha"]);
    let counted = backend.list_organizations().order_by("-members_count").include_members_count(true);
    let counted = counted.send().await.unwrap();
    assert_eq!((&counted.data[0].id, counted.data[0].members_count), (&one, Some(1)));
    assert_eq!(names(backend.list_organizations().query("FIRS").send().await.unwrap()), ["Alpha"]);
    assert_eq!(names(backend.list_organizations().user_id([ann.as_str()]).send().await.unwrap()), ["Bravo"]);
    let other = format!("-{ann}");
    assert_eq!(names(backend.list_organizations().user_id([other]).send().await.unwrap()), ["Alpha"]);
    assert_eq!(names(backend.list_organizations().organization_id([two.as_str()]).send().await.unwrap()), ["Alpha"]);
    let second = backend.list_organizations().limit(1).offset(1).send().await.unwrap();
    assert_eq!((second.total_count, names(second)), (Some(2), vec!["Bravo".to_owned()]));
    refused(backend.list_organizations().order_by("colour").send().await, 422, "form_param_value_invalid");
}

async fn metadata_of_an_organization_is_merged_or_replaced(world: World) {
    let backend = world.backend();
    let id = backend.create_organization("Acme").send().await.unwrap().id.clone();
    let merge = |value| backend.merge_organization_metadata(&id).public_metadata(value).send();
    merge(json!({"a": {"b": 1, "c": 2}, "d": 3})).await.unwrap();
    let merged = merge(json!({"a": {"b": null}, "e": 4})).await.unwrap();
    assert_eq!(json!(merged.public_metadata), json!({"a": {"c": 2}, "d": 3, "e": 4}));
    let replaced = backend.replace_organization_metadata(&id).private_metadata(json!({"x": 1})).send().await.unwrap();
    assert_eq!(json!(replaced.private_metadata), json!({"x": 1}));
    assert_eq!(json!(replaced.public_metadata), json!({"a": {"c": 2}, "d": 3, "e": 4}));
    let large = merge(json!({"a": "x".repeat(9000)})).await;
    refused(large, 422, "form_param_exceeds_allowed_size");
    assert_eq!(json!(backend.get_organization(id.as_str()).send().await.unwrap().public_metadata)["d"], 3);
}

async fn a_back_end_sets_the_logo(world: World) {
    let backend = world.backend();
    let id = backend.create_organization("Acme").send().await.unwrap().id.clone();
    let with = backend.upload_organization_logo(&id, Upload::new("logo.png", PNG)).send().await.unwrap();
    assert!(with.has_image);
    let without = backend.delete_organization_logo(&id).send().await.unwrap();
    assert!(!without.has_image);
    refused(backend.delete_organization_logo(&id).send().await, 404, "image_not_found");
}

async fn a_back_end_adds_changes_and_removes_members(world: World) {
    let backend = world.backend();
    let (ann, bob) = (person(&world, "ann").await, person(&world, "bob").await);
    let id = backend.create_organization("Acme").created_by(&ann).send().await.unwrap().id.clone();
    let added = backend.create_organization_membership(&id, &bob, "org:member").public_metadata(json!({"a": 1}));
    let added = added.send().await.unwrap();
    assert_eq!(json!(added.public_metadata), json!({"a": 1}));
    assert!(added.permissions.iter().any(|key| key == "org:sys_memberships:read"));
    let again = backend.create_organization_membership(&id, &bob, "org:member").send().await;
    refused(again, 400, "already_a_member_in_organization");
    let raised = backend.update_organization_membership(&id, &bob, "org:admin").send().await.unwrap();
    assert_eq!(raised.role, "org:admin");
    let merged = backend.update_organization_membership_metadata(&id, &bob).public_metadata(json!({"b": 2}));
    assert_eq!(json!(merged.send().await.unwrap().public_metadata), json!({"a": 1, "b": 2}));
    let all = backend.list_instance_organization_memberships().order_by("+created_at").send().await.unwrap();
    assert_eq!(all.total_count, Some(2));
    let removed = backend.delete_organization_membership(&id, &ann).send().await.unwrap();
    assert_eq!(removed.public_user_data.as_ref().unwrap().user_id, ann);
    refused(backend.delete_organization_membership(&id, &ann).send().await, 404, "resource_not_found");
}

async fn members_are_chosen_by_everything_known_of_them(world: World) {
    let backend = world.backend();
    let (ann, bob) = (person(&world, "ann").await, person(&world, "bob").await);
    let id = backend.create_organization("Acme").created_by(&ann).send().await.unwrap().id.clone();
    world.local.clock().advance(Duration::from_secs(10));
    backend.create_organization_membership(&id, &bob, "org:member").send().await.unwrap();
    let list = || backend.list_organization_memberships(&id);
    let now = world.local.clock().now();
    let before = clerk_core::Timestamp::from_millis(now.as_millis() - 5_000);
    for only_bob in [
        list().user_id([bob.as_str()]),
        list().email_address(["BOB@example.com"]),
        list().username(["bob_here"]),
        list().role(["org:member"]),
        list().query("bob"),
        list().email_address_query("bob@"),
        list().username_query("bob"),
        list().name_query("BOB"),
        list().created_at_after(before),
    ] {
        let found = only_bob.send().await.unwrap();
        assert_eq!(found.data.iter().map(|it| it.role.as_str()).collect::<Vec<_>>(), ["org:member"]);
    }
    let first = list().created_at_before(before).send().await.unwrap();
    assert_eq!(first.data[0].role, "org:admin");
    assert!(list().phone_number(["+12015550123"]).send().await.unwrap().data.is_empty());
    let ordered = list().order_by("-first_name").send().await.unwrap();
    assert_eq!(ordered.data[0].public_user_data.as_ref().unwrap().user_id, bob);
    refused(list().order_by("colour").send().await, 422, "form_param_value_invalid");
    refused(list().limit(501).send().await, 422, "form_param_value_invalid");
}

async fn a_back_end_invites_and_takes_back(world: World) {
    let backend = world.backend();
    let ann = person(&world, "ann").await;
    let id = backend.create_organization("Acme").created_by(&ann).send().await.unwrap().id.clone();
    let made = backend.create_organization_invitation(&id, "cat@example.com", "org:member").inviter_user_id(&ann);
    let made = made.public_metadata(json!({"a": 1})).send().await.unwrap();
    assert_eq!(made.public_inviter_data.as_ref().unwrap().first_name.as_deref(), Some("ann"));
    assert_eq!(made.organization_id.as_ref(), Some(&id));
    let days = backend.create_organization_invitation(&id, "dan@example.com", "org:member").expires_in_days(366);
    refused(days.send().await, 422, "form_param_value_invalid");
    let stranger = person(&world, "stranger").await;
    let by = backend.create_organization_invitation(&id, "dan@example.com", "org:member").inviter_user_id(&stranger);
    refused(by.send().await, 403, "not_a_member_in_organization");
    let listed = backend.list_organization_invitations(&id).send().await.unwrap();
    assert_eq!(listed.data[0].id, made.id);
    assert_eq!(backend.list_pending_organization_invitations(&id).send().await.unwrap().total_count, Some(1));
    let revoked = backend.revoke_organization_invitation(&id, &made.id).requesting_user_id(&ann).send().await.unwrap();
    assert_eq!(revoked.status.as_deref(), Some("revoked"));
    let again = backend.revoke_organization_invitation(&id, &made.id).send().await;
    refused(again, 404, "organization_invitation_not_pending");
    refused(backend.get_organization_invitation(&id, "orginv_x").send().await, 404, "resource_not_found");
}

async fn a_back_end_invites_several_or_nobody(world: World) {
    let backend = world.backend();
    let id = backend.create_organization("Acme").max_allowed_memberships(0).send().await.unwrap().id.clone();
    let new = |name: &str, role: &str| types::NewOrganizationInvitation::new(format!("{name}@example.com"), role);
    let both = [new("bob", "org:member"), new("cat", "org:admin")];
    let made = backend.create_organization_invitation_bulk(&id, both).send().await.unwrap();
    assert_eq!(made.data.iter().map(|it| it.role.as_deref().unwrap()).collect::<Vec<_>>(), ["org:member", "org:admin"]);
    let twice = [new("dan", "org:member"), new("dan", "org:member")];
    let twice = backend.create_organization_invitation_bulk(&id, twice).send().await;
    refused(twice, 422, "duplicate_list_items_not_allowed");
    let none: [types::NewOrganizationInvitation; 0] = [];
    refused(backend.create_organization_invitation_bulk(&id, none).send().await, 422, "form_data_missing");
    assert_eq!(backend.list_organization_invitations(&id).send().await.unwrap().total_count, Some(2));
    let bob = backend.list_organization_invitations(&id).email_address("bob@example.com").send().await.unwrap();
    assert_eq!(bob.total_count, Some(1));
}

async fn invitations_of_all_organizations_and_of_a_user_are_told(world: World) {
    let backend = world.backend();
    let ann = person(&world, "ann").await;
    for name in ["One", "Two"] {
        let id = backend.create_organization(name).send().await.unwrap().id.clone();
        backend.create_organization_invitation(&id, "ann@example.com", "org:member").send().await.unwrap();
        world.local.clock().advance(Duration::from_secs(1));
    }
    let all = backend.list_instance_organization_invitations().query("ann@").send().await.unwrap();
    let organization = all.data[0].public_organization_data.as_ref().unwrap();
    assert_eq!((all.total_count, organization.name.as_str()), (Some(2), "Two"));
    let mine = backend.list_user_organization_invitations(&ann).send().await.unwrap();
    assert_eq!(mine.total_count, Some(2));
    world.local.clock().advance(Duration::from_secs(31 * 24 * 3600));
    let open = backend.list_user_organization_invitations(&ann).status(types::InvitationStatus::Pending);
    assert_eq!(open.send().await.unwrap().total_count, Some(0));
}

async fn a_back_end_keeps_domains(world: World) {
    let backend = world.backend();
    let id = backend.create_organization("Acme").send().await.unwrap().id.clone();
    let made = backend.create_organization_domain(&id).name("acme.dev").enrollment_mode("manual_invitation");
    let made = made.send().await.unwrap();
    assert_eq!(made.affiliation_verification.as_ref().unwrap().status, "verified");
    let open = backend.create_organization_domain(&id).name("acme.org").enrollment_mode("automatic_suggestion");
    let open = open.verified(false).send().await.unwrap();
    assert!(open.affiliation_verification.is_none());
    let verified = backend.list_organization_domains(&id).verified("true").send().await.unwrap();
    assert_eq!((verified.total_count, &verified.data[0].id), (Some(1), &made.id));
    let all = backend.list_all_organization_domains().organization_id(&id).order_by("+name").send().await.unwrap();
    assert_eq!(all.data.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["acme.dev", "acme.org"]);
    let others = backend.list_all_organization_domains().domains(["acme.org"]).verified(false).send().await.unwrap();
    assert_eq!(others.total_count, Some(1));
    let changed = backend.update_organization_domain(&id, &made.id).verified(false).send().await.unwrap();
    assert!(changed.verification.is_none());
    let nowhere = backend.create_organization_domain(&id).name("acme.net").enrollment_mode("by_post").send().await;
    refused(nowhere, 422, "form_param_value_invalid");
    assert!(backend.delete_organization_domain(&id, &made.id).send().await.unwrap().deleted);
    refused(backend.delete_organization_domain(&id, &made.id).send().await, 404, "resource_not_found");
}

async fn a_deleted_user_or_organization_leaves_nothing_behind(world: World) {
    let backend = world.backend();
    let ann = signed_in(&world, "ann").await;
    let ann_id = me(&ann).await.id;
    let id = ann.create_organization("Acme").send().await.unwrap().response.id;
    let bob = person(&world, "bob").await;
    backend.create_organization_membership(&id, &bob, "org:member").send().await.unwrap();
    backend.delete_user(&bob).send().await.unwrap();
    assert_eq!(backend.list_organization_memberships(&id).send().await.unwrap().total_count, Some(1));
    backend.delete_organization(&id).send().await.unwrap();
    assert!(backend.list_user_organization_memberships(&ann_id).send().await.unwrap().data.is_empty());
    assert!(backend.list_instance_organization_memberships().send().await.unwrap().data.is_empty());
}

async fn what_happens_to_organizations_is_told_as_events(world: World) {
    let ann = signed_in(&world, "ann").await;
    let bob = signed_in(&world, "bob").await;
    let before = world.local.events().len();
    let id = ann.create_organization("Acme").send().await.unwrap().response.id;
    let (bob_id, backend) = (me(&bob).await.id, world.backend());
    ann.update_organization(&id).name("Apex").send().await.unwrap();
    let made = ann.create_organization_invitation(&id, "bob+clerk_test@example.com", "org:member").send().await;
    bob.accept_organization_invitation(&made.unwrap().response.id).send().await.unwrap();
    ann.update_organization_membership(&id, &bob_id, "org:admin").send().await.unwrap();
    ann.remove_organization_member(&id, &bob_id).send().await.unwrap();
    let other = ann.create_organization_invitation(&id, "cat@example.com", "org:member").send().await.unwrap();
    ann.revoke_pending_organization_invitation(&id, &other.response.id).send().await.unwrap();
    let domain = ann.create_organization_domain(&id, "acme.dev").send().await.unwrap().response.id;
    backend.update_organization_domain(&id, domain.as_str()).verified(true).send().await.unwrap();
    ann.delete_organization_domain(&id, &domain).send().await.unwrap();
    ann.delete_organization(&id).send().await.unwrap();
    let events = world.local.events();
    let events: Vec<_> = events[before..].iter().filter(|event| event.kind.starts_with("organization")).collect();
    let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "organization.created",
            "organizationMembership.created",
            "organization.updated",
            "organizationInvitation.created",
            "organizationMembership.created",
            "organizationInvitation.accepted",
            "organizationMembership.updated",
            "organizationMembership.deleted",
            "organizationInvitation.created",
            "organizationInvitation.revoked",
            "organizationDomain.created",
            "organizationDomain.updated",
            "organizationDomain.deleted",
            "organization.deleted",
        ]
    );
    for event in &events {
        clerk_bapi::events::Event::read(event.body.to_string().as_bytes()).unwrap();
    }
    assert_eq!(events[5].body["data"]["user_id"], bob_id.as_str());
    assert_eq!(events[5].body["data"]["data"]["public_organization_data"]["name"], "Apex");
}
