//! Connections to identity providers.

use clerk_bapi::types;
use clerk_core::{Json, JsonMap};

use crate::{model::enterprise::EnterpriseConnection, state::State};

fn text(of: &JsonMap, name: &str) -> Option<String> {
    of.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(of: &JsonMap, name: &str) -> bool {
    of.get(name).and_then(Json::as_bool).unwrap_or(false)
}

pub(crate) fn connection(state: &State, connection: &EnterpriseConnection) -> types::EnterpriseConnection {
    let mut view = types::EnterpriseConnection::new(&connection.id, &connection.name);
    view.object = Some("enterprise_connection".to_owned());
    view.provider = Some(connection.provider.clone());
    view.active = connection.active;
    view.domains.clone_from(&connection.domains);
    view.organization_id = connection.organization_id.as_deref().map(Into::into);
    view.sync_user_attributes = connection.sync_user_attributes;
    view.disable_additional_identifications = connection.disable_additional_identifications;
    view.allow_organization_account_linking = connection.allow_organization_account_linking;
    view.custom_attributes = connection.custom_attributes.iter().filter_map(Json::as_object).map(attribute).collect();
    if connection.is_saml() {
        view.saml_connection = Some(saml(state, connection));
    } else {
        view.oauth_config = Some(oidc(connection));
    }
    view.created_at = Some(connection.created_at);
    view.updated_at = Some(connection.updated_at);
    view
}

fn attribute(given: &JsonMap) -> types::EnterpriseConnectionCustomAttribute {
    let mut view = types::EnterpriseConnectionCustomAttribute::new();
    view.name = text(given, "name");
    view.key = text(given, "key");
    view.sso_path = text(given, "sso_path");
    view.scim_path = text(given, "scim_path");
    view.directory_path = text(given, "directory_path");
    view.multi_valued = flag(given, "multi_valued");
    view
}

fn saml(state: &State, connection: &EnterpriseConnection) -> types::EnterpriseConnectionSamlConnection {
    let given = &connection.saml;
    let frontend = &state.addresses.frontend;
    let id = &connection.protocol_id;
    let mut view = types::EnterpriseConnectionSamlConnection::new();
    view.id = Some(id.as_str().into());
    view.name = Some(text(given, "name").unwrap_or_else(|| connection.name.clone()));
    view.idp_entity_id = text(given, "idp_entity_id");
    view.idp_sso_url = text(given, "idp_sso_url");
    view.idp_metadata_url = text(given, "idp_metadata_url");
    view.acs_url = Some(format!("{frontend}/v1/saml/acs/{id}"));
    view.sp_entity_id = Some(format!("{frontend}/saml/{id}"));
    view.sp_metadata_url = Some(format!("{frontend}/v1/saml/metadata/{id}.xml"));
    view.active = connection.active;
    view.allow_idp_initiated = flag(given, "allow_idp_initiated");
    view.allow_subdomains = flag(given, "allow_subdomains");
    view.force_authn = flag(given, "force_authn");
    let mut hint = types::EnterpriseConnectionLoginHint::new();
    let wanted = given.get("login_hint").and_then(Json::as_object);
    let mode = wanted.and_then(|hint| text(hint, "mode")).unwrap_or_else(|| "email_address".to_owned());
    hint.mode = Some(mode.as_str().into());
    hint.source = wanted.and_then(|hint| text(hint, "source"));
    view.login_hint = Some(hint);
    view
}

fn oidc(connection: &EnterpriseConnection) -> types::EnterpriseConnectionOauthConfig {
    let given = &connection.oidc;
    let mut view = types::EnterpriseConnectionOauthConfig::new();
    view.id = Some(connection.protocol_id.clone());
    view.name = Some(connection.name.clone());
    view.provider_key = Some(connection.provider.clone());
    view.client_id = text(given, "client_id");
    view.discovery_url = text(given, "discovery_url");
    view.auth_url = text(given, "auth_url");
    view.token_url = text(given, "token_url");
    view.user_info_url = text(given, "user_info_url");
    view.requires_pkce = flag(given, "requires_pkce");
    view.created_at = Some(connection.created_at);
    view.updated_at = Some(connection.updated_at);
    view
}

/// A connection by SAML under its old name.
#[allow(deprecated, reason = "the document has the old name of the domains too")]
pub(crate) fn saml_connection(state: &State, connection: &EnterpriseConnection) -> types::SamlConnection {
    let given = &connection.saml;
    let frontend = &state.addresses.frontend;
    let id = &connection.protocol_id;
    let mut view = types::SamlConnection::new(id.as_str(), &connection.name);
    view.object = Some("saml_connection".to_owned());
    view.domain = connection.domains.first().cloned();
    view.domains.clone_from(&connection.domains);
    view.idp_entity_id = text(given, "idp_entity_id");
    view.idp_sso_url = text(given, "idp_sso_url");
    view.idp_certificate = text(given, "idp_certificate");
    view.idp_metadata_url = text(given, "idp_metadata_url");
    view.idp_metadata = text(given, "idp_metadata");
    view.acs_url = Some(format!("{frontend}/v1/saml/acs/{id}"));
    view.sp_entity_id = Some(format!("{frontend}/saml/{id}"));
    view.sp_metadata_url = Some(format!("{frontend}/v1/saml/metadata/{id}.xml"));
    view.organization_id = connection.organization_id.as_deref().map(Into::into);
    view.attribute_mapping = given.get("attribute_mapping").and_then(Json::as_object).map(|mapping| {
        let mut view = types::SamlConnectionAttributeMapping::new();
        let named = |name: &str| Some(text(mapping, name).unwrap_or_default());
        view.user_id = named("user_id");
        view.email_address = named("email_address");
        view.first_name = named("first_name");
        view.last_name = named("last_name");
        view
    });
    view.active = connection.active;
    view.provider = Some(connection.provider.clone());
    let has = |user: &&crate::model::user::User| {
        user.enterprise_accounts.iter().any(|account| account.enterprise_connection_id == connection.id)
    };
    view.user_count = i64::try_from(state.tables.users.iter().filter(has).count()).ok();
    view.sync_user_attributes = connection.sync_user_attributes;
    view.allow_subdomains = flag(given, "allow_subdomains");
    view.allow_idp_initiated = flag(given, "allow_idp_initiated");
    view.disable_additional_identifications = connection.disable_additional_identifications;
    view.allow_organization_account_linking = connection.allow_organization_account_linking;
    view.force_authn = flag(given, "force_authn");
    let wanted = given.get("login_hint").and_then(Json::as_object);
    let mode = wanted.and_then(|hint| text(hint, "mode")).unwrap_or_else(|| "email_address".to_owned());
    let mut hint = types::SamlConnectionLoginHint::new();
    hint.mode = Some(mode.as_str().into());
    hint.source = wanted.and_then(|hint| text(hint, "source"));
    view.login_hint = Some(hint);
    view.enterprise_connection_id = Some(connection.id.as_str().into());
    view.created_at = Some(connection.created_at);
    view.updated_at = Some(connection.updated_at);
    view
}
