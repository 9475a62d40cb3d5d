//! What a request must be allowed to do, as types that all frameworks share.
//!
//! A policy is defined once and used wherever something is guarded:
//!
//! ```
//! clerk_ext::policy! {
//!     /// Whoever may change what others see.
//!     pub struct MayPublish: any([role("org:admin"), plan("pro")]);
//!
//!     /// Whoever may take an organization down: an admin of it, who proved just now who they are.
//!     pub struct MayDelete: all([
//!         organization_in_path("organization"),
//!         role("org:admin"),
//!         reverified(Reverification::Strict),
//!     ]);
//! }
//!
//! use clerk_ext::auth::{Auth, policy::Policy as _};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # ann.plan = Some("pro".to_owned());
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
//! # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
//! # let clerk = clerk.api_url(local.backend_url()).build()?;
//! let ann = Auth::Session(clerk.verify_token(token.expose()).await?);
//! assert!(MayPublish.check(&ann).is_ok());
//! assert!(MayDelete.check(&ann).is_err());
//! # Ok(()) }
//! ```
//!
//! A policy that cannot tell refuses: so do a pending session, a malformed claim, an empty [`any`] or [`all`], and also
//! [`not`] of something that the token does not say.

mod denied;
mod macros;
mod organization;
mod rule;
mod rules;
mod subject;

use std::sync::Arc;

pub use self::{
    denied::{Denied, DeniedKind},
    rule::Rule,
    rules::{
        active_organization, all, any, claims, feature, not, organization_in_path, own, permission, plan, reverified,
        role, scope,
    },
    subject::Subject,
};
// So that a `policy!` can name them.
use super::Auth;
pub use super::has::{FactorLevel, Reverification};

/// Decides whether somebody may do something.
///
/// Most are made by [`policy!`](crate::policy!) from the functions of [this module](self). One of your own decides by
/// whatever it likes; it is called for every request that it guards, and cannot wait for anything.
///
/// ```
/// use clerk_ext::auth::{Auth, policy::{Denied, Policy, Subject}};
///
/// /// Nobody who acts in the name of somebody else.
/// #[derive(Default)]
/// struct InPerson;
///
/// impl Policy for InPerson {
///     fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
///         let Some(session) = subject.session() else {
///             return Err(Denied::cannot_tell("programs are not people"));
///         };
///         if session.claims().actor().is_none() { Ok(()) } else { Err(Denied::forbidden("not by somebody else")) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
/// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
/// # let clerk = clerk.api_url(local.backend_url()).build()?;
/// let ann = Auth::Session(clerk.verify_token(token.expose()).await?);
/// assert!(InPerson.check(&ann).is_ok());
/// # Ok(()) }
/// ```
pub trait Policy: Send + Sync {
    /// Decides.
    ///
    /// Call [`check`](Self::check) or [`Subject::check`] instead: they refuse pending sessions first.
    ///
    /// # Errors
    ///
    /// The subject may not.
    fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied>;

    /// Decides about somebody whose request has no path parameters that matter.
    ///
    /// # Errors
    ///
    /// They may not, or have something to finish before they count as signed in.
    fn check(&self, auth: &Auth) -> Result<(), Denied> {
        Subject::new(auth).check(self)
    }
}

impl<P: Policy + ?Sized> Policy for &P {
    fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        (**self).decide(subject)
    }
}

impl<P: Policy + ?Sized> Policy for Box<P> {
    fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        (**self).decide(subject)
    }
}

impl<P: Policy + ?Sized> Policy for Arc<P> {
    fn decide(&self, subject: &Subject<'_>) -> Result<(), Denied> {
        (**self).decide(subject)
    }
}

#[cfg(test)]
#[path = "policy/policy_tests.rs"]
mod tests;
