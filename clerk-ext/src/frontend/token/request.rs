use std::time::Duration;

use clerk_core::OrganizationId;

use super::LEEWAY;

/// How much may be asked of a token that comes from the cache.
const MOST_LEEWAY: Duration = Duration::from_secs(60);

/// Which token is wanted, for [`Session::token_with`](super::super::Session::token_with).
///
/// ```
/// use clerk_ext::frontend::TokenRequest;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:admin");
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let for_acme = session.token_with(TokenRequest::new().organization("org_acme")).await?;
/// assert!(for_acme.claims().organization.is_some());
/// assert!(session.token().await?.claims().organization.is_none(), "she works where she worked");
///
/// let fresh = session.token_with(TokenRequest::new().skip_cache()).await?;
/// assert_ne!(fresh.expose(), for_acme.expose());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct TokenRequest {
    pub(super) template: Option<String>,
    pub(super) organization: Whose,
    pub(super) skip_cache: bool,
    pub(super) leeway: Duration,
}

/// For which organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Whose {
    /// The one that the session works in, or the personal account.
    #[default]
    Current,
    Personal,
    Of(OrganizationId),
}

impl TokenRequest {
    /// The token of the session as it is.
    pub fn new() -> Self {
        Self { template: None, organization: Whose::Current, skip_cache: false, leeway: LEEWAY }
    }

    /// One made from a template, by the name of which in the dashboard.
    ///
    /// Such a token is for the organization that the session works in.
    pub fn template(mut self, name: impl Into<String>) -> Self {
        self.template = Some(name.into());
        self
    }

    /// One for another organization of the user; what the session works in stays as it is.
    pub fn organization(mut self, id: impl Into<OrganizationId>) -> Self {
        self.organization = Whose::Of(id.into());
        self
    }

    /// One for the personal account; what the session works in stays as it is.
    pub fn personal(mut self) -> Self {
        self.organization = Whose::Personal;
        self
    }

    /// One that is made now: after something changed that is in the token. It is kept for those who ask later.
    pub fn skip_cache(mut self) -> Self {
        self.skip_cache = true;
        self
    }

    /// How long it must have left if it comes from the cache: 10 seconds unless told otherwise, and 60 at most.
    pub fn leeway(mut self, at_least: Duration) -> Self {
        self.leeway = at_least.min(MOST_LEEWAY);
        self
    }
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self::new()
    }
}
