//! The Frontend API for programs that people sign in with: sign-in and sign-up, sessions and tokens, the signed-in user.
//!
//! Everything hangs on [`Frontend`], which stands for this device.

mod client;
mod core;
mod device;
mod environment;
mod events;
#[rustfmt::skip]
mod generated;
mod load;
#[cfg(feature = "tracing")]
mod log;
mod record;
pub mod reverification;
mod session;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshot;
mod state;
mod step;
mod store;
mod tasks;
mod token;
mod types;
mod wire;

pub use self::{
    client::{Frontend, FrontendBuilder},
    environment::Environment,
    events::{EndReason, Event, Events},
    session::{Devices, FactorAge, Session, Upkeep, Validity},
    sign_in::{SignIn, SignIns},
    sign_out::SignOut,
    sign_up::{SignUp, SignUps},
    snapshot::Snapshot,
    step::StepError,
    store::{CredentialStore, MemoryStore, SecretBytes, StoreError},
    token::{SessionToken, TokenClaims, TokenLayer, TokenOrganization, TokenRequest, TokenService},
    types::{Organization, OrganizationInvitation, OrganizationInvitationUserContext, OrganizationMembership, User},
};
pub use crate::{
    answer::{FromAnswer, Unfit},
    list::{Items, List, ListCall, Pages, Position},
    request::Request,
};
#[doc(hidden)]
pub use crate::{
    list::{Fields, Key},
    sealed::Sealed,
};
