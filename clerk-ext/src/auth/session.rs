use std::{fmt, sync::Arc};

use clerk_core::{Secret, SessionId, UserId};

use super::{Authorization, Claims, verify::Validity};

/// A session whose token was checked: a person who is signed in.
///
/// Cloning is cheap. `Debug` shows whose it is and not the token.
///
/// ```
/// use clerk_ext::auth::Authorization;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # ann.plan = Some("pro".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let session = clerk.verify_token(token.expose()).await?;
/// assert_eq!(session.user_id().as_str(), "user_ann");
/// assert!(!session.is_pending() && session.claims().organization().is_none());
/// assert!(session.has(&Authorization::new().plan("pro")));
/// assert!(!session.has(&Authorization::new().role("org:admin")));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Session(Arc<Verified>);

/// A token that was found good.
struct Verified {
    token: Secret,
    claims: Claims,
    validity: Validity,
}

impl Session {
    pub(crate) fn new(token: &str, claims: Claims, validity: Validity) -> Self {
        Self(Arc::new(Verified { token: token.into(), claims, validity }))
    }

    /// Who is signed in.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        self.0.claims.user_id()
    }

    /// The session, which tokens of templates may lack.
    #[must_use]
    pub fn id(&self) -> Option<&SessionId> {
        self.0.claims.session_id()
    }

    /// What the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// The token itself, to be passed on to a service that checks it too.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.0.token
    }

    /// Whether there are tasks to finish, such as choosing an organization, before the person counts as signed in.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.claims().is_pending()
    }

    /// Whether the session has all that is asked for; see [`Claims::has`].
    #[must_use]
    pub fn has(&self, asked: &Authorization) -> bool {
        self.claims().has(asked)
    }

    pub(crate) fn validity(&self) -> &Validity {
        &self.0.validity
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user_id", self.user_id()).field("id", &self.id()).finish_non_exhaustive()
    }
}
