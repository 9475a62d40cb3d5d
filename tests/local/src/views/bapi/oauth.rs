//! OAuth applications and their tokens.

use clerk_bapi::types;
use clerk_core::{Json, Timestamp};

use crate::{
    clock::Later,
    model::oauth::{OAuthApplication, OAuthToken},
    state::State,
};

#[allow(deprecated, reason = "the document asks for the old name of the redirect URI too")]
pub(crate) fn application(state: &State, application: &OAuthApplication) -> types::OAuthApplication {
    let frontend = &state.addresses.frontend;
    let mut view = types::OAuthApplication::new(&application.id, &application.name, application.client_id.as_str());
    view.object = Some("oauth_application".to_owned());
    view.instance_id = Some(state.keys.instance_id.as_str().into());
    view.client_uri.clone_from(&application.client_uri);
    view.client_image_url.clone_from(&application.logo_url);
    view.dynamically_registered = application.dynamically_registered;
    view.consent_screen_enabled = application.consent_screen;
    view.pkce_required = application.pkce_required;
    view.public = application.public;
    view.scopes = Some(application.scopes.clone());
    view.redirect_uris.clone_from(&application.redirect_uris);
    view.callback_url = Some(application.redirect_uris.first().cloned().unwrap_or_default());
    view.authorize_url = Some(format!("{frontend}/oauth/authorize"));
    view.token_fetch_url = Some(format!("{frontend}/oauth/token"));
    view.user_info_url = Some(format!("{frontend}/oauth/userinfo"));
    view.discovery_url = Some(format!("{frontend}/.well-known/openid-configuration"));
    view.token_introspection_url = Some(format!("{frontend}/oauth/token_info"));
    view.created_at = Some(application.created_at);
    view.updated_at = Some(application.updated_at);
    view
}

/// An application with its secret, as it is shown when that is new.
#[allow(deprecated, reason = "the document asks for the old name of the redirect URI too")]
pub(crate) fn application_with_secret(state: &State, it: &OAuthApplication) -> types::OAuthApplicationWithSecret {
    let plain = application(state, it);
    let mut view = types::OAuthApplicationWithSecret::new(&it.id, &it.name, it.client_id.as_str());
    view.object = plain.object;
    view.instance_id = plain.instance_id;
    view.client_uri = plain.client_uri;
    view.client_image_url = plain.client_image_url;
    view.dynamically_registered = plain.dynamically_registered;
    view.consent_screen_enabled = plain.consent_screen_enabled;
    view.pkce_required = plain.pkce_required;
    view.public = plain.public;
    view.scopes = plain.scopes;
    view.redirect_uris = plain.redirect_uris;
    view.callback_url = plain.callback_url;
    view.authorize_url = plain.authorize_url;
    view.token_fetch_url = plain.token_fetch_url;
    view.user_info_url = plain.user_info_url;
    view.discovery_url = plain.discovery_url;
    view.token_introspection_url = plain.token_introspection_url;
    view.created_at = plain.created_at;
    view.updated_at = plain.updated_at;
    view.client_secret = it.client_secret.as_deref().map(Into::into);
    view
}

pub(crate) fn access_token(state: &State, token: &OAuthToken, now: Timestamp) -> Json {
    let application = state.tables.oauth_applications.get(&token.application_id);
    let mut view = types::OAuthAccessTokenVerification::new();
    view.object = Some("clerk_idp_oauth_access_token".to_owned());
    view.id = Some(token.id.as_str().into());
    view.client_id = Some(application.map_or("", |application| &application.client_id).into());
    view.subject = Some(token.user_id.clone());
    view.scopes = token.scopes.split_whitespace().map(str::to_owned).collect();
    view.revoked = Some(token.revoked);
    view.expired = Some(token.expires_at <= now);
    view.expiration = Some(token.expires_at.seconds());
    view.created_at = Some(token.created_at.seconds());
    view.updated_at = Some(token.updated_at.seconds());
    let mut json = serde_json::to_value(view).unwrap_or_default();
    // The type is also that of the answer for no token, which has no such key at all: it leaves out what is not there.
    if let Some(fields) = json.as_object_mut() {
        fields.insert("revocation_reason".to_owned(), Json::Null);
    }
    json
}
