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
/// use clerk_ext::{policy, web::Require};
///
/// policy! {
///     /// Publishes for an organization.
///     struct MayPublish: permission("org:posts:publish");
/// }
///
/// async fn publish(publisher: Require<MayPublish>) -> String {
///     match publisher.session() {
///         Some(session) => format!("published by {}", session.user_id()),
///         None => "published by a program".to_owned(),
///     }
/// }
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
