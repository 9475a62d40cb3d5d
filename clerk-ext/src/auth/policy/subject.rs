use std::{borrow::Cow, fmt};

use super::{Denied, Policy};
use crate::auth::{Auth, Machine, Session};

/// Whom a [`Policy`] decides about: who sent a request, and what its path says.
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Subject, organization_in_path}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let ann = Auth::Session(clerk.verify_token(token.expose()).await?);
/// // What a framework tells of `/organizations/{organization}`.
/// let of_path = |name: &str| (name == "organization").then_some("org_other".into());
/// let subject = Subject::new(&ann).with_path(&of_path);
/// assert_eq!(subject.path_parameter("organization").as_deref(), Some("org_other"));
/// assert!(subject.check(&organization_in_path("organization")).is_err(), "it is not the active one of her session");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Subject<'s> {
    auth: &'s Auth,
    path: Option<&'s PathParameters<'s>>,
}

/// Looks up a parameter of the route, decoded.
type PathParameters<'s> = dyn Fn(&str) -> Option<Cow<'s, str>> + 's;

impl<'s> Subject<'s> {
    /// Whoever sent the request; nothing is known of its path.
    #[must_use]
    pub fn new(auth: &'s Auth) -> Self {
        Self { auth, path: None }
    }

    /// With a look-up of the route's parameters by their names, which gives values with the percent-encoding undone.
    #[must_use]
    pub fn with_path(mut self, parameters: &'s dyn Fn(&str) -> Option<Cow<'s, str>>) -> Self {
        self.path = Some(parameters);
        self
    }

    /// Who sent the request.
    #[must_use]
    pub fn auth(&self) -> &'s Auth {
        self.auth
    }

    /// The session, if a person sent it. It may be pending only where a policy is called by hand.
    #[must_use]
    pub fn session(&self) -> Option<&'s Session> {
        match self.auth {
            Auth::Session(session) => Some(session),
            _ => None,
        }
    }

    /// The program, if one sent it.
    #[must_use]
    pub fn machine(&self) -> Option<&'s Machine> {
        match self.auth {
            Auth::Machine(machine) => Some(machine),
            _ => None,
        }
    }

    /// A parameter of the route, such as `organization` of `/organizations/{organization}`.
    #[must_use]
    pub fn path_parameter(&self, name: &str) -> Option<Cow<'s, str>> {
        self.path?(name)
    }

    /// Whether a policy lets them pass.
    ///
    /// # Errors
    ///
    /// It does not, or they have something to finish before they count as signed in.
    pub fn check<P: Policy + ?Sized>(&self, policy: &P) -> Result<(), Denied> {
        self.refuse_pending()?;
        policy.decide(self)
    }

    pub(super) fn refuse_pending(&self) -> Result<(), Denied> {
        if self.session().is_some_and(Session::is_pending) {
            return Err(Denied::not_signed_in("the session is pending: its user has something to finish first"));
        }
        Ok(())
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("auth", self.auth).finish_non_exhaustive()
    }
}
