use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{Error, ErrorKind, Json, JsonMap, Secret, Timestamp};
use clerk_fapi::types;
use serde::{Deserialize, Serialize};

/// What somebody gave a program when they let it in.
///
/// To be written down where secrets are kept: whoever has it acts for that person.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OauthTokens {
    /// What requests carry, as `Authorization: Bearer …`.
    pub access_token: Secret,
    /// What gets new ones, where the scope `offline_access` was granted.
    pub refresh_token: Option<Secret>,
    /// Who it is, where the scope `openid` was granted.
    pub id_token: Option<Secret>,
    /// When the access token runs out, by this machine's clock.
    pub expires_at: Option<Timestamp>,
    /// What was granted; it may be less than was asked for.
    pub scopes: Vec<String>,
}

impl OauthTokens {
    /// Reads an answer of the token endpoint.
    pub(super) fn read(answer: types::OAuthToken, asked: &[String], now: Timestamp) -> Result<Self, Error> {
        if answer.token_type.as_ref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            let message = "the access token is of a kind that cannot be used here; only bearer tokens can";
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
        let lifetime = answer.expires_in.and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Self {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            id_token: answer.id_token,
            expires_at: lifetime.map(|seconds| now + std::time::Duration::from_secs(seconds)),
            scopes: match answer.scope {
                Some(scope) => scope.split_whitespace().map(str::to_owned).collect(),
                None => asked.to_vec(),
            },
        })
    }

    /// Refuses an ID token that was not made for this request.
    ///
    /// Its signature need not be checked: it came straight from Clerk, over the connection that asked for it.
    pub(super) fn check_id_token(&self, client_id: &str, nonce: &Secret) -> Result<(), Error> {
        let claims = self.id_token.as_ref().and_then(claims).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "the answer lacks the ID token that was asked for; sign in again")
        })?;
        let is_for_us = match claims.get("aud") {
            Some(Json::String(audience)) => audience == client_id,
            Some(Json::Array(audiences)) => audiences.iter().any(|audience| audience == client_id),
            _ => false,
        };
        let has_nonce = claims.get("nonce").and_then(Json::as_str).map(Secret::from).as_ref() == Some(nonce);
        if is_for_us && has_nonce {
            return Ok(());
        }
        let message = "the ID token was made for another request or program; nobody was signed in";
        Err(Error::new(ErrorKind::Unexpected, message))
    }
}

fn claims(token: &Secret) -> Option<JsonMap> {
    let payload = token.expose().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

impl fmt::Debug for OauthTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthTokens")
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(claims: &str) -> OauthTokens {
        let mut answer = types::OAuthToken::new("test-access");
        answer.id_token = Some(format!("e30.{}.test", URL_SAFE_NO_PAD.encode(claims)).into());
        OauthTokens::read(answer, &[], Timestamp::from_millis(0)).unwrap()
    }

    #[test]
    fn an_id_token_is_taken_only_where_it_was_made_for_this_request() {
        let nonce = Secret::from("test-nonce");
        for (claims, is_taken) in [
            (r#"{"aud":"tool","nonce":"test-nonce"}"#, true),
            (r#"{"aud":["other","tool"],"nonce":"test-nonce"}"#, true),
            (r#"{"aud":"other","nonce":"test-nonce"}"#, false),
            (r#"{"aud":"tool","nonce":"test-other"}"#, false),
            (r#"{"aud":"tool"}"#, false),
            (r#"{"nonce":"test-nonce"}"#, false),
            ("", false),
        ] {
            assert_eq!(tokens(claims).check_id_token("tool", &nonce).is_ok(), is_taken, "{claims}");
        }
    }

    #[test]
    fn only_bearer_tokens_are_taken() {
        let mut answer = types::OAuthToken::new("test-access");
        answer.token_type = Some("dpop".to_owned());
        assert!(OauthTokens::read(answer, &[], Timestamp::from_millis(0)).is_err());
    }
}
