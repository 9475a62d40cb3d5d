use std::{borrow::Cow, fmt, sync::Arc};

use super::{Checked, RefusalKind, refusal::Refused};
use crate::auth::{
    Auth,
    policy::{DeniedKind, Policy, Subject},
};

/// Closes everything below it to requests that are not let in.
///
/// It belongs inside of [`ClerkLayer`](super::ClerkLayer), around a router, a scope or a nest: handlers, nested routers and
/// fallbacks in there are reached by nobody else, however the path is written and whether or not they ask who is there.
/// Without the layer outside everything is answered with a 500.
///
/// Preflight requests of browsers come from nobody: what answers them, such as a CORS layer, goes outside.
///
/// In axum a layer is around what the router has when it is added: add the guard after all routes and the fallback, by
/// `layer`, since `route_layer` leaves the fallback open, and [`ClerkLayer`](super::ClerkLayer) after the guard. A router
/// without a fallback that is nested has the one of the router around it, which is not below the guard.
///
/// ```
/// use axum::{Router, routing::get};
/// use clerk_ext::{auth::policy, web::{ClerkLayer, Guard}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # ann.plan = Some("pro".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let bearer = format!("Bearer {}", token.expose());
/// let people = Router::new().route("/today", get(|| async { "today" })).layer(Guard::signed_in());
/// let admins = Router::new().route("/all", get(|| async { "all" })).layer(Guard::policy(policy::role("org:admin")));
/// let mut app = Router::new().nest("/reports", people).nest("/admin", admins).layer(ClerkLayer::new(clerk));
/// # let request = |path: &str| axum::http::Request::get(path).header("authorization", &bearer).body(axum::body::Body::empty());
/// // With a token of Ann, who is no admin:
/// assert_eq!(app.call(request("/reports/today")?).await?.status(), 200);
/// assert_eq!(app.call(request("/admin/all")?).await?.status(), 403);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Guard(Rule);

#[derive(Clone)]
enum Rule {
    SignedIn,
    Machine,
    Anybody,
    Policy(Arc<dyn Policy>),
}

/// Finds a parameter of the path by its name, decoded. It is asked only where a policy looks at the path.
pub(super) type PathLookup<'l> = &'l dyn Fn(&str) -> Option<String>;

impl Guard {
    /// People who are signed in, with nothing left to do for their session. No machines.
    #[must_use]
    pub fn signed_in() -> Self {
        Self(Rule::SignedIn)
    }

    /// Programs that are known by an API key, a machine's token or an OAuth access token. No people.
    ///
    /// Which of these tokens count is said by [`accepts`](crate::auth::ClerkBuilder::accepts), not for whom they are: a JWT of
    /// a machine names in its scopes the machines that may be called with it, which is for a [policy](Self::policy) to ask.
    #[must_use]
    pub fn machine() -> Self {
        Self(Rule::Machine)
    }

    /// People and programs alike.
    #[must_use]
    pub fn signed_in_or_machine() -> Self {
        Self(Rule::Anybody)
    }

    /// Whoever fulfils a policy.
    #[must_use]
    pub fn policy(policy: impl Policy + 'static) -> Self {
        Self(Rule::Policy(Arc::new(policy)))
    }

    pub(super) fn admit(&self, checked: &Checked, path: PathLookup<'_>) -> Result<(), Refused> {
        let state = checked.state();
        match &self.0 {
            Rule::SignedIn => state.session().map(drop).ok_or_else(|| checked.no_person().into()),
            Rule::Machine => state.machine().map(drop).ok_or_else(|| checked.no_machine().into()),
            Rule::Anybody => checked.auth().map(drop).ok_or_else(|| checked.no_person().into()),
            Rule::Policy(policy) => admit(&**policy, checked, path).map(drop),
        }
    }
}

/// Whoever sent the request, if a policy lets them in.
pub(super) fn admit<'c>(policy: &dyn Policy, checked: &'c Checked, path: PathLookup<'_>) -> Result<&'c Auth, Refused> {
    let auth = checked.auth().ok_or_else(|| checked.no_person())?;
    let lookup = |name: &str| path(name).map(Cow::Owned);
    Subject::new(auth).with_path(&lookup).check(policy).map(|()| auth).map_err(|denied| Refused {
        kind: match denied.kind() {
            DeniedKind::NotSignedIn => RefusalKind::SignedOut,
            DeniedKind::Reverification(wanted) => RefusalKind::Reverification(wanted),
            // What is not known yet is no reason to let anybody in.
            _ => RefusalKind::Forbidden,
        },
        why: denied.to_string().into(),
    })
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.0 {
            Rule::SignedIn => "signed in",
            Rule::Machine => "machine",
            Rule::Anybody => "signed in or machine",
            Rule::Policy(_) => "policy",
        };
        f.debug_tuple("Guard").field(&rule).finish()
    }
}
