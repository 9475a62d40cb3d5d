//! Where everything is, for programs that know the issuer only.

use clerk_fapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    rules::oauth,
};

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn scopes() -> Vec<String> {
    oauth::SCOPES.iter().map(|(scope, _)| (*scope).to_owned()).collect()
}

const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];
const CLIENT_AUTHENTICATION: [&str; 3] = ["client_secret_basic", "none", "client_secret_post"];
const CLAIMS: [&str; 12] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "picture",
];

pub(super) fn authorization_server(call: &mut Call<'_>) -> Outcome {
    let issuer = &call.state.addresses.frontend;
    let mut view = types::OAuthServerMetadata::new(issuer);
    view.authorization_endpoint = Some(format!("{issuer}/oauth/authorize"));
    view.token_endpoint = Some(format!("{issuer}/oauth/token"));
    view.revocation_endpoint = Some(format!("{issuer}/oauth/token/revoke"));
    view.jwks_uri = Some(format!("{issuer}/.well-known/jwks.json"));
    let registration = call.state.settings().oauth.dynamic_registration;
    view.registration_endpoint = registration.then(|| format!("{issuer}/oauth/register"));
    view.response_types_supported = list(&["code"]);
    view.grant_types_supported = list(&GRANTS);
    view.token_endpoint_auth_methods_supported = list(&CLIENT_AUTHENTICATION);
    view.scopes_supported = scopes();
    view.subject_types_supported = list(&["public"]);
    view.id_token_signing_alg_values_supported = list(&["RS256"]);
    view.claims_supported = list(&CLAIMS);
    view.code_challenge_methods_supported = list(&["S256"]);
    Ok(Answer::json(&view))
}

pub(super) fn open_id(call: &mut Call<'_>) -> Outcome {
    let issuer = &call.state.addresses.frontend;
    let mut view = types::OpenIdConfiguration::new(issuer);
    view.authorization_endpoint = Some(format!("{issuer}/oauth/authorize"));
    view.token_endpoint = Some(format!("{issuer}/oauth/token"));
    view.revocation_endpoint = Some(format!("{issuer}/oauth/token/revoke"));
    view.introspection_endpoint = Some(format!("{issuer}/oauth/token_info"));
    view.userinfo_endpoint = Some(format!("{issuer}/oauth/userinfo"));
    view.jwks_uri = Some(format!("{issuer}/.well-known/jwks.json"));
    view.scopes_supported = scopes();
    view.response_types_supported = list(&["code"]);
    view.response_modes_supported = list(&["query", "form_post"]);
    view.grant_types_supported = list(&GRANTS);
    view.subject_types_supported = list(&["public"]);
    view.id_token_signing_alg_values_supported = list(&["RS256"]);
    view.token_endpoint_auth_methods_supported = list(&CLIENT_AUTHENTICATION);
    view.claims_supported = list(&CLAIMS);
    view.code_challenge_methods_supported = list(&["S256"]);
    Ok(Answer::json(&view))
}
