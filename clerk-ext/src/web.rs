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

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "actix", feature = "rocket"))]
mod bridge;
#[cfg(feature = "poem")]
mod poem;
#[cfg(feature = "tower")]
mod proxy;
#[cfg(feature = "rocket")]
mod rocket;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "actix")]
pub use self::actix::{ClerkMiddleware, GuardMiddleware};
#[cfg(feature = "poem")]
pub use self::poem::{ClerkEndpoint, GuardEndpoint};
pub use self::{
    checked::Checked,
    clerk_layer::ClerkLayer,
    guard::Guard,
    refusal::{Refusal, RefusalKind},
    rejection::Rejection,
    require::Require,
    signed_in::{MaybeSignedIn, SignedIn},
};
#[cfg(feature = "tower")]
pub use self::{
    proxy::{Proxied, ProxiedFuture},
    tower::{ClerkFuture, ClerkService, GuardFuture, GuardService},
};
pub use crate::auth::Machine;
