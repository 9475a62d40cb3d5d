//! The settings of the instance, its domains, keys, templates and whatever else belongs to it.

use clerk_ext::backend::Backend;
use clerk_local::Environment;
use serde_json::json;

use super::{list_not_there, listed, not_found, not_there, refused};
use crate::world::World;

/// Everything is left as it was found: the others go on with the same instance.
pub(crate) async fn drive(world: &World) {
    instance_settings(&world.clerk).await;
    organization_settings(&world.clerk).await;
    beta_features(&world.clerk).await;
    domains(&world.clerk).await;
    jwt_templates(&world.clerk).await;
    redirect_urls(&world.clerk).await;
    tokens_and_keys(&world.clerk).await;
    templates(&world.clerk).await;
    emails(&world.clerk).await;
    others(&world.clerk).await;
}

async fn instance_settings(clerk: &Backend) {
    let settings = clerk.instance_settings();
    assert_eq!(settings.get().await.unwrap().environment_type.as_deref(), Some("development"));
    settings.update().allowed_origins(["chrome-extension://abc"]).await.unwrap();
    assert_eq!(settings.get().await.unwrap().allowed_origins, ["chrome-extension://abc"]);
    settings.update().allowed_origins(Vec::<String>::new()).await.unwrap();
    assert_eq!(refused(settings.update().support_email("help")).await, (422, "form_param_format_invalid".to_owned()));

    let blocked = settings.update_communication().blocked_country_codes(["DE", "FR"]).await.unwrap();
    assert_eq!(blocked.blocked_country_codes, ["DE", "FR"]);
    assert_eq!(settings.communication().await.unwrap().blocked_country_codes, ["DE", "FR"]);
    settings.update_communication().blocked_country_codes(Vec::<String>::new()).await.unwrap();

    let oauth = settings.update_oauth_applications().dynamic_oauth_client_registration(true).await.unwrap();
    assert!(oauth.dynamic_oauth_client_registration);
    assert!(settings.oauth_applications().await.unwrap().dynamic_oauth_client_registration);
    settings.update_oauth_applications().dynamic_oauth_client_registration(false).await.unwrap();

    assert!(settings.update_protect().rules_enabled(true).await.unwrap().rules_enabled);
    assert!(settings.protect().await.unwrap().rules_enabled);
    settings.update_protect().rules_enabled(false).await.unwrap();

    settings.update_restrictions().block_disposable_email_domains(true).await.unwrap();
    assert!(settings.update_restrictions().await.unwrap().block_disposable_email_domains, "nothing else reads them");
    settings.update_restrictions().block_disposable_email_domains(false).await.unwrap();
}

async fn organization_settings(clerk: &Backend) {
    let settings = clerk.instance_settings();
    let before = settings.organizations().await.unwrap();
    assert!(before.enabled);
    let limited = settings.update_organizations().max_allowed_memberships(7).await.unwrap();
    assert_eq!(limited.max_allowed_memberships, Some(7));
    assert_eq!(settings.organizations().await.unwrap().max_allowed_memberships, Some(7));
    let back = settings.update_organizations().max_allowed_memberships(before.max_allowed_memberships.unwrap());
    assert_eq!(back.await.unwrap().max_allowed_memberships, before.max_allowed_memberships);
}

#[allow(deprecated, reason = "the operations are called until they are gone")]
async fn beta_features(clerk: &Backend) {
    let config = clerk.beta_features().update_auth_config().from_email_address("hello").await.unwrap();
    assert_eq!(config.from_email_address.as_deref(), Some("hello"));
    let no_production = (400, "request_invalid_for_instance".to_owned());
    let beta = clerk.beta_features();
    assert_eq!(refused(beta.change_domain("https://new.example.com")).await, no_production);
    assert_eq!(refused(beta.change_production_domain("https://new.example.com")).await, no_production);
    assert_eq!(refused(beta.update_production_domain("https://new.example.com")).await, no_production);

    let world = World::configured(|settings| settings.environment = Environment::Production).await;
    let production = &world.clerk;
    let name = || async { production.domains().list().await.unwrap().data.remove(0).name };
    production.beta_features().change_domain("https://one.example.com").await.unwrap();
    assert_eq!(name().await, "one.example.com");
    production.beta_features().change_production_domain("https://two.example.com").await.unwrap();
    assert_eq!(name().await, "two.example.com");
    production.beta_features().update_production_domain("https://three.example.com").await.unwrap();
    assert_eq!(name().await, "three.example.com");
}

async fn domains(clerk: &Backend) {
    let domains = clerk.domains();
    let primary = domains.list().await.unwrap().data.remove(0);
    let made = domains.create("shop.example.com").await.unwrap();
    assert_eq!((made.name.as_str(), made.is_satellite), ("shop.example.com", true));
    let proxy = "https://store.example.com/__clerk";
    let changed = domains.update(&made.id).name("store.example.com").proxy_url(proxy).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.proxy_url.as_deref()), ("store.example.com", Some(proxy)));
    assert_eq!(refused(domains.delete(&primary.id)).await.1, "operation_not_allowed_on_primary_domain");
    assert!(domains.delete(&made.id).await.unwrap().deleted);
    assert_eq!(domains.list().await.unwrap().data.len(), 1);
}

async fn jwt_templates(clerk: &Backend) {
    let templates = clerk.jwt_templates();
    let made = templates.create("storage", json!({"email": "{{user.primary_email_address}}"})).lifetime(60).await;
    let made = made.unwrap();
    let changed = templates.update(&made.id, "store", json!({"kind": "store"})).await.unwrap();
    assert_eq!(changed.name, "store");
    let read = templates.get(&made.id).await.unwrap();
    assert_eq!(json!(read.claims), json!({"kind": "store"}));
    let other = templates.create("other", json!({})).await.unwrap();
    let all = listed(templates.list()).await;
    assert!(all.len() == 2 && all.iter().any(|template| template.id == other.id));
    for template in [made.id, other.id] {
        assert!(templates.delete(&template).await.unwrap().deleted);
        assert_eq!(refused(templates.get(&template)).await, not_found());
    }
}

async fn redirect_urls(clerk: &Backend) {
    let urls = clerk.redirect_urls();
    let made = urls.create("com.example.app://callback").await.unwrap();
    assert_eq!(refused(urls.create("callback")).await, (422, "form_param_format_invalid".to_owned()));
    assert_eq!(urls.get(&made.id).await.unwrap().url, "com.example.app://callback");
    let all = listed(urls.list()).await;
    assert_eq!((all.len(), &all[0].id), (1, &made.id));
    assert!(urls.delete(&made.id).await.unwrap().deleted);
    assert_eq!(refused(urls.get(&made.id)).await, not_found());
}

async fn tokens_and_keys(clerk: &Backend) {
    let token = clerk.testing_tokens().create().await.unwrap();
    assert!(!token.token.expose().is_empty());
    let keys = clerk.jwks().get().await.unwrap().keys;
    assert_eq!(keys.len(), 1);
}

#[allow(deprecated, reason = "the operations are called until they are gone")]
async fn templates(clerk: &Backend) {
    let templates = clerk.templates();
    list_not_there(templates.list("email"), "GetTemplateList").await;
    not_there(templates.get("email", "invitation"), "GetTemplate").await;
    let upsert = templates.upsert("email", "invitation").name("Invitation").subject("Come").markup("").body("Come");
    not_there(upsert, "UpsertTemplate").await;
    not_there(templates.preview("email", "invitation").subject("Come"), "PreviewTemplate").await;
    not_there(templates.revert("email", "invitation"), "RevertTemplate").await;
    not_there(templates.toggle_delivery("email", "invitation", false), "ToggleTemplateDelivery").await;
}

async fn emails(clerk: &Backend) {
    let emails = clerk.emails();
    let to_address = emails.create("ann@example.com", "billing@example.com", "Invoice").text("It is there.");
    not_there(to_address.idempotency_key("invoice-1"), "CreateEmail").await;
    not_there(emails.create_for_user("user_1", "billing@example.com", "Invoice").text("Hi."), "CreateEmail").await;
    let mut to = clerk_bapi::types::EmailRecipient::new();
    to.address = Some("ann@example.com".to_owned());
    let from = clerk_bapi::types::EmailSender::new("billing@example.com");
    let message = clerk_bapi::types::EmailMessage::new(to, from, "Invoice");
    not_there(emails.create_all([message]), "CreateEmailBatch").await;
    not_there(emails.get("email_1"), "GetEmail").await;
}

async fn others(clerk: &Backend) {
    let miscellaneous = clerk.miscellaneous();
    not_there(miscellaneous.create_accountless_application().source("cli"), "CreateAccountlessApplication").await;
    not_there(miscellaneous.complete_accountless_application(), "CompleteAccountlessApplication").await;
    not_there(miscellaneous.public_interstitial(), "GetPublicInterstitial").await;
    let proxy = clerk.proxy_checks().verify("dmn_1", "https://example.com/__clerk");
    not_there(proxy, "VerifyDomainProxy").await;
    let webhooks = clerk.webhooks();
    not_there(webhooks.create_app(), "CreateSvixApp").await;
    not_there(webhooks.generate_auth_url(), "GenerateSvixAuthURL").await;
    not_there(webhooks.delete_app(), "DeleteSvixApp").await;
}
