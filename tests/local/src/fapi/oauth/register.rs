//! Programs that register themselves, by RFC 7591.

use clerk_fapi::types;

use super::{Call, OAuthError, leave_client};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    failure::Failure,
    model::oauth::OAuthApplication,
    rules::oauth,
    state::State,
};

const DEFAULT_SCOPES: &str = "openid profile email offline_access";

pub(super) fn register(call: &mut Call<'_>) -> Outcome {
    leave_client(call);
    let input = call.input;
    let now = call.now;
    if !call.state.settings().oauth.dynamic_registration {
        return Err(Failure::new(422, "feature_requires_dynamic_oauth_client_registration", "registration is off")
            .explained("programs cannot register themselves here: it is switched off in the settings"));
    }
    let uris = input.texts("redirect_uris");
    if uris.is_empty() || !uris.iter().all(|uri| oauth::is_redirect_uri(uri)) {
        let description = "redirect_uris takes one or more absolute URIs without a fragment";
        return OAuthError::new(400, "invalid_redirect_uri", description).into();
    }
    let scopes = input.text("scope").filter(|scope| !scope.trim().is_empty());
    let scopes = scopes.unwrap_or(call.state.settings().oauth.default_scopes.as_deref().unwrap_or(DEFAULT_SCOPES));
    if !oauth::are_known(scopes) {
        return OAuthError::new(400, "invalid_client_metadata", "scope has one that is not there").into();
    }
    let method = input.text("token_endpoint_auth_method").unwrap_or("client_secret_basic");
    let public = method == "none";
    let given = |name: &str| input.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let application = OAuthApplication {
        id: State::id("oa", now),
        client_id: oauth::new_client_id(),
        client_secret: (!public).then(oauth::new_secret),
        name: given("client_name").unwrap_or_else(|| "Unnamed".to_owned()),
        client_uri: given("client_uri"),
        logo_url: given("logo_uri"),
        redirect_uris: uris.into_iter().map(str::to_owned).collect(),
        scopes: scopes.to_owned(),
        public,
        consent_screen: true,
        pkce_required: public,
        dynamically_registered: true,
        created_at: now,
        updated_at: now,
    };
    let mut view = types::OAuthDynamicClientRegistration::new(application.client_id.as_str());
    view.client_secret = application.client_secret.as_deref().map(Into::into);
    view.client_id_issued_at = Some(now.seconds());
    view.client_secret_expires_at = Some(0);
    view.client_name = Some(application.name.clone());
    view.client_uri.clone_from(&application.client_uri);
    view.logo_uri.clone_from(&application.logo_url);
    view.redirect_uris.clone_from(&application.redirect_uris);
    view.grant_types = vec!["authorization_code".to_owned(), "refresh_token".to_owned()];
    view.response_types = vec!["code".to_owned()];
    view.scope = Some(application.scopes.clone());
    view.token_endpoint_auth_method = Some(method.into());
    call.state.tables.oauth_applications.insert(application);
    Ok(Answer::json(&view).status(201).header("cache-control", "no-store"))
}
