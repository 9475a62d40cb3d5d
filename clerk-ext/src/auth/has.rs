mod question;
mod reverification;

use std::borrow::Cow;

pub(crate) use self::question::{Answer, Question};
pub use self::reverification::{FactorLevel, Reverification};
use super::Claims;

/// What a session has to have: everything that is named here, at once.
///
/// ```
/// use clerk_ext::auth::{Authorization, Reverification};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:admin");
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # session.set_organization("org_acme").await?;
/// # let token = session.token().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().jwt_key(local.jwt_key().parse()?).build()?;
/// let may_delete = Authorization::new().role("org:admin").reverified(Reverification::Strict);
/// let ann = clerk.verify_token(token.expose()).await?; // an admin, who signed in a moment ago
/// assert!(ann.has(&may_delete));
/// assert!(!ann.has(&may_delete.plan("pro")), "all of it is asked for");
/// # Ok(()) }
/// ```
///
/// An authorization that names nothing is held by nobody. To ask for one thing *or* another, or for what a session must
/// not have, see [`policy`](super::policy).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Authorization(Vec<Question>);

impl Authorization {
    /// Names nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The role in the active organization, such as `org:admin`; `admin` is the same.
    #[must_use]
    pub fn role(self, role: impl Into<Cow<'static, str>>) -> Self {
        self.and(Question::Role(role.into()))
    }

    /// A permission in the active organization, such as `org:posts:publish`; `posts:publish` is the same.
    #[must_use]
    pub fn permission(self, permission: impl Into<Cow<'static, str>>) -> Self {
        self.and(Question::Permission(permission.into()))
    }

    /// A feature, such as `exports`, of the user or the active organization; `user:exports` and `org:exports` say of
    /// which.
    #[must_use]
    pub fn feature(self, feature: impl Into<Cow<'static, str>>) -> Self {
        self.and(Question::Feature(feature.into()))
    }

    /// A plan, such as `pro`, of the user or the active organization; `user:pro` and `org:pro` say of which.
    #[must_use]
    pub fn plan(self, plan: impl Into<Cow<'static, str>>) -> Self {
        self.and(Question::Plan(plan.into()))
    }

    /// That the user proved recently who they are.
    #[must_use]
    pub fn reverified(self, reverification: Reverification) -> Self {
        self.and(Question::Reverified(reverification))
    }

    fn and(mut self, question: Question) -> Self {
        self.0.push(question);
        self
    }

    pub(crate) fn is_held_by(&self, claims: &Claims) -> bool {
        let somebody = !claims.user_id().as_str().is_empty() && !claims.is_pending();
        somebody && !self.0.is_empty() && self.0.iter().all(|question| question.ask(claims) == Answer::Yes)
    }
}

#[cfg(test)]
#[path = "has/has_tests.rs"]
mod tests;
