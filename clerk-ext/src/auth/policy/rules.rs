use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::{
    Policy, Reverification,
    rule::{Kind, Rule},
};
use crate::auth::has::{Answer, Question};

/// The session has this role in its active organization; see [`Authorization::role`](crate::auth::Authorization::role).
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Policy as _, role}};
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
/// # let server = clerk_ext::auth::Clerk::builder().jwt_key(local.jwt_key().parse()?).build()?;
/// let at_acme = Auth::Session(server.verify_token(session.token().await?.expose()).await?);
/// assert!(role("org:admin").check(&at_acme).is_ok() && role("org:member").check(&at_acme).is_err());
/// # Ok(()) }
/// ```
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
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Policy as _, active_organization}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # let mut acme = clerk_local::SeedOrganization::new("Acme").member("ann@example.com", "org:admin");
/// # acme.id = Some("org_acme".to_owned());
/// # let seed = clerk_local::Seed::default().user(ann).organization(acme);
/// # let local = clerk_local::LocalClerk::builder().seed(seed).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let session = clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// # let server = clerk_ext::auth::Clerk::builder().jwt_key(local.jwt_key().parse()?).build()?;
/// let in_her_personal_account = Auth::Session(server.verify_token(session.token().await?.expose()).await?);
/// assert!(active_organization().check(&in_her_personal_account).is_err());
///
/// session.set_organization("org_acme").await?;
/// let at_acme = Auth::Session(server.verify_token(session.token().await?.expose()).await?);
/// assert!(active_organization().check(&at_acme).is_ok());
/// # Ok(()) }
/// ```
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
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Policy as _, scope}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
/// # let key = backend.api_keys().create("Deploy", "user_ann").scopes(["invoices:read"]).await?.secret;
/// let program = Auth::Machine(clerk.verify_machine_token(key.expose()).await?.into());
/// assert!(scope("invoices:read").check(&program).is_ok() && scope("invoices:write").check(&program).is_err());
/// # Ok(()) }
/// ```
#[must_use]
pub fn scope(scope: impl Into<Cow<'static, str>>) -> Rule {
    Kind::Scope(scope.into()).into()
}

/// A policy of your own, to be combined with others.
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Denied, Policy, Subject, all, own, plan}};
///
/// /// Nobody who acts in the name of somebody else.
/// struct InPerson;
///
/// impl Policy for InPerson {
///     fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
///         match subject.session() {
///             Some(session) if session.claims().actor().is_none() => Ok(()),
///             _ => Err(Denied::forbidden("not by somebody else")),
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # ann.plan = Some("pro".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let ann = Auth::Session(clerk.verify_token(token.expose()).await?);
/// assert!(all([plan("pro"), own(InPerson)]).check(&ann).is_ok());
/// # Ok(()) }
/// ```
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
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Policy as _, not, plan}};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # ann.plan = Some("pro".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let ann = Auth::Session(clerk.verify_token(token.expose()).await?); // who pays, and is in no organization
/// assert!(not(plan("free")).check(&ann).is_ok() && not(plan("pro")).check(&ann).is_err());
/// # Ok(()) }
/// ```
#[must_use]
pub fn not(rule: Rule) -> Rule {
    Kind::Not(rule).into()
}
