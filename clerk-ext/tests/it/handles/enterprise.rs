//! Single sign-on of customers: connections, directories, links to the admin portal.

use clerk_ext::backend::Backend;

use super::{list_not_there, listed, not_found, not_there, refused};
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
    let active = listed(connections.list().active(true)).await;
    assert_eq!((active.len(), &active[0].id), (1, &made.id));
    assert_eq!(listed(connections.list()).await.len(), 2);

    let runs = || connections.test_runs(&made.id).status(["success"]);
    list_not_there(runs(), "ListEnterpriseConnectionTestRuns").await;
    not_there(connections.create_test_run(&made.id), "CreateEnterpriseConnectionTestRun").await;
    assert!(connections.delete(&made.id).await.unwrap().deleted);
    assert!(connections.delete(&other.id).await.unwrap().deleted);
    assert_eq!(refused(connections.get(&made.id)).await, not_found());
}

#[allow(deprecated, reason = "the operations are called until they are gone")]
async fn saml_connections(clerk: &Backend) {
    let connections = clerk.saml_connections();
    let create = connections.create("Okta", "saml_okta").domains(["okta.example.com"]);
    let made = create.idp_entity_id("https://idp.example.com").await.unwrap();
    let half = connections.update(&made.id).active(true);
    assert_eq!(refused(half).await.1, "saml_connection_cant_be_activated");
    let whole = connections.update(&made.id).idp_sso_url("https://idp.example.com/sso").idp_certificate("MIIB");
    assert!(whole.active(true).await.unwrap().active);
    assert_eq!(connections.get(&made.id).await.unwrap().idp_certificate.as_deref(), Some("MIIB"));
    let all = listed(connections.list()).await;
    assert_eq!((all.len(), &all[0].id), (1, &made.id));
    assert!(connections.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(connections.get(&made.id)).await, not_found());
}

async fn directories(clerk: &Backend) {
    let directories = clerk.directories();
    list_not_there(directories.list(), "ListDirectories").await;
    not_there(directories.create("entconn_1", "okta").name("Acme"), "CreateDirectory").await;
    not_there(directories.get("dir_1"), "GetDirectory").await;
    not_there(directories.update("dir_1").enabled(true), "UpdateDirectory").await;
    not_there(directories.rotate_api_key("dir_1"), "RotateDirectoryAPIKey").await;
    not_there(directories.role_mappings("dir_1"), "ListDirectoryGroupRoleMappings").await;
    let one = directories.create_role_mapping("dir_1", "engineers", "role_1").precedence(1);
    not_there(one, "CreateDirectoryGroupRoleMapping").await;
    let all = directories.replace_role_mappings("dir_1", [("engineers", "role_1"), ("others", "role_2")]);
    not_there(all, "ReplaceDirectoryGroupRoleMappings").await;
    not_there(directories.delete_role_mapping("dir_1", "map_1"), "DeleteDirectoryGroupRoleMapping").await;
    not_there(directories.delete("dir_1"), "DeleteDirectory").await;
}

async fn scim_directories(clerk: &Backend) {
    let directories = clerk.scim_directories();
    list_not_there(directories.list(), "ListSCIMDirectories").await;
    not_there(directories.create("entconn_1", "okta").name("Acme"), "CreateSCIMDirectory").await;
    not_there(directories.get("scim_1"), "GetSCIMDirectory").await;
    not_there(directories.update("scim_1").enabled(true), "UpdateSCIMDirectory").await;
    not_there(directories.rotate_api_key("scim_1"), "RotateSCIMDirectoryAPIKey").await;
    not_there(directories.role_mappings("scim_1"), "ListSCIMGroupRoleMappings").await;
    let one = directories.create_role_mapping("scim_1", "engineers", "role_1").precedence(1);
    not_there(one, "CreateSCIMGroupRoleMapping").await;
    let all = directories.replace_role_mappings("scim_1", [("engineers", "role_1"), ("others", "role_2")]);
    not_there(all, "ReplaceSCIMGroupRoleMappings").await;
    not_there(directories.delete_role_mapping("scim_1", "map_1"), "DeleteSCIMGroupRoleMapping").await;
    not_there(directories.delete("scim_1"), "DeleteSCIMDirectory").await;
}

async fn admin_portal_link_tokens(clerk: &Backend) {
    let tokens = clerk.admin_portal_link_tokens();
    not_there(tokens.create().seconds_until_expiration(60), "createAdminPortalLinkToken").await;
    not_there(tokens.revoke("aplt_1").revocation_reason("lost"), "revokeAdminPortalLinkToken").await;
}
