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
//!
//! A handler of webhooks takes [`webhooks::Verified`](crate::webhooks::Verified) and answers
//! [`webhooks::Handled`](crate::webhooks::Handled).
//!
//! # axum
//!
//! What stands in `layer` last is outermost: [`ClerkLayer`] goes there.
//!
//! ```
//! use axum::{Router, routing::get};
//! use clerk_ext::{policy, web::{ClerkLayer, Guard, Require, SignedIn}};
//!
//! policy! {
//!     /// Runs the organization.
//!     struct Admin: role("org:admin");
//! }
//!
//! async fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! async fn settings(_: Require<Admin>) -> &'static str {
//!     "for admins"
//! }
//!
//! async fn report() -> &'static str {
//!     "for those who are signed in, although it does not ask"
//! }
//!
//! # fn example(clerk: clerk_ext::auth::Clerk) -> Router {
//! let reports = Router::new().route("/today", get(report)).layer(Guard::signed_in());
//! let app = Router::new()
//!     .route("/", get(|| async { "for everybody" }))
//!     .route("/me", get(me))
//!     .route("/settings", get(settings))
//!     .nest("/reports", reports)
//!     .layer(ClerkLayer::new(clerk));
//! # app }
//! ```
//!
//! # actix-web
//!
//! What is wrapped around last is outermost: [`ClerkLayer`] goes there. A [`Webhook`](crate::webhooks::Webhook) is
//! `app_data` in a `Data`.
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! use actix_web::{App, HttpResponse, web};
//! use clerk_ext::web::{ClerkLayer, Guard, SignedIn};
//!
//! async fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! # fn example(clerk: clerk_ext::auth::Clerk) {
//! let reports = web::scope("/reports")
//!     .wrap(Guard::signed_in())
//!     .route("/today", web::get().to(HttpResponse::Ok));
//! let app = App::new().route("/me", web::get().to(me)).service(reports).wrap(ClerkLayer::new(clerk));
//! # drop(app); }
//! ```
//!
//! # poem
//!
//! A [`Webhook`](crate::webhooks::Webhook) is data of the route.
//!
#![cfg_attr(feature = "poem", doc = "```")]
#![cfg_attr(not(feature = "poem"), doc = "```ignore")]
//! use clerk_ext::web::{ClerkLayer, Guard, SignedIn};
//! use poem::{Endpoint, EndpointExt as _, Route, endpoint::make_sync, get, handler};
//!
//! #[handler]
//! fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! # fn example(clerk: clerk_ext::auth::Clerk) -> impl Endpoint {
//! let reports = Route::new().at("/today", get(make_sync(|_| "report"))).with(Guard::signed_in());
//! let app = Route::new().at("/me", get(me)).nest("/reports", reports).with(ClerkLayer::new(clerk));
//! # app }
//! ```
//!
//! # Rocket
//!
//! [`ClerkLayer`] is a fairing, and `Guard::routes` closes routes. A [`Webhook`](crate::webhooks::Webhook) is managed by
//! Rocket. Catchers do not get to see what guards and extractors refuse: [`ClerkLayer::refusals`] does.
//!
#![cfg_attr(feature = "rocket", doc = "```")]
#![cfg_attr(not(feature = "rocket"), doc = "```ignore")]
//! use clerk_ext::web::{ClerkLayer, Guard, SignedIn};
//! use rocket::{Build, Rocket, get, routes};
//!
//! #[get("/me")]
//! fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! #[get("/today")]
//! fn today() -> &'static str {
//!     "report"
//! }
//!
//! # fn example(clerk: clerk_ext::auth::Clerk) -> Rocket<Build> {
//! rocket::build()
//!     .attach(ClerkLayer::new(clerk))
//!     .mount("/", routes![me])
//!     .mount("/reports", Guard::signed_in().routes(routes![today]))
//! # }
//! ```

mod checked;
mod clerk_layer;
#[cfg(any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket"))]
mod extractors;
mod guard;
mod log;
mod page;
mod refusal;
mod rejection;
mod response_headers;

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
#[cfg(any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket"))]
pub use self::extractors::{Machine, MaybeSignedIn, Require, SignedIn};
#[cfg(feature = "poem")]
pub use self::poem::{ClerkEndpoint, GuardEndpoint};
pub use self::{
    checked::Checked,
    clerk_layer::ClerkLayer,
    guard::Guard,
    refusal::{Refusal, RefusalKind},
    rejection::Rejection,
};
#[cfg(feature = "tower")]
pub use self::{
    proxy::{Proxied, ProxiedFuture},
    tower::{ClerkFuture, ClerkService, GuardFuture, GuardService},
};
