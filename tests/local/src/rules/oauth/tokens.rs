//! Access, refresh and id tokens of the authorization server.

use std::time::Duration;

use clerk_core::{JsonMap, Timestamp};

use crate::{
    clock::Later,
    crypto::ids,
    model::{
        oauth::{OAuthGrant, OAuthToken},
        user::User,
    },
    rules::{images, organizations},
    state::State,
};

/// The type in the header of an access token that is a JWT, by RFC 9068.
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// What the application gets for a grant.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: OAuthToken,
    pub(crate) expires_in: i64,
    pub(crate) id_token: Option<String>,
}

/// Issues tokens for what a grant allows, or for less.
pub(crate) fn issue(state: &mut State, grant: &OAuthGrant, scopes: &str, now: Timestamp) -> Option<Issued> {
    let application = state.tables.oauth_applications.get(&grant.application_id)?;
    let client_id = application.client_id.clone();
    let user = state.tables.users.get(&grant.user_id).filter(|user| !user.banned)?;
    let lifetime: Duration = state.settings().oauth.access_token_lifetime;
    let expires_at = now.after(lifetime);
    let has = |scope: &str| scopes.split_whitespace().any(|known| known == scope);
    let mut token = OAuthToken {
        id: format!("oat_{}", ids::random_hex(16)),
        grant_id: grant.id.clone(),
        application_id: grant.application_id.clone(),
        user_id: grant.user_id.clone(),
        organization_id: grant.organization_id.clone(),
        scopes: scopes.to_owned(),
        access_token: format!("oat_{}", ids::random_text(32)),
        refresh_token: has("offline_access").then(|| ids::random_text(32)),
        revoked: false,
        expires_at,
        created_at: now,
        updated_at: now,
    };
    if state.settings().oauth.jwt_access_tokens {
        token.access_token = access_jwt(state, &token, &client_id);
    }
    let id_token = has("openid").then(|| {
        let mut claims = standard(state, user, &client_id, expires_at, now);
        claims.extend(profile(state, user, &token));
        claims.extend(grant.nonce.iter().map(|nonce| ("nonce".to_owned(), nonce.clone().into())));
        sign(state, "JWT", &claims)
    });
    state.tables.oauth_tokens.insert(token.clone());
    Some(Issued { token, expires_in: i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX), id_token })
}

fn sign(state: &State, kind: &str, claims: &JsonMap) -> String {
    let mut header = JsonMap::new();
    header.insert("typ".to_owned(), kind.into());
    state.signing_key().map(|key| key.sign(&header, claims)).unwrap_or_default()
}

fn standard(state: &State, user: &User, audience: &str, expires_at: Timestamp, now: Timestamp) -> JsonMap {
    let mut claims = JsonMap::new();
    claims.insert("iss".to_owned(), state.addresses.frontend.clone().into());
    claims.insert("sub".to_owned(), user.id.as_str().into());
    claims.insert("aud".to_owned(), audience.into());
    claims.insert("iat".to_owned(), now.seconds().into());
    claims.insert("exp".to_owned(), expires_at.seconds().into());
    claims
}

fn access_jwt(state: &State, token: &OAuthToken, client_id: &str) -> String {
    let mut claims = JsonMap::new();
    claims.insert("iss".to_owned(), state.addresses.frontend.clone().into());
    claims.insert("sub".to_owned(), token.user_id.clone().into());
    claims.insert("client_id".to_owned(), client_id.into());
    claims.insert("scope".to_owned(), token.scopes.clone().into());
    claims.insert("jti".to_owned(), token.id.clone().into());
    claims.insert("iat".to_owned(), token.created_at.seconds().into());
    claims.insert("nbf".to_owned(), token.created_at.seconds().saturating_sub(10).into());
    claims.insert("exp".to_owned(), token.expires_at.seconds().into());
    claims.extend(token.organization_id.iter().map(|id| ("org_id".to_owned(), id.clone().into())));
    sign(state, ACCESS_TOKEN_TYPE, &claims)
}

/// What the scopes of a token tell of its user.
pub(crate) fn profile(state: &State, user: &User, token: &OAuthToken) -> JsonMap {
    let has = |scope: &str| token.scopes.split_whitespace().any(|known| known == scope);
    let mut claims = JsonMap::new();
    if has("email")
        && let Some(email) = user.primary_email()
    {
        claims.insert("email".to_owned(), email.email_address.clone().into());
        claims.insert("email_verified".to_owned(), email.is_verified().into());
    }
    if has("profile") {
        let names: Vec<&str> = [&user.first_name, &user.last_name].into_iter().filter_map(|it| it.as_deref()).collect();
        claims.insert("family_name".to_owned(), user.last_name.clone().into());
        claims.insert("given_name".to_owned(), user.first_name.clone().into());
        claims.insert("name".to_owned(), names.join(" ").into());
        claims.insert("preferred_username".to_owned(), user.username.clone().into());
        claims.insert("picture".to_owned(), images::url(state, user.image.as_deref()).into());
    }
    if has("public_metadata") {
        claims.insert("public_metadata".to_owned(), user.public_metadata.clone().into());
    }
    if has("private_metadata") {
        claims.insert("private_metadata".to_owned(), user.private_metadata.clone().into());
    }
    let organization = token.organization_id.as_ref().and_then(|id| state.tables.organizations.get(id));
    if let Some(organization) = organization.filter(|_| has("user:org:read")) {
        claims.insert("org_id".to_owned(), organization.id.as_str().into());
        claims.insert("org_name".to_owned(), organization.name.clone().into());
        claims.insert("org_slug".to_owned(), organizations::slug(state, organization).into());
    }
    claims
}

/// The token of an access token that is taken now.
pub(crate) fn active<'a>(state: &'a State, access_token: &str, now: Timestamp) -> Option<&'a OAuthToken> {
    let token = state.tables.oauth_tokens.find_one(&format!("access:{access_token}"))?;
    (!token.revoked && token.expires_at > now).then_some(token)
}

/// The token of an access or a refresh token, whatever became of it.
pub(crate) fn any<'a>(state: &'a State, text: &str) -> Option<&'a OAuthToken> {
    let tokens = &state.tables.oauth_tokens;
    tokens.find_one(&format!("access:{text}")).or_else(|| tokens.find_one(&format!("refresh:{text}")))
}

/// Takes a token back, its refresh token with it.
pub(crate) fn revoke(state: &mut State, id: &str, now: Timestamp) {
    if let Some(mut token) = state.tables.oauth_tokens.edit(id)
        && !token.revoked
    {
        token.revoked = true;
        token.updated_at = now;
    }
}

/// Takes back everything that came of a grant.
pub(crate) fn revoke_grant(state: &mut State, grant_id: &str, now: Timestamp) {
    let ids: Vec<String> =
        state.tables.oauth_tokens.find(&format!("grant:{grant_id}")).map(|token| token.id.clone()).collect();
    for id in ids {
        revoke(state, &id, now);
    }
}
