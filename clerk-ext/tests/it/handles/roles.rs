//! Roles, permissions and role sets.

use std::collections::BTreeMap;

use super::{listed, not_found, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    permissions(world).await;
    roles(world).await;
    role_sets(world).await;
}

async fn permissions(world: &World) {
    let permissions = world.clerk.organization_permissions();
    let made = permissions.create("Read reports", "org:reports:read").description("all of them").await.unwrap();
    assert_eq!(made.description.as_deref(), Some("all of them"));
    permissions.update(&made.id).name("See reports").await.unwrap();
    assert_eq!(permissions.get(&made.id).await.unwrap().name.as_deref(), Some("See reports"));
    assert!(listed(permissions.list()).await.iter().any(|it| it.id == made.id));
    assert!(permissions.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(permissions.get(&made.id)).await, not_found());
}

async fn roles(world: &World) {
    let (roles, permissions) = (world.clerk.organization_roles(), world.clerk.organization_permissions());
    let write = permissions.create("Write reports", "org:reports:write").await.unwrap();
    let made = roles.create("Reporter", "org:reporter").await.unwrap();
    let holds = |role: &clerk_bapi::types::Role| role.permissions.iter().any(|it| it.id == write.id);
    assert!(!holds(&made));
    assert!(holds(&roles.add_permission(&made.id, &write.id).await.unwrap()));
    assert!(!holds(&roles.remove_permission(&made.id, &write.id).await.unwrap()));
    roles.update(&made.id).name("Editor").await.unwrap();
    assert_eq!(roles.get(&made.id).await.unwrap().name.as_deref(), Some("Editor"));
    assert!(listed(roles.list()).await.iter().any(|it| it.id == made.id));
    assert!(roles.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(roles.get(&made.id)).await, not_found());
}

async fn role_sets(world: &World) {
    let sets = world.clerk.role_sets();
    world.clerk.organization_roles().create("Guest", "org:guest").await.unwrap();
    let made = sets.create("Small", "org:admin", "org:admin", ["org:admin"]).key("role_set:small").await.unwrap();
    assert_eq!((made.key.as_str(), made.roles.len()), ("role_set:small", 1));
    let more = sets.add_roles("role_set:small", ["org:guest"]).default_role_key("org:guest").await.unwrap();
    assert_eq!((more.roles.len(), more.default_role.unwrap().key.as_str()), (2, "org:guest"));
    let fewer = sets.replace_role("role_set:small", "org:guest", "org:admin").await.unwrap();
    assert_eq!((fewer.roles.len(), fewer.default_role.unwrap().key.as_str()), (1, "org:admin"));
    sets.update("role_set:small").name("Tiny").await.unwrap();
    assert_eq!(sets.get(made.id.as_str()).await.unwrap().name.as_deref(), Some("Tiny"));
    assert!(listed(sets.list()).await.iter().any(|it| it.id == made.id));
    let mapping = BTreeMap::from([("org:admin".to_owned(), "org:admin".to_owned())]);
    let gone = sets.replace("role_set:small", "role_set:default").reassignment_mappings(mapping).await.unwrap();
    assert!(gone.deleted);
    assert_eq!(refused(sets.get("role_set:small")).await, not_found());
}
