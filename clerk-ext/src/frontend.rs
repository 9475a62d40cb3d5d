//! The Frontend API for programs that people sign in with: command lines, desktop and mobile applications, kiosks, tests.
//!
//! Everything starts from [`Frontend`], which stands for this device.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
//! # ann.backup_codes = vec!["test-backup-1".to_owned()];
//! # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let key = local.publishable_key();
//! # let folder = tempfile::tempdir()?;
//! use clerk_ext::frontend::{FileStore, Frontend, SignIn};
//!
//! let clerk = Frontend::builder(&key).store(FileStore::new(folder.path().join("clerk"))).build()?;
//! if clerk.load().await?.user().is_none() {
//!     match clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await? {
//!         SignIn::Complete(_) => {}
//!         SignIn::NeedsSecondFactor(step) => drop(step.backup_code("test-backup-1").await?.session()?),
//!         other => return Err(format!("not here: {other:?}").into()),
//!     }
//! }
//! let session = clerk.session().ok_or("nobody is signed in")?;
//! let token = session.token().await?; // from the cache, as long as it is good
//! assert_eq!(token.claims().session.as_ref(), Some(session.id()));
//! # Ok(()) }
//! ```
//!
//! - **Who is signed in** is a [`Snapshot`], which [`load`](Frontend::load) fetches and every answer renews;
//!   [`watch`](Frontend::watch) waits for the next, [`events`](Frontend::events) tells what happened.
//! - **Signing in and up** are values that hold the steps that are possible: [`SignIn`], [`SignUp`]. Only success uses a step up;
//!   an error gives it back ([`StepError`]). A step can be saved, and resumed by another run.
//! - **Sessions** give [tokens](Session::token), work in organizations, have tasks and end: [`Session`].
//! - **What is remembered** between runs, and where, is the [`CredentialStore`]'s business. Processes that share one share the
//!   sign-in.
//! - **Everything else** is under handles by subject, as in `backend`; every operation of the API stays reachable through
//!   [`raw`](Frontend::raw), under the same rules.
//!
//! # Without a network
//!
//! [`restore`](Frontend::restore) sends nothing. [`load`](Frontend::load) falls back to what was kept, for an hour unless told otherwise.
//! A token that is still good is handed out, signing out works at once, and everything else fails with
//! [`ErrorKind::Offline`](crate::ErrorKind::Offline) or [`Network`](crate::ErrorKind::Network).
//!
//! # Needs
//!
//! A tokio runtime, and an instance that allows native applications: Clerk answers `native_api_disabled` otherwise, and the
//! dashboard has the switch under "Native applications".

mod api_keys;
mod billing;
mod browser;
mod client;
mod cool_down;
mod core;
mod device;
pub mod diagnose;
pub mod environment;
mod events;
mod field_name;
#[rustfmt::skip]
mod generated;
mod load;
#[cfg(feature = "tracing")]
mod log;
mod me;
mod organizations;
mod provider;
mod record;
pub mod reverification;
mod session;
mod session_task;
mod sign_in;
mod sign_out;
mod sign_up;
mod snapshot;
mod state;
mod step;
mod store;
mod strategy;
mod tasks;
pub mod testing;
mod token;
mod types;
mod waitlist;
mod wire;

#[cfg(feature = "loopback")]
pub use self::browser::{Loopback, open_in_browser};
#[cfg(all(feature = "keychain", unix, not(target_vendor = "apple")))]
pub use self::store::SecretService;
pub use self::{
    api_keys::ApiKeys,
    billing::{Billing, ConfirmCall, ConfirmCheckout, OrganizationBilling, UserBilling},
    browser::{
        BrowserFailure, BrowserOutcome, Connect, DeepLink, Hosted, OauthApplication, OauthAuthorization, OauthStart,
        OauthTokens, PendingAuthorization, PendingConnection, PendingDeepLink, PendingHosted, PendingOauth,
        SavedAuthorization, SavedConnection, SavedDeepLink, SavedHosted, SavedOauth,
    },
    client::{Frontend, FrontendBuilder},
    diagnose::{Diagnosis, Finding, Severity},
    environment::Environment,
    events::{EndReason, Event, Events},
    field_name::FieldName,
    me::{
        AuthenticatorApp, BackupCodes, CodeSent, Contact, ContactState, DeviceKey, EmailAddresses, ExternalAccounts,
        LinkSent, Me, NewPasskey, Passkeys, PhoneNumbers, QrCode, SavedContact, SavedPasskey, SavedWallet,
        TotpEnrolment, TrustedDevices, Unverified, UpdateMe, WalletChallenge, Web3Wallets,
    },
    organizations::{
        OrganizationDomains, OrganizationEnterpriseConnections, OrganizationInvitations, OrganizationMembers,
        OrganizationMembershipRequests, Organizations,
    },
    provider::Provider,
    session::{Devices, FactorAge, Session, Upkeep, Validity},
    session_task::{ChooseOrganization, ResetPassword, SessionTask, SetupMfa},
    sign_in::{
        FirstFactor, IdToken, LinkOpened, NeedsIdentifier, NewPassword, SavedSignIn, SecondFactor, SignIn, SignInCode,
        SignInLink, SignInPasskey, SignInProtectCheck, SignInProtection, SignInWallet, SignIns, TransferToSignUp,
        UnfinishedSignIn,
    },
    sign_out::SignOut,
    sign_up::{
        Field, NextStep, Proof, Requirements, SavedSignUp, SignUp, SignUpCode, SignUpForm, SignUpLink,
        SignUpProtectCheck, SignUpWallet, SignUps, TicketLink, TransferToSignIn, UnfinishedSignUp,
    },
    snapshot::Snapshot,
    step::StepError,
    store::{
        CredentialStore, EncryptedStore, EncryptionKey, FileStore, Keychain, KeychainStore, MemoryStore, SecretBytes,
        StoreError,
    },
    strategy::Strategy,
    token::{SessionToken, TokenClaims, TokenLayer, TokenOrganization, TokenRequest, TokenService},
    types::{Organization, OrganizationInvitation, OrganizationInvitationUserContext, OrganizationMembership, User},
    waitlist::Waitlist,
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
