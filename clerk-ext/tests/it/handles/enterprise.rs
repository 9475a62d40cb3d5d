//! Single sign-on of customers: connections, directories, links to the admin portal.

use clerk_ext::backend::Backend;

use super::refusals::{not_there, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    connections(&world.clerk).await;
    saml_connections(&world.clerk).await;
    directories(&world.clerk).await;
    scim_directories(&world.clerk).await;
    admin_portal_link_tokens(&world.clerk).await;
}

async fn connections(clerk: &Backend) {
    let connections = clerk.enterprise_connections();
    let made = connections.create("Acme", "oidc_custom", ["Acme.example.com"]).await.unwrap();
    assert_eq!((made.active, made.domains.as_slice()), (false, &["acme.example.com".to_owned()][..]));
    let changed = connections.update(&made.id).name("Acme Ltd").active(true).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.active), ("Acme Ltd", true));
    assert_eq!(connections.get(&made.id).await.unwrap().name, "Acme Ltd");

    let other = connections.create("Bolt", "saml_okta", ["bolt.example.com"]).await.unwrap();
    let active = connections.list().active(true).page().await.unwrap();
    assert_eq!((active.total_count, &active.data[0].id), (Some(1), &made.id));
    let mut all = connections.list().page_size(1).stream();
    let mut ids = Vec::new();
    while let Some(connection) = all.try_next().await.unwrap() {
        ids.push(connection.id);
    }
    assert!(ids.len() == 2 && ids.contains(&made.id) && ids.contains(&other.id), "{ids:?}");

    let runs = || connections.test_runs(&made.id).status(["success"]);
    not_there(runs().page().await, "ListEnterpriseConnectionTestRuns");
    not_there(runs().stream().try_next().await, "ListEnterpriseConnectionTestRuns");
    not_there(connections.create_test_run(&made.id).await, "CreateEnterpriseConnectionTestRun");
    assert!(connections.delete(&made.id).await.unwrap().deleted);
    assert!(connections.delete(&other.id).await.unwrap().deleted);
    assert_eq!(refused(connections.get(&made.id).await), (404, "resource_not_found".to_owned()));
}

#[allow(deprecated, reason = "the operations are called until they are gone")]
async fn saml_connections(clerk: &Backend) {
    let connections = clerk.saml_connections();
    let create = connections.create("Okta", "saml_okta").domains(["okta.example.com"]);
    let made = create.idp_entity_id("https://idp.example.com").await.unwrap();
    let half = connections.update(&made.id).active(true).await;
    assert_eq!(refused(half).1, "saml_connection_cant_be_activated");
    let whole = connections.update(&made.id).idp_sso_url("https://idp.example.com/sso").idp_certificate("MIIB");
    assert!(whole.active(true).await.unwrap().active);
    assert_eq!(connections.get(&made.id).await.unwrap().idp_certificate.as_deref(), Some("MIIB"));
    let page = connections.list().page().await.unwrap();
    assert_eq!((page.total_count, &page.data[0].id), (Some(1), &made.id));
    assert_eq!(connections.list().stream().try_next().await.unwrap().unwrap().id, made.id);
    assert!(connections.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(connections.get(&made.id).await).0, 404);
}

async fn directories(clerk: &Backend) {
    let directories = clerk.directories();
    not_there(directories.list().page().await, "ListDirectories");
    not_there(directories.list().stream().try_next().await, "ListDirectories");
    not_there(directories.create("entconn_1", "okta").name("Acme").await, "CreateDirectory");
    not_there(directories.get("dir_1").await, "GetDirectory");
    not_there(directories.update("dir_1").enabled(true).await, "UpdateDirectory");
    not_there(directories.rotate_api_key("dir_1").await, "RotateDirectoryAPIKey");
    not_there(directories.role_mappings("dir_1").await, "ListDirectoryGroupRoleMappings");
    let one = directories.create_role_mapping("dir_1", "engineers", "role_1").precedence(1);
    not_there(one.await, "CreateDirectoryGroupRoleMapping");
    let all = directories.replace_role_mappings("dir_1", [("engineers", "role_1"), ("others", "role_2")]);
    not_there(all.await, "ReplaceDirectoryGroupRoleMappings");
    not_there(directories.delete_role_mapping("dir_1", "map_1").await, "DeleteDirectoryGroupRoleMapping");
    not_there(directories.delete("dir_1").await, "DeleteDirectory");
}

async fn scim_directories(clerk: &Backend) {
    let directories = clerk.scim_directories();
    not_there(directories.list().page().await, "ListSCIMDirectories");
    not_there(directories.list().stream().try_next().await, "ListSCIMDirectories");
    not_there(directories.create("entconn_1", "okta").name("Acme").await, "CreateSCIMDirectory");
    not_there(directories.get("scim_1").await, "GetSCIMDirectory");
    not_there(directories.update("scim_1").enabled(true).await, "UpdateSCIMDirectory");
    not_there(directories.rotate_api_key("scim_1").await, "RotateSCIMDirectoryAPIKey");
    not_there(directories.role_mappings("scim_1").await, "ListSCIMGroupRoleMappings");
    let one = directories.create_role_mapping("scim_1", "engineers", "role_1").precedence(1);
    not_there(one.await, "CreateSCIMGroupRoleMapping");
    let all = directories.replace_role_mappings("scim_1", [("engineers", "role_1"), ("others", "role_2")]);
    not_there(all.await, "ReplaceSCIMGroupRoleMappings");
    not_there(directories.delete_role_mapping("scim_1", "map_1").await, "DeleteSCIMGroupRoleMapping");
    not_there(directories.delete("scim_1").await, "DeleteSCIMDirectory");
}

async fn admin_portal_link_tokens(clerk: &Backend) {
    let tokens = clerk.admin_portal_link_tokens();
    not_there(tokens.create().seconds_until_expiration(60).await, "createAdminPortalLinkToken");
    not_there(tokens.revoke("aplt_1").revocation_reason("lost").await, "revokeAdminPortalLinkToken");
}
