//! Connections to identity providers, as the people see them who come in by one.

use clerk_core::{Json, JsonMap};
use clerk_fapi::types;

use crate::{model::enterprise::EnterpriseConnection, state::State};

fn text(of: &JsonMap, name: &str) -> Option<String> {
    of.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn flag(of: &JsonMap, name: &str) -> bool {
    of.get(name).and_then(Json::as_bool).unwrap_or(false)
}

pub(crate) fn connection(state: &State, connection: &EnterpriseConnection) -> types::EnterpriseConnection {
    let mut view = types::EnterpriseConnection::new(&connection.id);
    view.name = Some(connection.name.clone());
    view.provider = Some(connection.provider.clone());
    view.active = connection.active;
    view.domains.clone_from(&connection.domains);
    view.organization_id = connection.organization_id.as_deref().map(Into::into);
    view.sync_user_attributes = connection.sync_user_attributes;
    view.disable_additional_identifications = connection.disable_additional_identifications;
    view.allow_organization_account_linking = connection.allow_organization_account_linking;
    if connection.is_saml() {
        let given = &connection.saml;
        let frontend = &state.addresses.frontend;
        let id = &connection.protocol_id;
        let mut saml = types::EnterpriseConnectionSamlConnection::new();
        saml.id = Some(id.as_str().into());
        saml.name = Some(text(given, "name").unwrap_or_else(|| connection.name.clone()));
        saml.idp_entity_id = text(given, "idp_entity_id");
        saml.idp_sso_url = text(given, "idp_sso_url");
        saml.idp_certificate = text(given, "idp_certificate");
        saml.idp_metadata_url = text(given, "idp_metadata_url");
        saml.acs_url = Some(format!("{frontend}/v1/saml/acs/{id}"));
        saml.sp_entity_id = Some(format!("{frontend}/saml/{id}"));
        saml.sp_metadata_url = Some(format!("{frontend}/v1/saml/metadata/{id}.xml"));
        saml.active = connection.active;
        saml.allow_idp_initiated = flag(given, "allow_idp_initiated");
        saml.allow_subdomains = flag(given, "allow_subdomains");
        saml.force_authn = flag(given, "force_authn");
        view.saml_connection = Some(saml);
    } else {
        let given = &connection.oidc;
        let mut oidc = types::EnterpriseConnectionOauthConfig::new();
        oidc.id = Some(connection.protocol_id.clone());
        oidc.name = Some(connection.name.clone());
        oidc.provider_key = Some(connection.provider.clone());
        oidc.client_id = text(given, "client_id");
        oidc.discovery_url = text(given, "discovery_url");
        oidc.auth_url = text(given, "auth_url");
        oidc.token_url = text(given, "token_url");
        oidc.user_info_url = text(given, "user_info_url");
        oidc.redirect_uri = Some(format!("{}/v1/oauth_callback", state.addresses.frontend));
        oidc.requires_pkce = flag(given, "requires_pkce");
        oidc.created_at = Some(connection.created_at);
        oidc.updated_at = Some(connection.updated_at);
        view.oauth_config = Some(oidc);
    }
    view.created_at = Some(connection.created_at);
    view.updated_at = Some(connection.updated_at);
    view
}
