//! Web frameworks: who sent a request, who gets in, and what everybody else is told.
//!
//! The same few things in every framework:
//!
//! - [`ClerkLayer`] checks each request once and attaches the answer, [`Checked`]. It refuses nobody.
//! - [`Guard`] closes everything below it: a router, a scope, a nest. Nothing is matched by path, so nothing is open
//!   because a path was written otherwise, and a handler that forgot to ask is not public.
//! - [`SignedIn`], [`MaybeSignedIn`], [`Machine`] and [`Require`] are what handlers ask with.
//! - [`Refusal`] is what a request gets that is not let in: the same bytes in every framework, and another answer where
//!   [`ClerkLayer::refusals`] says so.

mod checked;
mod clerk_layer;
mod extract;
mod guard;
mod log;
mod page;
mod refusal;
mod rejection;
mod require;
mod signed_in;
#[cfg(feature = "backend")]
mod user;

#[cfg(feature = "axum")]
mod axum;

#[cfg(feature = "tower")]
mod proxy;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "tower")]
pub use self::proxy::{Proxied, ProxiedFuture};
#[cfg(feature = "tower")]
pub use self::tower::{ClerkFuture, ClerkService, GuardFuture, GuardService};
pub use self::{
    checked::Checked,
    clerk_layer::ClerkLayer,
    guard::Guard,
    refusal::{Refusal, RefusalKind},
    rejection::Rejection,
    require::Require,
    signed_in::{MaybeSignedIn, SignedIn},
};
pub use crate::auth::Machine;
