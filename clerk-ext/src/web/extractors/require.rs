use std::{fmt, marker::PhantomData, ops::Deref};

use crate::{
    auth::{Auth, Session, policy::Policy},
    web::{
        Checked,
        guard::{self, PathLookup},
        refusal::Refused,
    },
};

/// Whoever sent the request, in handlers that only those get to who fulfil the policy `P`.
///
/// It stands for the [`Auth`]. Which parts of the path a policy can look at is up to the framework: those that are matched
/// where the handler stands.
///
/// ```
/// use axum::{Router, routing::post};
/// use clerk_ext::{policy, web::{ClerkLayer, Require}};
///
/// policy! {
///     /// Publishes for whoever pays.
///     struct MayPublish: plan("pro");
/// }
///
/// async fn publish(publisher: Require<MayPublish>) -> String {
///     match publisher.session() {
///         Some(session) => format!("published by {}", session.user_id()),
///         None => "published by a program".to_owned(),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use tower_service::Service as _;
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # ann.plan = Some("pro".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.seed(&clerk_local::Seed::default().user(clerk_local::SeedUser::new("bob@example.com")))?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let bearer = format!("Bearer {}", token.expose());
/// let mut app = Router::new().route("/publish", post(publish)).layer(ClerkLayer::new(clerk));
/// # let request = axum::http::Request::post("/publish").header("authorization", bearer).body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with a token of Ann, who pays
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 1000).await?, "published by user_ann");
/// # let token = local.sign_in_as("bob@example.com").ok_or("nobody of that name")?.session_token;
/// # let bearer = format!("Bearer {}", token.expose());
/// # let request = axum::http::Request::post("/publish").header("authorization", bearer).body(axum::body::Body::empty())?;
/// let answer = app.call(request).await?; // with one of Bob, who does not
/// assert_eq!(answer.status(), 403);
/// # Ok(()) }
/// ```
pub struct Require<P> {
    auth: Auth,
    policy: PhantomData<fn() -> P>,
}

impl<P: Policy + Default> Require<P> {
    pub(super) fn read(checked: &Checked, path: PathLookup<'_>) -> Result<Self, Refused> {
        let auth = guard::admit(&P::default(), checked, path)?.clone();
        Ok(Self { auth, policy: PhantomData })
    }
}

impl<P> Require<P> {
    /// The session, where a person sent the request.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match &self.auth {
            Auth::Session(session) => Some(session),
            Auth::Machine(_) => None,
        }
    }

    /// Whoever sent the request.
    #[must_use]
    pub fn into_auth(self) -> Auth {
        self.auth
    }
}

impl<P> Deref for Require<P> {
    type Target = Auth;

    fn deref(&self) -> &Auth {
        &self.auth
    }
}

impl<P> Clone for Require<P> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone(), policy: PhantomData }
    }
}

impl<P> fmt::Debug for Require<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Require").field(&self.auth).finish()
    }
}
