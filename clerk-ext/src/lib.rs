//! Clerk for Rust programs: what every application does with Clerk's APIs, on top of the generated clients.
//!
//! ```
//! use clerk_ext::{backend::Backend, metadata, metadata::Patch};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Clone, Debug, Default, Deserialize, Serialize)]
//! #[serde(default)]
//! struct Plan {
//!     name: String,
//!     seats: Option<u32>,
//! }
//!
//! metadata! {
//!     /// The metadata of our application.
//!     struct App { user_public: Plan }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let local = clerk_local::LocalClerk::builder().start().await?;
//! # let config = clerk_ext::config::Config::builder().secret_key(local.secret_key().expose()).api_url(local.backend_url());
//! # let clerk = Backend::from_config(&config.build()?)?.typed::<App>();
//! # if false {
//! let clerk = Backend::from_env()?.typed::<App>(); // CLERK_SECRET_KEY
//! # let _: Backend<App> = clerk; }
//!
//! let plan = Plan { name: "free".into(), seats: None };
//! let ann = clerk
//!     .users()
//!     .create()
//!     .email_address(["ann@example.com"])
//!     .skip_password_requirement(true)
//!     .public(&plan)
//!     .await?;
//!
//! // The profile and the metadata in one update: what the type does not know stays as it is.
//! let more_seats = Patch::edit(&ann.public, |plan| plan.seats = Some(5))?;
//! let ann = clerk.users().update(&ann.id).first_name("Ann").public(more_seats).await?;
//! assert_eq!(ann.public.seats, Some(5));
//!
//! let mut users = clerk.users().list().query("ann").stream();
//! while let Some(user) = users.try_next().await? {
//!     println!("{} {:?} {:?}", user.id, user.full_name(), user.public.name);
//! }
//! # Ok(()) }
//! ```
//!
//! - The Backend API is grouped into handles by subject: [`users`](backend::Backend::users),
//!   [`organizations`](backend::Backend::organizations) and so on. Their methods return calls; awaiting one sends it. Every
//!   raw operation stays reachable through [`raw`](backend::Backend::raw).
//! - Lists come as one page, pages or a stream: see [`List`](backend::List).
//! - Metadata, who sees which part, and what becomes of it when it does not fit: see [`mod@metadata`].
//! - Requests to your own server, and who may do what: see [`auth`], and [`web`] for frameworks.
//! - Webhooks, verified and each handled once: see [`webhooks`].
//! - Programs that people sign in with: see [`frontend`].
//! - Requests are repeated where that is safe, and keep to the limits of the instance: see [`transport`].
//! - What is read from the environment: see [`config`].
//!
//! With the feature `full`, the module `guide` explains it all subject by subject.
//!
//! # Errors
//!
//! There is one [`Error`] for everything. Its [`kind`](Error::kind) says what to do about it; its codes are constants of
//! [`ErrorCode`], each with a hint.
//!
//! ```
//! use clerk_ext::{ErrorCode, ErrorKind};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
//! match clerk.users().create().email_address(["ann@example.com"]).await {
//!     Ok(user) => println!("{}", user.id),
//!     Err(error) if error.has_code(ErrorCode::FORM_IDENTIFIER_EXISTS) => println!("{:?} is taken", error.param()),
//!     Err(error) if error.kind() == ErrorKind::RateLimited => println!("wait for {:?}", error.retry_after()),
//!     Err(error) => return Err(error.into()),
//! }
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `rustls` (default) | TLS for the transport on reqwest |
//! | `auth` | requests to your own server: who is signed in, what they may do, machine tokens |
//! | `tower`, `axum`, `actix`, `rocket`, `poem` | layers, guards and extractors, each for its framework |
//! | `webhooks` | webhooks verified, and each handled once |
//! | `events` | the payloads of webhooks, typed |
//! | `backend` | the Backend API with your own metadata types: users, organizations, sessions, invitations |
//! | `billing`, `enterprise`, `instance`, `machines`, `oauth`, `sign_in` | the other groups of the Backend API, each |
//! | `backend-full` | all groups of the Backend API |
//! | `frontend` | the Frontend API: signing people in on this device, sessions, tokens, the signed-in user |
//! | `loopback` | an address on this machine that a browser returns to after a sign-in, and opening that browser |
//! | `keychain` | credentials of `frontend` in the keyring of a Linux desktop |
//! | `tracing` | a span for every operation |
//! | `schemars` | JSON Schemas of metadata types, and checking stored metadata against them |
//! | `chrono`, `jiff`, `time` | conversions from and to [`Timestamp`] |
//! | `full` | everything |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(any(feature = "backend", feature = "events", feature = "frontend"))]
mod answer;
#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "backend")]
pub mod backend;
pub mod clock;
pub mod config;
#[cfg(any(feature = "auth", feature = "frontend"))]
mod finding;
#[cfg(feature = "frontend")]
pub mod frontend;
#[cfg(all(any(doc, doctest), feature = "full"))]
pub mod guide;
#[cfg(any(feature = "backend", feature = "frontend"))]
mod list;
pub mod metadata;
pub mod random;
#[cfg(any(feature = "backend", feature = "frontend"))]
mod request;
#[cfg(feature = "schemars")]
pub mod schema;
#[cfg(any(feature = "backend", feature = "frontend"))]
mod sealed;
pub mod transport;
#[cfg(any(feature = "backend", feature = "events"))]
mod typed;
#[cfg(any(feature = "tower", feature = "actix", feature = "rocket", feature = "poem"))]
pub mod web;
#[cfg(feature = "webhooks")]
pub mod webhooks;

/// The generated client below [`backend`], with the types that its operations take and answer.
#[cfg(any(feature = "backend", feature = "events"))]
pub use clerk_bapi;
pub use clerk_core::*;
/// The generated client below [`frontend`], with the types that its operations take and answer.
#[cfg(feature = "frontend")]
pub use clerk_fapi;
