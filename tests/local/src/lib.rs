//! A whole Clerk on this machine, for tests without an account.
//!
//! It serves the Frontend API and the Backend API on loopback ports, keeps its state in memory or in one file, sends
//! mails and text messages to an inbox that tests can read, and goes by a clock that tests can move.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use clerk_local::LocalClerk;
//!
//! let local = LocalClerk::builder().start().await?;
//! let backend = clerk_bapi::Client::builder()
//!     .api_url(local.backend_url())
//!     .secret_key(&local.secret_key())
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! It is for tests: what it keeps is not protected, and whoever reaches its ports may do everything.

mod answer;
mod app;
mod bapi;
mod calls;
mod clock;
mod control;
mod crypto;
mod failure;
mod fapi;
mod faults;
mod generated;
mod hosted;
mod inbound;
mod inbox;
mod input;
mod journal;
mod limits;
mod local;
mod model;
mod operation;
mod pages;
mod provider;
mod rfc3339;
mod router;
mod rules;
mod seed;
mod server;
mod settings;
mod state;
mod table;
mod user_agent;
mod views;
mod webhooks;

pub use crate::{
    clock::Clock,
    faults::{ActiveFault, Fault, FaultId, Faults},
    inbox::Inbox,
    local::{Builder, LocalClerk, OperationInfo, SignedIn, operations},
    model::message::{Message, MessageKind},
    provider::{Provider, ProviderAccount},
    seed::{Seed, SeedKeys, SeedMember, SeedOrganization, SeedUser},
    settings::{
        Attribute, Attributes, DeviceAttestation, Environment, InstanceSettings, JwtTemplateSettings, Lifetimes,
        OAuthServer, OrganizationSettings, PasswordRules, PermissionSettings, ProviderMode, RoleSettings, Settings,
        SignUpMode, SignUpSettings, SocialProvider, TokenVersion,
    },
    webhooks::{LoggedEvent, NewEndpoint, WebhookAttempt, WebhookDelivery, WebhookEndpoint, Webhooks},
};

/// Which of the two APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// What a person's own device calls.
    Frontend,
    /// What a server calls with a secret key.
    Backend,
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
