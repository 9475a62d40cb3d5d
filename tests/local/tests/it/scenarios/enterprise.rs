//! Single sign-on of organizations.

use clerk_core::ErrorCode;
use clerk_core::http::StatusCode;
use clerk_local::ProviderAccount;
use serde_json::json;

use super::{
    external::{away, returned},
    oauth_server::{organization, parameter, signed_in, user},
};
use crate::world::World;

scenarios![
    an_enterprise_connection_is_made_changed_listed_and_deleted,
    a_saml_connection_is_active_only_with_what_it_needs,
    a_domain_serves_one_connection,
    somebody_of_the_domain_signs_up_and_in_through_their_identity_provider,
    an_identity_provider_that_gives_another_domain_is_refused,
    without_a_connection_of_the_domain_there_is_no_single_sign_on,
    a_user_sees_the_connections_of_their_domains,
    a_saml_connection_is_an_enterprise_connection_by_its_old_name,
];

const BACK: &str = "com.example.app://callback";

/// An active connection of a domain, and its id.
async fn connection(world: &World, domain: &str) -> String {
    let backend = world.backend();
    let create = backend.create_enterprise_connection("Example", "oidc_custom", [domain]).active(true);
    create.send().await.unwrap().id.as_str().to_owned()
}

async fn an_enterprise_connection_is_made_changed_listed_and_deleted(world: World) {
    let backend = world.backend();
    let made = backend.create_enterprise_connection("Okta", "saml_okta", ["Example.com"]).send().await.unwrap();
    assert_eq!((made.active, made.domains.as_slice()), (false, &["example.com".to_owned()][..]));
    let saml = made.saml_connection.unwrap();
    assert!(saml.acs_url.unwrap().starts_with(world.local.frontend_url()));

    let id = made.id;
    let changed = backend.update_enterprise_connection(id.clone()).name("Okta 2").sync_user_attributes(false);
    let changed = changed.domains(["example.com", "example.org"]).send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.domains.len(), changed.sync_user_attributes), ("Okta 2", 2, false));
    assert_eq!(backend.get_enterprise_connection(id.clone()).send().await.unwrap().name, "Okta 2");
    connection(&world, "example.net").await;
    assert_eq!(backend.list_enterprise_connections().send().await.unwrap().total_count, Some(2));
    assert_eq!(backend.list_enterprise_connections().active(true).send().await.unwrap().total_count, Some(1));
    assert!(backend.delete_enterprise_connection(id.clone()).send().await.unwrap().deleted);
    let gone = backend.get_enterprise_connection(id).send().await.unwrap_err();
    assert_eq!((gone.status().unwrap(), gone.code()), (StatusCode::NOT_FOUND, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    let nowhere = backend.create_enterprise_connection("X", "oidc_custom", ["a.example"]).organization_id("org_none");
    assert_eq!(nowhere.send().await.unwrap_err().status().unwrap(), StatusCode::NOT_FOUND);
}

async fn a_saml_connection_is_active_only_with_what_it_needs(world: World) {
    let backend = world.backend();
    let made = backend.create_enterprise_connection("Okta", "saml_okta", ["example.com"]).send().await.unwrap();
    let refused = backend.update_enterprise_connection(made.id.clone()).active(true).send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::SAML_CONNECTION_CANT_BE_ACTIVATED));
    let mut saml = clerk_bapi::types::UpdateEnterpriseConnectionSaml::new();
    saml.idp_metadata_url = clerk_core::Update::Set("https://idp.example.com/metadata".to_owned());
    let active = backend.update_enterprise_connection(made.id).active(true).saml(saml).send().await.unwrap();
    let url = active.saml_connection.unwrap().idp_metadata_url;
    assert_eq!((active.active, url.as_deref()), (true, Some("https://idp.example.com/metadata")));
}

async fn a_domain_serves_one_connection(world: World) {
    let backend = world.backend();
    connection(&world, "example.com").await;
    let twice = backend.create_enterprise_connection("Other", "oidc_custom", ["EXAMPLE.com"]).send().await.unwrap_err();
    assert_eq!((twice.status().unwrap(), twice.code()), (StatusCode::CONFLICT, Some(&ErrorCode::CONFLICT)));
    let wrong = backend.create_enterprise_connection("Other", "oidc_custom", ["no domain"]).send().await.unwrap_err();
    assert_eq!(wrong.code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
}

async fn somebody_of_the_domain_signs_up_and_in_through_their_identity_provider(world: World) {
    let backend = world.backend();
    let organization = organization(&world, &[]);
    let create = backend.create_enterprise_connection("Example", "oidc_custom", ["example.com"]).active(true);
    let connection = create.organization_id(organization.as_str()).send().await.unwrap().id;
    let account = ProviderAccount::new(connection.as_str(), "ann@example.com").first_name("Ann");
    let subject = world.local.provider().add(&account);

    let device = world.device();
    let start = device.create_sign_up().strategy("enterprise_sso").email_address("ann@example.com").redirect_url(BACK);
    let started = start.send().await.unwrap().response;
    let external = started.verifications.unwrap().external_account.unwrap();
    let url = external.external_verification_redirect_url.unwrap();
    assert_eq!(parameter(&url, "login_hint"), None, "the hint is what a sign-in is asked for");
    let back = world.local.provider().approve(&url).await.unwrap();
    let nonce = parameter(&back, "rotating_token_nonce").unwrap();
    let done = device.get_sign_up(started.id).rotating_token_nonce(nonce).send().await.unwrap().response;
    assert!(done.created_session_id.is_some(), "{back}");
    let me = device.get_user().send().await.unwrap().response;
    assert_eq!((me.enterprise_accounts.len(), me.external_accounts.len()), (1, 0));
    let seen = world.backend().get_user(me.id.as_str()).send().await.unwrap();
    let links: Vec<_> = seen.email_addresses[0].linked_to.iter().map(|link| link.type_.as_str()).collect();
    assert_eq!(links, ["saml"]);
    assert_eq!(me.enterprise_accounts[0].provider_user_id.as_deref(), Some(&*subject));
    let member = me.organization_memberships.first().map(|it| it.organization.as_ref().unwrap().id.as_str().to_owned());
    assert_eq!(member, Some(organization));

    // The identity provider is who says what people are called.
    world.local.provider().add(&account.subject(subject).first_name("Anna"));
    let other = world.device();
    let start = other.create_sign_in().strategy("enterprise_sso").identifier("ann@example.com").redirect_url(BACK);
    let started = start.send().await.unwrap().response;
    let proof = started.first_factor_verification.as_ref().unwrap();
    let kind = (proof.object.as_ref().unwrap().as_str(), proof.strategy.as_ref().unwrap().as_str());
    assert_eq!(kind, ("verification_saml", "enterprise_sso"));
    assert_eq!(parameter(&away(&started), "login_hint").as_deref(), Some("ann@example.com"));
    let back = world.local.provider().approve(&away(&started)).await.unwrap();
    assert_eq!(returned(&other, &started.id, &back).await.status.as_str(), "complete");
    assert_eq!(other.get_user().send().await.unwrap().response.first_name.as_deref(), Some("Anna"));
}

async fn an_identity_provider_that_gives_another_domain_is_refused(world: World) {
    let connection = connection(&world, "example.com").await;
    world.local.provider().add(&ProviderAccount::new(connection, "eve@evil.example"));
    let device = world.device();
    let start = device.create_sign_in().strategy("enterprise_sso").identifier("ann@example.com").redirect_url(BACK);
    let started = start.send().await.unwrap().response;
    let back = world.local.provider().approve_as(&away(&started), "eve@evil.example").await.unwrap();
    let code = parameter(&back, "__clerk_error_code");
    assert_eq!(code.as_deref(), Some("enterprise_sso_email_address_domain_mismatch"));
}

async fn without_a_connection_of_the_domain_there_is_no_single_sign_on(world: World) {
    let device = world.device();
    let sign_in = device.create_sign_in().strategy("enterprise_sso").identifier("ann@example.com").redirect_url(BACK);
    let refused = sign_in.send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::ENTERPRISE_SSO_SIGN_IN_CONNECTION_MISSING));
    let sign_up = device.create_sign_up().strategy("enterprise_sso").email_address("ann@example.com");
    let refused = sign_up.redirect_url(BACK).send().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::ENTERPRISE_SSO_SIGN_UP_CONNECTION_MISSING));
}

#[allow(deprecated, reason = "the operation is called until it is gone")]
async fn a_user_sees_the_connections_of_their_domains(world: World) {
    let id = connection(&world, "example.com").await;
    connection(&world, "example.org").await;
    let ann = user(&world, "ann@example.com").await;
    let device = signed_in(&world, &ann).await;
    let seen = device.get_me_enterprise_connections().send().await.unwrap().response;
    assert_eq!(seen.iter().map(|connection| json!(connection.id)).collect::<Vec<_>>(), [json!(id)]);
}

#[allow(deprecated, reason = "the operations are called until they are gone")]
async fn a_saml_connection_is_an_enterprise_connection_by_its_old_name(world: World) {
    let backend = world.backend();
    let create = backend.create_saml_connection("Okta", "saml_okta").domains(["example.com"]);
    let made = create.idp_entity_id("https://idp.example.com").send().await.unwrap();
    let enterprise = made.enterprise_connection_id.unwrap();
    let same = backend.get_enterprise_connection(enterprise.clone()).send().await.unwrap();
    assert_eq!(same.saml_connection.unwrap().id, Some(made.id.clone()));

    let half = backend.update_saml_connection(made.id.clone()).active(true).send().await.unwrap_err();
    assert_eq!(half.code(), Some(&ErrorCode::SAML_CONNECTION_CANT_BE_ACTIVATED));
    let whole = backend.update_saml_connection(made.id.clone()).idp_sso_url("https://idp.example.com/sso").active(true);
    let whole = whole.idp_certificate("MIIB").send().await.unwrap();
    assert!(whole.active && whole.idp_certificate.as_deref() == Some("MIIB"));
    assert_eq!(backend.get_saml_connection(made.id.clone()).send().await.unwrap().user_count, Some(0));
    connection(&world, "example.org").await;
    assert_eq!(backend.list_saml_connections().send().await.unwrap().total_count, Some(1));
    assert!(backend.delete_saml_connection(made.id).send().await.unwrap().deleted);
    assert_eq!(backend.get_enterprise_connection(enterprise).send().await.unwrap_err().status().unwrap(), 404);
}
