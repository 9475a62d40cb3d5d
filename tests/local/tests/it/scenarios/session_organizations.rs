//! The organization of a session: chosen by its user or by a page, and told in its tokens.

use clerk_core::{ErrorCode, SessionId, http::Request};
use clerk_local::{Api, Seed, SeedMember, SeedOrganization, SeedUser, TokenVersion};
use serde_json::{Value, json};

use super::{sessions::signed_in_as, tokens::read};
use crate::world::{Device, World};

scenarios![
    an_organization_is_chosen_by_id_or_slug_and_left_again,
    a_token_is_made_for_the_organization_that_is_asked_for,
    the_second_layout_packs_roles_features_and_permissions,
    the_first_layout_lists_them,
    where_one_has_to_be_chosen_the_session_is_pending_until_then,
    a_handshake_chooses_the_organization_of_the_page,
    a_back_end_opens_a_session_in_an_organization,
    a_test_signs_somebody_in_to_an_organization_of_theirs_and_to_no_other,
];

/// Ann belongs to Acme as `org:billing`, and Globex exists without her.
async fn world_of_ann(world: World) -> (World, Device, SessionId) {
    let world = world
        .rebuilt(|builder| {
            let mut seed = Seed::default();
            for name in ["ann", "bob"] {
                let mut user = SeedUser::default();
                user.id = Some(format!("user_{name}"));
                user.email_addresses = vec![format!("{name}@example.com")];
                seed.users.push(user);
            }
            seed.users[0].plan = Some("free".to_owned());
            seed.users[0].features = vec!["drafts".to_owned()];
            for (slug, member, role) in [("acme", "user_ann", "org:billing"), ("globex", "user_bob", "org:admin")] {
                let mut organization = SeedOrganization::default();
                organization.id = Some(format!("org_{slug}"));
                slug.clone_into(&mut organization.name);
                organization.slug = Some(slug.to_owned());
                let mut one = SeedMember::default();
                member.clone_into(&mut one.user);
                one.role = Some(role.to_owned());
                organization.members = vec![one];
                organization.plan = Some("gold".to_owned());
                organization.features = vec!["dashboard".to_owned(), "invoices".to_owned()];
                seed.organizations.push(organization);
            }
            builder
                .configure(|settings| {
                    let mut role = clerk_local::RoleSettings::default();
                    "org:billing".clone_into(&mut role.key);
                    "Billing".clone_into(&mut role.name);
                    let permissions = ["org:invoices:read", "org:invoices:create", "org:reports:create"];
                    for key in permissions {
                        let mut permission = clerk_local::PermissionSettings::default();
                        key.clone_into(&mut permission.key);
                        key.clone_into(&mut permission.name);
                        settings.organizations.permissions.push(permission);
                        role.permissions.push(key.to_owned());
                    }
                    role.permissions.push("org:sys_memberships:read".to_owned());
                    settings.organizations.roles.push(role);
                })
                .seed(seed)
        })
        .await;
    let (device, id) = signed_in_as(&world, &"user_ann".into());
    (world, device, id)
}

async fn claims(device: &Device, id: &SessionId) -> Value {
    read(device.create_session_token(id).send().await.unwrap().jwt.expose()).1
}

async fn an_organization_is_chosen_by_id_or_slug_and_left_again(world: World) {
    let (_world, device, id) = world_of_ann(world).await;
    let chosen = |session: clerk_fapi::types::Session| session.last_active_organization_id;
    let touch = || device.touch_session(&id);
    let by_slug = touch().active_organization_id("acme").intent("select_org").send().await.unwrap().response;
    assert_eq!(chosen(by_slug), Some("org_acme".into()));
    assert_eq!(chosen(touch().send().await.unwrap().response), Some("org_acme".into()));
    assert_eq!(claims(&device, &id).await["o"]["id"], json!("org_acme"));
    let personal = touch().active_organization_id("").send().await.unwrap().response;
    assert_eq!(chosen(personal), None);
    let by_id = touch().active_organization_id("org_acme").send().await.unwrap().response;
    assert_eq!(chosen(by_id), Some("org_acme".into()));
    for stranger in ["globex", "org_globex", "nowhere"] {
        let error = touch().active_organization_id(stranger).send().await.unwrap_err();
        assert_eq!(
            (error.status().unwrap().as_u16(), error.code()),
            (404, Some(&ErrorCode::ORGANIZATION_NOT_FOUND_OR_UNAUTHORIZED))
        );
    }
}

async fn a_token_is_made_for_the_organization_that_is_asked_for(world: World) {
    let (_world, device, id) = world_of_ann(world).await;
    assert!(claims(&device, &id).await.get("o").is_none());
    let asked = device.create_session_token(&id).organization_id("org_acme").send().await.unwrap().jwt;
    assert_eq!(read(asked.expose()).1["o"]["slg"], json!("acme"));
    device.touch_session(&id).active_organization_id("acme").send().await.unwrap();
    let personal = device.create_session_token(&id).organization_id("").send().await.unwrap().jwt;
    assert!(read(personal.expose()).1.get("o").is_none());
    let error = device.create_session_token(&id).organization_id("org_globex").send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
}

async fn the_second_layout_packs_roles_features_and_permissions(world: World) {
    let (world, device, id) = world_of_ann(world).await;
    let own = claims(&device, &id).await;
    assert_eq!((&own["pla"], &own["fea"]), (&json!("u:free"), &json!("u:drafts")));
    world.local.update_settings(|settings| {
        settings.session_claims = json!({"slug": "{{org.slug}}", "role": "{{org.role}}"}).as_object().unwrap().clone();
    });
    device.touch_session(&id).active_organization_id("acme").send().await.unwrap();
    let claims = claims(&device, &id).await;
    // Two bits, for `read` and `create`; what the system defines stays out.
    assert_eq!(
        claims["o"],
        json!({"id": "org_acme", "slg": "acme", "rol": "billing", "per": "read,create", "fpm": "0,3,2"})
    );
    assert_eq!((&claims["pla"], &claims["fea"]), (&json!("o:gold"), &json!("o:dashboard,o:invoices,o:reports")));
    assert_eq!((&claims["slug"], &claims["role"]), (&json!("acme"), &json!("org:billing")));
    assert!(claims.get("org_id").is_none());
}

async fn the_first_layout_lists_them(world: World) {
    let (world, device, id) = world_of_ann(world).await;
    world.local.update_settings(|settings| settings.token_version = TokenVersion::V1);
    device.touch_session(&id).active_organization_id("acme").send().await.unwrap();
    let claims = claims(&device, &id).await;
    assert_eq!((&claims["org_id"], &claims["org_slug"]), (&json!("org_acme"), &json!("acme")));
    assert_eq!(claims["org_role"], json!("org:billing"));
    assert_eq!(claims["org_permissions"], json!(["org:invoices:read", "org:invoices:create", "org:reports:create"]));
    assert!(claims.get("o").is_none() && claims.get("fea").is_none());
}

async fn where_one_has_to_be_chosen_the_session_is_pending_until_then(world: World) {
    let (world, device, id) = world_of_ann(world).await;
    world.local.update_settings(|settings| settings.organizations.force_selection = true);
    assert_eq!(claims(&device, &id).await["sts"], json!("pending"));
    let touched = device.touch_session(&id).active_organization_id("acme").send().await.unwrap().response;
    assert_eq!((touched.status.as_str(), touched.tasks.len()), ("active", 0));
    assert_eq!(claims(&device, &id).await["sts"], json!("active"));
    // There is no personal account to go back to.
    let touched = device.touch_session(&id).active_organization_id("").send().await.unwrap().response;
    assert_eq!(touched.last_active_organization_id, Some("org_acme".into()));
}

async fn a_handshake_chooses_the_organization_of_the_page(world: World) {
    let (world, device, id) = world_of_ann(world).await;
    let cookie = format!("__client={}", device.token().unwrap());
    let shake = async |organization: &str| {
        let uri = format!("/v1/client/handshake?redirect_url=https://app.example/&organization_id={organization}");
        let response = world.raw(Api::Frontend, Request::get(uri).header("cookie", &cookie), "").await;
        assert_eq!(response.status(), 307);
        device.get_session(&id).send().await.unwrap().response.last_active_organization_id
    };
    assert_eq!(shake("acme").await, Some("org_acme".into()));
    assert_eq!(shake("globex").await, Some("org_acme".into()));
    assert_eq!(shake("").await, None);
    assert_eq!(shake("org_acme").await, Some("org_acme".into()));
}

async fn a_back_end_opens_a_session_in_an_organization(world: World) {
    let (world, ..) = world_of_ann(world).await;
    let backend = world.backend();
    let session = backend.create_session("user_ann").active_organization_id("org_acme").send().await.unwrap();
    assert_eq!(session.last_active_organization_id, Some("org_acme".into()));
    let token = backend.create_session_token(&session.id).send().await.unwrap().jwt;
    assert_eq!(read(token.expose()).1["o"]["id"], json!("org_acme"));
    let error = backend.create_session("user_ann").active_organization_id("org_globex").send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ORGANIZATION_NOT_FOUND_OR_UNAUTHORIZED));
    // A sign-in token may lead there too.
    let ticket = backend.create_sign_in_token("user_ann").org_id("org_acme").send().await.unwrap().token.unwrap();
    let device = world.device();
    let sign_in = device.create_sign_in().strategy("ticket").ticket(ticket).send().await.unwrap().response;
    let session = device.get_session(sign_in.created_session_id.unwrap()).send().await.unwrap().response;
    assert_eq!(session.last_active_organization_id, Some("org_acme".into()));
    assert_eq!(
        backend.create_sign_in_token("user_ann").org_id("org_none").send().await.unwrap_err().status().unwrap(),
        404
    );
}

async fn a_test_signs_somebody_in_to_an_organization_of_theirs_and_to_no_other(world: World) {
    let (world, ..) = world_of_ann(world).await;
    for name in ["acme", "org_acme"] {
        let ann = world.local.sign_in_to(name, "ann@example.com").unwrap();
        let claims = read(ann.session_token.expose()).1;
        assert_eq!((&claims["o"]["id"], &claims["o"]["rol"]), (&json!("org_acme"), &json!("billing")), "{name}");
    }
    assert!(world.local.sign_in_to("globex", "user_ann").is_none(), "Bob's, not hers");
    assert!(world.local.sign_in_to("nowhere", "user_ann").is_none());
    assert!(world.local.sign_in_to("acme", "user_carl").is_none());
}
