use std::fmt;

/// The kinds of tokens that a request can come with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// Of a person's session.
    Session,
    /// An API key of a user or an organization.
    ApiKey,
    /// Of a machine that calls another.
    M2m,
    /// An OAuth access token: an application that acts for a user.
    OAuth,
}

impl TokenType {
    /// The kind as Clerk's SDKs write it, such as `session_token`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session_token",
            Self::ApiKey => "api_key",
            Self::M2m => "m2m_token",
            Self::OAuth => "oauth_token",
        }
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which kinds of tokens are accepted.
///
/// Whoever accepts one kind of machine token looks at the header alone: cookies count where sessions are accepted.
///
/// ```
/// use clerk_ext::auth::{Accepts, TokenType};
///
/// assert!(Accepts::default().accepts(TokenType::Session));
/// assert!(!Accepts::default().accepts(TokenType::ApiKey));
/// assert!(Accepts::from([TokenType::Session, TokenType::ApiKey]).accepts(TokenType::ApiKey));
/// assert!(Accepts::any().accepts(TokenType::M2m));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepts(pub(crate) Kinds);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    One(TokenType),
    Several(Vec<TokenType>),
    Any,
}

impl Accepts {
    /// All kinds, those included that come later.
    #[must_use]
    pub const fn any() -> Self {
        Self(Kinds::Any)
    }

    /// Whether a kind is among them.
    #[must_use]
    pub fn accepts(&self, kind: TokenType) -> bool {
        match &self.0 {
            Kinds::One(one) => *one == kind,
            Kinds::Several(several) => several.contains(&kind),
            Kinds::Any => true,
        }
    }
}

impl Default for Accepts {
    /// Sessions alone.
    fn default() -> Self {
        Self(Kinds::One(TokenType::Session))
    }
}

impl From<TokenType> for Accepts {
    fn from(kind: TokenType) -> Self {
        Self(Kinds::One(kind))
    }
}

impl<const N: usize> From<[TokenType; N]> for Accepts {
    fn from(kinds: [TokenType; N]) -> Self {
        Self(Kinds::Several(kinds.to_vec()))
    }
}
