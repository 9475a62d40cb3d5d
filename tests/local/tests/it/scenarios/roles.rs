//! Roles, permissions and role sets.

use std::collections::BTreeMap;

use clerk_bapi::{role_sets::CreateRoleSetBody, types};
use clerk_core::{UserId, http::Request};
use clerk_local::Api;
use serde_json::json;

use super::{
    me::{me, signed_in},
    organizations::{acme, refused},
};
use crate::world::World;

scenarios![
    the_roles_and_permissions_of_the_settings_are_there,
    a_permission_is_made_changed_and_deleted,
    a_role_is_made_changed_and_deleted,
    a_role_in_use_stays,
    permissions_are_given_to_a_role_and_taken_away,
    a_role_with_another_key_stays_with_who_has_it,
    a_role_set_says_which_roles_there_are,
    another_role_set_is_the_initial_one,
    a_role_is_replaced_in_a_set,
    a_role_set_is_replaced_by_another,
    what_a_role_allows_is_what_its_members_may_do,
];

async fn role_id(world: &World, key: &str) -> clerk_core::RoleId {
    let roles = world.backend().list_organization_roles().query(key).send().await.unwrap();
    roles.data.iter().find(|role| role.key == key).unwrap().id.clone()
}

async fn permission_id(world: &World, key: &str) -> clerk_core::PermissionId {
    let found = world.backend().list_organization_permissions().query(key).send().await.unwrap();
    found.data[0].id.clone()
}

async fn user(world: &World) -> UserId {
    let backend = world.backend();
    let user = backend.create_user().email_address(["ann@example.com"]).password("correct horse battery");
    user.send().await.unwrap().id.clone()
}

async fn the_roles_and_permissions_of_the_settings_are_there(world: World) {
    let world = world.rebuilt(|builder| {
        builder.configure(|settings| {
            let organizations = json!({
                "roles": [{"key": "org:billing", "name": "Billing", "permissions": ["org:invoices:read"]}],
                "permissions": [{"key": "org:invoices:read", "name": "Read invoices"}],
            });
            settings.organizations = serde_json::from_value(organizations).unwrap();
        })
    });
    let world = world.await;
    let backend = world.backend();
    let roles = backend.list_organization_roles().order_by("key").send().await.unwrap();
    let keys: Vec<&str> = roles.data.iter().map(|role| role.key.as_str()).collect();
    assert_eq!(keys, ["org:admin", "org:billing", "org:member"]);
    assert_eq!(roles.data[1].permissions[0].key, "org:invoices:read");
    assert_eq!(roles.data[1].permissions[0].type_.as_deref(), Some("user"));
    let sets = backend.list_role_sets().send().await.unwrap();
    assert_eq!((sets.total_count, sets.data[0].roles.len()), (Some(1), 3));
    assert_eq!(sets.data[0].creator_role.as_ref().unwrap().key, "org:admin");
    let read = backend.get_organization_role(&roles.data[1].id).send().await.unwrap();
    assert_eq!(read.name.as_deref(), Some("Billing"));
}

async fn a_permission_is_made_changed_and_deleted(world: World) {
    let backend = world.backend();
    let made = backend.create_organization_permission("Read invoices", "org:invoices:read").send().await.unwrap();
    assert_eq!(made.type_.as_deref(), Some("user"));
    let again = backend.create_organization_permission("Again", "org:invoices:read").send().await;
    refused(again, 422, "form_identifier_exists");
    for key in ["invoices:read", "org:invoices", "org:Invoices:read", "org:a:b:c", "org:sys_invoices:read"] {
        let made = backend.create_organization_permission("Wrong", key).send().await;
        refused(made, 422, "form_param_format_invalid");
    }
    let role = backend.create_organization_role("Billing", "org:billing").permissions([made.id.as_str()]);
    let role = role.send().await.unwrap();
    let changed = backend.update_organization_permission(&made.id).key("org:bills:read").description("All of them");
    assert_eq!(changed.send().await.unwrap().description.as_deref(), Some("All of them"));
    let read = backend.get_organization_role(&role.id).send().await.unwrap();
    assert_eq!(read.permissions[0].key, "org:bills:read");
    assert_eq!(backend.get_organization_permission(&made.id).send().await.unwrap().key, "org:bills:read");
    assert!(backend.delete_organization_permission(&made.id).send().await.unwrap().deleted);
    assert!(backend.get_organization_role(&role.id).send().await.unwrap().permissions.is_empty());
    refused(backend.get_organization_permission(&made.id).send().await, 404, "resource_not_found");
    let system = permission_id(&world, "org:sys_profile:delete").await;
    let code = "organization_system_permission_not_modifiable";
    refused(backend.delete_organization_permission(&system).send().await, 403, code);
    refused(backend.update_organization_permission(&system).name("Mine").send().await, 403, code);
}

async fn a_role_is_made_changed_and_deleted(world: World) {
    let backend = world.backend();
    let made = backend.create_organization_role("Billing", "org:billing").permissions(["org:sys_billing:read"]);
    let made = made.description("Pays").send().await.unwrap();
    assert!(!made.is_creator_eligible);
    refused(backend.create_organization_role("Again", "org:billing").send().await, 422, "form_identifier_exists");
    refused(backend.create_organization_role("Wrong", "billing").send().await, 422, "form_param_format_invalid");
    let unknown = backend.create_organization_role("Wrong", "org:wrong").permissions(["perm_x"]).send().await;
    refused(unknown, 404, "resource_not_found");
    // No organization offers it before its role set does.
    let id = backend.create_organization("Acme").send().await.unwrap().id.clone();
    let early = backend.create_organization_membership(&id, user(&world).await, "org:billing").send().await;
    refused(early, 404, "resource_not_found");
    let everything = ["org:sys_profile:delete", "org:sys_memberships:read", "org:sys_memberships:manage"];
    let changed =
        backend.update_organization_role(&made.id).name("Owner").permissions(everything).send().await.unwrap();
    assert!(changed.is_creator_eligible);
    assert_eq!((changed.name.as_deref(), changed.description.as_deref()), (Some("Owner"), Some("Pays")));
    assert!(backend.delete_organization_role(&made.id).send().await.unwrap().deleted);
    refused(backend.get_organization_role(&made.id).send().await, 404, "resource_not_found");
    for number in 0..8 {
        backend.create_organization_role("More", format!("org:more{number}")).send().await.unwrap();
    }
    let many = backend.create_organization_role("More", "org:many").send().await;
    refused(many, 403, "organization_instance_roles_quota_exceeded");
}

async fn a_role_in_use_stays(world: World) {
    let backend = world.backend();
    let (admin, member) = (role_id(&world, "org:admin").await, role_id(&world, "org:member").await);
    let code = "organization_role_default_creator_role";
    refused(backend.delete_organization_role(&admin).send().await, 422, code);
    refused(backend.delete_organization_role(&member).send().await, 422, "organization_role_domain_default_role");
    let made = backend.create_organization_role("Guest", "org:guest").include_in_initial_role_set(true);
    let guest = made.send().await.unwrap().id.clone();
    let id = backend.create_organization("Acme").send().await.unwrap().id.clone();
    let invitation = backend.create_organization_invitation(&id, "bob@example.com", "org:guest").send().await.unwrap();
    let code = "organization_role_exists_in_invitations";
    refused(backend.delete_organization_role(&guest).send().await, 422, code);
    backend.revoke_organization_invitation(&id, &invitation.id).send().await.unwrap();
    let ann = user(&world).await;
    backend.create_organization_membership(&id, &ann, "org:guest").send().await.unwrap();
    refused(backend.delete_organization_role(&guest).send().await, 422, "organization_role_assigned_members");
    backend.update_organization_membership(&id, &ann, "org:member").send().await.unwrap();
    backend.delete_organization_role(&guest).send().await.unwrap();
    let roles = backend.get_role_set("role_set:default").send().await.unwrap();
    assert!(roles.roles.iter().all(|role| role.key != "org:guest"));
}

async fn permissions_are_given_to_a_role_and_taken_away(world: World) {
    let backend = world.backend();
    let (admin, member) = (role_id(&world, "org:admin").await, role_id(&world, "org:member").await);
    let manage = permission_id(&world, "org:sys_memberships:manage").await;
    let with = backend.assign_permission_to_organization_role(&member, &manage).send().await.unwrap();
    assert!(with.permissions.iter().any(|permission| permission.id == manage));
    let again = backend.assign_permission_to_organization_role(&member, &manage).send().await;
    refused(again, 409, "organization_role_permission_association_exists");
    let without = backend.remove_permission_from_organization_role(&member, &manage).send().await.unwrap();
    assert!(without.permissions.iter().all(|permission| permission.id != manage));
    let again = backend.remove_permission_from_organization_role(&member, &manage).send().await;
    refused(again, 404, "organization_role_permission_association_not_found");
    let needed = backend.remove_permission_from_organization_role(&admin, &manage).send().await;
    refused(needed, 422, "organization_missing_creator_role_permissions");
    let kinds: Vec<String> = world.local.events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["role.updated", "role.updated"]);
}

async fn a_role_with_another_key_stays_with_who_has_it(world: World) {
    let backend = world.backend();
    let ann = user(&world).await;
    let id = backend.create_organization("Acme").created_by(&ann).send().await.unwrap().id.clone();
    let admin = role_id(&world, "org:admin").await;
    backend.update_organization_role(&admin).key("org:owner").send().await.unwrap();
    let members = backend.list_organization_memberships(&id).send().await.unwrap();
    assert_eq!((members.data[0].role.as_str(), members.data[0].role_name.as_deref()), ("org:owner", Some("Admin")));
    let second = backend.create_organization("Second").created_by(&ann).send().await.unwrap();
    let members = backend.list_organization_memberships(&second.id).send().await.unwrap();
    assert_eq!(members.data[0].role, "org:owner");
}

async fn a_role_set_says_which_roles_there_are(world: World) {
    let backend = world.backend();
    let body = CreateRoleSetBody::new("Small", "org:admin", "org:admin", ["org:admin"]);
    let set = backend.create_role_set(body).key("role_set:small").send().await.unwrap();
    assert_eq!(
        (set.key.as_str(), set.roles.len(), set.type_.as_ref()),
        ("role_set:small", 1, Some(&types::RoleSetType::Custom))
    );
    let ann = user(&world).await;
    let made =
        backend.create_organization("Acme").created_by(&ann).role_set_key("role_set:small").send().await.unwrap();
    assert_eq!(made.role_set_key.as_deref(), Some("role_set:small"));
    let member = backend.create_organization_invitation(&made.id, "bob@example.com", "org:member").send().await;
    refused(member, 404, "resource_not_found");
    let more = backend.add_roles_to_role_set(set.id.as_str(), ["org:member"]).default_role_key("org:member");
    let more = more.send().await.unwrap();
    assert_eq!(more.default_role.as_ref().unwrap().key, "org:member");
    assert_eq!(more.roles[0].members_count, Some(1));
    backend.create_organization_invitation(&made.id, "bob@example.com", "org:member").send().await.unwrap();
    let renamed = backend.update_role_set("role_set:small").name("Tiny").key("role_set:tiny").send().await.unwrap();
    assert_eq!(renamed.name.as_deref(), Some("Tiny"));
    assert_eq!(
        backend.get_organization(made.id.as_str()).send().await.unwrap().role_set_key.as_deref(),
        Some("role_set:tiny")
    );
    let outside = CreateRoleSetBody::new("Wrong", "org:member", "org:admin", ["org:admin"]);
    refused(backend.create_role_set(outside).send().await, 422, "form_param_value_invalid");
    let weak = CreateRoleSetBody::new("Wrong", "org:member", "org:member", ["org:member"]);
    refused(backend.create_role_set(weak).send().await, 422, "organization_missing_creator_role_permissions");
    refused(backend.get_role_set("role_set:none").send().await, 404, "resource_not_found");
}

async fn another_role_set_is_the_initial_one(world: World) {
    let backend = world.backend();
    let everything = ["org:sys_profile:delete", "org:sys_memberships:read", "org:sys_memberships:manage"];
    backend.create_organization_role("Owner", "org:owner").permissions(everything).send().await.unwrap();
    let before = backend.create_organization("Before").send().await.unwrap();
    let body = CreateRoleSetBody::new("Owned", "org:member", "org:owner", ["org:owner", "org:member"]);
    let set = backend.create_role_set(body).send().await.unwrap();
    let set = backend.update_role_set(set.key.as_str()).type_("initial").send().await.unwrap();
    assert_eq!(set.type_, Some(types::RoleSetType::Initial));
    assert_eq!(set.creator_role.as_ref().unwrap().key, "org:owner");
    let ann = user(&world).await;
    let made = backend.create_organization("Acme").created_by(&ann).send().await.unwrap();
    assert_eq!(made.role_set_key.as_deref(), Some(set.key.as_str()));
    let members = backend.list_organization_memberships(&made.id).send().await.unwrap();
    assert_eq!(members.data[0].role, "org:owner");
    let old = backend.get_organization(before.id.as_str()).send().await.unwrap();
    assert_eq!(old.role_set_key.as_deref(), Some("role_set:default"));
    let old = backend.get_role_set("role_set:default").send().await.unwrap();
    assert_eq!(
        (old.type_.as_ref(), old.creator_role.as_ref().unwrap().key.as_str()),
        (Some(&types::RoleSetType::Custom), "org:admin")
    );
}

async fn a_role_is_replaced_in_a_set(world: World) {
    let backend = world.backend();
    let ann = user(&world).await;
    let body = CreateRoleSetBody::new("Small", "org:member", "org:admin", ["org:admin", "org:member"]);
    let set = backend.create_role_set(body).key("role_set:small").send().await.unwrap();
    let made = backend.create_organization("Acme").role_set_key(&set.key).send().await.unwrap();
    backend.create_organization_membership(&made.id, &ann, "org:member").send().await.unwrap();
    let replaced = backend.replace_role_in_role_set(set.id.as_str(), "org:member", "org:admin").send().await.unwrap();
    assert_eq!((replaced.roles.len(), replaced.default_role.as_ref().unwrap().key.as_str()), (1, "org:admin"));
    let members = backend.list_organization_memberships(&made.id).send().await.unwrap();
    assert_eq!(members.data[0].role, "org:admin");
    let again = backend.replace_role_in_role_set(set.id.as_str(), "org:member", "org:admin").send().await;
    refused(again, 404, "resource_not_found");
}

async fn a_role_set_is_replaced_by_another(world: World) {
    let backend = world.backend();
    let ann = user(&world).await;
    backend.create_organization_role("Guest", "org:guest").send().await.unwrap();
    let body = CreateRoleSetBody::new("Open", "org:guest", "org:admin", ["org:admin", "org:guest"]);
    let set = backend.create_role_set(body).key("role_set:open").send().await.unwrap();
    let made = backend.create_organization("Acme").role_set_key(&set.key).send().await.unwrap();
    backend.create_organization_membership(&made.id, &ann, "org:guest").send().await.unwrap();
    let default = "role_set:default";
    let refusal = backend.replace_role_set("role_set:open", default).send().await;
    refused(refusal, 422, "organization_role_set_reassignment_mappings_missing");
    let wrong = BTreeMap::from([("org:guest".to_owned(), "org:king".to_owned())]);
    let refusal = backend.replace_role_set("role_set:open", default).reassignment_mappings(wrong).send().await;
    refused(refusal, 422, "organization_role_set_reassignment_mappings_invalid");
    refused(backend.replace_role_set(default, "role_set:open").send().await, 403, "cannot_delete_initial_role_set");
    let mapping = BTreeMap::from([("org:guest".to_owned(), "org:member".to_owned())]);
    let gone = backend.replace_role_set("role_set:open", default).reassignment_mappings(mapping).send().await.unwrap();
    assert!(gone.deleted);
    let members = backend.list_organization_memberships(&made.id).send().await.unwrap();
    assert_eq!(members.data[0].role, "org:member");
    refused(backend.get_role_set("role_set:open").send().await, 404, "resource_not_found");
}

async fn what_a_role_allows_is_what_its_members_may_do(world: World) {
    let (ann, bob) = (signed_in(&world, "ann").await, signed_in(&world, "bob").await);
    let id = acme(&ann).await.id;
    ann.create_organization_membership(&id, me(&bob).await.id, "org:member").send().await.unwrap();
    refused(bob.update_organization(&id).name("Bob's").send().await, 403, "missing_organization_permission");
    let member = role_id(&world, "org:member").await;
    let manage = permission_id(&world, "org:sys_profile:manage").await;
    world.backend().assign_permission_to_organization_role(&member, &manage).send().await.unwrap();
    assert_eq!(bob.update_organization(&id).name("Bob's").send().await.unwrap().response.name, "Bob's");
    let anonymous = world.raw(Api::Backend, Request::get("/v1/organization_roles"), "").await;
    assert_eq!(anonymous.status(), 401);
}
