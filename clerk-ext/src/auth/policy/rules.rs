use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::{
    Policy, Reverification,
    rule::{Kind, Rule},
};
use crate::auth::has::{Answer, Question};

/// The session has this role in its active organization; see [`Authorization::role`](crate::auth::Authorization::role).
#[must_use]
pub fn role(role: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Question(Question::Role(role.into())).into()
}

/// The session has this permission in its active organization; see
/// [`Authorization::permission`](crate::auth::Authorization::permission).
#[must_use]
pub fn permission(permission: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Question(Question::Permission(permission.into())).into()
}

/// The user or the active organization has this feature; see
/// [`Authorization::feature`](crate::auth::Authorization::feature).
#[must_use]
pub fn feature(feature: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Question(Question::Feature(feature.into())).into()
}

/// The user or the active organization has this plan; see [`Authorization::plan`](crate::auth::Authorization::plan).
#[must_use]
pub fn plan(plan: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Question(Question::Plan(plan.into())).into()
}

/// The user proved recently who they are.
#[must_use]
pub fn reverified(reverification: Reverification) -> Rule {
    Kind::Question(Question::Reverified(reverification)).into()
}

/// An organization is active in the session, or the API key is one of an organization.
#[must_use]
pub fn active_organization() -> Rule {
    Kind::ActiveOrganization.into()
}

/// The organization that the path names, by its id or its slug, is the active one of the session, or the one of the API
/// key, which has its id alone.
///
/// A value that begins like an id (`org_`) is never taken for a slug, so that nobody passes for an organization by
/// naming theirs after its id. A route without such a parameter refuses everybody.
#[must_use]
pub fn organization_in_path(parameter: impl Into<Cow<'static, str>>) -> Rule {
    Kind::OrganizationInPath(parameter.into()).into()
}

/// The claims of the session, read as a type of your own, pass a test. Claims that do not fit the type do not.
///
/// ```
/// use clerk_ext::auth::policy::claims;
///
/// #[derive(serde::Deserialize)]
/// struct Ours {
///     tenant: String,
/// }
///
/// let of_the_north = claims(|ours: &Ours| ours.tenant == "north");
/// # let _ = of_the_north;
/// ```
#[must_use]
pub fn claims<C: DeserializeOwned>(test: impl Fn(&C) -> bool + Send + Sync + 'static) -> Rule {
    let test = move |claims: &crate::auth::Claims| match claims.custom::<C>() {
        Ok(custom) => Answer::from(test(&custom)),
        Err(_) => Answer::Unknown,
    };
    Kind::Claims(Box::new(test)).into()
}

/// The token of the machine has this scope; a session has none.
#[must_use]
pub fn scope(scope: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Scope(scope.into()).into()
}

/// A policy of your own, to be combined with others.
#[must_use]
pub fn own(policy: impl Policy + 'static) -> Rule {
    Kind::Own(Box::new(policy)).into()
}

/// At least one of these. None of none: an empty one refuses.
#[must_use]
pub fn any(rules: impl IntoIterator<Item = Rule>) -> Rule {
    Kind::Any(rules.into_iter().collect()).into()
}

/// All of these. An empty one refuses too, so that nothing stands open because a list was.
#[must_use]
pub fn all(rules: impl IntoIterator<Item = Rule>) -> Rule {
    Kind::All(rules.into_iter().collect()).into()
}

/// Not this, as far as that is certain.
///
/// Where the token does not tell, this refuses as well: `not(role("org:guest"))` lets nobody pass who has no active
/// organization. Neither does `not(reverified(…))` let anybody pass.
#[must_use]
pub fn not(rule: Rule) -> Rule {
    Kind::Not(rule).into()
}
