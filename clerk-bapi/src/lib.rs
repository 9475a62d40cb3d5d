//! Every operation of Clerk's Backend API, typed: the one a server manages users and organizations with.
//!
//! The crate is generated from a versioned document and holds no policy: it neither retries nor caches. What it does
//! promise is that an answer survives a server that is newer than the crate: an enum value, a key or a kind of object
//! that it does not know is kept or skipped, never an error.
//!
//! ```no_run
//! # async fn example() -> Result<(), clerk_bapi::Error> {
//! let key = std::env::var("CLERK_SECRET_KEY").unwrap_or_default().parse()?;
//! let clerk = clerk_bapi::Client::new(&key)?;
//! let user = clerk.create_user().email_address(["ann@example.com"]).first_name("Ann").send().await?;
//! clerk.update_user(&user.id).clear_last_name().send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! - Each operation is a method of [`Client`]. What it cannot do without are arguments; all else is set on what the
//!   method returns, and `clear_…` sends `null` where the API takes it. Nothing is sent before `send`.
//! - `send` gives the decoded value, `send_full` the status and the headers beside.
//! - The types are in [`types`], the operations by tag in a module each.
//! - Every group of tags is a cargo feature; `full` has all. The payloads of webhooks come with `events`.
//! - Another HTTP stack, retries, limits and test doubles are layers: see [`Transport`].
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api_client;
#[cfg(feature = "events")]
mod event;
#[rustfmt::skip]
mod generated;

pub use api_client::{Client, ClientBuilder};
pub use clerk_core::*;
pub use generated::*;
