//! The Frontend API for programs that people sign in with: sign-in and sign-up, sessions and tokens, the signed-in user.
//!
//! Everything hangs on [`Frontend`], which stands for this device.

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
mod session_task;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshot;
mod state;
mod step;
mod store;
mod tasks;
mod waitlist;
mod wire;

pub use self::{
    client::{Frontend, FrontendBuilder},
    environment::Environment,
    events::{EndReason, Event, Events},
    session::Session,
    session_task::{AuthenticatorSetup, ChooseOrganization, MfaReady, ResetPassword, SessionTask, SetupMfa},
    sign_in::{SignIn, SignIns},
    sign_out::SignOut,
    sign_up::{
        BotCheck, Field, FieldName, NeedsBrowser, NextStep, Proof, Requirements, SavedSignUp, SignUp, SignUpCode,
        SignUpForm, SignUpLink, SignUpProtectCheck, SignUpWallet, SignUps, TicketLink, TransferToSignIn, UnknownSignUp,
    },
    snapshot::Snapshot,
    step::StepError,
    store::{CredentialStore, MemoryStore, SecretBytes, StoreError},
    waitlist::Waitlist,
};
