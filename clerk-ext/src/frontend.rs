//! The Frontend API for programs that people sign in with: sign-in and sign-up, sessions and tokens, the signed-in user.
//!
//! Everything hangs on [`Frontend`], which stands for this device.

mod browser;
mod client;
mod core;
mod device;
mod environment;
mod events;
mod load;
#[cfg(feature = "tracing")]
mod log;
mod record;
mod session;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshot;
mod state;
mod step;
mod store;
mod tasks;
mod wire;

#[cfg(feature = "loopback")]
pub use self::browser::{Loopback, open_in_browser};
pub use self::{
    browser::{
        BrowserFailure, BrowserOutcome, Connect, DeepLink, Hosted, OauthApplication, OauthAuthorization, OauthStart,
        OauthTokens, PendingAuthorization, PendingConnection, PendingDeepLink, PendingHosted, PendingOauth,
        SavedAuthorization, SavedConnection, SavedDeepLink, SavedHosted, SavedOauth,
    },
    client::{Frontend, FrontendBuilder},
    environment::Environment,
    events::{EndReason, Event, Events},
    session::Session,
    sign_in::{SignIn, SignIns},
    sign_out::SignOut,
    sign_up::{SignUp, SignUps},
    snapshot::Snapshot,
    step::StepError,
    store::{CredentialStore, MemoryStore, SecretBytes, StoreError},
};
