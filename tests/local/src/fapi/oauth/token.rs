//! Codes become tokens, tokens say whose they are.

use clerk_fapi::types;

use super::{Call, OAuthError, authenticate, leave_client};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::pkce,
    model::oauth::OAuthGrant,
    rules::oauth::{self, tokens},
};

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(400, "invalid_grant", description)
}

pub(super) fn token(call: &mut Call<'_>) -> Outcome {
    leave_client(call);
    let application_id = match authenticate(call) {
        Ok(application) => application.id.clone(),
        Err(error) => return error.into(),
    };
    let outcome = match call.input.text("grant_type") {
        Some("authorization_code") => by_code(call, &application_id),
        Some("refresh_token") => by_refresh_token(call, &application_id),
        _ => Err(OAuthError::new(400, "unsupported_grant_type", "this grant_type is not taken here")),
    };
    let issued = match outcome.map(|(grant, scopes)| tokens::issue(call.state, &grant, &scopes, call.now)) {
        Ok(Some(issued)) => issued,
        Ok(None) => return invalid_grant("the user may not sign in any more").into(),
        Err(error) => return error.into(),
    };
    let mut view = types::OAuthToken::new(issued.token.access_token.as_str());
    view.token_type = Some("bearer".to_owned());
    view.expires_in = Some(issued.expires_in);
    view.refresh_token = issued.token.refresh_token.as_deref().map(Into::into);
    view.scope = Some(issued.token.scopes);
    view.id_token = issued.id_token.map(Into::into);
    Ok(Answer::json(&view).header("cache-control", "no-store"))
}

/// The grant of a code, which is used up with this.
fn by_code(call: &mut Call<'_>, application_id: &str) -> Result<(OAuthGrant, String), OAuthError> {
    let input = call.input;
    let given = |name: &str| input.text(name).filter(|text| !text.is_empty());
    let code = given("code").ok_or_else(|| OAuthError::new(400, "invalid_request", "code is missing"))?;
    let unknown = || invalid_grant("this code was not given out, has run out, or was used already");
    let grant = call.state.tables.oauth_grants.find_one(&format!("code:{code}")).cloned().ok_or_else(unknown)?;
    if grant.application_id != application_id {
        return Err(unknown());
    }
    if grant.used {
        tokens::revoke_grant(call.state, &grant.id, call.now);
        return Err(unknown());
    }
    if let Some(mut kept) = call.state.tables.oauth_grants.edit(&grant.id) {
        kept.used = true;
        kept.updated_at = call.now;
    }
    if grant.expires_at <= call.now {
        return Err(unknown());
    }
    if grant.redirect_uri.is_some() && grant.redirect_uri.as_deref() != given("redirect_uri") {
        return Err(invalid_grant("redirect_uri is not that of the authorization request"));
    }
    match (&grant.code_challenge, given("code_verifier")) {
        (None, None) => {}
        (Some(challenge), Some(verifier)) if pkce::verify(verifier, challenge, "S256") => {}
        _ => return Err(invalid_grant("code_verifier is not that of the authorization request")),
    }
    let scopes = grant.scopes.clone();
    Ok((grant, scopes))
}

/// The grant of a refresh token; the tokens that it came with are taken back.
fn by_refresh_token(call: &mut Call<'_>, application_id: &str) -> Result<(OAuthGrant, String), OAuthError> {
    let given = |name: &str| call.input.text(name).filter(|text| !text.is_empty());
    let text =
        given("refresh_token").ok_or_else(|| OAuthError::new(400, "invalid_request", "refresh_token is missing"))?;
    let unknown = || invalid_grant("this refresh token was not given out, was taken back, or was used already");
    let token = call.state.tables.oauth_tokens.find_one(&format!("refresh:{text}")).cloned().ok_or_else(unknown)?;
    if token.application_id != application_id {
        return Err(unknown());
    }
    if token.revoked {
        // Used twice: one of the two has stolen it, and neither keeps what came of it.
        tokens::revoke_grant(call.state, &token.grant_id, call.now);
        return Err(unknown());
    }
    let scopes = given("scope").unwrap_or(&token.scopes).to_owned();
    if !oauth::covers(&token.scopes, &scopes) {
        return Err(OAuthError::new(400, "invalid_scope", "the scopes are more than those that were granted"));
    }
    let grant = call.state.tables.oauth_grants.get(&token.grant_id).cloned().ok_or_else(unknown)?;
    tokens::revoke(call.state, &token.id, call.now);
    Ok((grant, scopes))
}

/// Takes back a token; what is none counts as taken back.
pub(super) fn revoke(call: &mut Call<'_>) -> Outcome {
    leave_client(call);
    let Some(text) = call.input.text("token").filter(|text| !text.is_empty()) else {
        return OAuthError::new(400, "invalid_request", "token is missing").into();
    };
    let token = tokens::any(call.state, text).map(|token| (token.id.clone(), token.application_id.clone()));
    let caller = authenticate(call).map(|application| application.id.clone());
    if let Some((id, application_id)) = token {
        let application = call.state.tables.oauth_applications.get(&application_id);
        let is_public = application.is_none_or(|application| application.public);
        match caller {
            Ok(caller) if caller == application_id => {}
            // A public application cannot prove who it is: having the token is enough.
            Err(_) if is_public && call.inbound.header("authorization").is_none_or(|it| !it.starts_with("Basic ")) => {}
            Ok(_) => return OAuthError::new(400, "invalid_grant", "this token is another client's").into(),
            Err(error) => return error.into(),
        }
        tokens::revoke(call.state, &id, call.now);
    }
    Ok(Answer::empty().status(200))
}

/// What a token is, for the application that it was given to.
pub(super) fn info(call: &mut Call<'_>) -> Outcome {
    leave_client(call);
    let application = match authenticate(call) {
        Ok(application) => application,
        Err(error) => return error.into(),
    };
    let mut view = types::OAuthTokenInfo::new();
    let text = call.input.text("token").unwrap_or_default();
    let token = tokens::any(call.state, text).filter(|token| {
        let is_refresh = token.refresh_token.as_deref() == Some(text);
        !token.revoked && (is_refresh || token.expires_at > call.now) && token.application_id == application.id
    });
    if let Some(token) = token {
        view.active = true;
        view.client_id = Some(application.client_id.as_str().into());
        view.iat = Some(token.created_at.seconds());
        view.scope = Some(token.scopes.clone());
        view.sub = Some(token.user_id.clone());
        view.org_id = token.organization_id.as_deref().map(Into::into);
    }
    Ok(Answer::json(&view).header("cache-control", "no-store"))
}

pub(super) fn user_info(call: &mut Call<'_>) -> Outcome {
    leave_client(call);
    let invalid = || OAuthError::new(401, "invalid_token", "the access token is not one that is taken now");
    let header = call.inbound.header("authorization").unwrap_or_default();
    let text = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")).unwrap_or(header).trim();
    let Some(token) = tokens::active(call.state, text, call.now) else { return invalid().into() };
    let Some(user) = call.state.tables.users.get(&token.user_id).filter(|user| !user.banned) else {
        return invalid().into();
    };
    let mut claims = tokens::profile(call.state, user, token);
    claims.insert("object".to_owned(), "oauth_user_info".into());
    claims.insert("instance_id".to_owned(), call.state.keys.instance_id.clone().into());
    claims.insert("user_id".to_owned(), token.user_id.clone().into());
    claims.insert("sub".to_owned(), token.user_id.clone().into());
    Ok(Answer::json(&claims))
}
