//! Every operation of Clerk's Frontend API, typed: the one a person's own device signs in with.
//!
//! The crate speaks the way a native application does: no cookies, no `Origin`, the client token in the
//! `Authorization` header. It is generated from a versioned document and holds no policy and no state; sign-in flows,
//! sessions and the token's rotation are `clerk-ext`'s. What it does promise is that an answer survives a server that is
//! newer than the crate.
//!
//! ```no_run
//! # async fn example() -> Result<(), clerk_fapi::Error> {
//! let key = std::env::var("CLERK_PUBLISHABLE_KEY").unwrap_or_default().parse()?;
//! let clerk = clerk_fapi::Client::new(&key)?;
//! let answer = clerk.create_sign_in().identifier("ann@example.com").send_full().await?;
//! // The token that names this device from now on.
//! let token = answer.headers().get("authorization").cloned();
//! # let _ = token;
//! # Ok(())
//! # }
//! ```
//!
//! - Each operation is a method of [`Client`]. What it cannot do without are arguments; all else is set on what the
//!   method returns, and `clear_…` sends the empty value where the API takes it. Nothing is sent before `send`.
//! - `send` gives the decoded value, `send_full` the status and the headers beside.
//! - Most answers are [`types::Enveloped`]: what was asked for, and the state of the client beside it.
//! - The types are in [`types`], the operations by tag in a module each; every group of tags is a cargo feature.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_client;
#[rustfmt::skip]
mod generated;

pub use api_client::{Client, ClientBuilder};
pub use clerk_core::*;
pub use generated::*;
