//! Tokens of machines that are JWTs: checked like those of sessions, with other rules about whom they are for.

use clerk_core::Json;

use super::{M2mToken, OAuthToken};
use crate::auth::{
    Clerk, Reason, TokenError,
    header::Category,
    jwt::Jwt,
    verify::{Checks, Expected, Validity, verify},
};

impl Clerk {
    pub(super) async fn verify_m2m_jwt(&self, jwt: Jwt<'_>, token: &str) -> Result<M2mToken, TokenError> {
        // Not even the mark of instances that do not tell kinds apart will do.
        if !matches!(jwt.header.category, Category::Absent | Category::M2m) {
            let message = "the token is about a machine, and of another category than tokens of machines are";
            return Err(TokenError::new(Reason::TOKEN_INVALID, message));
        }
        let audience = self.inner().settings.checks.audience.clone();
        let validity = self.verify_machine_jwt(&jwt, Expected::Jwt, audience).await?;
        Ok(M2mToken::of_claims(jwt.payload.into_map(), validity, token))
    }

    pub(super) async fn verify_oauth_jwt(&self, jwt: &Jwt<'_>, token: &str) -> Result<OAuthToken, TokenError> {
        let validity = self.verify_machine_jwt(jwt, Expected::OAuth, Vec::new()).await?;
        check_oauth_audience(jwt.payload.get("aud"), &self.inner().settings.checks.audience)?;
        Ok(OAuthToken::of_claims(jwt.payload.all(), validity, token))
    }

    /// Machines have no origin, and who issues their tokens follows from the key.
    async fn verify_machine_jwt(
        &self,
        jwt: &Jwt<'_>,
        expected: Expected,
        audience: Vec<String>,
    ) -> Result<Validity, TokenError> {
        let checks = Checks { audience, skew: self.inner().settings.checks.skew, ..Checks::default() };
        let key = self.keys().map_err(failed)?.key(jwt.key_id()).await.map_err(failed)?;
        verify(jwt, &key, expected, &checks, self.now()).map_err(failed)
    }
}

/// For machines there is one reason, whatever was wrong with the JWT; the message says more.
fn failed(error: TokenError) -> TokenError {
    let failed = TokenError::new(Reason::TOKEN_VERIFICATION_FAILED, error.message().to_owned());
    match error.cause() {
        Some(cause) => failed.with_cause(cause.clone()),
        None => failed,
    }
}

/// An OAuth token has to name one of the audiences that are asked for: other than with a session token, one that names
/// none is refused.
pub(super) fn check_oauth_audience(named: Option<&Json>, wanted: &[String]) -> Result<(), TokenError> {
    let is_wanted = |name: &Json| name.as_str().is_some_and(|name| wanted.iter().any(|wanted| wanted == name));
    let is_name = |name: &Json| name.as_str().is_some_and(|name| !name.is_empty());
    let passes = wanted.is_empty()
        || match named {
            Some(Json::Array(names)) => names.iter().all(is_name) && names.iter().any(is_wanted),
            Some(name) => is_name(name) && is_wanted(name),
            None => false,
        };
    if passes {
        return Ok(());
    }
    let message = "the OAuth token is for another audience than configured, or for none (claim aud)";
    Err(TokenError::new(Reason::TOKEN_VERIFICATION_FAILED, message))
}
