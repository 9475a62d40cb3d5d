//! Organizations and their members, as people use them.

use clerk_core::{Error, ErrorCode, Upload};
use clerk_fapi::types;

use super::me::{address, me, signed_in};
use crate::world::{Device, World};

scenarios![
    whoever_makes_an_organization_is_its_first_admin,
    a_slug_is_made_up_and_is_unique,
    where_slugs_are_off_an_organization_has_none,
    an_organization_is_renamed_and_deleted,
    a_logo_is_kept_and_removed,
    members_may_do_what_their_role_says,
    members_are_added_given_another_role_and_removed,
    somebody_who_can_manage_always_stays,
    an_organization_takes_no_more_members_than_it_may,
    members_are_found_by_role_and_words,
    the_roles_of_an_organization_are_told,
    a_user_leaves_an_organization,
    who_may_make_organizations_follows_the_settings,
    without_organizations_there_are_none,
    a_name_is_suggested_for_an_organization,
    a_seed_brings_organizations_along,
];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows";

/// An organization made by who is signed in.
pub(super) async fn acme(device: &Device) -> types::Organization {
    device.create_organization("Acme").slug("acme").send().await.unwrap().response
}

/// Checks the status and the code of an error.
#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>, status: u16, code: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.status().map(|it| it.as_u16()), error.code().map(ErrorCode::as_str)),
        (Some(status), Some(code)),
        "{error}"
    );
}

async fn whoever_makes_an_organization_is_its_first_admin(world: World) {
    let ann = signed_in(&world, "ann").await;
    let made = acme(&ann).await;
    assert_eq!((made.name.as_str(), made.slug.as_deref(), made.members_count), ("Acme", Some("acme"), Some(1)));
    assert!(!made.has_image && made.image_url.is_some());
    let mine = ann.get_organization_memberships().paginated(true).send().await.unwrap().response;
    assert_eq!(mine.data.len(), 1);
    assert_eq!(mine.data[0].role, "org:admin");
    assert!(mine.data[0].permissions.iter().any(|key| key == "org:sys_profile:delete"));
    assert_eq!(mine.data[0].organization.as_ref().unwrap().id, made.id);
    let bare = ann.get_organization_memberships().send().await.unwrap().response;
    assert_eq!((bare.data.len(), bare.total_count), (1, None));
    assert_eq!(ann.get_organization(&made.id).send().await.unwrap().response.id, made.id);
}

async fn a_slug_is_made_up_and_is_unique(world: World) {
    let ann = signed_in(&world, "ann").await;
    acme(&ann).await;
    let made_up = ann.create_organization("Big & Co.").send().await.unwrap().response;
    assert!(made_up.slug.as_deref().unwrap().starts_with("big-co-"), "{:?}", made_up.slug);
    refused(ann.create_organization("Acme").slug("ACME").send().await, 422, "form_identifier_exists");
    refused(ann.create_organization("Acme").slug("a b").send().await, 422, "form_param_format_invalid");
    refused(ann.create_organization("  ").send().await, 422, "form_param_nil");
    refused(ann.create_organization("a".repeat(257)).send().await, 422, "form_param_max_length_exceeded");
    refused(ann.update_organization(&made_up.id).slug("acme").send().await, 422, "form_identifier_exists");
    world.local.update_settings(|settings| settings.organizations.slugs = false);
    refused(ann.create_organization("Acme").slug("acme2").send().await, 403, "organization_slugs_disabled");
}

async fn where_slugs_are_off_an_organization_has_none(world: World) {
    let ann = signed_in(&world, "ann").await;
    let before = acme(&ann).await;
    world.local.update_settings(|settings| settings.organizations.slugs = false);
    let made = ann.create_organization("Globex").send().await.unwrap().response;
    assert_eq!(made.slug, None);
    assert_eq!(ann.get_organization(&before.id).send().await.unwrap().response.slug, None);
    let backend = world.backend();
    assert_eq!(backend.get_organization(made.id.as_str()).send().await.unwrap().slug, None);
    let invited = backend.create_organization_invitation(&before.id, "bob@example.com", "org:member").send().await;
    invited.unwrap();
    let invitation = &backend.list_instance_organization_invitations().send().await.unwrap().data[0];
    assert_eq!(invitation.public_organization_data.as_ref().unwrap().slug, None);
    let mine = &ann.get_organization_invitations(&before.id).send().await.unwrap().response.data[0];
    assert_eq!(mine.public_organization_data.as_ref().and_then(|it| it.slug.clone()), None);
    world.local.update_settings(|settings| settings.organizations.slugs = true);
    let shown = ann.get_organization(&before.id).send().await.unwrap().response;
    assert_eq!(shown.slug.as_deref(), Some("acme"));
}

async fn an_organization_is_renamed_and_deleted(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let changed = ann.update_organization(&id).name("Apex").slug("apex").send().await.unwrap().response;
    assert_eq!((changed.name.as_str(), changed.slug.as_deref()), ("Apex", Some("apex")));
    world.backend().update_organization(&id).admin_delete_enabled(false).send().await.unwrap();
    refused(ann.delete_organization(&id).send().await, 403, "organization_admin_delete_not_enabled");
    world.backend().update_organization(&id).admin_delete_enabled(true).send().await.unwrap();
    let gone = ann.delete_organization(&id).send().await.unwrap().response;
    assert!(gone.deleted);
    refused(ann.get_organization(&id).send().await, 404, "resource_not_found");
    assert!(ann.get_organization_memberships().send().await.unwrap().response.data.is_empty());
}

async fn a_logo_is_kept_and_removed(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    refused(ann.delete_organization_logo(&id).send().await, 404, "image_not_found");
    let logo = Upload::new("logo.png", PNG).content_type("image/png");
    let with = ann.update_organization_logo(&id, logo).send().await.unwrap().response;
    assert!(with.has_image);
    assert!(ann.delete_organization_logo(&id).send().await.unwrap().response.deleted);
    assert!(!ann.get_organization(&id).send().await.unwrap().response.has_image);
    refused(
        ann.update_organization_logo(&id, Upload::new("logo.png", "no")).send().await,
        422,
        "form_param_value_invalid",
    );
}

async fn members_may_do_what_their_role_says(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    refused(bob.get_organization(&id).send().await, 403, "not_a_member_in_organization");
    refused(bob.get_organization("org_nobody").send().await, 404, "resource_not_found");
    refused(world.device().get_organization(&id).send().await, 401, "signed_out");
    ann.create_organization_membership(&id, me(&bob).await.id, "org:member").send().await.unwrap();
    bob.get_organization(&id).send().await.unwrap();
    assert_eq!(bob.list_organization_memberships(&id).send().await.unwrap().response.data.len(), 2);
    refused(bob.update_organization(&id).name("Bob's").send().await, 403, "missing_organization_permission");
    refused(bob.delete_organization(&id).send().await, 403, "missing_organization_permission");
    let cat = bob.create_organization_invitation(&id, "cat@example.com", "org:member").send().await;
    refused(cat, 403, "missing_organization_permission");
    refused(bob.list_organization_domains(&id).send().await, 403, "missing_organization_permission");
    refused(bob.list_organization_membership_requests(&id).send().await, 403, "missing_organization_permission");
}

async fn members_are_added_given_another_role_and_removed(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    let bob_id = me(&bob).await.id;
    let added = ann.create_organization_membership(&id, &bob_id, "org:member").send().await.unwrap().response;
    assert_eq!((added.role.as_str(), added.role_name.as_deref()), ("org:member", Some("Member")));
    assert_eq!(added.public_user_data.as_ref().unwrap().identifier, Some(address("bob")));
    let again = ann.create_organization_membership(&id, &bob_id, "org:member").send().await;
    refused(again, 400, "already_a_member_in_organization");
    refused(ann.create_organization_membership(&id, "user_x", "org:member").send().await, 404, "resource_not_found");
    refused(ann.update_organization_membership(&id, &bob_id, "org:king").send().await, 404, "resource_not_found");
    let raised = ann.update_organization_membership(&id, &bob_id, "org:admin").send().await.unwrap().response;
    assert_eq!(raised.role, "org:admin");
    let removed = ann.remove_organization_member(&id, &bob_id).send().await.unwrap().response;
    assert_eq!(removed.id, added.id);
    refused(ann.remove_organization_member(&id, &bob_id).send().await, 404, "resource_not_found");
    refused(bob.get_organization(&id).send().await, 403, "not_a_member_in_organization");
}

async fn somebody_who_can_manage_always_stays(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    let (ann_id, bob_id) = (me(&ann).await.id, me(&bob).await.id);
    ann.create_organization_membership(&id, &bob_id, "org:member").send().await.unwrap();
    let code = "organization_minimum_permissions_needed";
    refused(ann.leave_organization(&id).send().await, 400, code);
    refused(ann.remove_organization_member(&id, &ann_id).send().await, 400, code);
    refused(ann.update_organization_membership(&id, &ann_id, "org:member").send().await, 400, code);
    refused(world.backend().delete_organization_membership(&id, &ann_id).send().await, 400, code);
    ann.update_organization_membership(&id, &bob_id, "org:admin").send().await.unwrap();
    ann.leave_organization(&id).send().await.unwrap();
    refused(bob.leave_organization(&id).send().await, 400, code);
}

async fn an_organization_takes_no_more_members_than_it_may(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    let backend = world.backend();
    backend.update_organization(&id).max_allowed_memberships(2).send().await.unwrap();
    let invitation = ann.create_organization_invitation(&id, "cat@example.com", "org:member").send().await.unwrap();
    let bob_id = me(&bob).await.id;
    let code = "organization_membership_quota_exceeded";
    refused(ann.create_organization_membership(&id, &bob_id, "org:member").send().await, 403, code);
    refused(ann.create_organization_invitation(&id, "dan@example.com", "org:member").send().await, 403, code);
    // Whoever is no longer invited no longer takes room.
    ann.revoke_pending_organization_invitation(&id, &invitation.response.id).send().await.unwrap();
    ann.create_organization_membership(&id, &bob_id, "org:member").send().await.unwrap();
    backend.update_organization(&id).max_allowed_memberships(0).send().await.unwrap();
    ann.create_organization_invitation(&id, "dan@example.com", "org:member").send().await.unwrap();
}

async fn members_are_found_by_role_and_words(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    ann.create_organization_membership(&id, me(&bob).await.id, "org:member").send().await.unwrap();
    let admins = ann.list_organization_memberships(&id).role(["org:admin"]).paginated(true).send().await.unwrap();
    assert_eq!((admins.response.total_count, admins.response.data[0].role.as_str()), (Some(1), "org:admin"));
    let both = ann.list_organization_memberships(&id).role(["org:admin", "org:member"]).send().await.unwrap();
    assert_eq!(both.response.data.len(), 2);
    let found = ann.list_organization_memberships(&id).query("BOB+").send().await.unwrap().response;
    assert_eq!(found.data.len(), 1);
    assert_eq!(found.data[0].public_user_data.as_ref().unwrap().identifier, Some(address("bob")));
    let second = ann.list_organization_memberships(&id).limit(1).offset(1).paginated(true).send().await.unwrap();
    assert_eq!((second.response.total_count, second.response.data.len()), (Some(2), 1));
}

async fn the_roles_of_an_organization_are_told(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    let roles = ann.list_organization_roles(&id).send().await.unwrap().response;
    assert_eq!(roles.total_count, Some(2));
    let admin = roles.data.iter().find(|role| role.key == "org:admin").unwrap();
    let member = roles.data.iter().find(|role| role.key == "org:member").unwrap();
    assert!(admin.is_creator_eligible && !member.is_creator_eligible);
    assert!(member.permissions.iter().all(|permission| permission.key.starts_with("org:sys_")));
}

async fn a_user_leaves_an_organization(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    refused(bob.leave_organization(&id).send().await, 403, "not_a_member_in_organization");
    ann.create_organization_membership(&id, me(&bob).await.id, "org:member").send().await.unwrap();
    assert!(bob.leave_organization(&id).send().await.unwrap().response.deleted);
    assert!(bob.get_organization_memberships().send().await.unwrap().response.data.is_empty());
    assert_eq!(ann.get_organization(&id).send().await.unwrap().response.members_count, Some(1));
}

async fn who_may_make_organizations_follows_the_settings(world: World) {
    let world = world.rebuilt(|builder| builder.configure(|settings| settings.organizations.create_limit = 1)).await;
    let ann = signed_in(&world, "ann").await;
    acme(&ann).await;
    refused(ann.create_organization("Second").send().await, 403, "organization_quota_exceeded");
    world.local.update_settings(|settings| settings.organizations.users_may_create = false);
    let bob = signed_in(&world, "bob").await;
    refused(bob.create_organization("Bob's").send().await, 403, "user_create_organization_not_enabled");
}

async fn without_organizations_there_are_none(world: World) {
    let ann = signed_in(&world, "ann").await;
    let id = acme(&ann).await.id;
    world.local.update_settings(|settings| settings.organizations.enabled = false);
    let code = "organization_not_enabled_in_instance";
    refused(ann.create_organization("Second").send().await, 403, code);
    refused(ann.get_organization(&id).send().await, 403, code);
    refused(ann.get_organization_memberships().send().await, 403, code);
    refused(world.backend().create_organization("Second").send().await, 403, code);
    refused(world.backend().get_organization(&id).send().await, 403, code);
}

async fn a_name_is_suggested_for_an_organization(world: World) {
    let ann = signed_in(&world, "ann").await;
    let defaults = ann.get_organization_creation_defaults().send().await.unwrap().response;
    assert_eq!(defaults.form.as_ref().unwrap().name.as_deref(), Some("Example"));
}

async fn a_seed_brings_organizations_along(world: World) {
    let seed = serde_json::json!({
        "users": [{"id": "user_ann", "email_addresses": ["ann@example.com"]}],
        "organizations": [{"id": "org_acme", "name": "Acme", "members": [{"user": "ann@example.com", "role": "org:admin"}]}],
    });
    world.local.seed(&serde_json::from_value(seed).unwrap()).unwrap();
    let members = world.backend().list_organization_memberships("org_acme").send().await.unwrap();
    assert_eq!(members.data[0].public_user_data.as_ref().unwrap().user_id, "user_ann");
}
