use crate::auth::{Reason, TokenError, TokenType, jwt::Jwt};

/// The token of a machine, as far as it says itself what it is.
pub(super) enum Presented<'t> {
    M2mJwt(Jwt<'t>),
    OAuthJwt(Jwt<'t>),
    /// It says nothing but its kind: Clerk has to be asked.
    Opaque(TokenType),
}

/// No opaque token is nearly as long; what is longer is not passed on to Clerk.
const LONGEST: usize = 4096;

/// Which kind of machine token a text is; nothing about it is checked.
///
/// `None` is a session token, or nothing at all.
pub(crate) fn machine_token_type(token: &str) -> Option<TokenType> {
    of_prefix(token).or_else(|| if is_jwt(token) { of_jwt(&Jwt::read(token).ok()?) } else { None })
}

/// The same for a JWT that was taken apart already.
fn of_jwt(jwt: &Jwt<'_>) -> Option<TokenType> {
    if jwt.is_m2m() {
        Some(TokenType::M2m)
    } else if jwt.is_oauth() {
        Some(TokenType::OAuth)
    } else {
        None
    }
}

fn of_prefix(token: &str) -> Option<TokenType> {
    let prefixes = [("mt_", TokenType::M2m), ("oat_", TokenType::OAuth), ("ak_", TokenType::ApiKey)];
    prefixes.into_iter().find_map(|(prefix, kind)| token.starts_with(prefix).then_some(kind))
}

/// Three parts of the letters of base64url, without padding.
fn is_jwt(token: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    token.split('.').count() == 3 && token.split('.').all(is_part)
}

impl<'t> Presented<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, TokenError> {
        if is_jwt(token) {
            let jwt = Jwt::read(token)?;
            return match of_jwt(&jwt) {
                Some(TokenType::M2m) => Ok(Self::M2mJwt(jwt)),
                Some(TokenType::OAuth) => Ok(Self::OAuthJwt(jwt)),
                _ => Err(TokenError::new(
                    Reason::TOKEN_VERIFICATION_FAILED,
                    "the token is a JWT and not of a machine: neither is its subject one, nor is its type that of OAuth",
                )),
            };
        }
        let invalid = |message: &'static str| TokenError::new(Reason::TOKEN_INVALID, message);
        if token.len() > LONGEST {
            return Err(invalid("the token is longer than any token of Clerk"));
        }
        let message = "what was given is no token of a machine: those start with mt_, oat_ or ak_, or are JWTs";
        of_prefix(token).map(Self::Opaque).ok_or_else(|| invalid(message))
    }

    pub(super) fn kind(&self) -> TokenType {
        match self {
            Self::M2mJwt(_) => TokenType::M2m,
            Self::OAuthJwt(_) => TokenType::OAuth,
            Self::Opaque(kind) => *kind,
        }
    }
}
