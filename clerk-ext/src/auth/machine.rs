//! Programs that call your server: by API keys, tokens between machines, OAuth access tokens.

mod answer;
mod api_key;
mod issue;
mod jwt;
mod m2m_token;
mod oauth_token;
mod presented;
mod verify;

use clerk_core::{Json, MachineId, OrganizationId, Secret, Timestamp, UserId};

pub(crate) use self::presented::machine_token_type;
pub use self::{
    api_key::ApiKey,
    issue::{CreateM2mToken, M2mTokens, RevokeM2mToken},
    m2m_token::M2mToken,
    oauth_token::{OAuthActor, OAuthToken},
};
use super::TokenType;

/// A program that was recognised by its token.
///
/// What all kinds have in common is asked here; what only one kind has, such as the client of an OAuth token, is in its
/// variant. `Debug` shows neither the token nor its claims.
///
/// ```
/// use clerk_ext::auth::Machine;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let key = backend.api_keys().create("Deploy", "user_ann").scopes(["invoices:read"]).await?.secret;
/// let machine = clerk.verify_machine_token(key.expose()).await?;
/// match &machine {
///     Machine::ApiKey(key) => println!("the key {:?} of {}", key.name, key.subject),
///     Machine::OAuth(token) => println!("an application that acts for {}", token.user_id),
///     other => println!("{}", other.subject()),
/// }
/// assert!(machine.has_scope("invoices:read") && !machine.has_scope("invoices:write"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Machine {
    /// An API key, which stands for a user or an organization.
    ApiKey(ApiKey),
    /// A machine that calls another.
    M2m(M2mToken),
    /// An application that acts for a user.
    OAuth(OAuthToken),
}

impl Machine {
    /// The kind of token it came with.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        match self {
            Self::ApiKey(_) => TokenType::ApiKey,
            Self::M2m(_) => TokenType::M2m,
            Self::OAuth(_) => TokenType::OAuth,
        }
    }

    /// The id of the token, which JWTs may lack.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::ApiKey(key) => Some(key.id.as_str()),
            Self::M2m(token) => token.id.as_ref().map(AsRef::as_ref),
            Self::OAuth(token) => token.id.as_ref().map(AsRef::as_ref),
        }
    }

    /// Whom it stands for: the id of a user, an organization or a machine.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::ApiKey(key) => &key.subject,
            Self::M2m(token) => token.machine_id.as_str(),
            Self::OAuth(token) => token.user_id.as_str(),
        }
    }

    /// The user it stands for, where it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::ApiKey(key) => key.user_id.as_ref(),
            Self::M2m(_) => None,
            Self::OAuth(token) => Some(&token.user_id),
        }
    }

    /// The organization it stands for, where it is one.
    #[must_use]
    pub fn organization_id(&self) -> Option<&OrganizationId> {
        match self {
            Self::ApiKey(key) => key.organization_id.as_ref(),
            Self::M2m(_) | Self::OAuth(_) => None,
        }
    }

    /// The machine that calls, where it is one.
    #[must_use]
    pub fn machine_id(&self) -> Option<&MachineId> {
        match self {
            Self::M2m(token) => Some(&token.machine_id),
            Self::ApiKey(_) | Self::OAuth(_) => None,
        }
    }

    /// What it may do, in the words that you gave; of a machine's token, the machines that it is for.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        match self {
            Self::ApiKey(key) => &key.scopes,
            Self::M2m(token) => &token.scopes,
            Self::OAuth(token) => &token.scopes,
        }
    }

    /// Whether a scope is among its scopes, letter for letter.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().iter().any(|known| known == scope)
    }

    /// What its maker gave it to say; OAuth tokens have none.
    #[must_use]
    pub fn claims(&self) -> Option<&Json> {
        match self {
            Self::ApiKey(key) => key.claims.as_ref(),
            Self::M2m(token) => token.claims.as_ref(),
            Self::OAuth(_) => None,
        }
    }

    /// When it ends, where it does.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::ApiKey(key) => key.expires_at,
            Self::M2m(token) => token.expires_at,
            Self::OAuth(token) => token.expires_at,
        }
    }

    /// The token itself, to be passed on to a service that checks it too.
    #[must_use]
    pub fn token(&self) -> &Secret {
        match self {
            Self::ApiKey(key) => &key.token,
            Self::M2m(token) => &token.token,
            Self::OAuth(token) => &token.token,
        }
    }
}
