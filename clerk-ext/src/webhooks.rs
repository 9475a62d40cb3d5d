//! Webhooks: what Clerk tells a server, verified, and each message handled once.
//!
//! [`Webhook`] is an endpoint with its secret. [`Webhook::verify`] gives a [`Verified`] message or says why not;
//! [`Verified::once`] has it handled and says what to answer; [`Webhook::handle`] does both. With the feature `events`
//! a message is read as a typed event.
//!
//! ```
//! use clerk_ext::webhooks::{Handled, Webhook};
//! # use clerk_ext::{Bytes, http::HeaderMap};
//!
//! /// What a server does with a request, whatever its framework.
//! async fn receive(webhook: &Webhook, headers: &HeaderMap, body: Bytes) -> Handled {
//!     webhook
//!         .handle(headers, body, async |message| {
//!             let event: serde_json::Value = message.json()?;
//!             println!("{} {}", message.id(), event["type"]);
//!             Ok(())
//!         })
//!         .await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::{Router, extract::State, routing::post};
//! # let local = clerk_local::LocalClerk::builder().start().await?;
//! # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let endpoint = local.webhooks().endpoint(format!("http://{}/webhooks", listener.local_addr()?)).add()?;
//! # let webhook = Webhook::new(endpoint.secret)?;
//! # let server = |State(webhook): State<Webhook>, headers: HeaderMap, body: Bytes| async move { receive(&webhook, &headers, body).await };
//! # let app = Router::new().route("/webhooks", post(server)).with_state(webhook);
//! # tokio::spawn(async { axum::serve(listener, app).await });
//! # clerk.organizations().create("Acme").await?;
//! # local.webhooks().settled().await;
//! # assert_eq!(local.webhooks().deliveries()[0].attempts[0].status, Some(204));
//! # Ok(()) }
//! ```
//!
//! - Messages come at least once and in any order. Do not let older data overwrite newer: compare `updated_at`.
//! - Clerk waits 15 seconds for an answer. Longer work belongs in a queue.
//! - Tests make messages of their own with [`Webhook::sign`].

mod dedupe;
mod error;
#[cfg(feature = "events")]
mod event;
mod headers;
mod memory_dedupe;
mod once;
mod signing_key;
mod verified;
mod webhook;

#[cfg(feature = "events")]
pub use self::event::{Event, OrganizationInvitationAcceptedPayload, OrganizationInvitationCreatedPayload, Payload};
pub use self::{
    dedupe::{Claim, Dedupe, Lease},
    error::WebhookError,
    headers::Headers,
    memory_dedupe::MemoryDedupe,
    once::Handled,
    verified::Verified,
    webhook::Webhook,
};
#[cfg(feature = "events")]
pub use crate::{
    answer::{FromAnswer, Unfit},
    typed::{Organization, OrganizationMembership, User},
};
#[cfg(feature = "events")]
pub use clerk_bapi::events::{EventAttributes, EventType, HttpRequest};
